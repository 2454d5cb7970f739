"""Connectionist temporal classification: labels whose places in time nobody knows.

Source: Graves, Fernández, Gomez, Schmidhuber (2006).
"""

from ..core.dtypes import floating, name_of
from ..core.op import Tensor, narrow, op
from ..core.symbolic import KerasTensor
from .activation import log_softmax
from .control import scan
from .creation import full, steps, zeros_like
from .elementwise import equal, logaddexp, maximum, not_equal, where
from .indexing import take_along_axis
from .linear import matmul
from .logic import logical_and
from .normalization import widened
from .reduce import all, amax, argmax, logsumexp, sum
from .shaping import concatenate, expand_dims, moveaxis, pad, reshape, stack, swapaxes
from .sorting import argsort, top_k
from .tensors import cast, shape

__all__ = ["ctc_decode", "ctc_loss"]

NEVER = -1e9  # the logarithm of what cannot be: finite, so that gradients stay so, too
MISFIT = 1e5  # the loss of labels that do not fit into the time, on every engine
DEAD = -1e30  # the score of a beam that is none


# -- Loss ---------------------------------------------------------------------------------------
def per_sequence(target, output, target_length, output_length, mask_index=0):
    ranks = [len(t.shape) for t in (target, output, target_length, output_length)]
    if ranks != [2, 3, 1, 1]:
        raise ValueError(
            f"ctc_loss: target, output, target_length and output_length of ranks {ranks}: expected "
            "(batch, labels), (batch, steps, classes), (batch,) and (batch,)."
        )
    sizes = {t.shape[0] for t in (target, output, target_length, output_length)} - {None}
    if len(sizes) > 1:
        raise ValueError(f"ctc_loss: batches of sizes {sorted(sizes)}: expected one size.")
    return (output.shape[0],)


def of_logits(*names):
    """The dtypes of labels count for nothing; 16-bit floats give 32 bits."""
    return None, narrow("float64") if names[1:2] == ("float64",) else "float32"


@op(shape=per_sequence, dtype=of_logits)
def ctc_loss(
    target: Tensor, output: Tensor, target_length: Tensor, output_length: Tensor, mask_index=0
) -> Tensor:
    """(batch,): minus the logarithm of the probability of the labels, wherever in time they stand.

    target: (batch, labels) integers, of which the first `target_length` count.
    output: (batch, steps, classes) logits, of which the first `output_length` count.
    mask_index: the class that stands for no label.
    """
    per_sequence(target, output, target_length, output_length)
    output = widened(cast(output, floating(name_of(output))[1]))
    labels, counts, times = (cast(t, "int32") for t in (target, target_length, output_length))
    return aligned_loss(log_softmax(output), labels, counts, times, mask_index)


@op(shape=lambda log_probs, *_: (log_probs.shape[0],), dtype=lambda *names: (None, names[0]))
def aligned_loss(
    log_probs: Tensor, labels: Tensor, label_counts: Tensor, time_counts: Tensor, blank
) -> Tensor:
    """`ctc_loss` of the logarithms of probabilities; labels and counts are int32."""
    # the states: a blank, the first label, a blank, the second label, ..., a blank
    batch, count = shape(labels)
    spread = stack([full((batch, count), blank, "int32"), labels], 2)
    states = pad(reshape(spread, (batch, 2 * count)), ((0, 0), (0, 1)), constant_values=blank)
    place = steps(0, 2 * count + 1, 1, "int32")
    apart = not_equal(states, delayed(states, 2, -1))
    skips = logical_and(equal(place % 2, 1), apart)  # equal labels need a blank between
    scores = moveaxis(take_along_axis(log_probs, expand_dims(states, 1), 2), 1, 0)
    first = where(equal(place, 0), 0.0, zeros_like(scores[0]) + NEVER)

    def step(score, inputs):
        time, gain = inputs
        moved = logaddexp(score, delayed(score, 1, NEVER))
        moved = logaddexp(moved, where(skips, delayed(score, 2, NEVER), NEVER)) + gain
        return where(expand_dims(time < time_counts, 1), moved, score), ()

    times = steps(0, shape(log_probs)[1], 1, "int32")
    score, _ = scan(step, first, (times, scores))
    last = expand_dims(2 * label_counts, 1)
    ends = logaddexp(
        take_along_axis(score, last, 1),
        where(equal(last, 0), NEVER, take_along_axis(score, maximum(last - 1, 0), 1)),
    )
    loss = -ends[:, 0]
    return where(loss > -NEVER / 2, MISFIT, loss)


def delayed(x: Tensor, n: int, value: float) -> Tensor:
    """The rows of `x` moved back by `n` places, which `value` fills."""
    return pad(x, ((0, 0), (n, 0)), constant_values=value)[:, :-n]


# -- Decoding -----------------------------------------------------------------------------------
def decoded(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    if strategy not in ("greedy", "beam_search"):
        raise ValueError(f"ctc_decode: strategy={strategy!r}: expected 'greedy' or 'beam_search'.")
    if len(inputs.shape) != 3 or len(sequence_lengths.shape) != 1:
        raise ValueError(
            f"ctc_decode: inputs of shape {tuple(inputs.shape)}, sequence_lengths of shape "
            f"{tuple(sequence_lengths.shape)}: expected (batch, steps, classes) and (batch,)."
        )
    if strategy == "beam_search" and not 1 <= top_paths <= beam_width:
        raise ValueError(
            f"ctc_decode: top_paths={top_paths}, beam_width={beam_width}: expected positive "
            "numbers, of which beam_width is no less."
        )
    batch, length, _ = inputs.shape
    paths = 1 if strategy == "greedy" else top_paths
    name = narrow("float64") if name_of(inputs) == "float64" else "float32"
    return KerasTensor((paths, batch, length), "int32"), KerasTensor((batch, paths), name)


@op(spec=decoded)
def ctc_decode(
    inputs: Tensor,
    sequence_lengths: Tensor,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
) -> Tensor:
    """(labels (paths, batch, steps), filled up with -1; scores (batch, paths)).

    inputs: (batch, steps, classes) logits, of which the first `sequence_lengths` count.
    strategy: 'greedy' follows the largest logits, and its score is minus their sum; 'beam_search'
        keeps the `beam_width` most probable beginnings, gives the best `top_paths`, and scores them
        by the logarithms of their probabilities.
    merge_repeated: whether a class that stays the largest is one label; 'greedy' only.
    mask_index: the class that stands for no label; None for the last.
    """
    decoded(inputs, sequence_lengths, strategy, beam_width, top_paths)
    blank = shape(inputs)[2] - 1 if mask_index is None else mask_index
    inputs = widened(cast(inputs, floating(name_of(inputs))[1]))
    counts = cast(sequence_lengths, "int32")
    if strategy == "greedy":
        return greedy(inputs, counts, merge_repeated, blank)
    return best_paths(log_softmax(inputs), counts, beam_width, top_paths, blank)


def greedy(inputs, counts, merge_repeated, blank):
    """The classes of the largest logits, without blanks and repetitions."""
    classes = argmax(inputs, -1)
    seen = steps(0, shape(inputs)[1], 1, "int32") < expand_dims(counts, 1)
    score = -sum(where(seen, amax(inputs, -1), 0.0), 1, keepdims=True)
    kept = logical_and(seen, not_equal(classes, blank))
    if merge_repeated:
        kept = logical_and(kept, not_equal(classes, delayed(classes, 1, -1)))
    order = argsort(where(kept, 0, 1), 1)  # stable: what is kept comes first, in its order
    labels = take_along_axis(where(kept, classes, -1), order, 1)
    return expand_dims(labels, 0), score


def path_specs(log_probs, counts, width, paths, blank):
    batch, length, _ = log_probs.shape
    return KerasTensor((paths, batch, length), "int32"), KerasTensor(
        (batch, paths), name_of(log_probs)
    )


@op(spec=path_specs)
def best_paths(log_probs: Tensor, counts: Tensor, width, paths, blank) -> Tensor:
    """The most probable labels, from the `width` best beginnings at each time."""
    batch, length, classes = shape(log_probs)
    times = steps(0, length, 1, "int32")
    labels = full((batch, width, length), -1, "int32")
    none = full((batch, width), DEAD, name_of(log_probs))
    start = where(equal(steps(0, width, 1, "int32"), 0), 0.0, none)  # one beam, without labels
    lengths = full((batch, width), 0, "int32")
    states = labels, lengths, start, none

    def step(states, inputs):
        time, gain = inputs
        now = advanced(states, gain, times, width, classes, blank)
        runs = time < counts
        return tuple(
            where(reshape(runs, (-1,) + (1,) * (new.ndim - 1)), new, old)
            for new, old in zip(now, states)
        ), ()

    (labels, _, blanks, others), _ = scan(step, states, (times, moveaxis(log_probs, 1, 0)))
    scores, best = top_k(logaddexp(blanks, others), paths)
    scores = where(scores > DEAD / 2, scores, -float("inf"))
    return moveaxis(take_along_axis(labels, expand_dims(best, 2), 1), 1, 0), scores


def advanced(states, gain, times, width, classes, blank):
    """The beams after one more time, whose `gain` is (batch, classes).

    A beam is (its labels, how many, the score of ending with a blank, that of ending with a label).
    """
    labels, lengths, blanks, others = states
    total = logaddexp(blanks, others)
    at_end = equal(times, expand_dims(lengths - 1, 2))
    last = amax(where(at_end, labels, -1), 2)
    kinds = steps(0, classes, 1, "int32")
    repeats = equal(expand_dims(last, 2), kinds)  # a repeated label needs a blank between
    longer = where(repeats, expand_dims(blanks, 2), expand_dims(total, 2)) + expand_dims(gain, 1)
    longer = where(equal(kinds, blank), DEAD, longer)
    same = logsumexp(where(repeats, expand_dims(others, 2) + expand_dims(gain, 1), DEAD), 2)

    # what grows into a beam that is there already adds to it
    before = where(at_end, -1, labels)
    grows = all(equal(expand_dims(before, 2), expand_dims(labels, 1)), 3)
    grows = logical_and(grows, expand_dims(logical_and(lengths > 0, total > DEAD / 2), 2))
    arriving = take_along_axis(longer, expand_dims(maximum(last, 0), 1), 2)  # (batch, from, to)
    same = logaddexp(same, logsumexp(where(swapaxes(grows, 1, 2), arriving, DEAD), 1))
    met = matmul(cast(swapaxes(grows, 1, 2), gain.dtype), cast(repeats, gain.dtype))
    longer = where(met > 0, DEAD, longer)

    ended = total + gain[:, blank : blank + 1]
    flat = reshape(longer, (-1, width * classes))
    _, chosen = top_k(concatenate([logaddexp(ended, same), flat], 1), width)
    stays = chosen < width
    grown = maximum(chosen - width, 0)
    source = where(stays, chosen, grown // classes)
    labels = take_along_axis(labels, expand_dims(source, 2), 1)
    lengths = take_along_axis(lengths, source, 1)
    free = logical_and(equal(times, expand_dims(lengths, 2)), expand_dims(chosen >= width, 2))
    labels = where(free, expand_dims(grown % classes, 2), labels)
    blanks = where(stays, take_along_axis(ended, source, 1), DEAD)
    others = where(stays, take_along_axis(same, source, 1), take_along_axis(flat, grown, 1))
    return labels, where(stays, lengths, lengths + 1), blanks, others
