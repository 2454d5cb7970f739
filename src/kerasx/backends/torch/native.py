"""Optimizers of torch's own: classes of torch.optim, functions that make one, instances."""

import sys


class Stepper:
    """Steps of a torch.optim.Optimizer over the parameters of a model, in place.

    What it keeps comes to be with the first step: 'momentum_buffer.0' is that of weight 0. The
    learning rates of its groups are 'lr.0' and so on.
    """

    LABEL = "torch.optim"
    IN_PLACE = True

    def __init__(self, definition):
        self.definition = definition

    def begin(self, weights):
        made = self.definition
        self.optimizer = made if is_native(made) else made(weights)
        if not is_native(self.optimizer):
            raise TypeError(
                f"{made!r} gave {self.optimizer!r}: expected a torch.optim.Optimizer, made for the "
                "parameters that it was called with."
            )
        self.weights, self.places = weights, {id(w): str(k) for k, w in enumerate(weights)}
        held = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        if not held & self.places.keys():
            raise ValueError(
                f"{type(self.optimizer).__name__} is not over the parameters of this model: give "
                "the class, or a function of parameters, or make it after the model is built."
            )
        return self.state()

    def state(self):
        rates = {f"lr.{k}": group["lr"] for k, group in enumerate(self.optimizer.param_groups)}
        return rates | {
            f"{key}.{self.places[id(w)]}": x
            for w, kept in self.optimizer.state.items()
            for key, x in kept.items()
            if x is not None
        }

    def step(self, state, grads, weights):
        for w, g in zip(self.weights, grads):
            w.grad = g
        self.optimizer.step()
        for w in self.weights:
            w.grad = None
        return self.weights, self.state()

    def restore(self, state):
        for name, x in state.items():
            key, _, place = name.rpartition(".")
            if key == "lr":
                self.optimizer.param_groups[int(place)]["lr"] = x
            else:
                self.optimizer.state[self.weights[int(place)]][key] = x

    def rate(self, state):
        return state["lr.0"]


def is_native(x):
    """Whether `x` is a torch.optim.Optimizer; without importing torch.optim, which takes 1 s."""
    optim = sys.modules.get("torch.optim")
    return optim is not None and isinstance(x, optim.Optimizer)


def native_optimizer(x):
    if is_native(x) or (isinstance(x, type) and x.__module__.startswith("torch.optim")):
        return Stepper(x)
    return Stepper(x) if callable(x) else None
