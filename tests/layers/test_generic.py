"""Every layer of the table does what every layer must, on every engine."""

from importlib import import_module

import pytest

from .samples import ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_layer_does_what_every_layer_must(kx, row):
    layers, testing = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "testing"))
    layer = getattr(layers, row.layer)(**row.arguments)
    testing.check_layer(layer, row.inputs, row.call, without=row.without)
