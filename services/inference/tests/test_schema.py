"""What the service makes of a signature and of what the model itself says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import COLUMNS, MLMODEL, Start
from inference_service.errors import StartError
from inference_service.schema import Column, Schema, Signature, Tensor, merged, parse_signature, read_signature

OWN = (Tensor("X", "float32", (None, 4)),)


def written(folder: Path, inputs: Any) -> Path:
    file = folder / "MLmodel"
    file.write_text(json.dumps({**MLMODEL, "signature": {"inputs": json.dumps(inputs)}}))
    return file


def spec(dtype: str = "float32", shape: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, 4] if shape is None else shape}, **more}


def test_mlflow_writes_tensors_and_columns(tmp_path: Path) -> None:
    assert read_signature(written(tmp_path, [spec(shape=[-1, 28, 28])])) == Signature(
        (Tensor("", "float32", (None, 28, 28)),)
    )
    found = read_signature(
        written(tmp_path, [{"name": "a", "type": "long"}, {"name": "b", "type": "double", "required": False}])
    )
    assert found == Signature(columns=(Column("a", "int64"), Column("b", "float64", False)))
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    assert read_signature(tmp_path / "MLmodel") is None


@pytest.mark.parametrize(
    "text",
    [
        "signature: {inputs: '['}",
        "signature: {inputs: '{}'}",
        "signature: {inputs: '[]'}",
        "signature: {inputs: '[1]'}",
        'signature: {inputs: \'[{"type": "binary", "name": "a"}]\'}',
        'signature: {inputs: \'[{"type": "long", "name": "a", "required": false}]\'}',
        'signature: {inputs: \'[{"type": "tensor"}]\'}',
        'signature: {inputs: \'[{"type": "double", "name": "a"}, {"type": "double", "name": "a"}]\'}',
        "a: &a [x, x]\nb: *a\n",
        "- !!python/object/apply:os.system ['true']",
        "{",
        "[" * 3000,
        "\x00",
    ],
)
def test_a_signature_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "MLmodel"
    file.write_text(text)
    with pytest.raises(StartError, match="MLmodel"):
        read_signature(file)


def test_a_signature_of_any_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("# " + "x" * 5_000_000)
    with pytest.raises(StartError, match="at most"):
        read_signature(tmp_path / "MLmodel")


def test_the_signature_fills_in_what_the_model_does_not_say() -> None:
    own = (Tensor("X", "float32", (None, None, 2)),)
    assert merged(own, parse_signature([spec(shape=[-1, 5, -1])])).inputs == (Tensor("X", "float32", (None, 5, 2)),)
    # rows of the example that the signature was made from
    assert merged(OWN, parse_signature([spec(shape=[1, 4])])).inputs == OWN
    assert merged(None, parse_signature([spec(), spec(name="Y")])).inputs == (
        Tensor("input_0", "float32", (None, 4)),
        Tensor("Y", "float32", (None, 4)),
    )


def test_columns_are_the_inputs_or_stand_side_by_side() -> None:
    columns = parse_signature([{"type": "double", "name": name} for name in COLUMNS])
    assert merged(OWN, columns) == Schema(OWN, columns.columns, packed=True)
    own = (Tensor("b", "int64", (None, 1)), Tensor("a", "string", (None, 1)))
    named = parse_signature([{"type": "string", "name": "a"}, {"type": "long", "name": "b"}])
    assert merged(own, named) == Schema(own, named.columns)
    assert merged(OWN, None, COLUMNS).columns == tuple(Column(name, "float64") for name in COLUMNS)


@pytest.mark.parametrize(
    ("own", "inputs"),
    [
        (OWN, [spec(), spec(name="Y")]),
        (OWN, [spec("int64")]),
        (OWN, [spec(shape=[-1, 5])]),
        (OWN, [spec(shape=[-1, 4, 1])]),
        (OWN, [{"type": "double", "name": "a"}] * 1),
        (OWN, [{"type": "string", "name": name} for name in COLUMNS]),
        ((Tensor("X", "int64", (None, 2)),), [{"type": "double", "name": "a"}, {"type": "long", "name": "b"}]),
        ((*OWN, Tensor("Y", "float32", (None, 4))), [spec(name="X"), spec(name="Z")]),
        ((Tensor("a", "float32", (None, 1)),), [{"type": "string", "name": "a"}]),
        (None, None),
    ],
)
def test_a_signature_that_the_model_contradicts_is_refused(own: Any, inputs: Any) -> None:
    with pytest.raises(StartError):
        merged(own, None if inputs is None else parse_signature(inputs))


def test_columns_in_another_order_than_the_estimator_knows_are_refused() -> None:
    signature = parse_signature([{"type": "double", "name": name} for name in reversed(COLUMNS)])
    with pytest.raises(StartError, match="in their order"):
        merged(OWN, signature, COLUMNS)


def test_an_example_that_does_not_fit_is_the_end(start: Start, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for file in (models / "packed").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    example = folder / "input_example.json"
    example.write_text(json.dumps({"columns": [*COLUMNS], "data": [[1, 2, 3, 4]]}))
    assert start(folder).get("/ready").status == 200
    for text in ('{"columns": ["a"], "data": [[1]]}', "{"):
        example.write_text(text)
        status, message = start(folder, ready=False).ended()
        assert status == 1 and message.startswith("input_example.json")
