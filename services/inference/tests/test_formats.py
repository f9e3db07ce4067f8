"""What files are models: no pickle, whatever it is called or packed in, and nothing that names other files."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from conftest import Start, graph_model, iris, model_of
from inference_service.backends.base import LoadOptions
from inference_service.backends.detect import detect
from inference_service.backends.onnx import OnnxBackend
from inference_service.backends.skops import SkopsBackend
from inference_service.errors import StartError

OPTIONS = LoadOptions(1, 100_000_000)


class Bomb:
    """Makes a file where it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return (os.system, (f"touch {self.file}",))


def torch_zip(path: Path, *extra: str, data: bytes) -> Path:
    """What torch.save writes: a zip with a pickle in it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data.pkl", "version", *extra):
            archive.writestr(f"model/{name}", data if name.endswith(".pkl") else "3")
    return path


def test_no_pickle_is_loaded_whatever_it_is_called(start: Start, tmp_path: Path) -> None:
    sign = tmp_path / "exploded"
    bomb = pickle.dumps(Bomb(sign))
    pickles = [
        tmp_path / f"model{ending}" for ending in (".pkl", ".joblib", ".onnx", ".pt", ".skops", ".safetensors", "")
    ]
    for path in pickles:
        path.write_bytes(bomb)
    for protocol in range(6):
        path = tmp_path / f"protocol{protocol}.onnx"
        path.write_bytes(pickle.dumps(Bomb(sign), protocol=protocol))
        pickles.append(path)
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb(sign)], dtype=object), allow_pickle=True)
    for name, content in (("model.npy", objects.getvalue()), ("array.onnx", objects.getvalue())):
        (tmp_path / name).write_bytes(content)
        pickles.append(tmp_path / name)
    np.savez(tmp_path / "model.npz", np.array([Bomb(sign)], dtype=object), allow_pickle=True)
    pickles += [
        tmp_path / "model.npz",
        torch_zip(tmp_path / "saved.pt", data=bomb),
        torch_zip(tmp_path / "saved.pth", data=bomb),
    ]
    for path in pickles:
        with pytest.raises(StartError):
            detect(path, None, OPTIONS.most_bytes)
    # and by the whole way, where it is the only model of a folder
    for name in ("model.pt", "model.onnx"):
        folder = tmp_path / f"folder-{name}"
        folder.mkdir()
        (folder / name).write_bytes((tmp_path / "saved.pt").read_bytes())
        status, message = start(folder, ready=False).ended()
        assert status == 1 and "pickle" in message
    assert not sign.exists()


def test_skops_makes_objects_of_known_types_only(tmp_path: Path, models: Path) -> None:
    sign = tmp_path / "exploded"
    rows, labels = iris()
    model = LogisticRegression().fit(rows, labels)
    model.hidden = FunctionTransformer(os.system, kw_args={"command": f"touch {sign}"})
    skops.io.dump(model, tmp_path / "model.skops")
    with pytest.raises(StartError, match="types that are not trusted: (posix|nt).system"):
        SkopsBackend(tmp_path / "model.skops", OPTIONS)
    assert not sign.exists()
    # the nodes of a tree are memory addresses of a kind
    with pytest.raises(StartError, match="sklearn.tree._tree.Tree"):
        SkopsBackend(models / "forest.skops", OPTIONS)
    trusting = LoadOptions(1, OPTIONS.most_bytes, ("sklearn.tree._tree.Tree",))
    assert SkopsBackend(models / "forest.skops", trusting).outputs == ("predictions", "probabilities")


def test_a_pickle_in_a_skops_file_is_not_loaded(tmp_path: Path, models: Path) -> None:
    """skops stores arrays as .npy; one with objects in it would be a pickle."""
    sign = tmp_path / "exploded"
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb(sign)], dtype=object), allow_pickle=True)
    path = tmp_path / "model.skops"
    with zipfile.ZipFile(models / "iris.skops") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, objects.getvalue() if name.endswith(".npy") else source.read(name))
    with pytest.raises(StartError, match="skops cannot load"):
        SkopsBackend(path, OPTIONS)
    assert not sign.exists()


def test_skops_files_hold_estimators(tmp_path: Path) -> None:
    skops.io.dump({"a": 1}, tmp_path / "model.skops")
    with pytest.raises(StartError, match="must hold an estimator with predict, and holds dict"):
        SkopsBackend(tmp_path / "model.skops", OPTIONS)


def test_no_bomb_in_a_model_that_is_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        archive.writestr("0.npy", bytes(200_000_000))
    with pytest.raises(StartError, match="must have at most"):
        detect(tmp_path / "model.skops", None, OPTIONS.most_bytes)


@pytest.mark.parametrize("place", ["initializer", "attribute", "subgraph", "sparse"])
@pytest.mark.parametrize("location", ["../../../../etc/passwd", "/etc/passwd", "weights.bin"])
def test_onnx_names_no_other_files(tmp_path: Path, place: str, location: str) -> None:
    model = graph_model()
    outside = TensorProto(name="outside", data_type=TensorProto.UINT8, dims=[4], data_location=TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value=location)
    if place == "initializer":
        model.graph.initializer.append(outside)
    elif place == "attribute":
        model.graph.node.append(helper.make_node("Constant", [], ["outside"], value=outside))
    elif place == "sparse":
        model.graph.sparse_initializer.add().values.CopyFrom(outside)
    else:
        inner = helper.make_graph([], "inner", [], [], [outside])
        model.graph.node.append(helper.make_node("If", ["flags"], [], then_branch=inner, else_branch=inner))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    (tmp_path / "weights.bin").write_bytes(b"1234")
    assert detect(path, None, OPTIONS.most_bytes) == "onnx"
    with pytest.raises(StartError, match="tensors in other files"):
        OnnxBackend(path, OPTIONS)


def test_damaged_onnx_is_refused(tmp_path: Path, models: Path) -> None:
    whole = (models / "iris.onnx").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-1], whole + b"\xff" * 9, b"\x08\x0a"):
        path = tmp_path / "model.onnx"
        path.write_bytes(content)
        with pytest.raises(StartError):
            detect(path, None, OPTIONS.most_bytes)
            OnnxBackend(path, OPTIONS)


def test_onnx_of_unknown_operators_is_refused(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info
    node = helper.make_node("RunCommand", ["X"], ["Y"], domain="com.acme")
    graph = helper.make_graph([node], "g", [value("X", TensorProto.FLOAT, [1])], [value("Y", TensorProto.FLOAT, [1])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("com.acme", 1)], ir_version=10)
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(StartError, match="ONNX Runtime cannot load"):
        OnnxBackend(tmp_path / "model.onnx", OPTIONS)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_more_than_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(StartError):
        detect(path, None, OPTIONS.most_bytes)


def test_name_content_and_framework_agree(tmp_path: Path, models: Path) -> None:
    assert detect(models / "iris.onnx", "sklearn", OPTIONS.most_bytes) == "onnx"
    assert detect(models / "iris.skops", "sklearn", OPTIONS.most_bytes) == "skops"
    with pytest.raises(StartError, match="MODEL_FRAMEWORK is pytorch"):
        detect(models / "iris.skops", "pytorch", OPTIONS.most_bytes)
    renamed = tmp_path / "model.onnx"
    renamed.write_bytes((models / "iris.skops").read_bytes())
    with pytest.raises(StartError, match="is called as onnx, and its content is skops"):
        detect(renamed, None, OPTIONS.most_bytes)
    header = b'{"__metadata__":{"architecture":"mlp"}}'
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(struct.pack("<Q", len(header)) + header)
    assert detect(weights, "pytorch", OPTIONS.most_bytes) == "safetensors"


def test_without_pytorch_its_models_say_what_to_do(start: Start, tmp_path: Path) -> None:
    header = b'{"__metadata__":{"architecture":"mlp"}}'
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    status, message = start(tmp_path / "model.safetensors", ready=False).ended()
    assert status == 1 and ("this image has no PyTorch: install the extra torch" in message or "signature" in message)


def test_models_with_sequences_as_inputs_are_refused(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [helper.make_node("SequenceLength", ["X"], ["Y"])],
        "sequence",
        [helper.make_tensor_sequence_value_info("X", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("Y", TensorProto.INT64, [])],
    )
    onnx.save(model_of(graph), tmp_path / "model.onnx")
    with pytest.raises(StartError, match="must be a tensor"):
        OnnxBackend(tmp_path / "model.onnx", OPTIONS)
