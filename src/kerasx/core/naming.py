"""Names that objects get when the user gives none: dense, dense_1, ... Pure Python."""

import re
from collections import Counter
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache

USED: Counter[str] = Counter()


@cache
def snake_case(name: str) -> str:
    """'BatchNormalization' -> 'batch_normalization'; 'Conv2DTranspose' -> 'conv2d_transpose'."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def not_known(name: str, what: str, names: Collection[str]) -> str:
    """What to say of a name that is none of `names`, which stand for `what`s."""
    near = get_close_matches(snake_case(name), names, 1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(sorted(names))}."
    return f"{name!r} is not {'an' if what[0] in 'aeiou' else 'a'} {what}: {hint}"


def auto_name(prefix: str) -> str:
    """`prefix`, with a number behind it from its second use on."""
    count = USED[prefix]
    USED[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def reset() -> None:
    """Begin again to count."""
    USED.clear()
