"""Modules of PyTorch as parts of layers."""

import torch

from ...core.scope import LOCAL
from .state import DEVICE, to_numpy


class TorchModule:
    """A `torch.nn.Module` with variables that share the memory of its parameters."""

    def __init__(self, module):
        if not isinstance(module, torch.nn.Module):
            raise ValueError(f"module={module!r}: expected a torch.nn.Module")
        self.module = module.to(DEVICE)

    def parameters(self):
        """(name, parameter, whether it trains)."""
        return [(n, p, p.requires_grad) for n, p in self.module.named_parameters()]

    def __call__(self, variables, training, args, kwargs):
        self.module.train(training is not False)
        if LOCAL.plain:
            return self.module(*args, **kwargs)
        names = [n for n, _ in self.module.named_parameters()]
        values = {n: v.value for n, v in zip(names, variables)}
        on = next((x.device for x in args if isinstance(x, torch.Tensor)), None)
        for name, buffer in self.module.named_buffers():  # a trial must not write to them
            values[name] = buffer.to(on, copy=True)
        return torch.func.functional_call(self.module, values, args, kwargs)

    def save(self, store):
        for name, value in self.module.state_dict().items():
            store[name] = to_numpy(value)

    def load(self, store):
        state = {n: torch.as_tensor(store[n][...]) for n in store}
        self.module.load_state_dict(state)
