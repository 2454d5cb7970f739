"""The field of layers that can be quantized."""

from typing import Annotated, Any


def unquantized(x: Any) -> None:
    """None, which is all that there is so far."""
    raise NotImplementedError("quantization is not available: expected None")


Quantization = Annotated[Any, unquantized]
