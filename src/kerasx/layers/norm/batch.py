"""BatchNormalization: mean 0 and variance 1 over the batch."""

from typing import Annotated, Any

from ... import ops
from ...core.dtypes import is_float, name_of
from ...core.fields import fraction
from ...core.present import mask_for
from ..fields import Constraint, Initializer, Regularizer, whole
from ..input_spec import InputSpec
from ..layer import Layer

HALF = ("float16", "bfloat16")


class BatchNormalization(Layer):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with one of each along `axis`.

    While it trains, mean and variance are those of the batch; in inference, and wherever it is not
    trainable, running averages of them. Steps that a mask hides do not count. Under a policy of 16
    bits, all statistics are kept and computed in float32. Source: arXiv:1502.03167.

    Args:
        axis: the axis that is kept apart: that of the channels.
        momentum: how much of a running average stays at each step.
        epsilon: what is added to the variance.
        center: whether there is a `beta`.
        scale: whether there is a `gamma`.
        renorm: whether training too goes by running averages, of `renorm_momentum`
            (arXiv:1702.03275).
        renorm_clipping: bounds for that: a dict of 'rmin', 'rmax' and 'dmax', each optional.
        synchronized: whether the batch is that of all replicas.
    """

    axis: Annotated[int, whole] = -1
    momentum: Annotated[float, fraction] = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = "zeros"
    gamma_initializer: Initializer = "ones"
    moving_mean_initializer: Initializer = "zeros"
    moving_variance_initializer: Initializer = "ones"
    beta_regularizer: Regularizer = None
    gamma_regularizer: Regularizer = None
    beta_constraint: Constraint = None
    gamma_constraint: Constraint = None
    renorm: bool = False
    renorm_clipping: Any = None
    renorm_momentum: Annotated[float, fraction] = 0.99
    synchronized: bool = False

    def setup(self) -> None:
        self.supports_masking = True
        bounds = self.renorm_clipping or {}
        if unknown := set(bounds) - {"rmin", "rmax", "dmax"}:
            raise ValueError(
                f"BatchNormalization: renorm_clipping: unknown keys {sorted(unknown)}: expected "
                "'rmin', 'rmax', 'dmax'."
            )

    def build(self, input_shape: Any) -> None:
        n = input_shape[self.axis]
        if n is None:
            raise ValueError(
                f"BatchNormalization: the size of axis {self.axis} of inputs of shape "
                f"{tuple(input_shape)} must be known."
            )
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=(n,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=(n,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.moving_mean = self._average("moving_mean", n, self.moving_mean_initializer)
        self.moving_variance = self._average("moving_variance", n, self.moving_variance_initializer)
        if self.renorm:
            self.moving_stddev = self._average("moving_stddev", n, "ones")
            self.renorm_mean = self._average("renorm_mean", n, "zeros")
            self.renorm_stddev = self._average("renorm_stddev", n, "ones")
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: n})

    def _average(self, name: str, n: int, initializer: Any) -> Any:
        return self.add_weight(
            name=name, shape=(n,), initializer=initializer, trainable=False, autocast=False
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return super().compute_output_spec(inputs)  # as in inference: nothing is written

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        dtype = name_of(inputs) if is_float(name_of(inputs)) else self.compute_dtype
        x = ops.cast(inputs, "float32" if dtype in HALF else dtype)
        rows = mask_for(x) if training else None
        if rows is not None:
            mask = rows if mask is None else ops.logical_and(mask, beside(rows, mask.ndim))
        if not training or not self.trainable:
            y = self._normalized(x, self.moving_mean, self.moving_variance)
        elif mask is None and not self.synchronized and not self.renorm:
            y, mean, variance = ops.normalize_batch(
                x, self.beta, self.gamma, self.axis, self.epsilon
            )
            self._follow(mean, variance)
        else:
            mean, variance = self._moments(x, mask)
            y = (
                self._renormalized(x, mean, variance)
                if self.renorm
                else self._normalized(x, mean, variance)
            )
            self._follow(mean, variance)
        return ops.cast(y, dtype)

    def _normalized(self, x: Any, mean: Any, variance: Any) -> Any:
        return ops.batch_normalization(
            x, mean, variance, self.axis, self.beta, self.gamma, self.epsilon
        )

    def _moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Mean and variance along `axis`, of what `mask` does not hide."""
        axes = [a for a in range(x.ndim) if a != self.axis % x.ndim]
        if mask is None:
            return ops.moments(x, axes, synchronized=self.synchronized)
        counted = ops.cast(mask, x.dtype)
        counted = ops.broadcast_to(beside(counted, x.ndim), ops.shape(x))
        total = ops.maximum(ops.sum(counted, axes, keepdims=True), 1)
        mean = ops.sum(x * counted, axes, keepdims=True) / total
        variance = ops.sum(ops.square(x - mean) * counted, axes, keepdims=True) / total
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)

    def _follow(self, mean: Any, variance: Any) -> None:
        """Bring the running averages nearer to `mean` and `variance`."""
        pairs = [(self.moving_mean, mean, self.momentum)]
        if self.renorm:
            stddev = ops.sqrt(variance + self.epsilon)
            pairs.append((self.moving_stddev, stddev, self.momentum))
            pairs.append((self.renorm_mean, mean, self.renorm_momentum))
            pairs.append((self.renorm_stddev, stddev, self.renorm_momentum))
        else:
            pairs.append((self.moving_variance, variance, self.momentum))
        for average, value, momentum in pairs:
            value = ops.cast(ops.stop_gradient(value), average.dtype)
            average.assign(average * momentum + value * (1 - momentum))
        if self.renorm:
            self.moving_variance.assign(ops.square(self.moving_stddev) - self.epsilon)

    def _renormalized(self, x: Any, mean: Any, variance: Any) -> Any:
        """`x` by the statistics of the batch, corrected to what the running averages would give."""
        bounds = self.renorm_clipping or {}
        ratio = ops.sqrt(variance + self.epsilon) / self.renorm_stddev
        shift = (mean - self.renorm_mean) / self.renorm_stddev
        if "rmin" in bounds:
            ratio = ops.maximum(ratio, bounds["rmin"])
        if "rmax" in bounds:
            ratio = ops.minimum(ratio, bounds["rmax"])
        if "dmax" in bounds:
            shift = ops.clip(shift, -bounds["dmax"], bounds["dmax"])
        ratio, shift = ops.stop_gradient(ratio), ops.stop_gradient(shift)
        y = ops.batch_normalization(x, mean, variance, self.axis, shift, ratio, self.epsilon)
        rank = [1] * x.ndim
        rank[self.axis] = -1
        y = y if self.gamma is None else ops.multiply(y, ops.reshape(self.gamma, tuple(rank)))
        return y if self.beta is None else ops.add(y, ops.reshape(self.beta, tuple(rank)))


def beside(mask: Any, rank: int) -> Any:
    """A mask over the first axes of a tensor of rank `rank`, with axes of size one for the
    others."""
    return ops.expand_dims(mask, tuple(range(mask.ndim, rank)))
