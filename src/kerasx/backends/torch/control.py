"""Control flow on PyTorch: Python's own, but for what autograd and vmap have."""

import torch


def vectorized_map(function, elements):
    return torch.vmap(function)(elements)


def custom_gradient(f):
    """Gradients of `f` by the function that it gives beside its value."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            value, ctx.grad = f(*args)
            return value

        @staticmethod
        def backward(ctx, *upstream):
            return ctx.grad(*upstream)

    return Function.apply
