"""What is new in Python 3.14, and packages with extension modules."""

import annotationlib
import ctypes
import multiprocessing
import sys
from compression import zstd
from concurrent import interpreters
from string.templatelib import Interpolation

import numpy
import pydantic
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from rich.table import Table


class Node(pydantic.BaseModel):
    """An annotation that refers to what is defined below."""

    name: str
    children: list[Leaf] = []


class Leaf(pydantic.BaseModel):
    weight: float


class Pair(ctypes.Structure):
    _fields_ = [("left", ctypes.c_uint32), ("right", ctypes.c_uint8, 3)]


def double(number):
    return 2 * number


def rendered(template):
    return "".join(f"<{part.value}>" if isinstance(part, Interpolation) else part for part in template)


def late(value: NotDefined):  # noqa: F821 # annotations are evaluated when they are asked for
    return value


def interpreted():
    interpreter = interpreters.create()
    try:
        return interpreter.call(double, 21)
    finally:
        interpreter.close()


def main():
    multiprocessing.freeze_support()
    name = "template"
    print("template", rendered(t"a {name} b"))
    print("annotation", annotationlib.get_annotations(late, format=annotationlib.Format.STRING))
    print("zstd", zstd.decompress(zstd.compress(b"text" * 1000)) == b"text" * 1000)
    print("interpreter", interpreted())
    print("start method", multiprocessing.get_start_method())
    with multiprocessing.Pool(2) as pool:
        print("pool", pool.map(double, range(4)))
    print("struct", ctypes.sizeof(Pair), Pair(7, 5).right)
    print("model", Node.model_validate({"name": "n", "children": [{"weight": "1.5"}]}).children[0].weight)
    print("array", int(numpy.arange(10).sum()))
    key = bytes(32)
    print("cipher", ChaCha20Poly1305(key).encrypt(bytes(12), b"", b"").hex())
    print("table", Table("a").columns[0].header)
    print("slice", "abcdef"[1:4], (lambda items: items[:-1])([1, 2]))
    try:
        raise ValueError("one")
    except ValueError, TypeError:
        print("version", *sys.version_info[:2])
