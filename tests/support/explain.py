"""Says where two outputs differ: in which file, and in objects and executables in which entry and module.

Reads PyInstaller's formats by itself (PyInstaller/archive/writers.py describes them).
"""

import json
import marshal
import os
import struct

COOKIE = struct.Struct("!8sIIII64s")
MAGIC = b"MEI\014\013\012\013\016"
ENTRY = struct.Struct("!IIIIBc")


def explain(left, right, path):
    """Lines about a file that differs between two folders; `path` as builder.differences gives it."""
    a, b = os.path.join(left, path), os.path.join(right, path)
    if not (os.path.isfile(a) and os.path.isfile(b)):
        return [path]
    data = [open(file, "rb").read() for file in (a, b)]
    if data[0] == data[1]:
        return [f"{path}: the executable bit"]
    if path == "blobs":
        parts = [blob_parts(os.path.join(side, "index.json"), blobs) for side, blobs in zip((left, right), data)]
    elif MAGIC in data[0] and MAGIC in data[1]:
        parts = [executable_parts(file) for file in data]
    elif path.endswith(".json"):
        parts = [dict(json_parts(json.loads(file))) for file in data]
    else:
        return [f"{path}: {first_difference(*data)}"]
    return [f"{path}: {line}" for line in compare_parts(*parts)] or [f"{path}: {first_difference(*data)}"]


def compare_parts(left, right):
    for name in sorted(left.keys() | right.keys()):
        if name not in left or name not in right:
            yield f"{name} (only on one side)"
        elif left[name] != right[name]:
            values = left[name], right[name]
            how = first_difference(*values) if isinstance(values[0], bytes) else f"`{values[0]}` and `{values[1]}`"
            yield f"{name}: {how}"


def first_difference(left, right):
    place = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    return f"{len(left)} and {len(right)} bytes, first difference at {place}"


def json_parts(value, path=""):
    """Every leaf of a JSON document; elements of a list by their names, where they have some."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from json_parts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            name = inner.get("name", place) if isinstance(inner, dict) else place
            yield from json_parts(inner, f"{path}[{name}]")
    else:
        yield path, value


def blob_parts(index, blobs):
    """The parts of an object's blobs, by file of the wheel."""
    parts, covered = {}, 0
    for name, file in json.load(open(index, encoding="utf-8"))["files"].items():
        for what, place in places(file):
            end = place["offset"] + place["length"]
            parts[f"{name}, {what}"] = blobs[place["offset"] : end]
            covered = max(covered, end)
    parts["what follows the last blob"] = blobs[covered:]
    return parts


def places(value, name="bytes"):
    """Every place in the blobs that an index entry names."""
    if isinstance(value, dict):
        if "offset" in value and "length" in value:
            yield name, value
        for key, inner in value.items():
            yield from places(inner, name if key == "blob" else key)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner, name)


def executable_parts(data):
    """Bootloader, entries and cookie of a one-file executable; a PYZ entry by its modules."""
    at = data.rindex(MAGIC)
    _, length, toc_offset, toc_length, _, _ = COOKIE.unpack_from(data, at)
    start = at + COOKIE.size - length
    toc = data[start + toc_offset : start + toc_offset + toc_length]
    parts = {
        "bootloader": data[:start],
        "table of contents": toc,
        "cookie": data[at : at + COOKIE.size],
        "what follows the cookie": data[at + COOKIE.size :],
    }
    position = 0
    while position < toc_length:
        size, offset, stored, _, _, kind = ENTRY.unpack_from(toc, position)
        name = toc[position + ENTRY.size : position + size].split(b"\0")[0].decode()
        bytes_ = data[start + offset : start + offset + stored]
        if kind == b"z":
            parts.update((f"entry {name}, {what}", part) for what, part in pyz_parts(bytes_))
        else:
            parts[f"entry {name}"] = bytes_
        position += size
    return parts


def pyz_parts(data):
    """The modules of a PYZ archive as they are stored, and the rest."""
    (toc_offset,) = struct.unpack_from("!i", data, 8)
    yield "header", data[:17]
    yield "table of contents", data[toc_offset:]
    for name, (_, offset, length) in marshal.loads(data[toc_offset:]):
        yield f"module {name}", data[offset : offset + length]
