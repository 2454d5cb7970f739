"""LowRank: a layer whose weight can be held fixed while a correction of low rank is trained."""

from typing import Any, ClassVar

from .. import initializers, ops
from ..backends import current as backend
from ..core.dtypes import result_type
from ..core.fields import field
from ..core.variable import Variable
from .layer import Layer


def corrected(name: str) -> Any:
    """A property that keeps a variable, and gives it with its correction where there is one."""

    def value(self: Any) -> Any:
        return self._corrected() if self.lora_enabled else getattr(self, f"_{name}")

    def keep(self: Any, variable: Variable) -> None:
        setattr(self, f"_{name}", variable)

    return property(value, keep, doc=f"The {name}: the variable or, with LoRA, its correction too.")


class LowRank(Layer):
    """Base of layers with one large weight, which `enable_lora` corrects.

    The correction is `lora_alpha / lora_rank * a @ b`, over the last axis. Files have the weight
    with its correction. Source: arXiv:2106.09685.
    """

    lora_rank: int | None = field(default=None, kw_only=True, hidden=True)
    lora_alpha: float | None = field(default=None, kw_only=True, hidden=True)

    large: ClassVar[str] = "kernel"  # name of the weight
    lora_enabled = False

    @property
    def _large(self) -> Variable:
        return getattr(self, f"_{self.large}")

    @property
    def _factors(self) -> list[Variable]:
        return [getattr(self, f"lora_{self.large}_{letter}") for letter in "ab"]

    def _lora_scale(self) -> float:
        return self.lora_alpha / self.lora_rank  # type: ignore[operator]

    def _corrected(self) -> Any:
        change = ops.multiply(ops.matmul(*self._factors), self._lora_scale())
        return ops.add(self._large, ops.cast(change, self._large.dtype))

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """From now on, train a correction of rank `rank` in place of the weight."""
        owner = f"{type(self).__name__}.enable_lora()"
        if getattr(self, f"{self.large}_constraint") is not None:
            raise ValueError(f"{owner}: a {self.large} with a constraint cannot be corrected.")
        if not self.built or self.lora_enabled:
            state = "is corrected already" if self.lora_enabled else "is not built yet"
            raise ValueError(f"{owner}: {self.name} {state}.")
        weight = self._large
        sizes = {"a": (*weight.shape[:-1], rank), "b": (rank, weight.shape[-1])}
        locked, self._kx.locked = self._kx.locked, False
        for (letter, shape), initializer in zip(sizes.items(), (a_initializer, b_initializer)):
            variable = self.add_weight(
                name=f"lora_{self.large}_{letter}",
                shape=shape,
                initializer=initializers.get(initializer),
                dtype=result_type(weight.dtype, "float32"),  # small changes need the digits
                autocast=weight.autocast,
                regularizer=weight.regularizer,
            )
            if self._kx.path:  # it was built before
                variable.path = f"{self.path}/{variable.name}"
            setattr(self, variable.name, variable)
        self._kx.locked, self._kx.frozen = locked, weight
        weight.trainable = False
        self.lora_enabled, self.lora_rank = True, rank
        self.lora_alpha = rank if lora_alpha is None else lora_alpha

    def begin_lora(self) -> None:
        """Correct from the start, where the constructor was given `lora_rank`: `build` ends so."""
        if self.lora_rank:
            self.built = True
            self.enable_lora(self.lora_rank, self.lora_alpha)

    def merge_lora(self) -> None:
        """Add the correction to the weight for good, and train that again."""
        if not self.lora_enabled:
            raise ValueError(
                f"{type(self).__name__}.merge_lora(): {self.name} has no correction: call "
                "enable_lora() first."
            )
        self._large.assign(self._corrected())
        for variable in self._factors:
            self._kx.weights = [v for v in self._kx.weights if v is not variable]
            del self.__dict__[variable.name]
            backend.Module.disown(self, variable.name)
        self._kx.frozen, self._large.trainable = None, self.trainable
        self.lora_enabled, self.lora_rank, self.lora_alpha = False, None, None

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, and the rank of the correction where there is one."""
        config = super().get_config()
        rank, alpha = config.pop("lora_rank"), config.pop("lora_alpha")
        return config | ({"lora_rank": rank, "lora_alpha": alpha or rank} if rank else {})

    def save_own_variables(self, store: Any) -> None:
        """Write the variables into `store`, the weight as it is corrected."""
        for k, variable in enumerate(self._saved_variables()):
            value = self._corrected() if variable is self._kx.frozen else variable
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
        for variable in self._factors:
            variable.assign(ops.zeros(variable.shape))

    def _saved_variables(self) -> list[Variable]:
        factors = self._factors if self.lora_enabled else []
        return [v for v in self._own_variables() if all(v is not f for f in factors)]


class KernelLayer(LowRank):
    """Base of layers with one kernel."""

    kernel = corrected("kernel")
