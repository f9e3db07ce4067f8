"""What a model takes: its own inputs, and the signature that MLflow wrote beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .errors import StartError

# of an MLmodel file; a signature has a few lines for each column
LARGEST_MLMODEL = 4 * 1024 * 1024
MOST_COLUMNS = 10_000

# of the Open Inference Protocol, by the names of numpy
DATATYPES = {
    "bool": "BOOL",
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "int8": "INT8",
    "int16": "INT16",
    "int32": "INT32",
    "int64": "INT64",
    "uint8": "UINT8",
    "uint16": "UINT16",
    "uint32": "UINT32",
    "uint64": "UINT64",
    "string": "BYTES",
}

# types of columns in MLflow's signatures
COLUMN_TYPES = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "string",
}


@dataclass(frozen=True)
class Tensor:
    """An input of the model; a dimension that is None may have any length."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    @property
    def numpy(self) -> np.dtype[Any]:
        return np.dtype(object if self.dtype == "string" else self.dtype)

    @property
    def kind(self) -> str:
        """`number`, `integer`, `boolean` or `string`, as JSON Schema has them."""
        if self.dtype in ("bool", "string"):
            return "boolean" if self.dtype == "bool" else "string"
        return "number" if self.dtype.startswith("float") else "integer"


@dataclass(frozen=True)
class Column:
    """A value of each row. One that is not required may be missing or null, which is NaN to the model."""

    name: str
    dtype: str
    required: bool = True

    @property
    def kind(self) -> str:
        return Tensor(self.name, self.dtype, ()).kind


@dataclass(frozen=True)
class Schema:
    """
    What a request has.

    With `columns`, a row has a value for each, and where `packed` the only input gets them side by side; else each column is an input
    of its own.
    """

    inputs: tuple[Tensor, ...]
    columns: tuple[Column, ...] = ()
    packed: bool = False

    @property
    def batched(self) -> bool:
        """Whether the first dimension of each input is that of the rows, of which there may be any number."""
        return all(tensor.shape and tensor.shape[0] is None for tensor in self.inputs)

    def described(self) -> dict[str, Any]:
        """As `/model/info` shows it."""
        inputs = [
            {"name": one.name, "datatype": DATATYPES[one.dtype], "shape": _shown(one.shape)} for one in self.inputs
        ]
        columns = [{"name": one.name, "type": one.kind, "required": one.required} for one in self.columns]
        return {"inputs": inputs, **({"columns": columns} if columns else {})}


def _shown(shape: tuple[int | None, ...]) -> list[int]:
    return [-1 if size is None else size for size in shape]


@dataclass(frozen=True)
class Signature:
    """The inputs of a model by its MLmodel: tensors, some perhaps without a name, or columns."""

    tensors: tuple[Tensor, ...] = ()
    columns: tuple[Column, ...] = ()


def read_signature(file: Path) -> Signature | None:
    """The signature in a file `MLmodel`; None where it has none. Raises StartError where it cannot be read."""
    try:
        if file.stat().st_size > LARGEST_MLMODEL:
            raise StartError(f"MLmodel must have at most {LARGEST_MLMODEL} bytes, got {file.stat().st_size}")
        document = yaml.load(file.read_text("utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise StartError("MLmodel must be YAML without anchors") from error
    signature = document.get("signature") if isinstance(document, dict) else None
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    if inputs is None:
        return None
    try:
        listed = json.loads(inputs) if isinstance(inputs, str) else inputs
    except (ValueError, RecursionError) as error:
        raise StartError("signature.inputs of MLmodel must be JSON") from error
    return parse_signature(listed)


class _Loader(yaml.SafeLoader):
    """YAML without aliases, by which a small file becomes a large one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def parse_signature(listed: Any) -> Signature:
    """A signature from the JSON that MLflow writes."""
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_COLUMNS:
        raise StartError(f"signature.inputs of MLmodel must be a list of 1 to {MOST_COLUMNS} inputs")
    tensors: list[Tensor] = []
    columns: list[Column] = []
    for index, one in enumerate(listed):
        where = f"signature.inputs[{index}] of MLmodel"
        if not isinstance(one, dict):
            raise StartError(f"{where} must be an object")
        if one.get("type") == "tensor":
            tensors.append(_tensor(one, where))
        else:
            columns.append(_column(one, where, index))
    if tensors and columns:
        raise StartError("signature.inputs of MLmodel must be tensors or columns, not both")
    names = [*(one.name for one in tensors), *(one.name for one in columns)]
    if len(set(names)) < len(names):
        raise StartError("signature.inputs of MLmodel must have different names")
    return Signature(tuple(tensors), tuple(columns))


def _tensor(one: dict[str, Any], where: str) -> Tensor:
    spec = one.get("tensor-spec")
    dtype = str(spec.get("dtype")) if isinstance(spec, dict) else ""
    dtype = {"object": "string", "str": "string"}.get(dtype, dtype)
    shape = spec.get("shape") if isinstance(spec, dict) else None
    if dtype not in DATATYPES:
        raise StartError(f"{where}.tensor-spec.dtype must be one of {', '.join(DATATYPES)}, got {dtype!r}")
    if not isinstance(shape, list) or len(shape) > 16 or not all(type(size) is int and size >= -1 for size in shape):
        raise StartError(f"{where}.tensor-spec.shape must be a list of at most 16 whole numbers, -1 for any")
    return Tensor(str(one.get("name", "")), dtype, tuple(None if size == -1 else size for size in shape))


def _column(one: dict[str, Any], where: str, index: int) -> Column:
    if one.get("type") not in COLUMN_TYPES:
        raise StartError(f"{where}.type must be tensor or one of {', '.join(COLUMN_TYPES)}, got {one.get('type')!r}")
    required = one.get("required", not one.get("optional", False))
    dtype = COLUMN_TYPES[str(one["type"])]
    if not required and not dtype.startswith("float"):
        raise StartError(f"{where}.type must be float or double where the column is not required: others have no NaN")
    return Column(str(one.get("name", index)), dtype, bool(required))


def merged(own: tuple[Tensor, ...] | None, signature: Signature | None, names: tuple[str, ...] = ()) -> Schema:
    """
    The schema from what the model itself says, where its format says anything, and its signature. Raises StartError where the two do
    not agree. `names` are those of columns that the model knows.
    """
    if signature is None and names and own:
        return _with_columns(own, tuple(Column(name, "float64") for name in names))
    if signature is not None and signature.columns and names and names != tuple(one.name for one in signature.columns):
        raise StartError(
            f"the columns of the signature must be those of the model in their order: {', '.join(names[:16])}"
        )
    if signature is None:
        if not own:
            raise StartError(
                "the model must come with an MLmodel file that has a signature: its format does not say what it takes"
            )
        return Schema(own)
    if signature.columns:
        return _with_columns(own, signature.columns)
    if not own:
        return Schema(tuple(_named(one, index) for index, one in enumerate(signature.tensors)))
    if len(own) != len(signature.tensors):
        raise StartError(f"the signature has {len(signature.tensors)} inputs, and the model {len(own)}")
    by_name = {one.name: one for one in signature.tensors}
    if len(own) == 1:
        by_name = {own[0].name: signature.tensors[0]}
    return Schema(tuple(_narrowed(one, by_name.get(one.name)) for one in own))


def _named(tensor: Tensor, index: int) -> Tensor:
    return tensor if tensor.name else Tensor(f"input_{index}", tensor.dtype, tensor.shape)


def _narrowed(own: Tensor, said: Tensor | None) -> Tensor:
    """The model's own input, with what the signature knows of its shape."""
    if said is None:
        raise StartError(f"the signature lacks the model's input {own.name}")
    if said.kind != own.kind:
        raise StartError(f"the signature says that {own.name} is {said.dtype}, and the model that it is {own.dtype}")
    fits = len(said.shape) == len(own.shape) and all(
        one is None or other is None or one == other for one, other in zip(own.shape, said.shape, strict=True)
    )
    if not fits:
        raise StartError(
            f"the signature says that {own.name} is {_shown(said.shape)}, and the model {_shown(own.shape)}"
        )
    # where the model takes any number of rows, those of the example that the signature was made from do not count
    rows, *rest = zip(own.shape, said.shape, strict=True) if own.shape else [(None, None)]
    shape = (rows[0], *(one if one is not None else other for one, other in rest)) if own.shape else ()
    return Tensor(own.name, own.dtype, shape)


def _with_columns(own: tuple[Tensor, ...] | None, columns: tuple[Column, ...]) -> Schema:
    if own and {one.name for one in own} == {one.name for one in columns} and len(own) == len(columns):
        by_name = {one.name: one for one in own}
        for column in columns:
            tensor = by_name[column.name]
            if (
                tensor.kind != column.kind
                or len(tensor.shape) not in (1, 2)
                or tensor.shape[1:] not in ((), (1,), (None,))
            ):
                raise StartError(
                    f"the signature says that {column.name} is a column of {column.dtype}, and the model does not"
                )
        inputs = tuple(Tensor(one.name, one.dtype, (one.shape[0], *(1 for _ in one.shape[1:]))) for one in own)
        return Schema(inputs, columns)
    only = own[0] if own and len(own) == 1 else None if own else Tensor("input", _common(columns), (None, None))
    if only is None or len(only.shape) != 2 or only.shape[1] not in (None, len(columns)):
        raise StartError(f"the signature has {len(columns)} columns, which the model's inputs do not match")
    if (only.kind == "string") != all(one.kind == "string" for one in columns) or (
        only.kind != "string" and any(one.kind == "string" for one in columns)
    ):
        raise StartError(
            f"the columns of the signature must be of one type with the model's input, which is {only.dtype}"
        )
    if only.kind in ("integer", "boolean") and any(one.kind != only.kind for one in columns):
        raise StartError(f"the columns of the signature must be whole, as the model's input is {only.dtype}")
    return Schema((Tensor(only.name, only.dtype, (only.shape[0], len(columns))),), columns, packed=True)


def _common(columns: tuple[Column, ...]) -> str:
    """The type of a matrix of the columns."""
    return "string" if all(one.kind == "string" for one in columns) else "float64"
