"""Arithmetic and the functions of mathematics, elementwise."""

from ..backends import current as backend
from ..core.dtypes import alike, floating, is_float, kept, name_of, predicate, promote, real
from ..core.op import FAST, Tensor, binary, body_door, op, unary, weak
from ..core.refusal import REFUSALS, refusal
from ..core.shapes import broadcast
from ..core.symbolic import KerasTensor
from .tensors import cast

__all__ = [
    "abs", "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "ceil", "clip", "cos", "cosh", "divide", "divide_no_nan", "equal", "erf",
    "erfinv", "exp", "expm1", "floor", "floor_divide", "greater", "greater_equal", "isfinite",
    "isinf", "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp",
    "maximum", "minimum", "mod", "multiply", "nan_to_num", "negative", "nonzero", "not_equal",
    "power", "reciprocal", "round", "rsqrt", "sign", "sin", "sinh", "sqrt", "square",
    "subtract", "tan", "tanh", "true_divide", "trunc", "where",
]  # fmt: skip


LARGEST = {
    "float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
}  # fmt: skip


def counting(*names: str) -> tuple[str, str]:
    """As `promote`, with booleans taken as int32."""
    out, _ = promote(*names)
    return ("int32", "int32") if out == "bool" else (out, out)


def measured(*names: str) -> tuple[str, str]:
    """Computed as floats, gives booleans."""
    return floating(*names)[0], "bool"


# -- Of one tensor ------------------------------------------------------------------------------
@unary(kept(real))
def absolute(x: Tensor) -> Tensor:
    """Absolute value, elementwise."""


@unary(alike)
def negative(x: Tensor) -> Tensor:
    """`-x`, elementwise."""


@unary(alike)
def sign(x: Tensor) -> Tensor:
    """-1, 0 or 1, as the sign of `x`, elementwise."""


@unary(kept(counting))
def square(x: Tensor) -> Tensor:
    """`x * x`, elementwise."""


@unary(floating)
def sqrt(x: Tensor) -> Tensor:
    """Square root, elementwise."""


@unary(floating)
def rsqrt(x: Tensor) -> Tensor:
    """`1 / sqrt(x)`, elementwise."""


@unary(floating)
def reciprocal(x: Tensor) -> Tensor:
    """`1 / x`, elementwise; integers in floatx."""


@unary(floating)
def exp(x: Tensor) -> Tensor:
    """`e ** x`, elementwise."""


@unary(floating)
def expm1(x: Tensor) -> Tensor:
    """`exp(x) - 1`, elementwise, exact near 0."""


@unary(floating)
def log(x: Tensor) -> Tensor:
    """Natural logarithm, elementwise."""


@unary(floating)
def log1p(x: Tensor) -> Tensor:
    """`log(1 + x)`, elementwise, exact near 0."""


@unary(floating)
def log2(x: Tensor) -> Tensor:
    """Logarithm to base 2, elementwise."""


@unary(floating)
def log10(x: Tensor) -> Tensor:
    """Logarithm to base 10, elementwise."""


@unary(floating)
def sin(x: Tensor) -> Tensor:
    """Sine of `x` in radians, elementwise."""


@unary(floating)
def cos(x: Tensor) -> Tensor:
    """Cosine of `x` in radians, elementwise."""


@unary(floating)
def tan(x: Tensor) -> Tensor:
    """Tangent of `x` in radians, elementwise."""


@unary(floating)
def arcsin(x: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine is `x`, elementwise."""


@unary(floating)
def arccos(x: Tensor) -> Tensor:
    """The angle in [0, pi] whose cosine is `x`, elementwise."""


@unary(floating)
def arctan(x: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose tangent is `x`, elementwise."""


@unary(floating)
def sinh(x: Tensor) -> Tensor:
    """Hyperbolic sine, elementwise."""


@unary(floating)
def cosh(x: Tensor) -> Tensor:
    """Hyperbolic cosine, elementwise."""


@unary(floating)
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent, elementwise."""


@unary(floating)
def arcsinh(x: Tensor) -> Tensor:
    """Inverse hyperbolic sine, elementwise."""


@unary(floating)
def arccosh(x: Tensor) -> Tensor:
    """Inverse hyperbolic cosine, elementwise."""


@unary(floating)
def arctanh(x: Tensor) -> Tensor:
    """Inverse hyperbolic tangent, elementwise."""


@unary(floating)
def erf(x: Tensor) -> Tensor:
    """Error function, elementwise."""


@unary(floating)
def erfinv(x: Tensor) -> Tensor:
    """The number whose error function is `x`, elementwise."""


@unary(floating)
def floor(x: Tensor) -> Tensor:
    """The largest integer that is not above `x`, elementwise, as a float."""


@unary(floating)
def ceil(x: Tensor) -> Tensor:
    """The smallest integer that is not below `x`, elementwise, as a float."""


@unary(alike)
def trunc(x: Tensor) -> Tensor:
    """`x` without its fraction, elementwise."""


@op(shape=lambda x, decimals=0: x.shape, dtype=alike)
def round(x: Tensor, decimals=0) -> Tensor:
    """`x` rounded to `decimals` places, elementwise; halves go to the even neighbour."""


# -- Of two tensors -----------------------------------------------------------------------------
@binary(promote)
def add(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 + x2`, broadcast."""


@binary(promote)
def subtract(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 - x2`, broadcast."""


@binary(alike)
def difference(x1: Tensor, x2: Tensor) -> Tensor:
    """As `subtract`, in 64 bits where the tensors are."""


@binary(promote)
def multiply(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 * x2`, broadcast."""


@binary(floating)
def divide(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 / x2`, broadcast; integers divide in floatx."""


@binary(counting)
def floor_divide(x1: Tensor, x2: Tensor) -> Tensor:
    """The largest integer that is not above `x1 / x2`, broadcast."""


@binary(counting)
def mod(x1: Tensor, x2: Tensor) -> Tensor:
    """Remainder of `x1 / x2`, with the sign of `x2`, broadcast."""


@binary(counting)
def power(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 ** x2`, broadcast."""


@binary(promote)
def maximum(x1: Tensor, x2: Tensor) -> Tensor:
    """The larger of `x1` and `x2`, broadcast."""


@binary(promote)
def minimum(x1: Tensor, x2: Tensor) -> Tensor:
    """The smaller of `x1` and `x2`, broadcast."""


@binary(floating)
def arctan2(x1: Tensor, x2: Tensor) -> Tensor:
    """The angle of the point (x2, x1), in [-pi, pi], broadcast."""


@binary(predicate)
def equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 == x2`, broadcast, as booleans."""


@binary(predicate)
def not_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 != x2`, broadcast, as booleans."""


@binary(predicate)
def greater(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 > x2`, broadcast, as booleans."""


@binary(predicate)
def greater_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 >= x2`, broadcast, as booleans."""


@binary(predicate)
def less(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 < x2`, broadcast, as booleans."""


@binary(predicate)
def less_equal(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 <= x2`, broadcast, as booleans."""


@unary(measured)
def isfinite(x: Tensor) -> Tensor:
    """Whether each element is neither infinite nor NaN."""


@unary(measured)
def isinf(x: Tensor) -> Tensor:
    """Whether each element is infinite."""


@unary(measured)
def isnan(x: Tensor) -> Tensor:
    """Whether each element is NaN."""


abs = absolute
true_divide = divide


# -- Derived ------------------------------------------------------------------------------------
@op(shape=lambda condition, x1, x2: broadcast(condition.shape, x1.shape, x2.shape), dtype=promote)
def choose(condition, x1: Tensor, x2: Tensor) -> Tensor:
    """`x1` where the boolean tensor `condition` holds, `x2` elsewhere, broadcast."""


@op(shape=lambda condition, x1, x2: broadcast(condition.shape, x1.shape, x2.shape), dtype=alike)
def either(condition, x1: Tensor, x2: Tensor) -> Tensor:
    """As `choose`, in 64 bits where the tensors are."""


@op(spec=lambda x: tuple(KerasTensor((None,), "int32") for _ in x.shape))
def nonzero(x: Tensor) -> Tensor:
    """The indices of the elements that are not zero: one vector for each axis."""


def where_door(body, declaration):
    """Past the body, where all three are tensors and the condition is of booleans."""
    careful, chosen, ready = body_door(body, declaration), backend.choose, choose.declaration.ready
    boolean = backend.DTYPES["bool"]

    def call(condition, x1: Tensor = None, x2: Tensor = None):
        try:
            if type(condition) in FAST and type(x1) in FAST and type(x2) in FAST:
                if condition.dtype == boolean and x1.dtype == x2.dtype and x1.dtype in ready:
                    return chosen(condition, x1, x2)
            return careful(condition, x1, x2)
        except REFUSALS as error:
            raise refusal(declaration, error, condition, x1, x2) from error

    return call


@op(door=where_door)
def where(condition: Tensor, x1: Tensor = None, x2: Tensor = None) -> Tensor:
    """`x1` where `condition` is not zero, `x2` elsewhere; without them, `nonzero(condition)`."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    return choose(cast(condition, "bool"), x1, x2)


@binary(floating)
def divide_no_nan(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 / x2`, broadcast, and 0 where `x2` is 0."""
    zero = equal(x2, 0)
    return choose(zero, 0.0, x1 / choose(zero, 1.0, x2))


@binary(floating)
def logaddexp(x1: Tensor, x2: Tensor) -> Tensor:
    """`log(exp(x1) + exp(x2))`, broadcast, with no overflow."""
    first = greater_equal(
        x1, x2
    )  # not maximum, whose gradient differs among engines where both are equal
    high, low = choose(first, x1, x2), choose(first, x2, x1)
    gap = choose(isinf(high), 0.0, low - high)  # infinities have no difference
    return high + log1p(exp(gap))


def clip_door(native, declaration):
    """Numbers stay what they are beside a tensor."""
    ready, slow = declaration.ready, declaration.slow

    def call(x, x_min, x_max):
        try:
            if type(x) in FAST and x.dtype in ready:
                fits = (*weak(x.dtype), type(None))
                if type(x_min) in fits and type(x_max) in fits:
                    return native(x, x_min, x_max)
            return slow(native, x, x_min, x_max)
        except REFUSALS as error:
            raise refusal(declaration, error, x, x_min, x_max) from error

    return call


@op(shape=lambda x, x_min, x_max: x.shape, dtype=counting, door=clip_door)
def clip(x: Tensor, x_min: Tensor, x_max: Tensor) -> Tensor:
    """`x`, with what is below `x_min` raised to it and what is above `x_max` lowered to it."""
    x = x if x_min is None else maximum(x, x_min)
    return x if x_max is None else minimum(x, x_max)


def unless_float(*names: str) -> tuple[str | None, str]:
    """As `promote` for floats; integers stay as they are."""
    out, _ = promote(*names)
    return (out if is_float(out) else None), out


@op(shape=lambda x, nan=0.0, posinf=None, neginf=None: x.shape, dtype=unless_float)
def nan_to_num(x: Tensor, nan=0.0, posinf=None, neginf=None) -> Tensor:
    """`x` with NaN replaced by `nan`, infinities by `posinf` and `neginf`.

    None stands for the largest float of the dtype, and for its negative.
    """
    top = LARGEST.get(name_of(x))
    if top is None:
        return x
    x = choose(isnan(x), nan, x)
    x = choose(x > top, top if posinf is None else posinf, x)
    return choose(x < -top, -top if neginf is None else neginf, x)
