"""Steps compiled by PyTorch: the whole of a step, gradients and updates too, as one graph."""

from typing import Any

import torch

from ...core import tree
from ...core.scope import Scope
from .state import TRACING, is_tensor


def compile_step(fn, variables, jit=False, reads_only=False, batches=False):
    """`fn(*args)`; with `jit` as one graph for each shape of its arguments, by `torch.compile`.

    The step is run once on tensors without data, which leaves the operations that it comes to,
    those of the gradients among them: Python is not there any more, so no graph can break. What
    would read a tensor's value on the way is refused, and draws come from torch's own generator.
    """
    if not jit:
        return fn
    graphs = {}

    def step(*args):
        leaves = [x for x in tree.flatten(args) if x is not None]
        key = tuple(None if x is None else (x.dtype, x.shape) for x in tree.flatten(args))
        if key not in graphs:
            graphs[key] = Graph(fn, variables, args, leaves)
        return graphs[key](leaves)

    return step


class Graph:
    """`fn(*args)` for tensors like `leaves`, compiled."""

    out: Any  # the structure of the outputs

    def __init__(self, fn, variables, args, leaves):
        from torch.fx.experimental.proxy_tensor import make_fx

        self.variables, self.out = variables, None

        def flat(values, tensors):
            rest = iter(tensors)
            filled = tree.map_structure(lambda x: None if x is None else next(rest), args)
            own = [stand_in(t, v) for t, v in zip(values, variables)]
            with Scope(zip(variables, own)) as scope:
                out = fn(*filled)
            for variable, value in zip(variables, values):
                if variable in scope.written:
                    value.copy_(scope.written[variable].detach())
            self.out = tree.map_structure(lambda _: None, out)
            return [x.detach() for x in tree.flatten(out)]

        values = [v.stored.detach() for v in variables]
        TRACING.on, kernels = True, torch._C._get_mkldnn_enabled()
        torch._C._set_mkldnn_enabled(False)  # the compiler cannot see into its LSTM
        try:
            graph = make_fx(flat, tracing_mode="fake")(values, leaves)
        finally:
            TRACING.on = False
            torch._C._set_mkldnn_enabled(kernels)
        self.run = torch.compile(graph, fullgraph=True, dynamic=False)

    def __call__(self, leaves):
        with torch.no_grad():
            out = self.run([v.stored.detach() for v in self.variables], leaves)
        return tree.pack_sequence_as(self.out, list(out))


def stand_in(tensor, variable):
    """What a variable is read as while a step is traced."""
    trains = variable.trainable and is_tensor(tensor) and tensor.is_floating_point()
    return tensor.detach().requires_grad_(trains)
