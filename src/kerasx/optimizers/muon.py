"""Muon: steps with all singular values brought near to 1."""

import re
from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.variable import Variable
from .adam import unbias
from .optimizer import Rate, Rule, step_number


class Muon(Rule):
    """Momentum whose steps are made orthogonal, for matrices; Adam for all other weights.

    Source: Jordan et al., 2024, https://kellerjordan.github.io/posts/muon; for `rms_rate`,
    arXiv:2502.16982.

    Args:
        adam_beta_1, adam_beta_2, adam_weight_decay, epsilon: of Adam.
        exclude_layers: patterns of the paths of weights that Adam is to have.
        exclude_embeddings: whether Adam is to have embeddings.
        muon_a, muon_b, muon_c: coefficients of the iteration `a x + b (x x') x + c (x x')**2 x`.
        adam_lr_ratio: Adam's learning rate, as a part of this one.
        ns_steps: number of iterations.
        rms_rate: root mean square of a step of rate 1; None: singular values of 1.
    """

    learning_rate: Rate = 0.001
    adam_beta_1: float = 0.9
    adam_beta_2: float = 0.999
    adam_weight_decay: float | None = 0.004
    epsilon: float = 1e-7
    weight_decay: float | None = 0.004
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None
    name: str | None = None
    exclude_layers: Sequence[str] | None = None
    exclude_embeddings: bool = True
    muon_a: float = 3.4445
    muon_b: float = -4.775
    muon_c: float = 2.0315
    adam_lr_ratio: float = 1
    momentum: float = 0.95
    ns_steps: int = 5
    nesterov: bool = True
    rms_rate: float | None = 0.2

    slots = (("momentum", "velocity"),)

    def setup(self) -> None:
        self.exclude_layers = list(self.exclude_layers or [])
        super().setup()

    def is_adams(self, weight: Variable) -> bool:
        """Whether a weight is left to Adam."""
        excluded = any(re.search(pattern, weight.path) for pattern in self.exclude_layers or ())
        embeds = self.exclude_embeddings and "embedding" in weight.path.lower()
        return weight.ndim != 2 or excluded or embeds

    def add_slot(self, weight: Variable, name: str) -> Variable | None:
        wanted = name == "momentum" or self.is_adams(weight)
        return super().add_slot(weight, name) if wanted else None

    def decay_of(self, weight: Variable) -> float | None:
        part = super().decay_of(weight)
        return self.adam_weight_decay if part is not None and self.is_adams(weight) else part

    def step_size(self, lr: Any) -> tuple[Any, Any]:
        t = step_number(self, lr)
        root = ops.sqrt(unbias(self.adam_beta_2, t))
        return lr, lr * self.adam_lr_ratio * root / unbias(self.adam_beta_1, t)

    def update(self, g: Any, w: Any, lr: Any, m: Any, v: Any = None) -> Any:
        lr, adams = lr
        if v is not None:
            m = m + (g - m) * (1.0 - self.adam_beta_1)
            v = v + (ops.square(g) - v) * (1.0 - self.adam_beta_2)
            return w - m * adams / (ops.sqrt(v) + self.epsilon), m, v
        m = m * self.momentum + g
        step = g + m * self.momentum if self.nesterov else m
        step = self.zeropower_via_newtonschulz5(step, self.ns_steps)
        return w - self.lr_adjust(step) * lr, m, None

    def lr_adjust(self, x: Any) -> Any:
        """An orthogonal matrix, brought to a root mean square of `rms_rate`."""
        if self.rms_rate is None:
            return x
        return x * (self.rms_rate * max(x.shape[0], x.shape[1]) ** 0.5)

    def transpose_last_axis(self, X: Any) -> Any:
        """`X` with its last two axes exchanged."""
        return ops.swapaxes(X, -1, -2)

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """About the orthogonal matrix that is nearest to `x`, by `steps` iterations."""
        tall = x.shape[0] > x.shape[1]
        x = self.transpose_last_axis(x) if tall else x
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(steps):
            square = ops.matmul(x, self.transpose_last_axis(x))
            change = square * self.muon_b + ops.matmul(square, square) * self.muon_c
            x = x * self.muon_a + ops.matmul(change, x)
        return self.transpose_last_axis(x) if tall else x
