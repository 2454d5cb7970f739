"""EinsumDense: a linear map that an equation describes."""

import math
from collections.abc import Iterator
from typing import Annotated, Any

from ... import ops
from ...activations import linear
from ...core.fields import field
from ..activated import activated
from ..fields import Activation, Constraint, Initializer, Regularizer
from ..input_spec import InputSpec
from ..lora import KernelLayer
from .quantized import Quantization

REST = "..."


def as_tuple(x: Any) -> tuple[int | None, ...]:
    """`x` as a tuple: an int stands alone."""
    return (x,) if x is None or isinstance(x, int) else tuple(x)


class EinsumDense(KernelLayer):
    """`activation(einsum(equation, x, kernel) + bias)`.

    Args:
        equation: 'input,kernel->output', as of `ops.einsum`; `...` in front or behind stands for
            more axes.
        output_shape: sizes of the output's axes, without the batch (with `...` in front: of the
            last
            ones); None where the input tells.
        bias_axes: the letters of the output along which there is a bias; None: no bias.
    """

    equation: str
    output_shape: Annotated[Any, as_tuple]
    activation: Activation = None
    bias_axes: str | None = None
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None
    lora_rank: int | None = None
    lora_alpha: float | None = None
    gptq_unpacked_column_size: int | None = field(default=None, saved="changed")
    quantization_config: Quantization = None
    activity_regularizer: Regularizer = field(default=None, hidden=True)

    def setup(self) -> None:
        self.equation = self.equation.replace(" ", "")
        left, arrow, self._output = self.equation.partition("->")
        self._input, comma, self._kernel_letters = left.partition(",")
        if (
            not arrow
            or not comma
            or REST in self._kernel_letters
            or (REST in self._input) != (REST in self._output)
        ):
            raise ValueError(
                f"EinsumDense: equation={self.equation!r}: expected the form 'ab,bc->ac', "
                "'...b,bc->...c' or 'ab...,bc->ac...'."
            )
        rank = len(self._input) - (3 if REST in self._input else 0)
        self.input_spec = InputSpec(min_ndim=rank) if REST in self._input else InputSpec(ndim=rank)
        self._summed = summed_at_the_end(self._input, self._kernel_letters, self._output)

    def build(self, input_shape: Any) -> None:
        size = self._sizes(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=tuple(size[c] for c in self._kernel_letters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.bias_axes is not None:
            self.bias = self.add_weight(
                name="bias",
                shape=self._bias_shape(size, len(input_shape)),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        shape, n = self.kernel.shape, self._summed
        self._matrix = (math.prod(shape[:n]), math.prod(shape[n:]))
        self._biased = n > 0 and self.bias is not None and self.bias.shape == shape[n:]
        self.begin_lora()

    def _sizes(self, input_shape: Any) -> dict[str, int | None]:
        """Sizes of the letters, from the input and from `output_shape`."""
        size = dict(aligned(self._input, tuple(input_shape)))
        in_front = self._output.startswith(REST)
        given = self.output_shape if in_front else (None, *self.output_shape)
        letters = self._output.replace(REST, "")
        if len(letters) < len(given) if in_front else len(letters) != len(given):
            raise ValueError(
                f"EinsumDense: output_shape={self.output_shape} does not fit the output of "
                f"{self.equation!r}."
            )
        for c, n in aligned(self._output, given):
            if n is not None and size.get(c) not in (None, n):
                raise ValueError(
                    f"EinsumDense: output_shape={self.output_shape} says {n} for {c!r} of "
                    f"{self.equation!r}, "
                    f"which is {size[c]} in the input."
                )
            size[c] = size.get(c) if n is None else n
        for c in (*letters, *self._kernel_letters):
            if c not in size or (c in self._kernel_letters and size[c] is None):
                raise ValueError(
                    f"EinsumDense: the size of {c!r} in {self.equation!r} is in neither the "
                    "input's shape "
                    f"{tuple(input_shape)} nor output_shape={self.output_shape}."
                )
        return size

    def _bias_shape(self, size: dict[str, int | None], rank: int) -> tuple[int | None, ...]:
        letters, axes = self._output.replace(REST, ""), self.bias_axes or ""
        if unknown := set(axes) - set(letters):
            raise ValueError(
                f"EinsumDense: bias_axes={axes!r}: {sorted(unknown)} are not in the output "
                f"{self._output!r}."
            )
        first = min(letters.index(c) for c in axes)
        behind = rank - len(self._input) + 3 if self._output.endswith(REST) else 0
        return (*(size[c] if c in axes else 1 for c in letters[first:]), *(1,) * behind)

    def call(self, inputs: Any, training: Any = None) -> Any:
        kernel, bias = self.kernel if self.lora_enabled else self._kernel, self.bias
        if self._biased and bias is not None:
            x, bias = self._product(inputs, kernel, ops.reshape(bias, (-1,))), None
        elif self._summed:
            x = self._product(inputs, kernel)
        else:
            x = ops.einsum(self.equation, inputs, kernel)
        x = x if bias is None else ops.add(x, bias)
        return x if self.activation is linear else activated(self, x, spare=True)

    def _product(self, x: Any, kernel: Any, *bias: Any) -> Any:
        """The equation as one product of matrices, which engines are quicker at."""
        out, product = kernel.shape[self._summed :], ops.biased_matmul if bias else ops.matmul
        if self._summed > 1:
            x = ops.reshape(x, (*ops.shape(x)[: -self._summed], self._matrix[0]))
        x = product(x, ops.reshape(kernel, self._matrix), *bias)
        return x if len(out) == 1 else ops.reshape(x, (*ops.shape(x)[:-1], *out))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        size = self._sizes(input_shape)
        rest = len(input_shape) - len(self._input) + 3
        if self._input.startswith(REST):
            more = tuple(input_shape[:rest])
        else:
            more = tuple(input_shape[len(input_shape) - rest :])
        letters = tuple(size[c] for c in self._output.replace(REST, ""))
        if REST not in self._output:
            return letters
        return more + letters if self._output.startswith(REST) else letters + more


def summed_at_the_end(x: str, kernel: str, out: str) -> int:
    """The number of letters summed over where they end `x` and begin `kernel`; else 0."""
    for n in range(1, len(kernel) + 1):
        once = len({*x.replace(REST, ""), *kernel}) == len(x.replace(REST, "") + kernel) - n
        if once and x.endswith(kernel[:n]) and out == x[:-n] + kernel[n:]:
            return n
    return 0


def aligned(letters: str, sizes: tuple[int | None, ...]) -> Iterator[tuple[str, int | None]]:
    """Letters with their sizes: from the end where `...` stands in front, else from the front."""
    if letters.startswith(REST):
        return zip(reversed(letters[3:]), reversed(sizes))
    return zip(letters.replace(REST, ""), sizes)
