"""Weights in several files: `x.weights.json` says what is in which `x_00000.weights.h5`."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .archive import MAX_JSON, parse_json
from .hdf5 import VARS, open_reader, open_writer
from .replace import replacing
from .state import Arrays, Memory, save_state

GB = 1024**3
INDEX = ".weights.json"


def write_shards(model: Any, path: str, max_shard_size: float) -> None:
    """Write the weights to files of at most `max_shard_size` GB, and their index to `path`.

    The index is written last. Raises ValueError where one object is larger than that.
    """
    groups = Memory()
    save_state(model, groups)
    shards: list[dict[str, dict[str, Any]]] = [{}]
    sizes = [0]
    for name, arrays in groups.items():
        size = sum(a.nbytes for a in arrays.values())
        if size > max_shard_size * GB:
            raise ValueError(
                f"max_shard_size={max_shard_size}: the variables at {name!r} take {size / GB} GB."
            )
        if sizes[-1] + size > max_shard_size * GB:
            shards.append({})
            sizes.append(0)
        shards[-1][name] = arrays
        sizes[-1] += size
    index: dict[str, list[str]] = {}
    stem = path.removesuffix(INDEX)
    for k, shard in enumerate(shards):
        file_name = f"{stem}_{k:05d}.weights.h5"
        with replacing(file_name) as file, open_writer(file) as sink:
            for name, arrays in shard.items():
                sink.group(name, name.rpartition("/")[2]).update(arrays)
                if arrays:
                    index[f"/{name}/{VARS}".replace("//", "/")] = [os.path.basename(file_name)]
    with replacing(path) as file:
        content = {"metadata": {"total_size": float(sum(sizes))}, "weight_map": index}
        file.write(json.dumps(content, indent=4).encode())


class Shards:
    """A source over several files."""

    def __init__(self, places: dict[str, list[Any]]):
        self.places = places

    def group(self, path: str) -> Arrays:
        found = [
            reader.group(path)
            for reader in self.places.get(f"/{path}/{VARS}".replace("//", "/"), ())
        ]
        merged = {name: group for group in found for name in group}
        return Arrays(lambda name: merged[name][name], None, lambda: list(merged))


@contextmanager
def open_shards(path: str) -> Iterator[Shards]:
    """The weights in the files that the index at `path` names, all of them beside it."""
    if os.path.getsize(path) > MAX_JSON:
        raise ValueError(f"{path} is not read: it is larger than {MAX_JSON} bytes.")
    with open(path, encoding="utf-8") as file:
        index = parse_json(file.read())
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict):
        raise ValueError(f"{path} is not read: it has no 'weight_map'.")
    names = {n for v in places.values() for n in ([v] if isinstance(v, str) else v)}
    if bad := [n for n in names if not isinstance(n, str) or os.path.basename(n) != n or "\\" in n]:
        raise ValueError(f"{path} is not read: {bad[0]!r} is not the name of a file beside it.")
    with ExitStack() as stack:
        readers = {}
        for name in sorted(names):
            beside = os.path.join(os.path.dirname(path), name)
            readers[name] = stack.enter_context(
                open_reader(stack.enter_context(open(beside, "rb")), beside)
            )
        lists = {k: [v] if isinstance(v, str) else v for k, v in places.items()}
        yield Shards({k: [readers[n] for n in v] for k, v in lists.items()})
