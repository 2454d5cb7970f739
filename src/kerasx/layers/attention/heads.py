"""Attention by several heads, each on projections of its own."""

import math
from string import ascii_lowercase as letters
from typing import Annotated, Any, ClassVar, cast

from ... import ops, random
from ...core.fields import field, fraction
from ...core.symbolic import KerasTensor
from ..core.einsum_dense import EinsumDense
from ..fields import Constraint, Count, Initializer, Regularizer, count
from ..layer import Layer
from .masks import along, band, both, masked_softmax


def as_axes(x: Any) -> Any:
    """`x` with an int as a tuple of one."""
    return (x,) if isinstance(x, int) else x


def afresh(initializer: Any) -> Any:
    """An initializer like this one that draws other numbers, unless it has a seed."""
    return (
        type(initializer).from_config(initializer.get_config())
        if hasattr(initializer, "get_config")
        else initializer
    )


class HeadedAttention(Layer):
    """What the attentions by heads share: projections, masks, the attention itself."""

    dropout: Annotated[float, fraction] = field(default=0.0, kw_only=True)
    use_bias: bool = field(default=True, kw_only=True)
    sliding_window: Annotated[Any, count] = field(default=None, kw_only=True)
    flash_attention: bool | None = field(default=None, saved=False, kw_only=True)
    kernel_initializer: Initializer = field(default="glorot_uniform", kw_only=True)
    bias_initializer: Initializer = field(default="zeros", kw_only=True)
    kernel_regularizer: Regularizer = field(default=None, kw_only=True)
    bias_regularizer: Regularizer = field(default=None, kw_only=True)
    activity_regularizer: Regularizer = field(default=None, kw_only=True)
    kernel_constraint: Constraint = field(default=None, kw_only=True)
    bias_constraint: Constraint = field(default=None, kw_only=True)
    use_gate: bool = field(default=False, kw_only=True)
    seed: int | None = field(default=None, kw_only=True)

    attention_axes: ClassVar[Any] = None

    def setup(self) -> None:
        self.supports_masking = True
        if self.flash_attention and self.dropout > 0:
            raise ValueError(
                f"{type(self).__name__}: flash_attention=True: it has no dropout; "
                f"got dropout={self.dropout}."
            )

    def projection(
        self, name: str, shape: Any, outputs: tuple[int, ...], summed: int = 1
    ) -> EinsumDense:
        """A dense layer, built for `shape`, that turns the last `summed` axes into `outputs`."""
        rank, end = len(shape), len(shape) + len(outputs)
        kept, gone, new = letters[: rank - summed], letters[rank - summed : rank], letters[rank:end]
        layer = EinsumDense(
            f"{kept}{gone},{gone}{new}->{kept}{new}",
            output_shape=(*(None,) * (len(kept) - 1), *outputs),
            bias_axes=new if self.use_bias else None,
            kernel_initializer=afresh(self.kernel_initializer),
            bias_initializer=afresh(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            bias_regularizer=self.bias_regularizer,
            kernel_constraint=self.kernel_constraint,
            bias_constraint=self.bias_constraint,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build(shape)
        return layer

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        mask = None if attention_mask is None else ops.cast(attention_mask, "bool")
        mask = both(mask, both(along(value_mask, -2), along(key_mask, -2)))
        mask = both(mask, along(query_mask, -1))
        q, k, v = self.projected(query, key, value)
        dropped = self.dropout if training else 0.0
        if q.ndim == 4 and not return_attention_scores and not dropped:
            y, scores = self.direct(q, k, v, mask, use_causal_mask), None
        else:
            mask = both(mask, band(q, k, use_causal_mask, self.sliding_window))
            y, scores = self.weighed(q, k, v, mask, dropped)
        if self.use_gate:
            y = ops.multiply(y, ops.sigmoid(self._gate_dense(query)))
        y = self.combined(y)
        return (y, scores) if return_attention_scores else y

    def direct(self, q: Any, k: Any, v: Any, mask: Any, causal: bool) -> Any:
        """The sums of the values, by the engine's own attention."""
        # alone, the causal mask is left to the engine, which need not look at what it hides
        alone = causal and mask is None and self.sliding_window is None
        if not alone:
            mask = both(mask, band(q, k, causal, self.sliding_window))
        while mask is not None and mask.ndim < 4:
            mask = ops.expand_dims(mask, -3)
        flash = self.flash_attention
        y = ops.dot_product_attention(q, k, v, mask=mask, is_causal=alone, flash_attention=flash)
        if self.dropout > 0 and mask is not None:  # what sees nothing gives zeros, as in training
            seen = ops.any(mask, axis=-1, keepdims=True)
            y = ops.where(ops.swapaxes(seen, 1, 2), y, 0.0)
        return y

    def projected(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        """Queries, keys and values of each head."""
        raise NotImplementedError

    def combined(self, y: Any) -> Any:
        """The output, from those of the heads."""
        raise NotImplementedError

    def weighed(self, q: Any, k: Any, v: Any, mask: Any, dropped: float) -> tuple[Any, Any]:
        """(sums of the values, the weights), over any attention axes."""
        axes = self.attention_axes or (1,)
        if (each := q.shape[-2] // k.shape[-2]) > 1:
            k, v = ops.repeat(k, each, axis=-2), ops.repeat(v, each, axis=-2)
        to_scores, to_sums = equations(q.ndim, axes)
        scores = ops.einsum(to_scores, ops.multiply(q, 1 / math.sqrt(q.shape[-1])), k)
        while mask is not None and mask.ndim < scores.ndim:
            mask = ops.expand_dims(mask, -2 * len(axes) - 1)
        weights = masked_softmax(scores, mask, tuple(range(-len(axes), 0)) if len(axes) > 1 else -1)
        kept = random.dropout(weights, dropped, seed=self.seed_generator) if dropped else weights
        return ops.einsum(to_sums, kept, v), weights

    def compute_output_spec(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        y = KerasTensor(
            self.compute_output_shape(query.shape, value.shape, key.shape), self.compute_dtype
        )
        if not return_attention_scores:
            return y
        axes = self.attention_axes or tuple(range(1, len(query.shape) - 1))
        beside = [n for a, n in enumerate(query.shape[:-1]) if a not in axes]
        sizes = [shape[a] for shape in (query.shape, key.shape) for a in axes]
        return y, KerasTensor((*beside, self.heads, *sizes), self.compute_dtype)

    @property
    def heads(self) -> int:
        """The number of heads that queries have."""
        raise NotImplementedError

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """The shape of the output."""
        raise NotImplementedError


def equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str]:
    """Einsum equations (queries, keys -> scores) and (scores, values -> sums).

    Tensors have `rank` axes, the last two for heads and their features; `axes` are attended over.
    """
    q = letters[:rank]
    new = iter(letters[rank:])
    k = "".join(next(new) if a in axes else c for a, c in enumerate(q))
    beside = "".join(c for a, c in enumerate(q[:-1]) if a not in axes)
    scores = beside + "".join(q[a] for a in axes) + "".join(k[a] for a in axes)
    feature = next(new)
    return f"{q},{k}->{scores}", f"{scores},{k[:-1]}{feature}->{q[:-1]}{feature}"


class MultiHeadAttention(HeadedAttention):
    """Attention by `num_heads` heads, on projections of queries, keys and values.

    Shapes: query (B, T, n), value and key (B, S, m) -> (B, T, n), and with
    `return_attention_scores=True` the weights (B, heads, T, S). Source: arXiv:1706.03762.

    Args:
        num_heads: number of heads.
        key_dim: size of a head's queries and keys.
        value_dim: size of a head's values; None: `key_dim`.
        dropout: fraction of the weights that are dropped in training.
        use_bias: whether the projections have biases.
        output_shape: shape of an output; None: as a query.
        attention_axes: axes attended over; None: all but the first and last.
        sliding_window: only keys less than this many steps away are looked at.
        flash_attention: whether to use the engine's flash kernel; None: where it can.
        use_gate: whether the heads' outputs are gated by the query. Source: arXiv:2505.06708.
        seed: seed of the dropout.
    """

    num_heads: Count
    key_dim: Count
    value_dim: Annotated[Any, count] = None
    dropout: Annotated[float, fraction] = 0.0
    use_bias: bool = True
    output_shape: Annotated[Any, as_axes] = None
    attention_axes: Annotated[Any, as_axes] = None

    # made when it is built
    query_dense = key_dense = value_dense = output_dense = cast(Any, None)

    def setup(self) -> None:
        super().setup()
        self.value_dim = self.value_dim or self.key_dim

    @property
    def heads(self) -> int:
        return self.num_heads

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        self.attention_axes = self.attention_axes or tuple(range(1, len(query_shape) - 1))
        outputs, summed = (self.num_heads, self.key_dim), (self.num_heads, self.value_dim)
        self.query_dense = self.projection("query", query_shape, outputs)
        self.key_dense = self.projection("key", key_shape or value_shape, outputs)
        if self.use_gate:
            self._gate_dense = self.projection("gate", query_shape, summed)
        self.value_dense = self.projection("value", value_shape, summed)
        if self.dropout > 0:
            self.seed_generator = random.SeedGenerator(self.seed)
        out = self.output_shape or (query_shape[-1],)
        self.output_dense = self.projection(
            "attention_output", (*query_shape[:-1], *summed), tuple(out), summed=2
        )

    def projected(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        return self.query_dense(query), self.key_dense(key), self.value_dense(value)

    def combined(self, y: Any) -> Any:
        return self.output_dense(y)

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """The query's shape, with `output_shape` in place of its last axis."""
        key_shape = value_shape if key_shape is None else key_shape
        if value_shape[1:-1] != key_shape[1:-1]:
            raise ValueError(
                f"{self.name}: value_shape={value_shape}, key_shape={key_shape}: "
                "expected as many values as keys."
            )
        return (*query_shape[:-1], *(self.output_shape or query_shape[-1:]))


class GroupedQueryAttention(HeadedAttention):
    """Attention by `num_query_heads` heads, of which groups share keys and values.

    Shapes: query (B, T, n), value and key (B, S, m) -> (B, T, n), and with
    `return_attention_scores=True` the weights (B, heads, T, S). Source: arXiv:2305.13245.

    Args:
        head_dim: size of a head's queries, keys and values.
        num_query_heads: number of heads.
        num_key_value_heads: number of groups; divides `num_query_heads`.
        dropout: fraction of the weights that are dropped in training.
        use_bias: whether the projections have biases.
        sliding_window: only keys less than this many steps away are looked at.
        flash_attention: whether to use the engine's flash kernel; None: where it can.
        use_gate: whether the heads' outputs are gated by the query. Source: arXiv:2505.06708.
        seed: seed of the dropout.
    """

    head_dim: Count
    num_query_heads: Count
    num_key_value_heads: Count

    keras_name = "GroupQueryAttention"

    def setup(self) -> None:
        super().setup()
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"GroupQueryAttention: num_query_heads={self.num_query_heads}: "
                f"expected a multiple of num_key_value_heads={self.num_key_value_heads}."
            )

    @property
    def heads(self) -> int:
        return self.num_query_heads

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        outputs, shared = (
            (self.num_query_heads, self.head_dim),
            (self.num_key_value_heads, self.head_dim),
        )
        self._query_dense = self.projection("query", query_shape, outputs)
        self._key_dense = self.projection("key", key_shape or value_shape, shared)
        if self.use_gate:
            self._gate_dense = self.projection("gate", query_shape, outputs)
        self._value_dense = self.projection("value", value_shape, shared)
        if self.dropout > 0:
            self.seed_generator = random.SeedGenerator(self.seed)
        shape = (*query_shape[:-1], *outputs)
        self._output_dense = self.projection(
            "attention_output", shape, (query_shape[-1],), summed=2
        )

    def projected(self, query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
        return self._query_dense(query), self._key_dense(key), self._value_dense(value)

    def combined(self, y: Any) -> Any:
        return self._output_dense(y)

    def compute_output_shape(
        self, query_shape: Any, value_shape: Any, key_shape: Any = None
    ) -> Any:
        """The shape of the query."""
        return tuple(query_shape)
