"""What is particular to the neural-network ops: values worked by hand, edges, errors."""

import numpy as np
import pytest

from .calls import value

RNG = np.random.default_rng(0)


def test_sparsemax_is_the_projection_onto_the_simplex(kx):
    # (0.1, 0.2, 0.3) is 0.4 short of the simplex: each gets a third; (3, 0) leaves one behind
    y = value(kx, kx.ops.sparsemax(np.array([[0.1, 0.2, 0.3]], "float32")))
    np.testing.assert_allclose(y, [[0.1 + 0.4 / 3, 0.2 + 0.4 / 3, 0.3 + 0.4 / 3]], rtol=1e-6)
    np.testing.assert_allclose(value(kx, kx.ops.sparsemax(np.array([3.0, 0.0], "float32"))), [1, 0])


def test_a_convolution_of_ones_counts_what_the_window_sees(kx):
    ones, kernel = np.ones((1, 4, 1), "float32"), np.ones((3, 1, 1), "float32")
    assert value(kx, kx.ops.conv(ones, kernel, padding="same")).ravel().tolist() == [2, 3, 3, 2]
    assert value(kx, kx.ops.conv(ones, kernel)).ravel().tolist() == [3, 3]
    # of an even size with stride 2, 'same' adds its one zero behind
    assert value(kx, kx.ops.conv(ones, kernel, 2, "same")).ravel().tolist() == [3, 2]


def test_a_transposed_convolution_spreads_the_window(kx):
    x, kernel = np.ones((1, 2, 1), "float32"), np.array([1, 2, 3], "float32").reshape(3, 1, 1)
    assert value(kx, kx.ops.conv_transpose(x, kernel, 2)).ravel().tolist() == [1, 2, 4, 2, 3]
    assert value(kx, kx.ops.conv_transpose(x, kernel, 2, "same")).ravel().tolist() == [1, 2, 4, 2]


def test_mean_pool_does_not_count_the_margin(kx):
    x = np.array([1, 2, 3], "float32").reshape(1, 3, 1)
    assert value(kx, kx.ops.average_pool(x, 2, 2, "same")).ravel().tolist() == [1.5, 3]


def test_max_pool_of_negative_integers_ignores_the_margin(kx):
    x = np.array([-5, -7, -9], "int32").reshape(1, 3, 1)
    assert value(kx, kx.ops.max_pool(x, 2, 2, "same")).ravel().tolist() == [-5, -9]


def test_adaptive_windows_overlap_where_sizes_do_not_divide(kx):
    x = np.arange(5, dtype="float32").reshape(1, 5, 1)  # windows of 2: [0, 1, 2] and [2, 3, 4]
    assert value(kx, kx.ops.adaptive_average_pool(x, 2)).ravel().tolist() == [1, 3]


def test_losses_stay_finite(kx):
    x = np.array([-200, 0, 200], "float32")
    losses = value(kx, kx.ops.binary_crossentropy(np.array([1, 1, 1], "float32"), x, True))
    np.testing.assert_allclose(losses, [200, np.log(2), 0], atol=1e-6)
    certain = np.array([[0, 1]], "float32")
    assert np.isfinite(value(kx, kx.ops.categorical_crossentropy(certain[:, ::-1], certain))).all()


def test_small_losses_keep_their_digits(kx):
    loss = value(
        kx, kx.ops.binary_crossentropy(np.ones(1, "float32"), np.array([12], "float32"), True)
    )
    np.testing.assert_allclose(loss, np.log1p(np.exp(-12.0)), rtol=1e-5)


def test_a_query_that_sees_nothing_takes_the_mean(kx):
    q, v = RNG.normal(size=(2, 1, 3, 1, 2)).astype("float32")
    y = kx.ops.dot_product_attention(q, q, v, mask=np.zeros((3, 3), "bool"))
    np.testing.assert_allclose(
        value(kx, y)[0], np.broadcast_to(v.mean(1), (3, 1, 2)), rtol=1e-5, atol=1e-6
    )


def test_masked_steps_keep_the_state_and_repeat_the_output(kx):
    x, h = RNG.normal(size=(1, 3, 2)).astype("float32"), np.full((1, 2), 0.5, "float32")
    kernel, recurrent = RNG.normal(size=(2, 2, 6)).astype("float32")
    seen = np.array([[False, True, False]])
    y, last = (value(kx, t) for t in kx.ops.gru(x, h, kernel, recurrent, mask=seen))
    _, once = kx.ops.gru(x[:, 1:2], h, kernel, recurrent)
    np.testing.assert_allclose(last, value(kx, once), rtol=1e-6)
    np.testing.assert_allclose(y[0], [[0, 0], last[0], last[0]], rtol=1e-6)


@pytest.mark.parametrize("axis", [-1, 1])
def test_gradients_flow_through_the_statistics_of_a_batch(trainer, axis):
    kx, backend = trainer, trainer.backends.current
    declaration = kx.ops.normalize_batch.declaration
    x = RNG.normal(size=(4, 3, 5)).astype("float32")
    variables = [kx.core.variable.Variable(v) for v in (x, *np.ones((2, x.shape[axis]), "float32"))]
    w = backend.convert(RNG.normal(size=x.shape).astype("float32"))

    def gradients(op):
        def loss():
            return kx.ops.sum(op(*(v.value for v in variables), axis)[0] * w), ()

        return [value(kx, g) for g in backend.value_and_grad(loss, variables)[2]]

    for a, b in zip(gradients(kx.ops.normalize_batch), gradients(declaration.bind(declaration.fn))):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_second_derivatives_flow_through_the_mean_of_a_variance(trainer):
    ops, x = trainer.ops, RNG.normal(size=5).astype("float32")
    got = value(trainer, ops.hessian(lambda x: ops.moments(x, 0)[1])(x))
    np.testing.assert_allclose(got, 2 / 5 * (np.eye(5) - 1 / 5), rtol=1e-5, atol=1e-6)


def test_average_pools_of_large_windows_are_means(kx):
    x = RNG.normal(size=(2, 8, 10, 3)).astype("float32")
    wanted = x.reshape(2, 2, 4, 2, 5, 3).mean((2, 4))
    np.testing.assert_allclose(value(kx, kx.ops.average_pool(x, (4, 5))), wanted, 1e-5, 1e-6)
    got = kx.ops.adaptive_average_pool(x, 2)
    np.testing.assert_allclose(value(kx, got), wanted, 1e-5, 1e-6)


X2, K2 = np.ones((1, 4, 4, 2), "float32"), np.ones((3, 3, 2, 2), "float32")
ERRORS = {
    "padding='causal'": ("conv", (X2, K2, 1, "causal")),
    "strides=(1, 2, 3)": ("conv", (X2, K2, (1, 2, 3))),
    "strides=0": ("conv", (X2, K2, 0)),
    "a multiple of the kernel's 3": ("conv", (X2, np.ones((3, 3, 3, 2)))),
    "a kernel of the same rank": ("conv", (X2, np.ones((3, 2, 2)))),
    "the number of channels": ("conv_transpose", (X2, np.ones((3, 3, 2, 5)))),
    "1 to 3 spatial": ("max_pool", (X2[0, 0], 2)),
    "expected the same shape": ("categorical_crossentropy", (X2, X2[0])),
    "but for axis -1": ("sparse_categorical_crossentropy", (np.ones(3), np.ones((2, 3)))),
    "order=0": ("normalize", (X2, -1, 0)),
    "rank 4": ("dot_product_attention", (X2[0], X2, X2)),
    "even size": ("glu", (np.ones(3, "float32"),)),
}


@pytest.mark.parametrize("words", ERRORS)
def test_errors_say_what_was_wrong(reference, words):
    name, args = ERRORS[words]
    with pytest.raises(ValueError) as error:
        getattr(reference.ops, name)(*args)
    assert words in str(error.value)


def test_a_window_that_does_not_fit_is_an_error_on_symbols_too(reference):
    symbol = reference.KerasTensor
    with pytest.raises(ValueError, match="does not fit"):
        reference.ops.conv(symbol((None, 2, 2, 2)), symbol((3, 3, 2, 2)))
