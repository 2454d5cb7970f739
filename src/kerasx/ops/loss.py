"""Cross-entropies: from probabilities or from logits, one value for each distribution."""

from ..core import config
from ..core.dtypes import alike, floating, name_of
from ..core.op import Tensor, indexed_door, narrow, op
from .activation import log_sigmoid, log_softmax
from .creation import arange
from .doors import pair_door
from .elementwise import clip, equal, log, log1p, where
from .normalization import widened
from .reduce import sum
from .shaping import expand_dims, moveaxis, squeeze
from .tensors import cast


def check_alike(name: str, target, output) -> None:
    """Raise ValueError where two shapes differ in what is known of them."""
    a, b = tuple(target.shape), tuple(output.shape)
    if a == b:
        return
    if len(a) != len(b) or any(m != n for m, n in zip(a, b) if m is not None and n is not None):
        raise ValueError(
            f"{name}: target of shape {a} and output of shape {b}: expected the same shape."
        )


def bounded(p: Tensor) -> Tensor:
    """Probabilities, kept away from 0 and 1 so that their logarithms are finite."""
    least = config.epsilon()
    return clip(p, least, 1.0 - least)


def per_element(target, output, from_logits=False):
    check_alike("binary_crossentropy", target, output)
    return output.shape


@op(shape=lambda target, p: p.shape, dtype=alike, door=pair_door)
def surprise(target: Tensor, p: Tensor) -> Tensor:
    """`-target * log(p) - (1 - target) * log(1 - p)` for probabilities within (0, 1)."""
    rest = log1p(-p)
    return target * rest - rest - target * log(p)


@op(shape=per_element, dtype=floating)
def binary_crossentropy(target: Tensor, output: Tensor, from_logits=False) -> Tensor:
    """`-target * log(p) - (1 - target) * log(1 - p)`; `p` is `output`, or its sigmoid."""
    check_alike("binary_crossentropy", target, output)
    if from_logits:
        return (1 - target) * output - log_sigmoid(output)
    return cast(surprise(widened(target), bounded(widened(output))), name_of(output))


def over_axis(target, output, from_logits=False, axis=-1):
    check_distributions("categorical_crossentropy", output, axis)
    check_alike("categorical_crossentropy", target, output)
    return tuple(d for i, d in enumerate(output.shape) if i != axis % len(output.shape))


def check_distributions(name: str, output, axis: int) -> None:
    rank = len(output.shape)
    if rank < 1 or not -rank <= axis < rank:
        raise ValueError(
            f"{name}: output of shape {tuple(output.shape)}, axis={axis}: expected one of its axes."
        )


def log_probabilities(output: Tensor, from_logits: bool, axis: int) -> Tensor:
    """Logarithms of the distributions along `axis`; probabilities are scaled to sum to one."""
    if from_logits:
        return log_softmax(output, axis)
    p = widened(output)  # in 16 bits, nothing stands between 1 and the bound
    return cast(log(bounded(p / sum(p, axis, keepdims=True))), name_of(output))


@op(shape=over_axis, dtype=floating)
def categorical_crossentropy(target: Tensor, output: Tensor, from_logits=False, axis=-1) -> Tensor:
    """`-sum(target * log(p))` along `axis`; `p` is `output` over its sum, or its softmax."""
    over_axis(target, output, from_logits, axis)
    return -sum(target * log_probabilities(output, from_logits, axis), axis)


def labelled(target, output, from_logits=False, axis=-1):
    check_distributions("sparse_categorical_crossentropy", output, axis)
    rank = len(output.shape)
    shape = tuple(d for i, d in enumerate(output.shape) if i != axis % rank)
    labels = tuple(target.shape)
    if len(labels) == rank and labels[axis] in (1, None):
        labels = tuple(d for i, d in enumerate(labels) if i != axis % rank)
    if len(labels) != len(shape) or any(
        m != n for m, n in zip(labels, shape) if None not in (m, n)
    ):
        raise ValueError(
            f"sparse_categorical_crossentropy: target of shape {tuple(target.shape)} and output of "
            f"shape {tuple(output.shape)}: expected the same shape but for axis {axis}."
        )
    return shape


@op(shape=labelled, dtype=lambda *names: (None, narrow(floating(names[-1])[1])), door=indexed_door)
def sparse_categorical_crossentropy(
    target: Tensor, output: Tensor, from_logits=False, axis=-1
) -> Tensor:
    """`-log(p[target])` along `axis`; `p` is `output` scaled to sum to one, or its softmax.

    target: classes, of the shape of `output` without `axis` (or with one element there).
    """
    shape = labelled(target, output, from_logits, axis)
    labels = cast(target, "int32")
    labels = squeeze(labels, axis) if len(labels.shape) > len(shape) else labels
    output = cast(output, narrow(floating(name_of(output))[1]))
    output = output if axis in (-1, len(shape)) else moveaxis(output, axis, -1)
    if from_logits:
        return label_crossentropy(output, labels)
    return -at_labels(log_probabilities(output, False, -1), labels)


def at_labels(x: Tensor, labels: Tensor) -> Tensor:
    """The elements of `x` that `labels` name along the last axis; 0 where there is none."""
    hit = equal(expand_dims(labels, -1), arange(x.shape[-1], dtype="int32"))
    return sum(where(hit, x, 0.0), -1)


@op(
    shape=lambda logits, labels: logits.shape[:-1],
    dtype=lambda logits, *_: (None, logits),
    door=indexed_door,
)
def label_crossentropy(logits: Tensor, labels: Tensor) -> Tensor:
    """`-log(softmax(logits)[label])` along the last axis, for labels of type int32."""
    return -at_labels(log_softmax(logits), labels)
