"""Functional, sequential and subclassed models."""

import weakref

import numpy as np
import pytest


def ones(*shape):
    return np.ones(shape, "float32")


def two_in_two_out(kx):
    a, b = kx.Input((3,), name="a"), kx.Input((2,), name="b")
    shared = kx.layers.Dense(4, kernel_initializer="ones", name="shared")
    left = shared(a)
    right = kx.layers.Dense(4, kernel_initializer="ones", name="right")(b)
    both = kx.layers.Add()([left, right]) * 2.0
    return kx.Model(
        {"a": a, "b": b},
        {"sum": both, "top": kx.layers.Dense(1, kernel_initializer="ones", name="head")(both)},
    )


def test_a_graph_with_two_inputs_and_two_outputs(kx):
    model = two_in_two_out(kx)
    out = model.predict({"a": ones(5, 3), "b": ones(5, 2)}, verbose=0)
    np.testing.assert_allclose(out["sum"], 10 * ones(5, 4))
    np.testing.assert_allclose(out["top"], 40 * ones(5, 1))
    assert model.input_names == ["a", "b"]
    assert model.output_shape == {"sum": (None, 4), "top": (None, 1)}


def test_inputs_are_taken_as_dict_or_list_and_checked(kx):
    a, b = kx.Input((3,), name="a"), kx.Input((2,), name="b")
    model = kx.Model([a, b], kx.layers.Concatenate()([a, b]))
    assert model([ones(1, 3), ones(1, 2)]).shape == (1, 5)
    assert model({"b": ones(1, 2), "a": ones(1, 3)}).shape == (1, 5)
    with pytest.raises(ValueError, match="expects 2 inputs"):
        model([ones(1, 3)])
    with pytest.raises(ValueError, match=r"'b'.*\(None, 2\).*\(1, 9\)|\(1, 9\)"):
        model([ones(1, 3), ones(1, 9)])
    with pytest.raises(ValueError, match=r"inputs \['a'\] are missing"):
        model({"b": ones(1, 2)})


def test_a_shared_layer_is_one_layer(kx):
    x, y = kx.Input((2,)), kx.Input((2,))
    layer = kx.layers.Dense(3)
    model = kx.Model([x, y], [layer(x), layer(y)])
    assert len(model.weights) == 2 and len(model.layers) == 3


def test_a_model_is_a_layer_of_another(kx):
    inner = kx.Sequential([kx.layers.Input((3,)), kx.layers.Dense(2, kernel_initializer="ones")])
    x = kx.Input((3,))
    model = kx.Model(x, inner(x) + inner(2.0 * x))
    np.testing.assert_allclose(model.predict(ones(2, 3), verbose=0), 9 * ones(2, 2))
    assert len(model.weights) == 2


def test_a_sequential_is_built_by_its_first_call_or_its_input(kx):
    late = kx.Sequential([kx.layers.Dense(4, activation="relu"), kx.layers.Dense(2)])
    assert not late.built
    assert late(ones(3, 5)).shape == (3, 2)
    assert late.built and late.input_shape == (None, 5) and late.output_shape == (None, 2)
    early = kx.Sequential([kx.layers.Input((5,)), kx.layers.Dense(4)])
    assert early.built and len(early.layers) == 1
    early.add(kx.layers.Dense(7))
    assert early.output_shape == (None, 7)
    early.pop()
    assert early.output_shape == (None, 4)


def test_a_sequential_refuses_what_is_no_layer(kx):
    with pytest.raises(ValueError, match="expected a layer"):
        kx.Sequential([3])
    with pytest.raises(ValueError, match="names must differ"):
        kx.Sequential([kx.layers.Dense(1, name="d"), kx.layers.Dense(1, name="d")])
    with pytest.raises(ValueError, match="there are no layers"):
        kx.Sequential()(ones(1, 2))


def test_a_subclass_with_nested_layers(kx):
    class Block(kx.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.dense, self.norm = kx.layers.Dense(units), kx.layers.LayerNormalization()

        def call(self, x):
            return self.norm(self.dense(x))

    class Net(kx.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [Block(4), Block(4)]
            self.head = kx.layers.Dense(1)

        def call(self, x, training=False):
            for block in self.blocks:
                x = block(x)
            return self.head(x)

    net = Net()
    assert net(ones(2, 3)).shape == (2, 1)
    assert len(net.weights) == 10 and [layer.name for layer in net.layers][-1] == net.head.name


def test_a_subclass_may_end_its_constructor_as_a_graph(kx):
    class Net(kx.Model):
        def __init__(self, units):
            x = kx.Input((3,))
            super().__init__(inputs=x, outputs=kx.layers.Dense(units)(x), name="net")
            self.units = units

    net = Net(4)
    assert isinstance(net, Net) and net.name == "net" and net.units == 4
    assert net(ones(2, 3)).shape == (2, 4)


def test_layers_are_found_by_name_and_index(kx):
    model = two_in_two_out(kx)
    assert model.get_layer("shared").units == 4
    assert model.get_layer(index=-1).name == "head"
    with pytest.raises(ValueError, match="there is no 'nowhere'"):
        model.get_layer("nowhere")


def test_the_summary_counts_parameters(kx):
    lines = []
    two_in_two_out(kx).summary(print_fn=lines.append)
    text = "\n".join(lines)
    assert "shared (Dense)" in text and "Total params: 33" in text


def test_outputs_must_come_from_the_inputs(kx):
    a, b = kx.Input((2,)), kx.Input((2,))
    with pytest.raises(ValueError, match="does not come from"):
        kx.Model(a, a + b)
    with pytest.raises(NotImplementedError, match=r"call\(self, inputs\)"):
        kx.Model()(ones(1, 2))


def test_layers_cast_the_inputs_of_a_graph_not_the_model(kx):
    x = np.array([[70000.0]], "float32")  # more than float16 holds

    def layer():
        return kx.layers.Dense(1, kernel_initializer="ones", dtype="float32")

    kx.config.set_dtype_policy("mixed_float16")
    try:
        i = kx.Input((1,))
        graph = kx.Model(i, layer()(i))
        outer = kx.Sequential([kx.Input((1,)), graph])
        deferred = kx.Sequential([layer()])
    finally:
        kx.config.set_dtype_policy(None)
    for model in (graph, outer):
        assert kx.ops.convert_to_numpy(model(x)) == 70000.0
    with np.errstate(over="ignore"):
        y = deferred(x)  # this call builds it: nothing is known of its input
    assert np.isinf(kx.ops.convert_to_numpy(y))


def test_a_graph_lets_go_of_what_no_later_call_reads(kx):
    made, alive = [], []

    class Counting(kx.layers.Layer):
        def call(self, x):
            y = x + 1.0
            made.append(weakref.ref(y))
            alive.append(sum(r() is not None for r in made))
            return y

    x = inputs = kx.Input((2,))
    for _ in range(5):
        x = first = Counting()(x)
    kept = first
    for _ in range(2):
        x = Counting()(x)
    model = kx.Model(inputs, [kept, kx.layers.Add()([x, kept])])
    made.clear(), alive.clear()
    outputs = model(ones(1, 2))
    assert alive == [1, 2, 2, 2, 2, 2, 3]  # what a call is given, and what it gives
    assert [float(kx.ops.sum(y)) for y in outputs] == [12.0, 28.0]
