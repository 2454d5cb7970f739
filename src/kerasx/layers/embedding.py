"""Embedding: a learned vector for each of a set of integers."""

from typing import Any

from .. import ops
from ..core.dtypes import is_int, result_type
from ..core.fields import field
from ..core.symbolic import KerasTensor
from .core.quantized import Quantization
from .fields import Constraint, Count, Initializer, Regularizer
from .lora import LowRank, corrected


class Embedding(LowRank):
    """The rows of a table at the positions that the inputs say.

    Shapes: (...) of ints in [0, input_dim) -> (..., output_dim).

    Args:
        input_dim: number of rows.
        output_dim: size of a row.
        mask_zero: whether 0 stands for padding: the outputs then carry the mask `inputs != 0`.
        weights: an array of shape (input_dim, output_dim) to begin with, or a list that holds it.
        lora_rank: rank of a trained correction `a @ b` to a frozen table (see `enable_lora`).
        lora_alpha: the correction is scaled by `lora_alpha / lora_rank`; None: by 1.
    """

    input_dim: Count
    output_dim: Count
    embeddings_initializer: Initializer = "uniform"
    embeddings_regularizer: Regularizer = None
    embeddings_constraint: Constraint = None
    mask_zero: bool = False
    weights: Any = field(default=None, saved=False, attribute="initial_weights")
    lora_rank: int | None = None
    lora_alpha: float | None = None
    quantization_config: Quantization = None
    activity_regularizer: Regularizer = field(default=None, hidden=True)
    autocast: bool = field(
        default=False, hidden=True, saved="changed"
    )  # positions are no quantities

    large = "embeddings"
    makes_masks = property(lambda self: self.mask_zero)
    embeddings = corrected("embeddings")

    def setup(self) -> None:
        self.supports_masking = self.mask_zero

    def build(self, input_shape: Any = None) -> None:
        # autocast=False: the rows taken are cast, rather than the whole table
        self.embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            autocast=False,
        )
        if self.initial_weights is not None:
            given = self.initial_weights
            self._embeddings.assign(given[0] if isinstance(given, (list, tuple)) else given)
        self.begin_lora()

    def call(self, inputs: Any) -> Any:
        positions = inputs if is_int(ops.dtype(inputs)) else ops.cast(inputs, "int32")
        rows = ops.take(self._embeddings, positions, axis=0)
        if self.lora_enabled:
            a, b = self._factors
            correction = ops.matmul(ops.take(a, positions, axis=0), b)
            rows = ops.add(rows, ops.multiply(correction, self._lora_scale()))
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where the inputs are not 0; None without `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """`input_shape` with `output_dim` behind it."""
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        return KerasTensor((*inputs.shape, self.output_dim), self.compute_dtype)


class ReversibleEmbedding(Embedding):
    """An embedding that also leads back: with `reverse=True`, from vectors to logits of positions.

    Shapes: (...) of ints -> (..., output_dim); with `reverse=True` (..., output_dim) ->
    (..., input_dim). Source: arXiv:1608.05859.

    Args:
        input_dim: number of rows.
        output_dim: size of a row.
        tie_weights: whether the way back is the transposed table, not a matrix of its own.
        mask_zero: whether 0 stands for padding: the outputs then carry the mask `inputs != 0`.
        reverse_dtype: dtype in which logits are computed; None: that of inputs and compute dtype
            together.
        logit_soft_cap: a bound that logits approach by `cap * tanh(logits / cap)`.
    """

    input_dim: Count  # pyright: ignore[reportGeneralTypeIssues]
    output_dim: Count  # pyright: ignore[reportGeneralTypeIssues]
    tie_weights: bool = True
    embeddings_initializer: Initializer = "uniform"
    embeddings_regularizer: Regularizer = None
    embeddings_constraint: Constraint = None
    mask_zero: bool = False
    reverse_dtype: str | None = None
    logit_soft_cap: float | None = None
    weights: Any = field(default=None, hidden=True, saved=False, attribute="initial_weights")
    lora_rank: int | None = field(default=None, hidden=True)
    lora_alpha: float | None = field(default=None, hidden=True)
    quantization_config: Quantization = field(default=None, hidden=True)

    def setup(self) -> None:
        self.supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        super().build(input_shape)
        if self.tie_weights:
            return
        self.reverse_embeddings = self.add_weight(
            name="reverse_embeddings",
            shape=(self.output_dim, self.input_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            autocast=False,
        )

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        if not reverse:
            return super().call(inputs)
        dtype = self._logits_dtype(inputs)
        table = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        logits = ops.matmul(ops.cast(inputs, dtype), ops.cast(table, dtype))
        cap = self.logit_soft_cap
        return logits if cap is None else ops.multiply(ops.tanh(ops.divide(logits, cap)), cap)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where positions are not 0, None without `mask_zero`; for logits, that of the vectors."""
        return super().compute_mask(inputs, mask) if is_int(ops.dtype(inputs)) else mask

    def compute_output_shape(self, input_shape: Any, reverse: bool = False) -> Any:
        """`input_shape` with `output_dim` behind it or, the other way, with `input_dim` at its
        end."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> KerasTensor:
        dtype = self._logits_dtype(inputs) if reverse else self.compute_dtype
        return KerasTensor(self.compute_output_shape(inputs.shape, reverse), dtype)

    def _logits_dtype(self, inputs: Any) -> str:
        return self.reverse_dtype or result_type(ops.dtype(inputs), self.compute_dtype)
