"""
Writes a model in ONNX that answers what it is asked, without any package: identity_model.py FILE

It is what the image is tried with, as ONNX has no tools of its own there.
"""

from __future__ import annotations

import sys
from pathlib import Path

FLOAT = 1
OPERATORS = 13
FORMAT = 8


def number(field: int, value: int) -> bytes:
    return bytes([field << 3, value])


def message(field: int, content: bytes) -> bytes:
    """A field of protobuf with less than 128 bytes."""
    return bytes([field << 3 | 2, len(content)]) + content


def value(name: bytes) -> bytes:
    """A tensor of floats with any number of rows of two."""
    shape = message(1, message(2, b"rows")) + message(1, number(1, 2))
    return message(1, name) + message(2, message(1, number(1, FLOAT) + message(2, shape)))


def model() -> bytes:
    node = message(1, b"X") + message(2, b"Y") + message(4, b"Identity")
    graph = message(1, node) + message(2, b"identity") + message(11, value(b"X")) + message(12, value(b"Y"))
    return number(1, FORMAT) + message(7, graph) + message(8, number(2, OPERATORS))


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(model())
