"""
Reads as much of an ONNX file as is needed to know that it is one, and that it names no other files: ONNX Runtime would read tensors
from whatever path the file names.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Iterator

from ..errors import StartError

# message: the fields that are messages, and what they are. Numbers of https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto
_FIELDS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
# of graphs within graphs
DEEPEST = 64


class _NotProtobuf(Exception):
    pass


def is_onnx(path: Path) -> bool:
    """Whether a file is a model of ONNX: protobuf with the version of the format and a graph."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            fields = {(number, wire) for number, wire, _, _ in _read(data, 0, len(data))}
        except _NotProtobuf:
            return False
    return (1, 0) in fields and (7, 2) in fields


def check_self_contained(path: Path) -> None:
    """Raises StartError where tensors are in other files."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            _check(data, "model", 0, len(data), 0)
        except _NotProtobuf as error:
            raise StartError(f"{path.name} is a damaged ONNX file") from error


def _check(data: mmap.mmap, message: str, start: int, end: int, depth: int) -> None:
    if depth > DEEPEST * 4:
        raise StartError("the ONNX file has graphs within graphs without end")
    for number, wire, at, value in _read(data, start, end):
        inner = _FIELDS[message].get(number)
        if inner is not None and wire == 2:
            _check(data, inner, at, value, depth + 1)
        elif message == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value == 1)):
            raise StartError("the ONNX file has tensors in other files: save it as one, without external data")


def _read(data: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Fields of a message: number, wire type, and for bytes where they begin and end, else 0 and the value."""
    at = start
    while at < end:
        key, at = _varint(data, at, end)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise _NotProtobuf
        if wire == 0:
            value, at = _varint(data, at, end)
            yield number, wire, 0, value
        elif wire == 2:
            length, at = _varint(data, at, end)
            if at + length > end:
                raise _NotProtobuf
            yield number, wire, at, at + length
            at += length
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
            if at > end:
                raise _NotProtobuf
            yield number, wire, 0, 0
        else:
            raise _NotProtobuf


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise _NotProtobuf
