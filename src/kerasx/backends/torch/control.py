"""Control flow on PyTorch: Python's own, but for what autograd and vmap have."""
# pyright: reportPrivateImportUsage=false

import torch
from torch._C._functorch import peek_interpreter_stack as transformed
from torch.utils.checkpoint import checkpoint

from .state import TRACING

AHEAD = (
    True  # a loop over time is quicker where the products with its inputs come before it, as one
)


def vectorized_map(function, elements):
    return torch.vmap(function, randomness="same")(elements)  # seeds are explicit


def custom_gradient(f):
    """Gradients of `f` by the function that it gives beside its value.

    Where the gradient is to be differentiated again, or belongs to a transformation, `f` runs once
    more: what that function holds of the first run is not connected to the inputs.
    """

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            value, ctx.slope = f(*args)
            remember(ctx, args)
            return value

        @staticmethod
        def backward(ctx, *upstream):
            return (again(ctx) if torch.is_grad_enabled() else ctx.slope)(*upstream)

    class Pure(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(*args):
            return f(*args)[0]

        @staticmethod
        def setup_context(ctx, inputs, output):
            remember(ctx, inputs)

        @staticmethod
        def backward(ctx, *upstream):
            return again(ctx)(*upstream)

    def remember(ctx, args):
        ctx.others = [None if isinstance(x, torch.Tensor) else x for x in args]
        ctx.places = [k for k, x in enumerate(args) if isinstance(x, torch.Tensor)]
        ctx.save_for_backward(*(args[k] for k in ctx.places))

    def again(ctx):
        args = list(ctx.others)
        for k, x in zip(ctx.places, ctx.saved_tensors):
            args[k] = x
        return f(*args)[1]

    return lambda *args: (Pure if transformed() else Kept).apply(*args)


CAPTURES = True  # what `rematerialized` functions take from outside gets gradients, too


def rematerialized(fn, *xs):
    """`fn(*xs)`, computed again by autograd; not in graphs, where draws would be others."""
    if not torch.is_grad_enabled() or transformed() or TRACING.on:
        return fn(*xs)
    return checkpoint(fn, *xs, use_reentrant=False)


def values_known(x):
    """Whether the elements of `x` can be looked at now."""
    return not (x.is_meta or TRACING.on or transformed())
