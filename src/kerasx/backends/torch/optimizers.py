"""Whole steps of optimizers in place: torch's own loops over lists of tensors."""

import torch


def decay(decayed, factor):
    if decayed:
        torch._foreach_mul_(decayed, factor)


def fused_sgd(grads, weights, velocities=None, *, size, decayed, factor, momentum, nesterov):
    decay(decayed, factor)
    steps = torch._foreach_mul(grads, size)
    if velocities is not None:
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_sub_(velocities, steps)
        if nesterov:
            torch._foreach_sub_(steps, velocities, alpha=momentum)
        else:
            steps = torch._foreach_neg(velocities)
    torch._foreach_sub_(weights, steps)


def fused_adam(grads, weights, means, squares, greatest=None, *, size, decayed, factor, beta_1, beta_2, epsilon):
    decay(decayed, factor)
    torch._foreach_lerp_(means, grads, 1.0 - beta_1)
    torch._foreach_mul_(squares, beta_2)
    torch._foreach_addcmul_(squares, grads, grads, 1.0 - beta_2)
    if greatest is not None:
        torch._foreach_maximum_(greatest, squares)
    roots = torch._foreach_sqrt(squares if greatest is None else greatest)
    torch._foreach_add_(roots, epsilon)
    steps = torch._foreach_div(means, roots)
    torch._foreach_mul_(steps, size)
    torch._foreach_sub_(weights, steps)


def run_if(condition, fn, variables):
    if condition:
        fn()
