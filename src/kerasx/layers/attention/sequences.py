"""Attention between sequences as they are, without projections."""

from typing import Annotated, Any

from ... import ops, random
from ...core.fields import choice, field, fraction
from ...core.symbolic import KerasTensor
from ..layer import Layer
from .masks import along, band, both, masked_softmax


class Attention(Layer):
    """Sums of values, weighted by how their keys fit each query: Luong's attention.

    Inputs: [query (B, T, n), value (B, S, m), key (B, S, n)]; without a key, the value is the key.
    Outputs: (B, T, m), and with `return_attention_scores=True` the weights (B, T, S).
    Masks of query and value may be given as a list. Source: arXiv:1508.04025.

    Args:
        use_scale: whether the scores are multiplied by a number that is trained.
        score_mode: 'dot': products of query and key; 'concat': sums of tanh(query + key).
        dropout: fraction of the weights that are dropped in training.
        seed: seed of the dropout.
    """

    use_scale: bool = False
    score_mode: Annotated[str, choice("dot", "concat")] = "dot"
    dropout: Annotated[float, fraction] = 0.0
    seed: int | None = None

    def setup(self) -> None:
        self.supports_masking = True
        self.scale = self.concat_score_weight = None
        if self.dropout > 0:
            self.seed_generator = random.SeedGenerator(self.seed)

    def build(self, input_shape: Any) -> None:
        self.check(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight(
                name="concat_score_weight", shape=(), initializer="ones"
            )

    def check(self, inputs: Any) -> None:
        """Raise ValueError unless `inputs` are two or three."""
        if not isinstance(inputs, (list, tuple)) or len(inputs) not in (2, 3):
            raise ValueError(
                f"{self.name}: expected [query, value] or [query, value, key]; got {inputs!r}."
            )

    def scores(self, query: Any, key: Any) -> Any:
        """(B, T, S): how each key fits each query."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -1, -2))
            return scores if self.scale is None else ops.multiply(scores, self.scale)
        sums = ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3))
        sums = sums if self.scale is None else ops.multiply(sums, self.scale)
        return ops.multiply(ops.sum(ops.tanh(sums), axis=-1), self.concat_score_weight)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        self.check(inputs)
        query, value, key = inputs[0], inputs[1], inputs[-1]
        query_mask, value_mask = (mask[0], mask[1]) if mask is not None else (None, None)
        scores = self.scores(query, key)
        weights = masked_softmax(
            scores, both(along(value_mask, -2), band(query, value, use_causal_mask))
        )
        if training and self.dropout > 0:
            weights = random.dropout(weights, self.dropout, seed=self.seed_generator)
        y = ops.matmul(weights, value)
        if query_mask is not None:
            y = ops.multiply(y, ops.cast(along(query_mask, -1), ops.dtype(y)))
        return (y, weights) if return_attention_scores else y

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the query."""
        return None if mask is None else mask[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The query's shape with the size of a value."""
        return (*input_shape[0][:-1], input_shape[1][-1])

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        self.check(inputs)
        query, value = inputs[0].shape, inputs[1].shape
        y = KerasTensor(self.compute_output_shape([query, value]), self.compute_dtype)
        if not return_attention_scores:
            return y
        return y, KerasTensor((query[0], query[1], value[1]), self.compute_dtype)


class AdditiveAttention(Attention):
    """Sums of values, weighted by tanh(query + key) summed over features: Bahdanau's attention.

    Inputs, output and masks are those of `Attention`. Source: arXiv:1409.0473.

    Args:
        use_scale: whether the features are weighted by numbers that are trained.
        dropout: fraction of the weights that are dropped in training.
    """

    use_scale: bool = True
    dropout: Annotated[float, fraction] = 0.0
    score_mode: Any = field(default="dot", hidden=True, saved=False)
    seed: int | None = field(default=None, hidden=True)

    def build(self, input_shape: Any) -> None:
        self.check(input_shape)
        if self.use_scale:
            self.scale = self.add_weight(
                name="scale", shape=(input_shape[0][-1],), initializer="glorot_uniform"
            )

    def scores(self, query: Any, key: Any) -> Any:
        sums = ops.tanh(ops.add(ops.expand_dims(query, -2), ops.expand_dims(key, -3)))
        return ops.sum(sums if self.scale is None else ops.multiply(sums, self.scale), axis=-1)
