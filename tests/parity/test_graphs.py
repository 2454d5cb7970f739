"""Calls of ops in functional models are written as genuine Keras writes them, and read."""

import json
import re

import numpy as np
import pytest

from .pairs import ENGINE, genuine, keras, ours, values

# One call a line, of x and y with shape (None, 4, 6).
CALLS = """
x+1
1+x
x*y
2.-x
x/2.
x**2
x//2
x%2
-x
abs(x)
x>0
x<=y
ops.matmul(x,ops.transpose(y,(0,2,1)))
x@ops.transpose(y,[0,2,1])
x[:,0]
x[:, ::2]
x[..., None]
x[..., 0]
ops.sum(x,axis=-1,keepdims=True)
ops.sum(x)
ops.sum(x,axis=(1,2))
ops.sum(x,1)
ops.mean(x,axis=1)
ops.max(x,axis=1)
ops.min(x,axis=[1])
ops.prod(x,axis=1)
ops.std(x,axis=1)
ops.var(x,axis=1,keepdims=True)
ops.argmax(x,axis=-1)
ops.any(x>0,axis=-1)
ops.reshape(x,(-1,24))
x.reshape((-1,24))
ops.concatenate([x,y],axis=-1)
ops.concatenate([x,y],1)
ops.stack([x,y],axis=1)
ops.softmax(x)
ops.softmax(x,axis=1)
ops.log_softmax(x)
ops.relu(x)
ops.gelu(x)
ops.gelu(x,approximate=False)
ops.leaky_relu(x,0.3)
ops.elu(x)
ops.sigmoid(x)
ops.silu(x)
ops.tanh(x)
ops.exp(x)
ops.sqrt(x)
ops.rsqrt(x)
activations.relu(x)
activations.gelu(x)
activations.relu(x, negative_slope=.1)
activations.softmax(x)
ops.expand_dims(x,-1)
ops.expand_dims(x,axis=1)
ops.squeeze(ops.expand_dims(x,1),1)
ops.transpose(x,(0,2,1))
ops.transpose(x)
ops.swapaxes(x,1,2)
ops.moveaxis(x,1,2)
ops.cast(x,'float16')
ops.cast(x,dtype='int32')
ops.einsum('bij,bkj->bik',x,y)
ops.where(x>0,x,y)
ops.where(x>0,x,0.)
ops.clip(x,-1,1)
ops.maximum(x,0.0)
ops.minimum(x,y)
ops.tile(x,[1,2,1])
ops.repeat(x,2,axis=1)
ops.pad(x,[[0,0],[1,1],[0,0]])
ops.pad(x,((0,0),(1,1),(0,0)),mode='constant',constant_values=1.)
ops.split(x,2,axis=1)
ops.split(x,[1,3],axis=-1)
ops.unstack(x,axis=1)
ops.norm(x,axis=-1)
ops.normalize(x)
ops.top_k(x,2)
ops.one_hot(ops.cast(x,'int32'),5)
ops.logsumexp(x,axis=-1)
ops.square(x)
ops.take(x,[0,1],axis=1)
ops.take_along_axis(x,ops.argsort(y,axis=-1),axis=-1)
ops.sort(x)
ops.cumsum(x,axis=1)
ops.dot(x,ops.ones((6,2)))
ops.tensordot(x,y,axes=[[1,2],[1,2]])
ops.flip(x,axis=1)
ops.roll(x,1,axis=1)
ops.ones_like(x)
ops.zeros_like(x)
ops.full_like(x,2.)
ops.broadcast_to(x,(2,4,6))
ops.stop_gradient(x)
ops.logical_and(x>0,y>0)
ops.isnan(x)
ops.erf(x)
ops.tril(x,k=1)
ops.diagonal(x,axis1=1,axis2=2)
ops.det(ops.matmul(x,ops.transpose(y,(0,2,1))))
ops.average_pool(x,2,2,padding='valid')
ops.max_pool(x,2)
ops.conv(x,ops.ones((2,6,3)),strides=1,padding='same')
ops.binary_crossentropy(x,y)
ops.image.resize(ops.expand_dims(x,-1),(8,8))
x+np.arange(6, dtype="float32")
x+ops.ones((6,))
ops.slice(x,[0,1,0],[1,2,3])
ops.slice_update(x,[0,0,0],y)
ops.rms_normalization(x)
ops.layer_normalization(x)
ops.dot_product_attention(*[ops.expand_dims(x,1)]*3)
ops.average(x,axis=1)
ops.arctan2(x,y)
ops.ravel(x)
ops.count_nonzero(x,axis=1)
~(x>0)
(x>0)^(y>0)
(x>0)&(y>0)
ops.round(x,1)
round(x)
ops.equal(x,y)
ops.hstack([x,y])
ops.quantile(x,.5,axis=1)
ops.rfft(x)
ops.nan_to_num(x)
x[:, -1, ::-1]
ops.expand_dims(x,(1,2))
ops.hard_silu(x)
ops.vdot(x,y)
ops.moments(x,axes=[1])
ops.inner(x,y)
""".strip().splitlines()
MISSING = [c for c in CALLS for name in re.findall(r"ops\.(\w+)", c) if not hasattr(ours.ops, name)]
CALLS = [
    pytest.param(c, marks=pytest.mark.skip(reason="kerasx has no such op")) if c in MISSING else c
    for c in CALLS
]
SAME_IN_OTHER_WORDS = (
    "x/2.",
    "activations.relu",
    "ops.one_hot",
    "ops.ones((",
    "layer_normalization",
    "rms_normalization",  # the call is named after the class
)
OTHERWISE_ON_TORCH = "count_nonzero(x,axis=1)"  # there Keras transposes what remains

pytestmark = [  # of genuine Keras
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
    pytest.mark.filterwarnings("ignore:.*NotImplemented should not be used"),
]
RNG = np.random.default_rng(0)
X, Y = RNG.uniform(0.1, 2.0, size=(2, 2, 4, 6)).astype("float32")


def model_of(k, call):
    x, y = k.layers.Input((4, 6), name="x"), k.layers.Input((4, 6), name="y")
    names = {"x": x, "y": y, "ops": k.ops, "activations": k.activations, "np": np}
    return k.models.Model([x, y], eval(call, names))


def assert_alike(mine, other):
    got = values(mine([X, Y]))
    with genuine():
        want = values(other([X, Y]))
    for p, q in zip(got, want, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


def unnumbered(x):
    """A config without the numbers in names, and without what is not of the graph."""
    if isinstance(x, dict):
        return {
            k: unnumbered(v)
            for k, v in x.items()
            if k not in ("name", "build_config", "compile_config")
        }
    if isinstance(x, list):
        return [unnumbered(i) for i in x]
    return re.sub(r"_\d+$", "", x) if isinstance(x, str) else x


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_written_alike(call):
    if any(words in call for words in SAME_IN_OTHER_WORDS):
        pytest.skip("written in another way that means the same; the other tests hold")
    if ENGINE == "numpy" and "np." in call:
        pytest.skip("arrays are tensors there, and Keras writes them so; the other tests hold")
    a, b = (json.loads(model_of(k, call).to_json())["config"] for k in (ours, keras))
    assert unnumbered(a) == unnumbered(b)


@pytest.mark.parametrize("call", CALLS)
def test_calls_written_here_are_read_in_both(call):
    model = model_of(ours, call)
    assert_alike(model, ours.models.model_from_json(model.to_json()))
    read = keras.models.model_from_json(model.to_json())
    if not (ENGINE == "torch" and OTHERWISE_ON_TORCH in call):
        assert_alike(model, read)


@pytest.mark.parametrize("call", CALLS)
def test_calls_of_genuine_keras_are_read_here(call):
    model = model_of(keras, call)
    read = ours.models.model_from_json(model.to_json())
    assert_alike(read, model_of(ours, call))
    if not (ENGINE == "torch" and OTHERWISE_ON_TORCH in call):
        assert_alike(read, model)
