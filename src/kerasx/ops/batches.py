"""Functions of one, applied to many at once."""

import re
from collections.abc import Callable
from typing import Any

from ..core import tree
from ..core.scope import Scope
from .control import vectorized_map
from .frames import operand
from .shaping import expand_dims, moveaxis, squeeze
from .tensors import shape

__all__ = ["vectorize", "vmap"]


def vmap(fun: Callable, in_axes: Any = 0, out_axes: Any = 0) -> Callable:
    """`fun` applied to all slices of its arguments at once.

    in_axes: the axis to slice along; None for what is the same for all slices. One for everything,
        or one for each positional argument, where structures may stand for structures.
    out_axes: where the new axis stands in the outcome: one for everything, or a structure; None for
        what is the same for all slices, and is given once.

    Tensors given by keyword are sliced along their first axis.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        given = [tree.map_structure(operand, x) for x in (args, kwargs)]
        if isinstance(in_axes, (list, tuple)) and len(in_axes) != len(args):
            raise ValueError(f"vmap: in_axes={in_axes} for {len(args)} positional arguments.")
        leaves = tree.flatten(given)
        axes = [*spread("in_axes", in_axes, args), *spread("in_axes", 0, kwargs)]
        sliced = [k for k, axis in enumerate(axes) if axis is not None and leaves[k] is not None]
        if not sliced:
            raise ValueError(f"vmap: in_axes={in_axes} leaves no argument to slice.")
        elements = [moveaxis(leaves[k], axes[k], 0) if axes[k] else leaves[k] for k in sliced]
        if len(counts := {n for x in elements if isinstance(n := shape(x)[0], int)}) > 1:
            raise ValueError(f"vmap: the arguments have {sorted(counts)} slices: not as many.")

        frames: list[Any] = []

        def row(slices: Any) -> Any:
            at = dict(zip(sliced, slices))
            filled = [at.get(k, x) for k, x in enumerate(leaves)]
            args, kwargs = tree.pack_sequence_as(given, filled)
            with Scope() as scope:
                out = fun(*args, **kwargs)
            if scope.written:
                names = ", ".join(v.path for v in scope.written)
                raise ValueError(f"vmap: the function writes to {names}, once for each slice.")
            frames.append(tree.map_structure(operand, out))
            return [y for y in tree.flatten(frames[-1]) if y is not None]

        stacked = iter(vectorized_map(row, elements))
        rows = tree.map_structure(lambda y: y if y is None else next(stacked), frames[-1])
        places = spread("out_axes", out_axes, rows)
        pairs = zip(tree.flatten(rows), places)
        moved = [placed(y, k) if y is not None else None for y, k in pairs]
        return tree.pack_sequence_as(rows, moved)

    return call


def placed(y: Any, axis: int | None) -> Any:
    """`y` with its first axis at `axis`; with None, the first of its slices."""
    return y[0] if axis is None else moveaxis(y, 0, axis) if axis else y


def spread(what: str, axes: Any, structure: Any) -> list[int | None]:
    """One axis for each leaf of a structure: an axis stands for all that is where it is."""
    if axes is None or isinstance(axes, int):
        return [axes] * len(tree.flatten(structure))
    if not tree.is_nested(axes) or not tree.is_nested(structure) or len(axes) != len(structure):
        raise ValueError(f"vmap: {what}={axes!r} does not fit what it is for.")
    pairs = zip(tree.items(axes), tree.items(structure))
    return [axis for (_, a), (_, s) in pairs for axis in spread(what, a, s)]


def core_ranks(signature: str, arguments: int) -> list[int]:
    """How many axes each argument has for itself, by a signature such as "(m,n),(n)->(m)"."""
    inputs = re.findall(r"\(([^()]*)\)", signature.partition("->")[0])
    ranks = [len(axes.split(",")) if axes.strip() else 0 for axes in inputs]
    if "->" not in signature or len(ranks) != arguments:
        raise ValueError(
            f"vectorize: signature={signature!r} for {arguments} arguments: expected one group of "
            "axes for each, as in '(m,n),(n)->(m)'."
        )
    return ranks


def vectorize(pyfunc: Callable, *, excluded: Any = None, signature: str | None = None) -> Callable:
    """`pyfunc`, which takes scalars, over tensors that broadcast, as NumPy's `vectorize`.

    excluded: positions and names of arguments that are passed as they are.
    signature: the axes that `pyfunc` takes and gives, as in "(m,n),(n)->(m)": only the axes before
        those are broadcast.
    """
    if not callable(pyfunc):
        raise ValueError(f"vectorize: pyfunc={pyfunc!r}: expected a callable.")
    excluded = set(excluded or ())

    def call(*args: Any, **kwargs: Any) -> Any:
        given = {**dict(enumerate(args)), **kwargs}
        keys = [k for k in given if k not in excluded]
        xs = [operand(given[k]) for k in keys]
        ranks = core_ranks(signature, len(xs)) if signature else [0] * len(xs)
        loops = [len(x.shape) - rank for x, rank in zip(xs, ranks)]
        # the loop axes of each argument, counted from the last, but those that broadcast
        places = [{n - 1 - k for k in range(n) if x.shape[k] != 1} for x, n in zip(xs, loops)]
        single = [[k for k in range(n) if x.shape[k] == 1] for x, n in zip(xs, loops)]
        xs = [squeeze(x, tuple(axes)) if axes else x for x, axes in zip(xs, single)]

        def run(*slices: Any) -> Any:
            filled = given | dict(zip(keys, slices))
            named = {k: filled[k] for k in kwargs}
            return tree.map_structure(
                operand, pyfunc(*(filled[k] for k in range(len(args))), **named)
            )

        for level in range(max(loops, default=0)):
            axes = tuple(0 if level in p else None for p in places)
            run = vmap(run, axes) if any(a == 0 for a in axes) else expanded(run)
        return run(*xs)

    return call


def expanded(fn: Callable) -> Callable:
    """`fn` with a new first axis, of size 1, in what it gives."""
    return lambda *xs: tree.map_structure(lambda y: expand_dims(y, 0), fn(*xs))
