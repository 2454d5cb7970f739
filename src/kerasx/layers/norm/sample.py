"""Normalizations of each sample by itself."""

from typing import Any

from ... import ops
from ...core.dtypes import name_of
from ...core.fields import field
from ...core.op import axes_of
from ..fields import Constraint, Initializer, Regularizer, whole
from ..input_spec import InputSpec
from ..layer import Layer
from .batch import HALF


def listed(axis: Any) -> Any:
    """One axis as an int, several as a list."""
    return list(map(whole, axis)) if hasattr(axis, "__iter__") else whole(axis)


class Affine(Layer):
    """Base of normalizations with a `gamma` and a `beta`."""

    def _affine(self, shape: tuple[int, ...]) -> None:
        self.gamma = self.beta = None
        if None in shape:
            raise ValueError(
                f"{type(self).__name__}: axis={self.axis}: the sizes along it must be known."
            )
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=shape,
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=shape,
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class LayerNormalization(Affine):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with mean and variance over `axis`.

    Source: arXiv:1607.06450.
    """

    axis: Any = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = "zeros"
    gamma_initializer: Initializer = "ones"
    beta_regularizer: Regularizer = None
    gamma_regularizer: Regularizer = None
    beta_constraint: Constraint = None
    gamma_constraint: Constraint = None
    rms_scaling: bool = field(default=False, hidden=True)

    def setup(self) -> None:
        self.axis = listed(self.axis)
        self.supports_masking = True
        if self.rms_scaling:
            self.center, self.scale = False, True

    def build(self, input_shape: Any) -> None:
        self.axis = self.axis if isinstance(self.axis, list) else [self.axis]
        self._affine(tuple(input_shape[a] for a in axes_of(self.axis, len(input_shape))))

    def call(self, inputs: Any) -> Any:
        if not self.rms_scaling:
            return ops.layer_normalization(inputs, self.gamma, self.beta, self.axis, self.epsilon)
        # divided by the deviation, but not centered: RMSNormalization is the sound form of it
        x = ops.cast(inputs, "float32") if name_of(inputs) in HALF else inputs
        _, variance = ops.moments(x, self.axis, keepdims=True)
        sizes = [n if a in axes_of(self.axis, x.ndim) else 1 for a, n in enumerate(x.shape)]
        return ops.cast(
            x * ops.rsqrt(variance + self.epsilon) * ops.reshape(self.gamma, sizes), inputs.dtype
        )


class RMSNormalization(Layer):
    """`scale * x / sqrt(mean(x ** 2) + epsilon)`, with the mean over `axis`.

    Source: arXiv:1910.07467.
    """

    axis: Any = -1
    epsilon: float = 1e-6

    def setup(self) -> None:
        self.axis = listed(self.axis)

    def build(self, input_shape: Any) -> None:
        self.axis = self.axis if isinstance(self.axis, list) else [self.axis]
        shape = tuple(input_shape[a] for a in axes_of(self.axis, len(input_shape)))
        self.scale = self.add_weight(name="scale", shape=shape, initializer="ones")

    def call(self, x: Any) -> Any:
        return ops.rms_normalization(x, self.scale, self.axis, self.epsilon)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class UnitNormalization(Layer):
    """`x` with a length of one along `axis`."""

    axis: Any = -1

    def setup(self) -> None:
        self.axis = listed(self.axis)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.normalize(inputs, self.axis, order=2, epsilon=1e-12)


class GroupNormalization(Affine):
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta`, with both over groups of channels.

    groups: the number of groups that `axis` falls into; -1 for as many as it has channels.
    Source: arXiv:1803.08494.
    """

    groups: int = 32
    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = "zeros"
    gamma_initializer: Initializer = "ones"
    beta_regularizer: Regularizer = None
    gamma_regularizer: Regularizer = None
    beta_constraint: Constraint = None
    gamma_constraint: Constraint = None

    def setup(self) -> None:
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        n = input_shape[self.axis]
        if self.groups == -1:
            self.groups = n
        if n is None or self.groups < 1 or n % self.groups:
            raise ValueError(
                f"GroupNormalization: groups={self.groups}: inputs of shape "
                f"{tuple(input_shape)} have {n} channels "
                f"(axis {self.axis}): expected a multiple of the groups."
            )
        self._affine((n,))
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: n})

    def call(self, inputs: Any) -> Any:
        return ops.normalize_groups(
            inputs, self.gamma, self.beta, self.axis, self.groups, self.epsilon
        )
