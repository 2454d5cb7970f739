"""KernelLayer: a layer whose kernel can be held fixed while a correction of low rank is trained."""

from typing import Any

from ... import initializers, ops
from ..layer import Layer


class KernelLayer(Layer):
    """Base of layers with one kernel, which `enable_lora` corrects.

    The correction is `lora_alpha / lora_rank * a @ b`, over the last axis. Source:
    arXiv:2106.09685.
    """

    lora_enabled = False
    lora_rank = lora_alpha = None

    @property
    def kernel(self) -> Any:
        """The kernel, with its correction where there is one."""
        if not self.lora_enabled:
            return self._kernel
        correction = ops.matmul(self.lora_kernel_a, self.lora_kernel_b)
        return ops.add(self._kernel, ops.multiply(correction, self._lora_scale))

    @kernel.setter
    def kernel(self, value: Any) -> None:
        self._kernel = value

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """From now on, train a correction of rank `rank` in place of the kernel."""
        owner = type(self).__name__
        if self.kernel_constraint is not None:
            raise ValueError(
                f"{owner}.enable_lora(): a kernel with a constraint cannot be corrected."
            )
        if not self.built or self.lora_enabled:
            state = "is corrected already" if self.lora_enabled else "is not built yet"
            raise ValueError(f"{owner}.enable_lora(): {self.name} {state}.")
        shape = self._kernel.shape
        self._kx.locked = False
        self.lora_kernel_a = self.add_weight(
            name="lora_kernel_a",
            shape=(*shape[:-1], rank),
            initializer=initializers.get(a_initializer),
            regularizer=self.kernel_regularizer,
        )
        self.lora_kernel_b = self.add_weight(
            name="lora_kernel_b",
            shape=(rank, shape[-1]),
            initializer=initializers.get(b_initializer),
            regularizer=self.kernel_regularizer,
        )
        self._kernel.trainable = False
        self.lora_enabled, self.lora_rank = True, rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha
        self._lora_scale = self.lora_alpha / rank

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, and the rank of the correction where there is one."""
        config = super().get_config()
        rest = {k: v for k, v in config.items() if k not in ("lora_rank", "lora_alpha")}
        return rest | (
            {"lora_rank": self.lora_rank, "lora_alpha": self.lora_alpha} if self.lora_rank else {}
        )

    def save_own_variables(self, store: Any) -> None:
        """Write the variables into `store`, with the kernel as it is corrected."""
        for k, variable in enumerate(self._saved_variables()):
            value = self.kernel if variable is self._kernel else variable
            store[str(k)] = ops.convert_to_numpy(value)

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote; a correction begins again at zero."""
        if not self.lora_enabled:
            super().load_own_variables(store)
            return
        own = self._saved_variables()
        if len(store) != len(own):
            raise ValueError(
                f"{self.name}: the file has {len(store)} variables; expected {len(own)}."
            )
        for k, variable in enumerate(own):
            variable.assign(store[str(k)])
        for variable in (self.lora_kernel_a, self.lora_kernel_b):
            variable.assign(ops.zeros(variable.shape))

    def _saved_variables(self) -> list[Any]:
        return [v for v in self._own_variables() if not v.name.startswith("lora_")]
