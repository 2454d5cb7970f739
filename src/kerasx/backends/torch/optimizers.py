"""Whole steps of optimizers, in place: torch's fused kernels, made to follow Keras's formulas.

On a CPU they take a third of the time of the same maths in single calls, on a GPU one launch.
"""
# pyright: reportPrivateImportUsage=false

import torch

# They read memory as it lies, whatever the strides say: all tensors must be contiguous.
LATE = {}  # device -> a step so late that a running mean needs no correction: `size` has it already


def is_dense(weights):
    """Whether the kernels can take the weights: `to(memory_format=...)` may have moved them."""
    return all(w.is_contiguous() for w in weights)


def decay(decayed, factor):
    if decayed:
        torch._foreach_mul_(decayed, factor)


def fused_sgd(grads, weights, velocities=None, *, size, decayed, factor, momentum, nesterov):
    if not is_dense(weights):
        return False
    decay(decayed, factor)
    steps = torch._foreach_mul(grads, size)
    if velocities is None:
        torch._foreach_sub_(weights, steps)
        return True
    # velocity = momentum * velocity - step, weight += velocity, in torch's terms
    steps = [s.neg_().contiguous() for s in steps]
    torch._fused_sgd_(
        weights, steps, velocities, weight_decay=0.0, momentum=momentum, lr=-1.0, dampening=0.0,
        nesterov=nesterov, maximize=False, is_first_step=False,
    )  # fmt: skip
    return True


def fused_adam(
    grads, weights, means, squares, greatest=(), *, size, decayed, factor, beta_1, beta_2, epsilon
):
    if not is_dense(weights):
        return False
    decay(decayed, factor)
    device = weights[0].device
    if device not in LATE:
        LATE[device] = torch.tensor(1e9, device=device)
    torch._fused_adam_(
        weights, [g.contiguous() for g in grads], means, squares, list(greatest),
        [LATE[device]] * len(weights), lr=size, beta1=beta_1, beta2=beta_2, weight_decay=0.0,
        eps=epsilon, amsgrad=bool(greatest), maximize=False,
    )  # fmt: skip
    return True


def run_if(condition, fn, variables):
    if condition:
        fn()
