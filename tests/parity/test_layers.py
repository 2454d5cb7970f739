"""Layers against genuine Keras: configs, weights, outputs, gradients, shapes, 16-bit dtypes."""

import inspect

import numpy as np
import pytest

from tests.layers import samples, test_sequences
from tests.layers.samples import S1, S2, S3, Row, V

from .pairs import (
    ENGINE,
    MARKS,
    close,
    drawn,
    genuine,
    gradients,
    keras,
    ours,
    plain,
    trains,
    value,
    values,
)

pytestmark = MARKS

LORA = {"lora_rank": 2, "lora_alpha": 3.0}
ROWS = [
    *samples.ROWS,
    *test_sequences.ROWS,
    Row("EinsumDense", {"equation": "abc,cd->abd", "output_shape": (None, 3)} | LORA, S1),
    Row("Conv2D", {"filters": 3, "kernel_size": 2, "padding": "same"} | LORA, S2),
    Row("Conv3D", {"filters": 3, "kernel_size": 2} | LORA, S3),
    Row(  # of Keras's own, it passes over `lora_alpha`
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 6, "lora_rank": 2},
        V,
        {"reverse": True},
    ),
]
# What genuine Keras cannot do itself, by the beginning of a row's id: (engines, why)
FAULTS = {
    "Conv2D(filters=3,kernel_size=3,data_format=channels_first)": (
        ("tensorflow",),
        "gives the channels each other's biases: off by 0.8",
    ),
}


def random(row):
    """Whether the row draws while training."""
    return row.random or any("dropout" in k and v for k, v in row.arguments.items())


def skip_faults(row):
    for start, (engines, why) in FAULTS.items():
        if row.id.startswith(start) and ENGINE in engines:
            pytest.skip(f"genuine Keras on {ENGINE}: {why}")


def arrays(inputs):
    """Random inputs of the shapes of a row."""
    rng = np.random.default_rng(1)
    if isinstance(inputs, list):
        return [rng.normal(size=s).astype("float32") for s in inputs]
    if isinstance(inputs, np.ndarray):
        return inputs
    return rng.normal(size=inputs).astype("float32")


def pair(row, **more):
    """The layer of genuine Keras and ours, with the same weights."""
    skip_faults(row)
    x = arrays(row.inputs)
    layer = getattr(ours.layers, row.layer)(**row.arguments, name="it", **more)
    layer(x, **row.call)
    with genuine():
        theirs = getattr(keras.layers, row.layer)(**row.arguments, name="it", **more)
        theirs(x, **row.call)
    for made in (theirs, layer):
        made.set_weights(drawn(theirs))
    return theirs, layer, x


def mode(layer, training):
    """`training` for layers that take it."""
    takes = "training" in inspect.signature(layer.call).parameters
    return {"training": training} if takes else {}


def row_id(row):
    return row.id


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_configs_and_weights_are_those_of_keras(row):
    theirs, layer, _ = pair(row)
    config = plain(theirs.get_config())
    assert plain(layer.get_config()) == config
    again = ours.layers.deserialize(keras.layers.serialize(theirs))
    assert plain(again.get_config()) == config
    described = [(w.name, w.path, tuple(w.shape), w.trainable) for w in theirs.weights]
    assert [(w.name, w.path, w.shape, w.trainable) for w in layer.weights] == described
    assert len(layer.variables) == len(theirs.variables)


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_outputs_are_those_of_keras(row, training):
    if training and random(row):
        pytest.skip("drawn at random")
    theirs, layer, x = pair(row)
    call = row.call | mode(theirs, training)
    for got, want in zip(values(layer(x, **call)), values(theirs(x, **call)), strict=True):
        close(got, want, 1e-5)
    for a, b in zip(layer.weights, theirs.weights):
        close(value(a), value(b), 1e-5, a.name)
    for a, b in zip(layer.losses, theirs.losses, strict=True):
        close(value(a), value(b), 1e-5)


@trains
@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_gradients_are_those_of_keras(row):
    theirs, layer, x = pair(row)
    call = row.call | mode(theirs, not random(row))
    for got, want in zip(gradients(layer, x, call), gradients(theirs, x, call), strict=True):
        close(got, want, 1e-4)


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float16"])
@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_dtypes_of_outputs_are_those_of_keras(row, dtype):
    theirs, layer, x = pair(row, dtype=dtype)
    if ENGINE == "numpy" and row.layer == "Dot" and dtype == "mixed_bfloat16":
        pytest.skip("Keras gives float32 there, where its symbols have bfloat16")
    for got, want in zip(values(layer(x, **row.call)), values(theirs(x, **row.call)), strict=True):
        close(got, want, 2e-2)
    assert [w.dtype for w in layer.weights] == [w.dtype for w in theirs.weights]


@pytest.mark.parametrize("row", [r for r in ROWS if not r.call], ids=row_id)
def test_shapes_of_an_unknown_batch_are_those_of_keras(row):
    theirs, layer, x = pair(row)

    def shapes(layer, k):
        symbols = keras.tree.map_structure(lambda a: k.layers.Input(a.shape[1:], dtype=a.dtype), x)
        return [tuple(y.shape) for y in keras.tree.flatten(layer(symbols))]

    for got, want in zip(shapes(layer, ours), shapes(theirs, keras), strict=True):
        assert len(got) == len(want)
        assert all(b in (None, a) for a, b in zip(got, want)), f"{got}, where Keras knows {want}"
