"""CallbackList: calls the hooks of many callbacks, and of batches only those that are wanted."""

from collections.abc import Callable
from time import perf_counter
from typing import Any
from weakref import ref

from ...backends import current as backend
from ...core import tree
from .callback import Callback, Logs, overrides
from .history import History
from .progbar_logger import ProgbarLogger

default_callbacks: list[Callable[[], Callback]] = []  # each makes a callback for every training

ALSO = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}
BATCH_HOOKS = [
    f"on_{kind}_batch_{side}" for kind in ("train", "test", "predict") for side in ("begin", "end")
]
NEVER = float("inf")


class LazyLogs(dict):
    """Logs of a batch: tensors that become floats, once, when they are looked at.

    `tensors` may be a function that gives them, which is called as soon as something is looked at.
    """

    def __init__(self, tensors: Any):
        self.source: Any = tensors if callable(tensors) else None
        known: Any = {} if self.source else tensors or {}
        super().__init__(known)
        self.unread = set(known)

    def settle(self) -> None:
        """Take what the function gives now."""
        if self.source is not None:
            found, self.source = self.source(), None
            dict.update(self, found)
            self.unread = set(found)

    def __getitem__(self, name: str) -> Any:
        self.settle()
        if name in self.unread:
            self.unread.discard(name)
            self[name] = plain(super().__getitem__(name))
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.settle()
        self.unread.discard(name)
        super().__setitem__(name, value)

    def __iter__(self):  # a dict that has its own is copied by way of keys and items
        self.settle()
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 (this is what get does)

    def pop(self, name: str, *default: Any) -> Any:
        value = self.get(name)
        return (super().pop(name), value)[1] if name in self else super().pop(name, *default)

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    def __or__(self, other: Any) -> dict[str, Any]:
        return self.copy() | other

    def __ror__(self, other: Any) -> dict[str, Any]:
        return other | self.copy()

    def __eq__(self, other: Any) -> bool:
        return self.copy() == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.copy())


def settled(name: str) -> Callable[..., Any]:
    """A dict's method, for logs that are to be known before."""
    inherited = getattr(dict, name)

    def method(self: LazyLogs, *args: Any, **kwargs: Any) -> Any:
        self.settle()
        return inherited(self, *args, **kwargs)

    return method


for _name in (
    "__contains__", "__delitem__", "__ior__", "__len__", "__reversed__", "clear", "keys", "popitem",
    "setdefault", "update",
):  # fmt: skip
    setattr(LazyLogs, _name, settled(_name))


def plain(x: Any) -> Any:
    """A scalar tensor as a float; other tensors as arrays."""
    if isinstance(x, (int, float, str)):
        return x
    arrays = tree.map_structure(lambda t: backend.to_numpy(getattr(t, "value", t)), x)
    return float(arrays) if getattr(arrays, "ndim", None) == 0 else arrays


def interval(callback: Any) -> float:
    """Seconds at least between two ends of batches that a callback sees."""
    return getattr(callback, "batch_interval", 0.0)


class CallbackList(Callback):
    """A Callback made of many.

    Args:
        callbacks: Callback objects, in the order in which they are called.
        add_history: whether a History is added, where there is none; the sign of a training.
        add_progbar: whether a ProgbarLogger is added, where there is none.
        model: the model that runs.
        params: verbose, epochs, steps: told to each callback.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        super().__init__()
        self.callbacks: list[Any] = [] if callbacks is None else tree.flatten(callbacks)
        if add_history:
            self.callbacks += [make() for make in default_callbacks]
        if add_progbar and not self._find(ProgbarLogger):
            self.callbacks.append(ProgbarLogger())
        if add_history and not self._find(History):
            self.callbacks.append(History())
        for callback in self.callbacks:
            if isinstance(callback, type):
                raise TypeError(
                    f"callbacks: got the class {callback.__name__}: give an object of it, "
                    f"{callback.__name__}(...)."
                )
            if not hasattr(callback, "on_train_begin"):  # it may be one of another engine's copy
                raise TypeError(f"callbacks: expected Callback objects; got {callback!r}.")
        self._hooks: dict[str, list[Any]] = {}
        self._due: dict[int, float] = {}
        self._last: Any = None  # the last batch's logs, if somebody keeps them
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)
        self._sort()

    def _find(self, cls: type) -> Any:
        return next((c for c in self.callbacks if isinstance(c, cls)), None)

    def _sort(self) -> None:
        """Note which callbacks want which hook of batches."""
        for name in BATCH_HOOKS:
            names = [name, *filter(None, [ALSO.get(name)])]
            self._hooks[name] = [c for c in self.callbacks if any(overrides(c, n) for n in names)]

    def append(self, callback: Callback) -> None:
        """Add a callback behind the others."""
        self.callbacks.append(callback)
        self._sort()

    def set_params(self, params: dict[str, Any] | None) -> None:
        """Tell each callback of verbose, epochs and steps."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell each callback of the model, and the model of its History."""
        super().set_model(model)
        if history := self._find(History):
            model.history = history
        for callback in self.callbacks:
            callback.set_model(model)

    def wants_batches(self, kind: str) -> bool:
        """Whether some callback is to be called at every batch of 'train', 'test' or 'predict'."""
        hooks = [c for side in ("begin", "end") for c in self._hooks[f"on_{kind}_batch_{side}"]]
        return any(interval(c) <= 0 for c in hooks)

    def around_batches(self, kind: str) -> tuple[Callable[..., None], Callable[..., None]]:
        """What to call before and after each batch: `(batch, logs)`; logs may be a function that
        gives them, and is called where somebody looks."""
        before, after = f"on_{kind}_batch_begin", f"on_{kind}_batch_end"
        return getattr(self, before), getattr(self, after)

    @property
    def resumes_at(self) -> int | None:  # type: ignore[override]
        """The epoch that the training is to go on with, where a callback has restored one."""
        return next((c.resumes_at for c in self.callbacks if getattr(c, "resumes_at", None)), None)

    # -- Batches ----------------------------------------------------------------------------------
    def settle(self) -> None:
        """Fix the last batch's logs, where they are kept unread: what comes now changes metrics."""
        kept, self._last = self._last and self._last(), None
        if kept is not None:
            kept.settle()

    def _begin(self, name: str, batch: int, logs: Logs) -> None:
        self.settle()
        for callback in self._hooks[name]:
            if interval(callback) <= 0:
                getattr(callback, name)(batch, logs or {})

    def _end(self, name: str, batch: int, logs: Logs) -> None:
        for callback in self._hooks[name]:
            if interval(callback) > 0 and not self._is_due(callback):
                callback.latest = batch
                continue
            callback.latest = None
            if not isinstance(logs, LazyLogs):
                logs = LazyLogs(logs)
                self._last = ref(logs)
            getattr(callback, name)(batch, logs)

    def _is_due(self, callback: Callback) -> bool:
        now = perf_counter()
        if callback.batch_interval == NEVER or now < self._due.get(id(callback), 0.0):
            return False
        self._due[id(callback)] = now + callback.batch_interval
        return True

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._begin("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._end("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._begin("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._end("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._begin("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._end("on_predict_batch_end", batch, logs)

    on_batch_begin, on_batch_end = on_train_batch_begin, on_train_batch_end

    # -- Epochs and the whole ---------------------------------------------------------------------
    def _all(self, name: str, *args: Any) -> None:
        *first, logs = args
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, name)(*first, logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._all("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._all("on_epoch_end", epoch, logs)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._all("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        self._all("on_train_end", logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._all("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        self._all("on_test_end", logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._all("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._all("on_predict_end", logs)
