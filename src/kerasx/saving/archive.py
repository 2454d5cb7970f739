"""`.keras` files: a zip archive of config.json, metadata.json, model.weights.h5 and assets.

What is read is checked before anything is made of it: names, sizes, overlaps, depth of the JSON.
"""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import IO, Any, BinaryIO

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
MEMBERS = (METADATA, CONFIG, WEIGHTS)
MAX_MEMBERS = 100_000
MAX_JSON = 1 << 28  # bytes of one JSON member
MAX_DEPTH = 200  # of nested lists and dicts; a model in a model takes about eight
DEEPER = {"[": 1, "{": 1, "]": -1, "}": -1}
MAX_GROWTH = 1100  # deflate's greatest ratio is 1032
LOCAL_HEADER = 30  # bytes in front of a member's name
ENCRYPTED = 0x1


def refuse(path: Any, why: str) -> ValueError:
    """The error for a file that is not read."""
    return ValueError(f"{path} is not read: {why}.")


@contextmanager
def open_archive(path: Any) -> Iterator[zipfile.ZipFile]:
    """The archive at `path`, checked. Raises ValueError where it is not as it should be."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as e:
        raise refuse(path, f"it is no .keras archive ({e})") from e
    with archive:
        check_members(archive, path)
        try:
            yield archive
        except zipfile.BadZipFile as e:
            raise refuse(path, f"the archive is damaged ({e})") from e


def check_members(archive: zipfile.ZipFile, path: Any) -> None:
    """Raise ValueError unless all members are what a `.keras` file may hold."""
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise refuse(path, f"it has {len(infos)} members")
    names = [info.orig_filename for info in infos]
    if missing := [n for n in (CONFIG, WEIGHTS) if n not in names]:
        raise refuse(path, f"it has no {' and no '.join(missing)}")
    if len(set(names)) < len(names):
        raise refuse(path, "two members have the same name")
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        name = info.orig_filename
        if name not in MEMBERS and not is_asset(name):
            raise refuse(path, f"the member {name!r} does not belong in a .keras file")
        if info.flag_bits & ENCRYPTED or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise refuse(path, f"the member {name!r} is encrypted, or compressed in an unknown way")
        stored = info.compress_type == zipfile.ZIP_STORED
        if info.file_size > info.compress_size * (1 if stored else MAX_GROWTH):
            raise refuse(
                path,
                f"the member {name!r} claims {info.file_size} bytes out of {info.compress_size}",
            )
        if info.header_offset < end:
            raise refuse(path, f"the member {name!r} overlaps another")
        end = info.header_offset + LOCAL_HEADER + len(name.encode()) + info.compress_size
    if end > archive.start_dir:
        raise refuse(path, "a member reaches over the end")


def is_asset(name: str) -> bool:
    """Whether `name` lies in the folder of assets, and stays there."""
    parts = name.removesuffix("/").split("/")
    plain = all(p not in ("", ".", "..") and not re.search(r"[\\:\x00-\x1f]", p) for p in parts)
    return plain and (name.startswith(ASSETS) and len(parts) <= MAX_DEPTH)


def read_json(archive: zipfile.ZipFile, name: str) -> Any:
    """A JSON member."""
    path = archive.filename
    if archive.getinfo(name).file_size > MAX_JSON:
        raise refuse(path, f"{name} is larger than {MAX_JSON} bytes")
    try:
        return parse_json(archive.read(name).decode("utf-8"))
    except ValueError as e:
        raise refuse(path, f"{name}: {e}") from e


def parse_json(text: str) -> Any:
    """The structure that JSON describes. Raises ValueError where it is none, or too deep."""
    outside = re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"', "", text)  # of strings
    brackets = re.sub(r"[^\[\]{}]+", "", outside)
    if max(accumulate(map(DEEPER.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise ValueError(f"JSON nested more than {MAX_DEPTH} deep")
    return json.loads(text)


@contextmanager
def open_member(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    """A member as a file that can be sought in; its checksum is verified on the way."""
    with tempfile.TemporaryFile() as copy:
        with archive.open(name) as member:
            shutil.copyfileobj(member, copy, 1 << 20)
        copy.seek(0)
        yield copy


def write_member(archive: zipfile.ZipFile, name: str, source: IO[bytes]) -> None:
    """Copy a file into the archive, uncompressed."""
    source.seek(0)
    with archive.open(name, "w", force_zip64=True) as member:
        shutil.copyfileobj(source, member, 1 << 20)
