"""PyTorch: an nn.Module, torch.optim.Adam, batches gathered from tensors.

`Native` is the loop of the tutorials: Adam by its defaults (on a CPU, a loop over the parameters),
images channels-first. `Tuned` turns every knob: fused Adam, channels-last memory.
"""

from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..workloads import (
    GPT,
    ITEMS,
    LAYERS,
    LEARNING_RATE,
    LM,
    USERS,
    VOCABULARY,
    Decoder,
    Workload,
)

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def deep() -> nn.Module:
    layers = [m for _ in range(LAYERS - 1) for m in (nn.Linear(16, 16), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(16, 16))


class ChannelsLastFlatten(nn.Module):
    """Flattens in Keras's order, so that the same weights of the next layer fit."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        ChannelsLastFlatten(), nn.Linear(1600, 10),
    )  # fmt: skip


class Block(nn.Module):
    """A residual block; the order of its parts is that of Keras's weights."""

    def __init__(self, before: int, filters: int, strides: int):
        super().__init__()
        self.strides = strides
        self.conv1, self.norm1 = conv3(before, filters, strides), norm(filters)
        self.conv2 = conv3(filters, filters)
        if strides > 1:
            self.short = nn.Conv2d(before, filters, 1, strides, bias=False)
        self.norm2 = norm(filters)
        if strides > 1:
            self.norm3 = norm(filters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y))
        return (y + (x if self.strides == 1 else self.norm3(self.short(x)))).relu()


class SamePadding(nn.Conv2d):
    """Pads as Keras does: with strides of 2, below and on the right."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(F.pad(x, (0, 1, 0, 1)))


def conv3(before: int, filters: int, strides: int = 1) -> nn.Module:
    if strides == 1:
        return nn.Conv2d(before, filters, 3, padding=1, bias=False)
    return SamePadding(before, filters, 3, strides, bias=False)


def norm(filters: int) -> nn.Module:
    return nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)


def resnet() -> nn.Module:
    return nn.Sequential(
        conv3(3, 16), norm(16), nn.ReLU(), Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


def mobile() -> nn.Module:
    def depthwise(filters: int) -> nn.Module:
        return nn.Conv2d(filters, filters, 3, padding=1, groups=filters, bias=False)

    def separable(before: int, filters: int) -> list[nn.Module]:
        point = nn.Conv2d(before, filters, 1, bias=False)
        return [depthwise(before), point, nn.GroupNorm(8, filters, 1e-3), nn.ReLU()]

    return nn.Sequential(
        *separable(3, 32), nn.AvgPool2d(2), *separable(32, 64), depthwise(64),
        nn.ConvTranspose2d(64, 32, 2, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip


class lstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 32)
        self.lstm = nn.LSTM(32, 64, batch_first=True)
        second = nn.Parameter(torch.zeros(256), requires_grad=False)
        self.lstm.bias_hh_l0 = second  # Keras has one bias, which trains
        self.dense = nn.Linear(64, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(self.lstm(self.embedding(x))[1][0][0])


class gru(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 32)
        self.gru = nn.GRU(32, 64, batch_first=True, bidirectional=True)
        self.dense = nn.Linear(128, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dense(torch.cat([*self.gru(self.embedding(x))[1]], -1))


class QKV(nn.Linear):
    """Queries, keys and values in one product."""


class DecoderBlock(nn.Module):
    def __init__(self, sizes: Decoder) -> None:
        super().__init__()
        width, self.heads = sizes.width, sizes.heads
        self.norm1, self.qkv = nn.LayerNorm(width, 1e-3), QKV(width, 3 * width)
        self.out, self.norm2 = nn.Linear(width, width), nn.LayerNorm(width, 1e-3)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.wide(self.norm2(x))))


class Positions(nn.Module):
    def __init__(self, sizes: Decoder) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(sizes.context, sizes.width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight


def decoder(sizes: Decoder) -> nn.Module:
    return nn.Sequential(
        nn.Embedding(sizes.tokens, sizes.width), Positions(sizes),
        *(DecoderBlock(sizes) for _ in range(sizes.blocks)),
        nn.LayerNorm(sizes.width, 1e-3), nn.Linear(sizes.width, sizes.tokens),
    )  # fmt: skip


lm, gpt = partial(decoder, LM), partial(decoder, GPT)


class recommender(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(USERS, 32), nn.Embedding(ITEMS, 32)
        self.wide, self.narrow = nn.Linear(64, 64), nn.Linear(64, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cat([self.user(x[:, 0]), self.item(x[:, 1])], 1)
        return self.narrow(self.wide(x).relu())


class Native:
    """The loop. On a GPU the data is there, too."""

    fused: bool | None = None
    memory = torch.contiguous_format

    def __init__(self, workload: Workload, weights: list, trains: list[bool], data: tuple):
        self.workload = workload
        self.x, self.y = (torch.from_numpy(a).to(DEVICE) for a in data)
        if self.y.dtype == torch.int32:
            self.y = self.y.long()
        self.model = globals()[workload.name]()
        load(self.model, weights)
        if self.x.ndim == 4:
            self.x = self.x.permute(0, 3, 1, 2).contiguous(memory_format=self.memory)
            self.model = self.model.to(memory_format=self.memory)
        self.model = self.model.to(DEVICE)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, LEARNING_RATE, eps=1e-7, fused=self.fused)
        self.weights, self.parameters = weights, sum(a.size for a in weights)
        self.loss = LOSSES[workload.loss]

    def precise(self) -> Any:
        """A context in which models compute in the workload's precision."""
        mixed = self.workload.precision == "mixed_bfloat16"
        return torch.autocast(DEVICE, torch.bfloat16, enabled=mixed)

    def zero(self) -> torch.Tensor:
        return torch.zeros((), device=DEVICE)

    def fit(self, samples: int | None = None, shuffle: bool = True) -> float:
        size, n = self.workload.batch, samples or len(self.x)
        self.model.train()
        total = self.zero()
        for _ in range(self.workload.epochs):
            order = (torch.randperm if shuffle else torch.arange)(n, device=DEVICE)
            total, right = self.zero(), self.zero()
            for chosen in order.split(size):
                y = self.y[chosen]
                with self.precise():
                    out = self.model(self.x[chosen])
                    loss = self.loss(out, y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.detach()
                right += accuracy(out.detach(), y)
        return float(total) / (n / size)

    @torch.inference_mode()
    def evaluate(self) -> float:
        size = self.workload.batch
        self.model.eval()
        total, right = self.zero(), self.zero()
        for x, y in zip(self.x.split(size), self.y.split(size)):
            with self.precise():
                out = self.model(x)
                total += self.loss(out, y)
            right += accuracy(out, y)
        return float(total) / (len(self.x) / size)

    @torch.inference_mode()
    def predict(self, samples: int | None = None) -> np.ndarray:
        self.model.eval()
        batches = self.x[:samples].split(self.workload.batch)
        with self.precise():
            return torch.cat([self.model(x) for x in batches]).float().cpu().numpy()


class Tuned(Native):
    fused = True
    memory = torch.channels_last


RULES = {
    "optimizer": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, weight_decay=0.004, fused=True),
    "sgd": partial(torch.optim.SGD, fused=True),
    "momentum": partial(torch.optim.SGD, momentum=0.9, fused=True),
    "rmsprop": partial(torch.optim.RMSprop, alpha=0.9, foreach=True),  # there is none fused
    "adagrad": partial(torch.optim.Adagrad, fused=True),
}


def optimizer_step(values: list, rule: str) -> Any:
    """A call that runs an optimizer's fused step over the values, as their own gradients."""
    parameters = [nn.Parameter(torch.from_numpy(a).to(DEVICE)) for a in values]
    for p in parameters:
        p.grad = p.detach().clone()
    return RULES[rule](parameters, LEARNING_RATE).step


def crossentropy(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(out.flatten(0, -2), y.flatten())


def peak() -> float:
    """Operations a second of a large product in 16 bits: what the hardware does at best."""
    x, y = (torch.randn(8192, 8192, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
    seconds = []
    for _ in range(20):
        start = perf_counter()
        (x @ y)[0, 0].item()  # waits for it
        seconds.append(perf_counter() - start)
    return 2 * 8192**3 / median(seconds)


def device_memory() -> int | None:
    """Bytes that tensors took on the GPU at most; None without one."""
    return torch.cuda.max_memory_allocated() if DEVICE == "cuda" else None


def accuracy(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor | float:
    return (out.argmax(-1) == y).float().mean() if y.dtype == torch.int64 else 0.0


LOSSES = {"crossentropy": crossentropy, "mse": F.mse_loss}


@torch.no_grad()
def load(model: nn.Module, weights: list[Any]) -> None:
    """Copy Keras's weights in: its kernels are (in, out) and (height, width, in, out)."""
    left = [torch.from_numpy(a) for a in reversed(weights)]

    def linear(outputs: int) -> tuple[torch.Tensor, torch.Tensor]:
        kernel, bias = left.pop(), left.pop()
        return kernel.reshape(-1, outputs).T, bias.flatten()

    for module in model.modules():
        if isinstance(module, QKV):
            width = module.in_features
            for part, values in enumerate(linear(width) for _ in range(3)):
                for stored, value in zip((module.weight, module.bias), values):
                    stored.chunk(3)[part].copy_(value)
        elif isinstance(module, nn.Linear):
            for stored, value in zip((module.weight, module.bias), linear(module.out_features)):
                stored.copy_(value)
        elif isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            single = module.groups > 1  # its one input channel for each output stands last
            module.weight.copy_(left.pop().permute(*((2, 3) if single else (3, 2)), 0, 1))
            if module.bias is not None:
                module.bias.copy_(left.pop())
        elif isinstance(module, nn.BatchNorm2d):
            for name in "weight", "bias", "running_mean", "running_var":
                getattr(module, name).copy_(left.pop())
        elif isinstance(module, nn.LSTM):
            for name in "weight_ih_l0", "weight_hh_l0", "bias_ih_l0":
                getattr(module, name).copy_(left.pop().T)
        elif isinstance(module, nn.GRU):
            for end in "", "_reverse":
                kernel, recurrent, biases = (gates(left.pop()) for _ in range(3))
                for name, value in ("ih", (kernel, biases[0])), ("hh", (recurrent, biases[1])):
                    getattr(module, f"weight_{name}_l0{end}").copy_(value[0].T)
                    getattr(module, f"bias_{name}_l0{end}").copy_(value[1])
        elif isinstance(module, (nn.Embedding, Positions)):
            module.weight.copy_(left.pop())
        elif isinstance(module, (nn.LayerNorm, nn.GroupNorm)):
            module.weight.copy_(left.pop())
            module.bias.copy_(left.pop())
    assert not left, f"{len(left)} weights were not used"


def gates(values: torch.Tensor) -> torch.Tensor:
    """A GRU's weights, with the gate of resetting before that of updating."""
    update, reset, rest = values.chunk(3, -1)
    return torch.cat([reset, update, rest], -1)
