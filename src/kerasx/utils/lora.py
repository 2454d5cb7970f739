"""Low-rank adaptation of whole models. Source: arXiv:2106.09685."""

import re

from ..layers.layer import Layer
from ..layers.lora import LowRank


def enable_lora(
    model: Layer, rank: int, pattern: str = ".*", lora_alpha: float | None = None
) -> list[LowRank]:
    """The layers whose weight was fixed, and is trained by a correction of rank `rank` from now on.

        enable_lora(model, 4, ".*/(query|value)")
        model.compile(...)  # an optimizer of other weights cannot go on

    All other weights train as before: set `trainable = False` of the layers that are not to.

    Args:
        model: a model or a layer, built.
        rank: rank of the corrections.
        pattern: a regular expression that the whole path of a layer, or its name, must match.
        lora_alpha: corrections are scaled by `lora_alpha / rank`; None: by 1.
    """
    able = [x for x in low_rank_layers(model) if x.built and not x.lora_enabled]
    chosen = [x for x in able if any(re.fullmatch(pattern, n) for n in (x.path, x.name))]
    if not chosen:
        raise ValueError(
            f"enable_lora(): pattern={pattern!r} matches none of {[x.path for x in able]}."
        )
    for layer in chosen:
        layer.enable_lora(rank, lora_alpha)
    return chosen


def merge_lora(model: Layer) -> list[LowRank]:
    """The layers whose correction was added to their weight, which is trained again itself."""
    corrected = [x for x in low_rank_layers(model) if x.lora_enabled]
    for layer in corrected:
        layer.merge_lora()
    return corrected


def low_rank_layers(model: Layer) -> list[LowRank]:
    """The layers in `model`, itself among them, that can be corrected."""
    return [x for x in model._flatten_layers() if isinstance(x, LowRank)]
