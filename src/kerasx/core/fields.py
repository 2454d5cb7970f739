"""Configurable: constructor, validation, signature and `get_config` from one list of fields.

    class Dense(Layer):
        units: Annotated[int, positive]
        activation: Activation = None

A field's annotation may carry converters (`Annotated[type, f, g]`): each is applied, in order,
to the value passed in, and may raise. None is left alone where it is the default, but for
converters
marked `@takes_none`. A class's own fields come first in its constructor, those of its bases behind
them (required ones of either before optional ones), where a plain `strides = (1, 1)` gives one
another default; `field(hidden=True)` is one that the signatures of subclasses show as `**kwargs`.
A class with a hand-written `__init__` works as in Keras.
"""

import inspect
from collections.abc import Callable
from copy import copy
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, dataclass_transform, get_origin

from .registry import enlist, is_own
from .serialization import serialize_keras_object

REQUIRED: Any = inspect.Parameter.empty
POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
KEYWORD = inspect.Parameter.KEYWORD_ONLY


class Spec:
    """What `field(...)` says of a field beside its annotation."""

    def __init__(
        self,
        default: Any,
        hidden: bool = False,
        saved: bool | str = True,
        attribute: str | None = None,
        converter: Callable[[Any], Any] | None = None,
    ):
        self.default, self.hidden, self.saved, self.attribute = default, hidden, saved, attribute
        self.converter = converter


def field(
    *,
    default: Any = REQUIRED,
    kw_only: bool = False,
    hidden: bool = False,
    saved: bool | str = True,
    attribute: str | None = None,
    converter: Callable[[Any], Any] | None = None,
) -> Any:
    """A field with more to say than its default.

    kw_only: type checkers see it as keyword-only.
    hidden: the signature shows it as part of `**kwargs`.
    saved: whether `get_config` gives it; 'changed' gives it only where it is not the default.
    attribute: where the value is kept, if not under the field's own name (`weights` is taken, for
        one).
    converter: what is applied to the value passed in; type checkers take its parameter's type.
    """
    return Spec(default, hidden, saved, attribute, converter)


class Field:
    """One parameter of a constructor: name, default, converters."""

    def __init__(self, name: str, hint: Any, default: Any):
        spec = default if isinstance(default, Spec) else Spec(default)
        self.name, self.default, self.hidden, self.saved = (
            name,
            spec.default,
            spec.hidden,
            spec.saved,
        )
        self.attribute = spec.attribute or name
        self.converters = hint.__metadata__ if get_origin(hint) is Annotated else ()
        if spec.converter:
            self.converters = (*self.converters, spec.converter)
        self.takes_none = any(getattr(c, "takes_none", False) for c in self.converters)

    def with_default(self, default: Any) -> "Field":
        """The same field with another default."""
        other = copy(self)
        other.default = default
        return other

    def __call__(self, value: Any, owner: str) -> Any:
        if value is None and self.default is None and not self.takes_none:
            return None
        for convert in self.converters:
            try:
                value = convert(value)
            except (ValueError, TypeError) as e:
                raise type(e)(f"{owner}: {self.name}={value!r}: {e}") from None
        return value

    def is_saved(self, value: Any) -> bool:
        return value != self.default if self.saved == "changed" else bool(self.saved)


class Unset:
    """What a class has in place of a required field, which only its instances have."""

    def __init__(self, name: str):
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        raise AttributeError(f"{owner.__name__}: {self.name} is not set yet.")


@dataclass_transform(field_specifiers=(field,))
class Configurable:
    """Base of all that has a constructor, a config and a place in files."""

    FIELDS: ClassVar[dict[str, Field]] = {}

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        enlist(cls)
        if "__init__" in cls.__dict__ or (not hints(cls) and is_handwritten(cls.__init__)):
            return
        own = {n: Field(n, h, cls.__dict__.get(n, REQUIRED)) for n, h in hints(cls).items()}
        for name, f in own.items():  # an instance always has the attribute: the class need not
            if isinstance(cls.__dict__.get(name), Spec):
                delattr(cls, name) if f.attribute != name else setattr(cls, name, f.default)
        declared = inspect.get_annotations(
            cls
        )  # a field of a base that is a ClassVar here is one no more
        inherited = {n: f for n, f in cls.FIELDS.items() if n not in declared}
        for name in inherited.keys() & cls.__dict__.keys():
            if not hasattr(cls.__dict__[name], "__get__"):  # a property or method is no default
                inherited[name] = inherited[name].with_default(cls.__dict__[name])
        for name in {n for n, f in own.items() if f.default is REQUIRED} - set(dir(cls)):
            setattr(cls, name, Unset(name))
        for name in {**own, **inherited}.keys() & cls.__dict__.keys():
            held = isinstance(getattr(super(cls, cls), name, None), property)
            if held and not isinstance(cls.__dict__[name], property):
                delattr(cls, name)  # a base keeps the value: the default must not hide its property
        both = {**own, **inherited}.items()
        cls.FIELDS = dict(sorted(both, key=lambda item: item[1].default is not REQUIRED))
        cls.__init__ = constructor(cls, cls.FIELDS, own)

    def __new__(cls, *args: Any, **kwargs: Any):
        self = super().__new__(cls)
        if not is_own(cls.__init__):
            self.__dict__["_given"] = (
                args,
                kwargs,
            )  # what a hand-written constructor was called with
        return self

    def setup(self) -> None:
        """Runs after the fields are set: derive attributes, check combinations."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        values = {n: (getattr(self, f.attribute), f) for n, f in self.FIELDS.items()}
        config = {n: serialize_keras_object(v) for n, (v, f) in values.items() if f.is_saved(v)}
        if "_given" in self.__dict__:
            config |= {n: v for n, v in given_config(self).items() if n not in self.FIELDS}
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]):
        """An object made from what `get_config` gave."""
        return cls(**config)


def given_config(obj: Any) -> dict[str, Any]:
    """Arguments of a hand-written constructor, where `get_config` is not written by hand too."""
    for klass in type(obj).__mro__:
        if "stands_for" in klass.__dict__:
            continue
        if "get_config" in klass.__dict__ and not is_own(klass):
            return {}
        if "__init__" in klass.__dict__:
            break
    args, kwargs = obj.__dict__["_given"]
    call = inspect.signature(type(obj).__init__).bind(obj, *args, **kwargs)
    call.apply_defaults()
    given = dict(list(call.arguments.items())[1:])
    variadic = [n for n, p in call.signature.parameters.items() if p.kind is p.VAR_KEYWORD]
    for name in variadic:
        given |= given.pop(name, {})
    if not all(is_plain(v) for v in given.values()):
        raise NotImplementedError(
            f"{type(obj).__name__} takes arguments that are no plain values, so it needs a "
            "get_config() that gives its constructor's arguments."
        )
    return given


def is_handwritten(init: Any) -> bool:
    """Whether a constructor was written by someone, rather than made from fields."""
    return inspect.isfunction(init) and not hasattr(init, "__signature__")


def hints(cls: type) -> dict[str, Any]:
    """The annotations of a class's own body that are fields."""
    try:
        found = inspect.get_annotations(cls, eval_str=True)
    except NameError:  # annotations as strings that name something local: no converters, then
        found = inspect.get_annotations(cls)
    return {
        n: h
        for n, h in found.items()
        if not n.startswith("_")
        and get_origin(h) is not ClassVar
        and not str(h).startswith("ClassVar")
    }


def constructor(cls: type, fields: dict[str, Field], own: Any) -> Callable[..., None]:
    """An `__init__` for `fields`, with its signature, which shows hidden ones where they are
    `own`."""
    shown = [n for n, f in fields.items() if not f.hidden]
    converted = list(fields.values())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        owner = cls.__name__
        if len(args) > len(shown):
            raise TypeError(
                f"{owner} takes at most {len(shown)} positional arguments; got {len(args)}."
            )
        for name, value in zip(shown, args):
            if name in kwargs:
                raise TypeError(f"{owner}: {name} is given twice.")
            kwargs[name] = value
        for f in converted:
            value = kwargs.pop(f.name, f.default)
            if value is REQUIRED:
                raise TypeError(f"{owner}: the argument {f.name!r} is required.")
            if f.converters:
                value = f(value, owner)
            setattr(self, f.attribute, value)
        if kwargs and hasattr(self, "take_others"):  # which takes out what it knows
            self.take_others(kwargs)
        if kwargs:
            raise TypeError(unknown(owner, kwargs, fields))
        self.setup()

    parameters = [inspect.Parameter("self", POSITIONAL)]
    parameters += [inspect.Parameter(n, POSITIONAL, default=fields[n].default) for n in shown]
    beside = [n for n, f in fields.items() if f.hidden and n in own]
    parameters += [inspect.Parameter(n, KEYWORD, default=fields[n].default) for n in beside]
    if len(shown) < len(fields):
        parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    # a required field may stand behind optional ones of a base: Python's own order does not hold
    # here
    __init__.__signature__ = inspect.Signature(parameters, __validate_parameters__=False)
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def unknown(owner: str, kwargs: dict[str, Any], fields: dict[str, Field]) -> str:
    """What to say of arguments that there are not."""
    near = [m for k in kwargs for m in get_close_matches(k, fields, 1)]
    hint = f" Did you mean {', '.join(near)}?" if near else f" It takes {', '.join(fields)}."
    return f"{owner}: unknown arguments {', '.join(map(repr, kwargs))}.{hint}"


def is_plain(value: Any) -> bool:
    """Whether JSON can hold `value` as it is."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    return value is None or isinstance(value, (bool, int, float, str))


# -- Converters ---------------------------------------------------------------------------------
def takes_none(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Decorator: a converter that says what None stands for, and so is called for it too."""
    convert.takes_none = True  # type: ignore[attr-defined]
    return convert


def positive(x: Any) -> Any:
    """`x`, if it is greater than zero."""
    if not x > 0:
        raise ValueError("expected a positive number")
    return x


def fraction(x: Any) -> Any:
    """`x`, if it lies in [0, 1]."""
    if not 0 <= x <= 1:
        raise ValueError("expected a number in [0, 1]")
    return x


def choice(*values: Any) -> Callable[[Any], Any]:
    """A converter that takes only `values`."""

    def check(x: Any) -> Any:
        if x not in values:
            raise ValueError(f"expected one of {', '.join(map(repr, values))}")
        return x

    return check
