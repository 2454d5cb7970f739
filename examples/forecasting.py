"""Carbon dioxide in the air: a network foretells the weeks of the coming year.

    kerasx compare examples/forecasting.py

The series was measured on Mauna Loa week by week, from 1958 to 2001; it comes with statsmodels.
The network sees two years and the season. It learns from the years to 1985, is watched on those to
1989, and judged on the rest. The baseline is what one would draw by hand: last year once more,
raised by as much as it stood above the year before. The network learns what that is off by.
"""

import argparse
from itertools import pairwise
from typing import Any

import numpy as np
from statsmodels.datasets import co2

import kerasx as keras
from kerasx import layers, ops

YEAR = 52  # weeks


def data():
    """((past, season), future) to learn from, to validate with, and to test with."""
    table: Any = co2.load_pandas().data
    series = table["co2"].interpolate()  # 59 of 2284 weeks were not measured
    ppm = series.to_numpy("float32")
    angle = 2 * np.pi * series.index.day_of_year.to_numpy() / 365.25
    season = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype("float32")
    # What is foretold lies in one of three spans: no week of it is in two of them.
    cuts = [2 * YEAR, *series.index.searchsorted(["1986-01-01", "1990-01-01"]), len(ppm)]
    for begin, end in pairwise(cuts):
        now = np.arange(begin, end - YEAR + 1)
        past, future = np.split(ppm[now[:, None] + np.arange(-2 * YEAR, YEAR)], [2 * YEAR], axis=1)
        yield (past, season[now]), future


def naive(past):
    """Last year once more, raised by as much as it stood above the year before."""
    before, last = past[:, :YEAR], past[:, YEAR:]
    return last + ops.mean(last - before, axis=1, keepdims=True)


def network():
    """From two years and the season (cos, sin) to the next year: the naive forecast, mended."""
    past, season = keras.Input((2 * YEAR,), name="past"), keras.Input((2,), name="season")
    risen = past - past[:, -1:]  # the level rises from year to year: the network must not see it
    h = layers.Concatenate()([risen, season])
    h = layers.Dense(64, activation="gelu")(h)
    mending = layers.Dense(YEAR, kernel_initializer="zeros")(h)
    return keras.Model([past, season], naive(past) + mending)


def main():
    parser = argparse.ArgumentParser(description="Foretell a year of carbon dioxide.")
    parser.add_argument("--epochs", type=int, default=20)
    epochs = parser.parse_args().epochs

    keras.utils.set_random_seed(0)
    (x, y), validation, (x_test, y_test) = data()
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(1e-3, epochs * -(-len(y) // 32))
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-2), loss="mae")
    baseline = model.evaluate(x_test, y_test, verbose=0)  # nothing is mended yet
    model.fit(x, y, epochs=epochs, validation_data=validation, verbose=2)

    error = model.evaluate(x_test, y_test, verbose=0)
    print(f"test error {error:.3f} ppm; naive forecast {baseline:.3f} ppm")


if __name__ == "__main__":
    main()
