"""Fields: one declaration gives constructor, validation, signature and config."""

import inspect
from typing import Annotated, Any

import pytest

from kerasx.core.fields import Configurable, choice, field, fraction, positive


class Base(Configurable):
    name: str | None = field(default=None, kw_only=True, hidden=True)
    note: Any = field(default=None, kw_only=True, hidden=True, saved="changed")


class Ball(Base):
    radius: Annotated[float, float, positive]
    color: Annotated[str, choice("red", "blue")] = "red"
    gloss: Annotated[float | None, fraction] = None

    def setup(self):
        if self.color == "blue" and self.radius > 9:
            raise ValueError("Ball: blue ones are small")
        self.area = self.radius**2


class Striped(Ball):
    color: str = "blue"
    stripes: int = 2


def test_a_field_is_a_parameter_and_an_attribute():
    ball = Ball(2, gloss=0.5, name="b")
    assert (ball.radius, ball.color, ball.gloss, ball.name) == (2.0, "red", 0.5, "b")
    assert ball.area == 4.0


def test_the_signature_shows_own_fields_first_and_hidden_ones_as_kwargs():
    assert str(inspect.signature(Ball)) == "(radius, color='red', gloss=None, **kwargs)"
    assert list(inspect.signature(Striped).parameters)[:3] == ["radius", "color", "stripes"]
    assert Striped(1.0, "red", 3).stripes == 3


def test_the_config_makes_an_equal_object():
    config = Ball(2, "blue").get_config()
    assert config == {"radius": 2.0, "color": "blue", "gloss": None, "name": None}
    assert Ball.from_config(config).get_config() == config


def test_a_field_saved_when_changed_is_left_out_at_its_default():
    assert "note" not in Ball(1).get_config()
    assert Ball(1, note="x").get_config()["note"] == "x"


@pytest.mark.parametrize(
    "make, kind, words",
    [
        (lambda: Ball(0), ValueError, "Ball: radius=0.0: expected a positive number"),
        (lambda: Ball("big"), ValueError, "Ball: radius='big'"),
        (lambda: Ball(1, "green"), ValueError, "expected one of 'red', 'blue'"),
        (lambda: Ball(1, gloss=2), ValueError, r"expected a number in \[0, 1\]"),
        (lambda: Ball(), TypeError, "'radius' is required"),
        (lambda: Ball(1, radius=2), TypeError, "radius is given twice"),
        (lambda: Ball(1, colour="red"), TypeError, "Did you mean color"),
        (lambda: Ball(1, "red", None, 4), TypeError, "at most 3 positional"),
        (lambda: Ball(10, "blue"), ValueError, "blue ones are small"),
    ],
)
def test_errors_name_the_class_the_field_and_what_was_got(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


def test_a_hand_written_constructor_gives_its_arguments_back():
    class Mine(Base):
        def __init__(self, size, *, depth=2, **kwargs):
            super().__init__(**kwargs)
            self.size = size

    config = Mine(3, name="m").get_config()
    assert config["size"] == 3 and config["depth"] == 2 and config["name"] == "m"
    assert Mine.from_config(config).size == 3


def test_arguments_that_json_cannot_hold_need_a_get_config():
    class Mine(Base):
        def __init__(self, thing, **kwargs):
            super().__init__(**kwargs)

    with pytest.raises(NotImplementedError, match="get_config"):
        Mine(object()).get_config()


def test_a_get_config_written_by_hand_is_left_alone():
    class Mine(Base):
        def __init__(self, thing, **kwargs):
            super().__init__(**kwargs)
            self.thing = thing

        def get_config(self):
            return super().get_config() | {"thing": 1}

    assert Mine(object()).get_config() == {"name": None, "thing": 1}
