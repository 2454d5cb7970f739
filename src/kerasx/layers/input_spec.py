"""InputSpec: what a layer can take, checked before it computes."""

from typing import Any

from ..core import dtypes, tree


class InputSpec:
    """Rank, shape and dtype that an input must have.

    Args:
        dtype: dtype name.
        shape: shape; None matches any size.
        ndim: exact rank.
        max_ndim: greatest rank.
        min_ndim: least rank.
        axes: sizes of some axes, {axis: size}.
        allow_last_axis_squeeze: whether a last axis of size 1 may be there or not.
        name: name of the input, for dicts.
        optional: whether the input may be None.
    """

    def __init__(
        self,
        dtype: str | None = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = dtypes.standardize(dtype) if dtype else None
        self.shape = tuple(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(k): v for k, v in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {n: getattr(self, n) for n in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "InputSpec":
        """An InputSpec made from what `get_config` gave."""
        return cls(**config)

    def problem(self, x: Any) -> str | None:
        """What is wrong with `x`, or None."""
        if x is None:
            return None if self.optional else "a tensor is required; got None"
        shape = tuple(x.shape)
        n = len(shape)
        if self.ndim is not None and n != self.ndim and not self.allow_last_axis_squeeze:
            return f"expected ndim={self.ndim}, found ndim={n}"
        if self.max_ndim is not None and n > self.max_ndim:
            return f"expected max_ndim={self.max_ndim}, found ndim={n}"
        if self.min_ndim is not None and n < self.min_ndim:
            return f"expected min_ndim={self.min_ndim}, found ndim={n}"
        if self.dtype is not None and dtypes.name_of(x) != self.dtype:
            return f"expected dtype={self.dtype}, found dtype={dtypes.name_of(x)}"
        for axis, size in self.axes.items():
            if size is not None and shape[axis] not in (size, None):
                return f"expected axis {axis} to have size {size}, found {shape[axis]}"
        return self._shape_problem(shape) if self.shape is not None else None

    def _shape_problem(self, shape: tuple[int | None, ...]) -> str | None:
        want = self.shape or ()
        if self.allow_last_axis_squeeze:
            want = want[:-1] if want and want[-1] == 1 else want
            shape = shape[:-1] if shape and shape[-1] == 1 else shape
        if len(want) != len(shape) or any(
            a != b for a, b in zip(want, shape) if None not in (a, b)
        ):
            return f"expected shape={self.shape}"
        return None

    def __repr__(self):
        said = {k: v for k, v in vars(self).items() if v not in (None, {}, False)}
        return f"InputSpec({', '.join(f'{k}={v!r}' for k, v in said.items())})"


def check_inputs(spec: Any, inputs: Any, owner: str) -> None:
    """Raise ValueError where `inputs` do not fit `spec` (an InputSpec, or a structure of them)."""
    specs = tree.flatten(spec)
    if isinstance(spec, dict) and isinstance(inputs, dict):
        values = [inputs.get(k) for k in sorted(spec)]
    else:
        values = tree.flatten(inputs)
    if len(values) != len(specs):
        raise ValueError(f"{owner} expects {len(specs)} inputs, but received {len(values)}.")
    for k, (s, x) in enumerate(zip(specs, values)):
        if (
            s is not None
            and (s.optional or hasattr(x, "shape") or x is None)
            and (what := s.problem(x))
        ):
            which = f" {k}" if len(specs) > 1 else ""
            shape = f" Full shape received: {tuple(x.shape)}." if x is not None else ""
            raise ValueError(
                f"{owner}: input{which} is incompatible with the layer: {what}.{shape}"
            )
