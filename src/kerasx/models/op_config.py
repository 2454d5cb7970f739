"""Calls of ops in functional models as genuine Keras writes them, and back.

Keras keeps such a call as an object of a class: `ops.expand_dims(x, 1)` is `ExpandDims(axis=1)`,
called on x. The class is the op's name in CamelCase, its config the arguments that are no tensors.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

from .. import ops
from ..core import config, tree
from ..core.op import OpCall
from ..core.registry import get_function
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.symbolic import KerasTensor

MODULES = {  # the modules of Keras that classes of ops stand in; all others are in 'numpy'
    "nn": "adaptive_average_pool adaptive_max_pool average_pool batch_normalization "
    "binary_crossentropy categorical_crossentropy celu conv conv_transpose ctc_decode "
    "ctc_loss depth_to_space depthwise_conv dot_product_attention elu fold gelu glu "
    "hard_shrink hard_sigmoid hard_silu hard_tanh layer_normalization leaky_relu "
    "log_sigmoid log_softmax max_pool moments multi_hot normalize one_hot polar psnr relu "
    "relu6 rms_normalization selu separable_conv sigmoid silu soft_shrink softmax "
    "softplus softsign space_to_depth sparse_categorical_crossentropy sparse_plus "
    "sparse_sigmoid sparsemax squareplus tanh_shrink threshold unfold",
    "linalg": "cholesky cholesky_inverse det eig eigh inv jvp lstsq lu_factor matrix_rank norm "
    "pinv qr solve solve_triangular svd",
    "image": "affine_transform crop_images elastic_transform extract_patches extract_patches_3d "
    "gaussian_blur hsv_to_rgb map_coordinates pad_images perspective_transform resize "
    "rgb_to_grayscale rgb_to_hsv scale_and_translate sobel_edges ssim",
    "math": "cdist erf erfc erfinv extract_sequences fft fft2 ifft2 in_top_k irfft istft logdet "
    "logsumexp rfft rsqrt segment_max segment_min segment_prod segment_sum stft top_k "
    "view_as_complex view_as_real",
    "core": "cast convert_to_tensor saturate_cast scatter scatter_update slice slice_update "
    "stop_gradient unstack",
    "einops": "rearrange",
}
MODULE_OF = {name: module for module, names in MODULES.items() for name in names.split()}
CLASSES = {  # where the class is not the name in CamelCase
    "allclose": "AllClose", "batch_normalization": "BatchNorm", "cdist": "CDist",
    "ctc_decode": "CTCDecode", "ctc_loss": "CTCLoss", "extract_patches_3d": "ExtractPatches",
    "fft": "FFT", "fft2": "FFT2", "hsv_to_rgb": "HSVToRGB", "ifft2": "IFFT2", "irfft": "IRFFT",
    "isin": "IsIn", "istft": "ISTFT", "layer_normalization": "LayerNorm", "psnr": "PSNR",
    "rfft": "RFFT", "rgb_to_grayscale": "RGBToGrayscale", "rgb_to_hsv": "RGBToHSV",
    "rms_normalization": "RMSNorm", "searchsorted": "SearchSorted", "ssim": "SSIM",
    "stft": "STFT", "svd": "SVD",
}  # fmt: skip
FUNCTION = {"module": "builtins", "class_name": "function", "registered_name": "function"}
STAND_INS = ("function", "__numpy__", "__tensor__")
DERIVED = ("array", "convert_to_tensor", "full")  # classes in Keras, plain functions here
CALLED_WITH = {  # arguments that Keras gives with the tensors, though they may be none
    "full_like": {"fill_value"}, "isclose": {"atol", "rtol"}, "quantile": {"q"},
    "percentile": {"q"}, "slice": {"start_indices"}, "slice_update": {"start_indices"},
    "take": {"indices"}, "get_item": {"key"}, "where": {"x1", "x2"}, "nanquantile": {"q"},
    "nanpercentile": {"q"}, "rearrange": {"pattern"},
    "scale_and_translate": {"output_shape"}, "select": {"default"},
}  # fmt: skip
BY_KEYWORD = {  # of these, the ones that it gives by name
    "average": {"weights"}, "dot_product_attention": {"bias", "mask", "scale"},
    "pad": {"constant_values"}, "rms_normalization": {"scale"},
}  # fmt: skip
BY_VALUE = {  # arguments that Keras keeps in the config, though they may be tensors
    "bincount": {"weights"}, "clip": {"x_min", "x_max"}, "logspace": {"base"}, "trapezoid": {"x"},
}  # fmt: skip


def symbolic(value: Any) -> bool:
    """Whether there is a KerasTensor in an argument."""
    return any(isinstance(x, KerasTensor) for x in tree.flatten(value))


def class_of(name: str) -> str:
    """The class that Keras has for the op `name`."""
    return CLASSES.get(name) or "".join(map(str.capitalize, name.split("_")))


def unambiguous(name: str, key: str, value: Any) -> Any:
    """An argument in a form that JSON can hold."""
    if name == "get_item" and isinstance(value, list):
        return (value,)  # x[[0, 2]] is x[[0, 2],]: otherwise it could be x[0, 2]
    if name == "extract_patches_3d" and key == "size" and isinstance(value, int):
        return (value,) * 3  # one class stands for both ops: the length tells which it is
    return value


def serialized(value: Any) -> Any:
    """An argument that is no tensor; functions of this library are told from strings, too."""
    if type(value) in (list, tuple):
        return [serialized(v) for v in value]
    made = serialize_keras_object(value)
    return {**FUNCTION, "config": made} if callable(value) and isinstance(made, str) else made


def restored(value: Any) -> Any:
    """An argument of a file, with functions and arrays in place of what stands for them."""
    if isinstance(value, list):
        return [restored(v) for v in value]
    stands = isinstance(value, dict) and value.get("class_name") in STAND_INS
    return deserialize_keras_object(value) if stands else value


def op_to_config(call: OpCall, node: Any) -> tuple[dict[str, Any], list[Any], dict[str, Any]]:
    """(entry for the file, tensors by position, tensors by name) of a call of an op."""
    declaration = call.declaration
    name, signature = declaration.name, declaration.signature
    bound = signature.bind(*node.args, **node.kwargs)
    bound.apply_defaults()
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    static: dict[str, Any] = {}
    for key, value in bound.arguments.items():
        value = unambiguous(name, key, value)
        kind = signature.parameters[key].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            args += value
        elif kind is inspect.Parameter.VAR_KEYWORD:
            (kwargs if name in CALLED_WITH else static).update(serialize_keras_object(value))
        elif key in BY_KEYWORD.get(name, ()):
            kwargs[key] = value
        elif key in BY_VALUE.get(name, ()) and not symbolic(value):
            static[key] = serialize_keras_object(value)
        elif key in declaration.tensors or key in CALLED_WITH.get(name, ()):
            args.append(value)
        elif symbolic(value):
            kwargs[key] = value
        elif key == "data_format" and value is None and MODULE_OF.get(name) == "nn":
            static[key] = config.image_data_format()
        else:
            static[key] = serialized(value)
    entry = {
        "module": f"keras.src.ops.{MODULE_OF.get(name, 'numpy')}",
        "class_name": class_of(name),
        "config": {"name": call.name, **static},
        "registered_name": class_of(name),
    }
    return entry, args, kwargs


def is_op(entry: dict[str, Any]) -> bool:
    """Whether an entry of a file stands for a call of an op."""
    return str(entry.get("module")).startswith(("keras.src.ops.", "keras.src.activations"))


@cache
def op_functions() -> dict[str, tuple[str, Callable[..., Any]]]:
    """(name, op) by the class in Keras, also of the ops' other names."""
    known = {**vars(ops.image), **vars(ops)}
    names = [n for n, value in known.items() if hasattr(value, "declaration")]
    return {class_of(n): (n, known[n]) for n in (*reversed(names), *DERIVED)}


def op_from_config(entry: dict[str, Any]) -> Callable[..., Any]:
    """The call that an entry stands for, as a function of what Keras calls its object with.

    Raises TypeError for an op that is not there, or that lacks one of the arguments.
    """
    kind, given = entry["class_name"], dict(entry["config"])
    name = given.pop("name", None)
    if entry["module"].startswith("keras.src.activations"):
        function = get_function(kind.lower())
        if function is None:
            raise TypeError(f"the activation {kind} is not known.")
        return lambda x: function(x, **given)
    if kind not in op_functions():
        raise TypeError(f"the op {entry['module']}.{kind} is not known.")
    op, function = op_functions()[kind]
    parameters = inspect.signature(function).parameters
    more = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    static = {k: restored(v) for k, v in given.items() if more or k in parameters}
    if lost := [k for k, v in given.items() if k not in static and v not in (None, False)]:
        raise TypeError(
            f"ops.{op} has no argument {lost[0]!r}, which the file sets to {given[lost[0]]!r}."
        )

    def call(*args: Any, **kwargs: Any) -> Any:
        values = {k: as_tuples(v) for k, v in {**static, **kwargs}.items()}
        if op == "get_item":
            args = (args[0], tuple(args[1]) if isinstance(args[1], list) else args[1])
        outputs = function(*in_order(parameters, args, values), **values)
        for t in tree.flatten(outputs):
            if isinstance(t, KerasTensor) and isinstance(t._keras_history[0], OpCall) and name:
                t._keras_history[0].name = name
        return outputs

    return call


def in_order(parameters: Any, args: tuple, values: dict[str, Any]) -> list[Any]:
    """Positional arguments: `args`, and between them those of `values`, which lose them."""
    rest, placed = list(args), []
    for key, p in parameters.items():
        if not rest:
            break
        if p.kind is p.VAR_POSITIONAL:
            return placed + rest
        placed.append(values.pop(key) if key in values else rest.pop(0))
    if rest:
        raise TypeError(
            f"{len(args)} tensors are too many for the arguments {', '.join(parameters)}."
        )
    return placed


def as_tuples(x: Any) -> Any:
    """`x` with tuples in place of lists of plain values, which JSON cannot tell apart."""
    if isinstance(x, list) and not any(isinstance(i, KerasTensor) for i in tree.flatten(x)):
        return tuple(map(as_tuples, x))
    return x
