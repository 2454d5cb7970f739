"""Schedules: values worked by hand, configs, errors."""

from importlib import import_module

import numpy as np
import pytest

CASES = [
    ("ExponentialDecay", (1.0, 2, 0.25), {}, {0: 1, 1: 0.5, 4: 1 / 16}),
    ("ExponentialDecay", (1.0, 2, 0.25), {"staircase": True}, {0: 1, 1: 1, 2: 0.25, 5: 1 / 16}),
    ("InverseTimeDecay", (1.0, 2, 2.0), {}, {0: 1, 1: 0.5, 3: 0.25}),
    ("InverseTimeDecay", (1.0, 2, 1.0), {"staircase": True}, {1: 1, 2: 0.5, 3: 0.5}),
    ("PiecewiseConstantDecay", ([2, 5], [1.0, 0.5, 0.1]), {}, {0: 1, 2: 1, 3: 0.5, 5: 0.5, 6: 0.1}),
    ("PolynomialDecay", (1.0, 4, 0.2), {}, {0: 1, 2: 0.6, 4: 0.2, 9: 0.2}),
    ("PolynomialDecay", (1.0, 4, 0.0, 2.0), {"cycle": True},
     {0: 1, 2: 0.25, 4: 0, 6: 1 / 16, 8: 0}),
    ("CosineDecay", (1.0, 4, 0.1), {}, {0: 1, 2: 0.55, 4: 0.1, 9: 0.1}),
    ("CosineDecay", (0.0, 4), {"warmup_target": 1.0, "warmup_steps": 2},
     {0: 0, 1: 0.5, 2: 1, 4: 0.5, 6: 0}),
    ("CosineDecayRestarts", (1.0, 2), {}, {0: 1, 1: 0.5, 2: 1, 4: 0.5, 6: 1, 10: 0.5}),
    ("CosineDecayRestarts", (1.0, 2), {"t_mul": 1.0, "m_mul": 0.5, "alpha": 0.2},
     {0: 1, 1: 0.6, 2: 0.6, 3: 0.4, 4: 0.4}),
]  # fmt: skip


@pytest.fixture
def schedules(kx):
    return import_module(f"{kx.__name__}.optimizers").schedules


@pytest.mark.parametrize(("name", "args", "kwargs", "expected"), CASES)
def test_values_are_those_worked_by_hand(kx, schedules, name, args, kwargs, expected):
    schedule = getattr(schedules, name)(*args, **kwargs)
    got = {k: float(kx.ops.convert_to_numpy(schedule(k))) for k in expected}
    np.testing.assert_allclose(list(got.values()), list(expected.values()), atol=1e-6)


@pytest.mark.parametrize(("name", "args", "kwargs", "expected"), CASES)
def test_configs_go_both_ways(schedules, name, args, kwargs, expected):
    schedule = getattr(schedules, name)(*args, **kwargs)
    config = schedules.serialize(schedule)
    assert config["module"] == "keras.optimizers.schedules" and config["class_name"] == name
    assert schedules.deserialize(config).get_config() == schedule.get_config()


def test_an_optimizer_keeps_its_schedule_in_its_config(kx, schedules):
    optimizers = import_module(f"{kx.__name__}.optimizers")
    optimizer = optimizers.Adam(schedules.CosineDecay(0.1, 5))
    again = optimizers.Adam.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()


def test_what_makes_no_sense_is_refused(schedules):
    with pytest.raises(ValueError, match="decay_steps=0"):
        schedules.CosineDecay(0.1, 0)
    with pytest.raises(ValueError, match="1 boundaries part 2"):
        schedules.PiecewiseConstantDecay([1], [0.1])
    with pytest.raises(NotImplementedError, match="__call__"):
        schedules.LearningRateSchedule()(0)
