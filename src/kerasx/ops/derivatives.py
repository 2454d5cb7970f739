"""Derivatives of functions: gradients, products with Jacobians, Jacobians, Hessians.

They take functions of tensors and structures of tensors, and of variables, and may be nested.
Where a function writes to variables, the transformed one writes the same values.

Complex tensors may stand between: not among what is differentiated or differentiated by, as
engines disagree about which of two conjugate numbers is the gradient. None stays None.
"""

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import tree
from ..core.dtypes import is_float, name_of
from ..core.scope import Scope
from ..core.variable import Variable
from .control import vectorized_map
from .creation import eye, ones_like, zeros_like
from .frames import (
    HOLE,
    Opaque,
    arrays_as_tensors,
    full_value,
    has_symbols,
    joined,
    operand,
    split,
)  # fmt: skip
from .shaping import reshape
from .tensors import convert_to_tensor, shape

__all__ = [
    "grad", "hessian", "jacobian", "jvp", "value_and_grad", "vjp",
]  # fmt: skip

Variables = Sequence[Variable]
PARTS = (
    "Engines differ in what derivatives of complex tensors are: take those of the two parts, see "
    "view_as_complex and view_as_real."
)


class Point:
    """Where a function is differentiated: `run` is the function, of the tensors `xs` alone.

    These are the leaves of the arguments numbered by `argnums`, then the values of `variables`.
    """

    def __init__(self, what, fun, args, kwargs, argnums=None, variables=None, has_aux=False):
        if has_symbols((args, kwargs)):
            raise TypeError(f"{what}: got a KerasTensor: take the derivatives in a layer's call().")
        self.what, self.fun = what, fun
        self.args, self.kwargs = arrays_as_tensors((list(args), kwargs))
        self.variables, self.has_aux = list(variables or ()), has_aux
        if argnums is None:
            argnums = () if variables is not None else 0
        self.one = hasattr(argnums, "__index__")
        numbers: Any = [argnums] if self.one else argnums
        self.places = self.checked([index(n) for n in numbers])
        given = tree.map_structure(operand, [self.args[i] for i in self.places])
        tensors, self.inputs = split(given)
        self.variables_given = variables is not None
        self.xs = [*tensors, *map(full_value, self.variables)]
        for x in self.xs:
            if not is_float(name := name_of(x)):
                raise TypeError(
                    f"{what}: got a tensor of dtype {name}: expected floats, with respect to "
                    f"which it can differentiate. {PARTS if 'complex' in name else 'See argnums.'}"
                )
        if not self.xs:
            raise ValueError(f"{what}: there is nothing to differentiate with respect to.")

    def checked(self, places: list[int]) -> list[int]:
        count = len(self.args)
        if bad := [i for i in places if not -count <= i < count]:
            raise ValueError(
                f"{self.what}: argnums={bad[0]}, but the function was given {count} positional "
                "arguments."
            )
        places = [i % count for i in places]
        if len(set(places)) < len(places) or len(set(self.variables)) < len(self.variables):
            raise ValueError(
                f"{self.what}: argnums={places}, variables={[v.path for v in self.variables]}: "
                "expected each argument and each variable once."
            )
        return places

    def run(self, xs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """(tensors of the value; those of what comes beside it, and what was written)."""
        args, count = list(self.args), len(xs) - len(self.variables)
        for i, value in zip(self.places, joined(xs[:count], self.inputs)):
            args[i] = value
        with Scope(zip(self.variables, xs[count:])) as scope:
            out = self.fun(*args, **self.kwargs)
        value, aux = self.parted(out)
        ys, self.frame = split(tree.map_structure(operand, value))
        for y in ys:
            if not is_float(name := name_of(y)):
                raise TypeError(
                    f"{self.what}: the function gives {name}: expected floats. "
                    f"{PARTS if 'complex' in name else 'See has_aux for what else it gives.'}"
                )
        beside, self.aux_frame = split(aux)
        self.written = list(scope.written)
        return ys, [*beside, *scope.written.values()]

    def parted(self, out: Any) -> tuple[Any, Any]:
        if not self.has_aux:
            return out, ()
        if not isinstance(out, (tuple, list)) or len(out) != 2:
            raise ValueError(
                f"{self.what}: has_aux=True: expected the function to return (value, aux); got "
                f"{type(out).__name__}."
            )
        return out[0], out[1]

    def settle(self, extras: Sequence[Any]) -> Any:
        """What came beside the value; makes the function's writes good."""
        count = len(extras) - len(self.written)
        for variable, value in zip(self.written, extras[count:]):
            variable.write(value)
        return joined(extras[:count], self.aux_frame)

    def like_inputs(self, gradients: Sequence[Any]) -> Any:
        """One tensor for each of `xs`, in the structure of what they were taken from."""
        count = len(gradients) - len(self.variables)
        args = tuple(joined(gradients[:count], self.inputs))
        of_args, of_variables = args[0] if self.one else args, list(gradients[count:])
        if not self.variables_given:
            return of_args
        return (of_args, of_variables) if self.places else of_variables


# -- Gradients ----------------------------------------------------------------------------------
def value_and_grad(
    fun: Callable,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
    variables: Variables | None = None,
) -> Callable:
    """A function that gives the value of `fun`, which is a scalar, and its gradients.

    argnums: which positional arguments, tensors or structures of them, to differentiate with
        respect to: the first, unless `variables` are given.
    has_aux: whether `fun` gives a pair, of which the first is differentiated. The value is then
        the pair.
    variables: Variables to differentiate with respect to. The gradients are a list, one for each;
        with argnums, too, they are the pair of those of the arguments and that list.

    What does not matter has zeros for a gradient. On torch, weights count as constants for
    `loss.backward()` of the value and the gradients, though not for other transformations.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        if has_symbols((args, kwargs)):
            return Opaque(call, "value_and_grad")(*args, **kwargs)
        point = Point("grad", fun, args, kwargs, argnums, variables, has_aux)
        ys, extras, back = backend.pullback(point.run, point.xs)
        if point.frame is not HOLE or len(ys[0].shape):
            raise ValueError(
                "grad: the function must give one scalar; got tensors of the shapes "
                f"{[tuple(y.shape) for y in ys]}. See jacobian and vjp for others."
            )
        gradients = point.like_inputs(back([ones_like(ys[0])]))
        aux = point.settle(extras)
        return ((ys[0], aux) if has_aux else ys[0]), gradients

    return call


def grad(
    fun: Callable,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
    variables: Variables | None = None,
) -> Callable:
    """A function that gives the gradients of `fun`: as `value_and_grad`, without the value.

    With has_aux it gives the pair of the gradients and what comes beside the value.
    """
    both = value_and_grad(fun, argnums, has_aux, variables)

    def call(*args: Any, **kwargs: Any) -> Any:
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return call


def vjp(
    fun: Callable, *primals: Any, has_aux: bool = False, variables: Variables | None = None
) -> tuple[Any, ...]:
    """(value of `fun(*primals)`, function from a gradient of that value to those of the primals).

    The function gives a tuple, with a list for `variables` as the last item where these are given.
    With has_aux, what comes beside the value is the third of the outcome.
    """
    point = Point("vjp", fun, primals, {}, range(len(primals)), variables, has_aux)
    ys, extras, back = backend.pullback(point.run, point.xs)

    def pull(cotangents: Any) -> Any:
        tree.assert_same_structure(cotangents, point.frame)
        gradients = point.like_inputs(back(like(cotangents, ys, "vjp")))
        if variables is None:
            return gradients
        return (*gradients[0], gradients[1]) if primals else (gradients,)

    aux = point.settle(extras)
    value = joined(ys, point.frame)
    return (value, pull, aux) if has_aux else (value, pull)


def jvp(
    fun: Callable,
    primals: Any,
    tangents: Any,
    has_aux: bool = False,
    variables: Variables | None = None,
) -> tuple[Any, ...]:
    """(value of `fun(*primals)`, its derivative along `tangents`).

    tangents: like primals; with `variables`, a list for these is the last of them.
    With has_aux, what comes beside the value is the third of the outcome.
    """
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("jvp: expected a tuple or list of primals, and one of tangents.")
    if has_symbols((primals, tangents)):
        call = Opaque(lambda x, along: jvp(fun, x, along, has_aux, variables), "jvp")
        return call(primals, tangents)
    point = Point("jvp", fun, primals, {}, range(len(primals)), variables, has_aux)
    whole = [*point.inputs, point.variables] if variables is not None else point.inputs
    tree.assert_same_structure(list(tangents), whole)
    dxs = like(list(tangents), point.xs, "jvp")
    ys, dys, extras = backend.pushforward(point.run, point.xs, dxs)
    aux = point.settle(extras)
    out = joined(ys, point.frame), joined(dys, point.frame)
    return (*out, aux) if has_aux else out


def like(structure: Any, tensors: Sequence[Any], what: str) -> list[Any]:
    """The leaves of a structure, in the dtypes of `tensors`, of whose shapes they must be."""
    given = [x for x in tree.flatten(structure) if x is not None]
    if len(given) != len(tensors):
        raise ValueError(f"{what}: got {len(given)} directions for {len(tensors)} tensors.")
    leaves = [convert_to_tensor(x, name_of(t)) for x, t in zip(given, tensors)]
    for x, t in zip(leaves, tensors):
        if tuple(x.shape) != tuple(t.shape):
            raise ValueError(
                f"{what}: got a direction of shape {tuple(x.shape)} for a tensor of shape "
                f"{tuple(t.shape)}."
            )
    return leaves


# -- All derivatives ----------------------------------------------------------------------------
def jacobian(
    fun: Callable,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
    variables: Variables | None = None,
) -> Callable:
    """A function that gives all derivatives of `fun`.

    For each tensor of the value there is the structure that `grad` gives, whose tensors have the
    shape of the value's, followed by that of what they are differentiated with respect to. The
    arguments are those of `grad`.
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        point = Point("jacobian", fun, args, kwargs, argnums, variables, has_aux)
        ys, extras, back = backend.pullback(point.run, point.xs)
        rows = [point.like_inputs(derivatives(k, ys, point.xs, back)) for k in range(len(ys))]
        aux, out = point.settle(extras), joined(rows, point.frame)
        return (out, aux) if has_aux else out

    return call


def derivatives(k: int, ys: list[Any], xs: list[Any], back: Callable) -> list[Any]:
    """The derivatives of the k-th output with respect to each of `xs`."""
    sizes = shape(ys[k])
    count = int(np.prod(sizes))
    basis = reshape(eye(count, dtype=name_of(ys[k])), (count, *sizes))
    others = [zeros_like(y) for y in ys]
    rows = vectorized_map(lambda dy: back([*others[:k], dy, *others[k + 1 :]]), basis)
    return [reshape(row, (*sizes, *shape(x))) for row, x in zip(rows, xs)]


def hessian(
    fun: Callable,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
    variables: Variables | None = None,
) -> Callable:
    """A function that gives the second derivatives of `fun`, whose value is a scalar.

    They come as the Jacobian of the gradients does: for each tensor of those, the structure that
    `grad` gives. The arguments are those of `grad`.
    """
    return jacobian(grad(fun, argnums, has_aux, variables), argnums, has_aux, variables)
