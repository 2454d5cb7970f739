"""Embedding: a learned vector for each of a set of integers."""

from typing import Any

from .. import initializers, ops
from ..core.dtypes import is_int
from ..core.fields import field
from ..core.symbolic import KerasTensor
from .fields import Constraint, Count, Initializer, Regularizer
from .layer import Layer


class Embedding(Layer):
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
    lora_rank: Any = field(default=None, saved="changed")
    lora_alpha: Any = field(default=None, saved="changed")
    quantization_config: Any = None
    activity_regularizer: Regularizer = field(default=None, hidden=True)
    autocast: bool = field(
        default=False, hidden=True, saved="changed"
    )  # positions are no quantities

    def setup(self) -> None:
        if self.quantization_config is not None:
            raise NotImplementedError(
                "Embedding: quantization_config: quantization is not available."
            )
        self.supports_masking = self.mask_zero
        if self.lora_alpha is None:
            self.lora_alpha = self.lora_rank
        self.lora_enabled = False

    def build(self, input_shape: Any = None) -> None:
        # autocast=False: the rows taken are cast, rather than the whole table
        self._embeddings = self.add_weight(
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
        if self.lora_rank:
            self._add_lora("he_uniform", "zeros")

    @property
    def embeddings(self) -> Any:
        """The table: the variable or, with LoRA, its value with the correction."""
        if not self.lora_enabled:
            return self._embeddings
        correction = ops.matmul(self.lora_embeddings_a, self.lora_embeddings_b)
        return ops.add(self._embeddings, ops.multiply(correction, self.lora_alpha / self.lora_rank))

    def call(self, inputs: Any) -> Any:
        positions = inputs if is_int(ops.dtype(inputs)) else ops.cast(inputs, "int32")
        rows = ops.take(self._embeddings, positions, axis=0)
        if self.lora_enabled:
            left = ops.take(self.lora_embeddings_a, positions, axis=0)
            scale = self.lora_alpha / self.lora_rank
            rows = ops.add(rows, ops.multiply(ops.matmul(left, self.lora_embeddings_b), scale))
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where the inputs are not 0; None without `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """`input_shape` with `output_dim` behind it."""
        return (*input_shape, self.output_dim)

    def compute_output_spec(self, inputs: Any) -> KerasTensor:
        return KerasTensor((*inputs.shape, self.output_dim), self.compute_dtype)

    # -- Low-rank adaptation (arXiv:2106.09685) -------------------------------------------------
    def enable_lora(
        self,
        rank: int,
        lora_alpha: Any = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the table, and train a correction `a @ b` of rank `rank` besides."""
        if self.embeddings_constraint is not None:
            raise ValueError("Embedding.enable_lora(): not possible with an embeddings_constraint.")
        if not self.built:
            raise ValueError("Embedding.enable_lora(): the layer is not built yet.")
        if self.lora_enabled:
            raise ValueError("Embedding.enable_lora(): it is enabled already.")
        self.lora_rank, self.lora_alpha = rank, rank if lora_alpha is None else lora_alpha
        self._add_lora(a_initializer, b_initializer)

    def _add_lora(self, a_initializer: Any, b_initializer: Any) -> None:
        shapes = {"a": (self.input_dim, self.lora_rank), "b": (self.lora_rank, self.output_dim)}
        for (letter, shape), initializer in zip(shapes.items(), (a_initializer, b_initializer)):
            variable = self.add_weight(
                name=f"lora_embeddings_{letter}",
                shape=shape,
                initializer=initializers.get(initializer),
                regularizer=self.embeddings_regularizer,
                autocast=False,
            )
            setattr(self, f"lora_embeddings_{letter}", variable)
        self._embeddings.trainable = False
        self.lora_enabled = True

    def save_own_variables(self, store: Any) -> None:
        """Write the table into `store`, with its correction."""
        store["0"] = ops.convert_to_numpy(self.embeddings)

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote; a correction begins again at zero."""
        if not self.lora_enabled:
            super().load_own_variables(store)
            return
        self._embeddings.assign(store["0"])
        for variable in (self.lora_embeddings_a, self.lora_embeddings_b):
            variable.assign(ops.zeros(variable.shape))
