"""Properties of what reads requests: what fits is the array that was sent, and what does not is refused with a pointer to it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inference_service.decode import decode
from inference_service.problems import Problem
from inference_service.schema import Column, Schema, Tensor

NUMBERS = ("float32", "float64", "int8", "int32", "int64", "uint8", "bool")
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
COLUMNS = Schema(
    (Tensor("input", "float32", (None, 3)),),
    (Column("a", "float64"), Column("b", "int64"), Column("c", "float64", required=False)),
    packed=True,
)


def at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    dtype = np.dtype(draw(st.sampled_from(NUMBERS)))
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, max_side=4))
    elements = {"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else None
    return draw(hnp.arrays(dtype, shape, elements=elements))


@settings(max_examples=300, deadline=None)
@given(arrays(), st.booleans(), st.booleans())
def test_an_array_arrives_as_it_was_sent(array: np.ndarray[Any, Any], named: bool, fixed: bool) -> None:
    shape = (None, *(array.shape[1:] if fixed else (None for _ in array.shape[1:])))
    schema = Schema((Tensor("X", str(array.dtype), shape),))
    body = orjson.dumps({"inputs": {"X": array} if named else array}, option=orjson.OPT_SERIALIZE_NUMPY)
    found = decode(body, schema, 10)["X"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@settings(max_examples=500, deadline=None)
@given(JSON, st.sampled_from(("instances", "inputs", "dataframe_split", "dataframe_records")), st.booleans())
def test_any_json_is_an_array_of_the_schema_or_refused(value: Any, form: str, by_column: bool) -> None:
    schema = COLUMNS if by_column else Schema((Tensor("X", "float32", (None, 2)), Tensor("Y", "int8", (None,))))
    document = {form: value}
    try:
        found = decode(json.dumps(document).encode(), schema, 100)
    except Problem as problem:
        assert problem.type.status in (400, 422)
        assert problem.type.status == 400 or problem.errors
    else:
        assert [one.name for one in schema.inputs] == list(found)
        for one in schema.inputs:
            array = found[one.name]
            assert array.dtype == one.numpy and array.ndim == len(one.shape)
            assert not np.isinf(array.astype(float)).any()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_wrong_value_is_pointed_at(data: st.DataObject) -> None:
    rows, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    dtype = data.draw(st.sampled_from(("float32", "int32", "bool", "string")))
    good: Any = {"float32": 1.5, "int32": 3, "bool": True, "string": "x"}[dtype]
    wrong: Any = data.draw(
        {
            "float32": st.sampled_from([None, "1", True, [], {}, 1e39, -1e300]),
            "int32": st.sampled_from([None, "1", False, 1.5, 2**31, -(2**31) - 1, 2**64, 1e300]),
            "bool": st.sampled_from([None, 1, 0.0, "true", []]),
            "string": st.sampled_from([None, 1, True, [], ["x"]]),
        }[dtype]
    )
    values = [[good] * width for _ in range(rows)]
    row, place = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, width - 1))
    values[row][place] = wrong
    schema = Schema((Tensor("X", dtype, (None, width)),))
    for document in ({"instances": values}, {"inputs": {"X": values}}, {"instances": [{"X": one} for one in values]}):
        with pytest.raises(Problem) as refused:
            decode(json.dumps(document).encode(), schema, 10)
        [error] = refused.value.errors
        found = at(document, error.pointer)
        assert found is wrong or found == wrong
        assert "must be" in error.detail


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_one_wrong_value_of_a_table_is_pointed_at(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 5))
    table: list[dict[str, Any]] = [
        {"a": 1.5, "b": at, "c": data.draw(st.sampled_from([None, 2.5]))} for at in range(rows)
    ]
    row, name = data.draw(st.integers(0, rows - 1)), data.draw(st.sampled_from("abc"))
    wrong = data.draw(st.sampled_from(["x", True, [], {}, 1e39] if name != "b" else ["x", None, 0.5, 2**63, False]))
    table[row][name] = wrong
    header = data.draw(st.permutations(["a", "b", "c"]))
    documents = {
        "instances": table,
        "dataframe_records": table,
        "dataframe_split": {"columns": header, "data": [[one[key] for key in header] for one in table]},
    }
    for form, value in documents.items():
        with pytest.raises(Problem) as refused:
            decode(json.dumps({form: value}).encode(), COLUMNS, 10)
        [error] = refused.value.errors
        found = at({form: value}, error.pointer)
        assert found is wrong or found == wrong


def test_what_is_not_required_may_be_missing() -> None:
    body = json.dumps({"instances": [{"a": 1, "b": 2}, {"a": 1, "b": 2, "c": None}, {"a": 1, "b": 2, "c": 3}]})
    found = decode(body.encode(), COLUMNS, 10)["input"]
    np.testing.assert_array_equal(found, np.array([[1, 2, np.nan], [1, 2, np.nan], [1, 2, 3]], dtype=np.float32))
    split = json.dumps({"dataframe_split": {"columns": ["b", "a"], "data": [[2, 1]]}})
    np.testing.assert_array_equal(
        decode(split.encode(), COLUMNS, 10)["input"], np.array([[1, 2, np.nan]], dtype=np.float32)
    )


def test_errors_have_an_end() -> None:
    body = json.dumps({"inputs": [["x"] * 100] * 100}).encode()
    with pytest.raises(Problem) as refused:
        decode(body, Schema((Tensor("X", "float32", (None, 100)),)), 100)
    assert len(refused.value.errors) == 16


def test_a_fixed_number_of_rows_is_that_number() -> None:
    schema = Schema((Tensor("X", "float32", (2, 1)),))
    assert decode(b'{"instances": [[1], [2]]}', schema, 1)["X"].shape == (2, 1)
    with pytest.raises(Problem, match="must have 2 values, got 1"):
        decode(b'{"instances": [[1]]}', schema, 10)


def test_a_scalar_is_no_list() -> None:
    schema = Schema((Tensor("X", "float32", ()),))
    assert decode(b'{"inputs": {"X": 1}}', schema, 1)["X"].shape == ()
    with pytest.raises(Problem):
        decode(b'{"inputs": {"X": [1]}}', schema, 1)
