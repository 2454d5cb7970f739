"""SpectralNormalization: a layer whose matrix has norm one."""

from typing import Annotated, Any

from ... import initializers, ops
from ..fields import count
from ..input_spec import InputSpec
from ..wrapper import Wrapper


class SpectralNormalization(Wrapper):
    """A layer whose kernel, as a matrix with its last axis as columns, has the largest singular
    value 1.

    Each step of training first divides the kernel by an estimate of that value, which it brings
    nearer by `power_iterations`; in inference the kernel is as the last step left it.
    Source: arXiv:1802.05957.

    Args:
        layer: a layer with a `kernel` or `embeddings`.
        power_iterations: how many products with the matrix bring the estimate nearer in a step.
    """

    power_iterations: Annotated[int, count] = 1

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.input_spec = InputSpec(shape=(None, *input_shape[1:]))
        for name in ("kernel", "embeddings"):
            if hasattr(self.layer, name):
                self.kernel = getattr(self.layer, name)
                break
        else:
            raise ValueError(
                f"SpectralNormalization: {self.layer.name} has neither a `kernel` nor `embeddings`."
            )
        self.vector_u = self.add_weight(
            name="vector_u",
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
        )

    def call(self, inputs: Any, training: Any = False) -> Any:
        if training:
            u, kernel = self.normalized_weights()
            self.vector_u.assign(ops.cast(u, self.vector_u.dtype))
            # Gradients are those of the kernel that the layer uses, on engines that would trace
            # them through the division, too.
            change = ops.subtract(kernel, self.kernel)
            self.kernel.assign(ops.add(self.kernel, ops.stop_gradient(change)))
        return self.layer(inputs)

    def normalized_weights(self) -> tuple[Any, Any]:
        """(the vector of the estimate, brought nearer; the kernel, divided by the estimate)."""
        matrix = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        u = v = ops.convert_to_tensor(self.vector_u)
        for _ in range(self.power_iterations):
            v = ops.normalize(ops.matmul(u, ops.transpose(matrix)), axis=-1)
            u = ops.normalize(ops.matmul(v, matrix), axis=-1)
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        norm = ops.matmul(ops.matmul(v, matrix), ops.transpose(u))[0, 0]
        found = ops.not_equal(norm, 0)  # a matrix of zeros stays as it is
        u = ops.where(found, u, ops.convert_to_tensor(self.vector_u))
        return u, ops.divide(self.kernel, ops.where(found, norm, ops.ones_like(norm)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As that of the layer."""
        return self.layer.compute_output_shape(input_shape)
