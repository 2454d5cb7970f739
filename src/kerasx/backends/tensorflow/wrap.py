"""SavedModels of TensorFlow as parts of layers."""

import tensorflow as tf

from ...core import tree


class SavedModel:
    """The endpoints of a SavedModel, and its variables."""

    def __init__(self, filepath):
        self.model = tf.saved_model.load(str(filepath))

    def endpoint(self, name):
        """A function of one structure of tensors. Raises ValueError where there is none."""
        if name in getattr(self.model, "signatures", {}):
            signature = self.model.signatures[name]
            return lambda inputs: signature(**by_name(signature, inputs))
        found = getattr(self.model, name, None)
        if callable(found):
            return found
        other = (n for n in vars(self.model) if n[0] != "_" and callable(getattr(self.model, n)))
        known = sorted({*self.model.signatures, *other})
        raise ValueError(f"there is no endpoint {name!r}; there are {known}")

    def parameters(self):
        """(name, variable, whether it trains)."""
        found = list(getattr(self.model, "variables", ()))
        for signature in self.model.signatures.values():
            found += signature.variables
        distinct = {v.ref(): v for v in found}.values()
        return [(v.name.split(":")[0].replace("/", "."), v, v.trainable) for v in distinct]


def by_name(signature, inputs):
    """`inputs` as a signature wants them: by the names of its arguments."""
    if isinstance(inputs, dict):
        return inputs
    names = sorted(signature.structured_input_signature[1])
    return dict(zip(names, tree.flatten(inputs), strict=True))
