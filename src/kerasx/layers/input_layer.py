"""Input: where a functional model begins."""

from typing import Any

from ..core import dtypes
from ..core.graph import Node
from ..core.symbolic import KerasTensor
from .input_spec import InputSpec
from .layer import Layer


class InputLayer(Layer):
    """Stands for an input of a functional model; see `Input`."""

    batch_shape: tuple[int | None, ...] = ()

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        if ragged:
            raise NotImplementedError("InputLayer: ragged=True: ragged tensors are not available.")
        if input_tensor is not None:
            if not isinstance(input_tensor, KerasTensor):
                raise ValueError(
                    f"InputLayer: input_tensor={input_tensor!r}: expected a KerasTensor."
                )
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        elif (shape is None) == (batch_shape is None):
            raise ValueError(
                "InputLayer: give either `shape` (without the batch) or `batch_shape`."
            )
        elif shape is not None:
            batch_shape = (batch_size, *checked(shape, "shape"))
        self.batch_shape = checked(batch_shape, "batch_shape")
        self._input_dtype = dtypes.standardize(dtype)
        self.sparse, self.ragged, self.optional = bool(sparse), False, bool(optional)
        self.input_spec = InputSpec(shape=self.batch_shape, optional=self.optional)
        self.supports_masking = True
        self.built = True
        tensor = input_tensor
        if tensor is None:
            tensor = KerasTensor(
                self.batch_shape, self._input_dtype, sparse=self.sparse, name=self.name
            )
        Node(self, (), {}, tensor)

    def call(self) -> Any:
        raise NotImplementedError(
            "an InputLayer is not called: it stands for the input of a model."
        )

    @property
    def dtype(self) -> str:
        """Dtype of the input."""
        return self._input_dtype

    @dtype.setter
    def dtype(self, value: Any) -> None:
        self.dtype_policy = value

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self._input_dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
            "optional": self.optional,
        }


def checked(shape: Any, name: str) -> tuple[int | None, ...]:
    """`shape` as a tuple of sizes and None."""
    dims = tuple(shape) if isinstance(shape, (list, tuple)) else (shape,)
    for d in dims:
        if d is not None and (isinstance(d, bool) or not hasattr(d, "__index__") or d < 0):
            raise ValueError(f"Input: {name}={shape!r}: expected a tuple of sizes and None.")
    return tuple(None if d is None else int(d) for d in dims)


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: KerasTensor | None = None,
    optional: bool = False,
) -> Any:
    """A KerasTensor from which a functional model begins.

    Args:
        shape: shape without the batch; None for sizes that are not known.
        batch_size: size of the batch, where it is fixed.
        dtype: dtype name; None: floatx.
        sparse: whether inputs are sparse.
        ragged: ragged inputs are not available.
        batch_shape: shape with the batch, in place of `shape`.
        name: name of the input, the key in dicts of inputs.
        tensor: a KerasTensor to begin from, in place of a new one.
        optional: whether None may be given for it.
    """
    layer = InputLayer(
        shape=shape, batch_size=batch_size, dtype=dtype, sparse=sparse, ragged=ragged,
        batch_shape=batch_shape, name=name, input_tensor=tensor, optional=optional,
    )  # fmt: skip
    return layer.output
