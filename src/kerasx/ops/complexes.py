"""Complex numbers: their parts, and how they are made of these."""

from ..core import config
from ..core.dtypes import floating, is_complex, name_of, promote, strong
from ..core.op import Tensor, binary, narrow, op, unary
from .creation import zeros_like
from .elementwise import arctan2, cos, equal, multiply, sin
from .shaping import stack
from .tensors import shape

__all__ = [
    "angle", "conj", "conjugate", "imag", "isreal", "polar", "real", "view_as_complex",
    "view_as_real",
]  # fmt: skip

PART = {"complex64": "float32", "complex128": "float64"}  # the dtype of the two parts


def part(*names: str) -> tuple[None, str]:
    """Gives the dtype of the parts of complex numbers, other dtypes as they are."""
    name = strong(names[0])
    return None, PART.get(name, name)


def direction(*names: str) -> tuple[str, str]:
    """Computed as floats or complex numbers, gives floats."""
    out, _ = floating(*names)
    return out, PART.get(out, out)


def composed(*names: str) -> tuple[str, str]:
    """Computed in 32-bit floats (64 where floatx is), gives complex numbers of two of them."""
    if is_complex(promote(*names)[0]):
        return promote(*names)
    wide = config.floatx() == "float64"
    return ("float64", "complex128") if wide else ("float32", "complex64")


# -- Primitives, of complex numbers alone -------------------------------------------------------
@unary(part)
def real_part(x: Tensor) -> Tensor:
    """Real parts of complex numbers."""


@unary(part)
def imaginary_part(x: Tensor) -> Tensor:
    """Imaginary parts of complex numbers."""


@unary(lambda *names: (None, strong(names[0])))
def mirrored(x: Tensor) -> Tensor:
    """Complex numbers with the sign of the imaginary part changed."""


@binary(composed)
def complex_of(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 + i * x2`, from floats."""


# -- Public -------------------------------------------------------------------------------------
@unary(part)
def real(x: Tensor) -> Tensor:
    """Real part, elementwise."""
    return real_part(x) if is_complex(name_of(x)) else x


@unary(part)
def imag(x: Tensor) -> Tensor:
    """Imaginary part, elementwise: zeros where `x` is real."""
    return imaginary_part(x) if is_complex(name_of(x)) else zeros_like(x)


@unary(lambda *names: (None, strong(names[0])))
def conj(x: Tensor) -> Tensor:
    """Complex conjugate, elementwise."""
    return mirrored(x) if is_complex(name_of(x)) else x


@unary(direction)
def angle(x: Tensor) -> Tensor:
    """The angle of each number in the complex plane, in [-pi, pi]; of negative ones, pi."""
    return arctan2(imag(x), real(x))


@unary(lambda *_: (None, "bool"))
def isreal(x: Tensor) -> Tensor:
    """Whether the imaginary part is 0, elementwise."""
    return equal(imag(x), 0)


@binary(composed)
def polar(abs_: Tensor, angle: Tensor) -> Tensor:
    """The complex numbers at a distance `abs_` from 0 in the direction `angle`, broadcast."""
    return complex_of(multiply(abs_, cos(angle)), multiply(abs_, sin(angle)))


def pairs(x):
    if is_complex(name_of(x)):
        return x.shape
    if not x.shape or x.shape[-1] not in (2, None):
        raise ValueError(
            f"view_as_complex: expected a last axis of size 2; got shape {tuple(x.shape)}."
        )
    return tuple(x.shape[:-1])


@op(shape=pairs, dtype=composed)
def view_as_complex(x: Tensor) -> Tensor:
    """Complex numbers from the pairs of real and imaginary part on the last axis."""
    if is_complex(name_of(x)):
        return x
    pairs(x)
    return complex_of(x[..., 0], x[..., 1])


@op(shape=lambda x: (*x.shape, 2), dtype=lambda x: (None, narrow(part(x)[1])))
def view_as_real(x: Tensor) -> Tensor:
    """Real and imaginary part of each number, side by side on a new last axis."""
    return stack([real(x), imag(x)], len(shape(x)))


conjugate = conj
