"""From the body of a request to arrays, or to errors that name the fields."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any, Callable, Mapping, Sequence

import numpy as np
import orjson

from .problems import FieldError, Problem, invalid, pointer
from .schema import Column, Schema, Tensor

Arrays = dict[str, np.ndarray[Any, Any]]
# the pointer to the value of a column in a row
Where = Callable[[str, int], str]

# of the errors in an answer
MOST_ERRORS = 16
# by which a body may hold its rows, of models with columns and of others
COLUMN_FORMS = ("instances", "dataframe_split", "dataframe_records")
TENSOR_FORMS = ("instances", "inputs")

_ALLOWED: Mapping[str, frozenset[type]] = {
    "number": frozenset((int, float)),
    "integer": frozenset((int, float)),
    "boolean": frozenset((bool,)),
    "string": frozenset((str,)),
}
_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


def decode(body: bytes, schema: Schema, most_rows: int) -> Arrays:
    """The arrays of a request by the names of the inputs. Raises Problem."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        hint = "; NaN and Infinity are no JSON" if any(word in body for word in (b"NaN", b"Infinity")) else ""
        raise Problem("malformed-body", f"the body must be JSON: {error.msg} at line {error.lineno}{hint}") from error
    known = COLUMN_FORMS if schema.columns else TENSOR_FORMS
    if type(document) is not dict:
        raise invalid(FieldError("", f"must be an object with {' or '.join(known)}, got {said(document)}"))
    unknown = [
        FieldError(pointer(key), f"is not known: use {' or '.join(known)}") for key in document if key not in known
    ]
    if unknown:
        raise invalid(*unknown[:MOST_ERRORS])
    forms = list(document)
    if len(forms) != 1:
        raise invalid(FieldError("", f"must have exactly one of {', '.join(known)}, got {len(forms)}"))
    [form] = forms
    arrays = _READERS[form](document[form], schema, pointer(form))
    _check_rows(arrays, schema, most_rows, pointer(form))
    return arrays


def _check_rows(arrays: Arrays, schema: Schema, most: int, at: str) -> None:
    if not schema.batched:
        return
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        raise invalid(FieldError(at, f"must have as many rows in each input, got {counts}"))
    rows = next(iter(counts.values()))
    if not 1 <= rows <= most:
        raise invalid(FieldError(at, f"must have 1 to {most} rows, got {rows}"))


def _instances(given: Any, schema: Schema, at: str) -> Arrays:
    """Rows: objects by name, or for a model of one input the values alone."""
    rows = _list(given, at)
    if all(type(row) is dict for row in rows):
        return _records(rows, schema, at)
    if schema.columns:
        header = [column.name for column in schema.columns]
        return _table(rows, header, schema, at, at)
    if len(schema.inputs) != 1:
        names = ", ".join(one.name for one in schema.inputs)
        raise invalid(FieldError(at, f"must be a list of objects with {names}"))
    return {schema.inputs[0].name: tensor(schema.inputs[0], rows, at)}


def _records(given: Any, schema: Schema, at: str) -> Arrays:
    rows = _list(given, at)
    names = [one.name for one in (schema.columns or schema.inputs)]
    optional = {one.name for one in schema.columns if not one.required}
    wanted = set(names)
    errors: list[FieldError] = []
    for index, row in enumerate(rows):
        if type(row) is not dict:
            errors.append(FieldError(pointer_under(at, index), f"must be an object, got {said(row)}"))
        elif row.keys() != wanted:
            missing = [name for name in names if name not in row and name not in optional]
            errors += [FieldError(pointer_under(at, index, name), "is missing") for name in missing]
            errors += [
                FieldError(pointer_under(at, index, name), "is no input of the model")
                for name in row
                if name not in wanted
            ]
        if len(errors) >= MOST_ERRORS:
            break
    if errors:
        raise invalid(*errors[:MOST_ERRORS])
    if schema.columns:
        return _columns(
            {name: [row.get(name) for row in rows] for name in names},
            schema,
            lambda name, row: pointer_under(at, row, name),
            at,
        )
    arrays: Arrays = {}
    for one in schema.inputs:
        values = [row[one.name] for row in rows]
        try:
            arrays[one.name] = tensor(one, values, "")
        except Problem as problem:
            # the pointer begins with the row, and the name comes after it
            raise invalid(
                *(FieldError(_inserted(error.pointer, at, one.name), error.detail) for error in problem.errors)
            ) from problem
    return arrays


def _inserted(found: str, at: str, name: str) -> str:
    _, _, rest = found.partition("/")
    row, slash, rest = rest.partition("/")
    return f"{at}/{row}{pointer(name)}{slash}{rest}" if row else at


def _split(given: Any, schema: Schema, at: str) -> Arrays:
    """A table as pandas splits it: `columns` and `data`; `index` says nothing."""
    if type(given) is not dict:
        raise invalid(FieldError(at, f"must be an object with columns and data, got {said(given)}"))
    unknown = [
        FieldError(at + pointer(key), "is not known: remove it")
        for key in given
        if key not in ("columns", "data", "index")
    ]
    missing = [FieldError(at + pointer(key), "is missing") for key in ("columns", "data") if key not in given]
    if unknown or missing:
        raise invalid(*[*missing, *unknown][:MOST_ERRORS])
    header = _list(given["columns"], at + "/columns")
    _list(given.get("index", []), at + "/index")
    return _table(_list(given["data"], at + "/data"), header, schema, at + "/columns", at + "/data")


def _table(rows: list[Any], header: list[Any], schema: Schema, header_at: str, at: str) -> Arrays:
    names = [column.name for column in schema.columns]
    optional = {column.name for column in schema.columns if not column.required}
    places = {name: index for index, name in enumerate(header) if type(name) is str}
    errors = [
        FieldError(header_at, f"must have {name}") for name in names if name not in places and name not in optional
    ]
    errors += [
        FieldError(pointer_under(header_at, index), "must be the name of a column, once")
        for index, name in enumerate(header)
        if type(name) is not str or name not in names or places[name] != index
    ]
    if not errors:
        for index, row in enumerate(rows):
            if type(row) is not list:
                errors.append(FieldError(pointer_under(at, index), f"must be a list, got {said(row)}"))
            elif len(row) != len(header):
                errors.append(FieldError(pointer_under(at, index), f"must have {len(header)} values, got {len(row)}"))
            if len(errors) >= MOST_ERRORS:
                break
    if errors:
        raise invalid(*errors[:MOST_ERRORS])
    nothing = [None] * len(rows)
    table = {name: [row[places[name]] for row in rows] if name in places else nothing for name in names}
    return _columns(table, schema, lambda name, row: pointer_under(at, row, places[name]), at)


def _inputs(given: Any, schema: Schema, at: str) -> Arrays:
    """An array for each input by its name, or the only one."""
    if type(given) is list and len(schema.inputs) == 1:
        return {schema.inputs[0].name: tensor(schema.inputs[0], given, at)}
    if type(given) is not dict:
        raise invalid(FieldError(at, f"must be an object with an array for each input, got {said(given)}"))
    _check_names(list(given), [one.name for one in schema.inputs], at)
    return {one.name: tensor(one, given[one.name], at + pointer(one.name)) for one in schema.inputs}


def _check_names(given: Sequence[str], wanted: Sequence[str], at: str) -> None:
    errors = [FieldError(at + pointer(name), "is missing") for name in wanted if name not in given]
    errors += [FieldError(at + pointer(name), "is no input of the model") for name in given if name not in wanted]
    if errors:
        raise invalid(*errors[:MOST_ERRORS])


def _columns(table: dict[str, list[Any]], schema: Schema, where: Where, at: str) -> Arrays:
    """Columns of scalars, each an array of its own or all side by side."""
    if not all(table.values()):
        raise invalid(FieldError(at, "must have at least one row"))
    arrays = [_column(one, table[one.name], where) for one in schema.columns]
    if not schema.packed:
        by_name = dict(zip((one.name for one in schema.columns), arrays, strict=True))
        return {
            one.name: by_name[one.name].astype(one.numpy, copy=False).reshape(-1, *one.shape[1:])
            for one in schema.inputs
        }
    [only] = schema.inputs
    if only.kind != "number":
        return {only.name: np.stack(arrays, axis=1).astype(only.numpy, copy=False)}
    wide = np.stack(arrays, axis=1).astype(np.float64, copy=False)
    matrix = narrowed(wide, only.numpy)
    if matrix is None:
        # the type of the column holds it, and that of the model's input does not
        row, index = np.argwhere(np.abs(wide) > np.finfo(only.numpy).max)[0]
        raise invalid(FieldError(where(schema.columns[index].name, int(row)), _too_great(only, wide[row, index])))
    return {only.name: matrix}


def _column(column: Column, values: list[Any], where: Where) -> np.ndarray[Any, Any]:
    types = set(map(type, values))
    if not column.required and type(None) in types:
        types.discard(type(None))
        values = [math.nan if value is None else value for value in values]
    spec = Tensor(column.name, column.dtype, (None,))
    if types <= _ALLOWED[column.kind]:
        array = _array(values, spec)
        if array is not None:
            return array
    errors = [
        FieldError(where(column.name, row), complaint)
        for row, value in enumerate(values)
        if (complaint := _complaint(value, spec)) is not None and not (not column.required and value != value)
    ]
    raise invalid(*errors[:MOST_ERRORS])


def tensor(spec: Tensor, data: Any, at: str) -> np.ndarray[Any, Any]:
    """An array from nested lists, of the type and the shape of an input. Raises Problem."""
    depth = len(spec.shape)
    if depth == 0:
        flat, shape = [data], []
    else:
        flat, shape = _list(data, at), [len(data)]
        for _ in range(depth - 1):
            if set(map(type, flat)) != {list} or len(lengths := set(map(len, flat))) != 1:
                raise invalid(*_located(spec, data, at))
            shape.append(lengths.pop())
            flat = list(chain.from_iterable(flat))
    if set(map(type, flat)) <= _ALLOWED[spec.kind] and _misfit(spec, shape) is None:
        array = _array(flat, spec)
        if array is not None:
            return array.reshape(shape)
    raise invalid(*_located(spec, data, at))


def _array(flat: list[Any], spec: Tensor) -> np.ndarray[Any, Any] | None:
    if spec.kind == "integer" and any(type(value) is float for value in flat):
        # 1.0 is an integer to JSON
        if not all(float(value).is_integer() for value in flat):
            return None
        flat = [int(value) for value in flat]
    try:
        if spec.kind != "number":
            return np.array(flat, dtype=spec.numpy)
        # first as JSON has it: what is above the greatest number of a type may be rounded to that
        array = np.array(flat, dtype=np.float64)
    except OverflowError:
        return None
    return narrowed(array, spec.numpy)


def narrowed(array: np.ndarray[Any, Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any] | None:
    """The numbers in a type; None where it cannot hold one. NaN stays."""
    if dtype == array.dtype:
        return array
    with np.errstate(invalid="ignore"):
        is_above = (np.abs(array) > np.finfo(dtype).max).any()
    return None if is_above else array.astype(dtype)


def _misfit(spec: Tensor, shape: Sequence[int]) -> str | None:
    wanted = [-1 if size is None else size for size in spec.shape]
    if len(shape) != len(wanted) or any(one not in (-1, other) for one, other in zip(wanted, shape, strict=True)):
        return f"must have the shape {wanted} (-1 is any), got {list(shape)}"
    # no value at all is no input; rows are counted elsewhere
    return f"must have values, got the shape {list(shape)}" if 0 in shape[1:] else None


def _located(spec: Tensor, data: Any, at: str) -> list[FieldError]:
    """Where data does not fit."""
    errors: list[FieldError] = []

    def walk(value: Any, depth: int, here: str) -> None:
        if len(errors) >= MOST_ERRORS:
            return
        if depth == len(spec.shape):
            complaint = _complaint(value, spec)
            if complaint is not None:
                errors.append(FieldError(here, complaint))
            return
        size = spec.shape[depth]
        if type(value) is not list:
            errors.append(FieldError(here, f"must be a list, got {said(value)}"))
        elif size is not None and len(value) != size:
            errors.append(FieldError(here, f"must have {size} values, got {len(value)}"))
        elif not value:
            errors.append(FieldError(here, "must have values, got none"))
        else:
            for index, item in enumerate(value):
                walk(item, depth + 1, pointer_under(here, index))

    walk(data, 0, at)
    return errors or [FieldError(at, "must have lists of the same lengths, with values")]


def _complaint(value: Any, spec: Tensor) -> str | None:
    if type(value) not in _ALLOWED[spec.kind]:
        article = "an integer" if spec.kind == "integer" else f"a {spec.kind}"
        return f"must be {article}, got {said(value)}"
    if spec.kind == "number" and _array([value], spec) is None:
        return _too_great(spec, value)
    if spec.kind == "integer":
        if not float(value).is_integer():
            return f"must be an integer, got {shown(value)}"
        bounds = np.iinfo(spec.numpy)
        if not int(bounds.min) <= value <= int(bounds.max):
            return f"must be from {bounds.min} to {bounds.max}, got {shown(value)}"
    return None


def _too_great(spec: Tensor, value: Any) -> str:
    return f"must be a number that {spec.dtype} can hold, got {shown(value)}"


def _list(value: Any, at: str) -> list[Any]:
    if type(value) is list:
        return value
    raise invalid(FieldError(at, f"must be a list, got {said(value)}"))


def pointer_under(at: str, *parts: object) -> str:
    return at + pointer(*parts)


def said(value: Any) -> str:
    """What a value is, without what a client would have to keep secret."""
    return _NAMES.get(type(value)) or shown(value)


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


_READERS = {"instances": _instances, "inputs": _inputs, "dataframe_split": _split, "dataframe_records": _records}
