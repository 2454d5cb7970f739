"""Operations of users' own: functions of tensors that stand in graphs."""

import numpy as np
import pytest


def test_an_operation_has_a_config(kx):
    class Scaled(kx.Operation):
        def __init__(self, by, more=2, name=None):
            super().__init__(name)
            self.by = by * more

        def call(self, x):
            return x * self.by

    op = Scaled(3, name="scaled")
    assert op.get_config() == {"by": 3, "more": 2, "name": "scaled"}
    again = Scaled.from_config(op.get_config())
    np.testing.assert_array_equal(kx.ops.convert_to_numpy(again(np.ones(2, "float32"))), [6, 6])
    assert again(kx.Input((3,))).shape == (None, 3)


def test_a_config_that_json_cannot_hold_is_refused(kx):
    class Applied(kx.Operation):
        def __init__(self, fn, name=None):
            super().__init__(name)

    with pytest.raises(NotImplementedError, match="Applied takes arguments that are no plain"):
        Applied(abs).get_config()
    assert kx.Operation("plain").get_config() == {"name": "plain"}
