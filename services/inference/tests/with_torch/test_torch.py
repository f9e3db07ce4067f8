"""Models of PyTorch, and files of PyTorch that attack. They take the extra `torch`, whose packages are several gigabytes."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from conftest import Start
from inference_service.backends.base import LoadOptions
from inference_service.backends.detect import detect
from inference_service.backends.torch import open_torch
from inference_service.errors import StartError
from test_formats import Bomb

OPTIONS = LoadOptions(1, 100_000_000)
ROWS = np.random.default_rng(1).standard_normal((16, 4)).astype(np.float32)
SIGNATURE = {
    "signature": {"inputs": json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}])}
}


class Net(torch.nn.Module):
    """A small network."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.inner = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.softmax(self.inner(x), 1)


def trained() -> Net:
    """A network that has been trained a little."""
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    labels = torch.from_numpy((ROWS[:, 0] > 0).astype(np.int64))
    for _ in range(20):
        optimizer.zero_grad()
        torch.nn.functional.nll_loss(torch.log(net(torch.from_numpy(ROWS))), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return net.eval()


def expected(net: torch.nn.Module) -> Any:
    with torch.inference_mode():
        return net(torch.from_numpy(ROWS)).numpy()


def exported(path: Path) -> Net:
    net = trained()
    dimension = torch.export.Dim("rows", min=1, max=1024)
    program = torch.export.export(net, (torch.from_numpy(ROWS),), dynamic_shapes=({0: dimension},))
    torch.export.save(program, path)
    return net


def folder_of(folder: Path, save: Callable[[Path], None], name: str) -> Path:
    folder.mkdir()
    save(folder / name)
    (folder / "MLmodel").write_text(json.dumps(SIGNATURE))
    return folder


def test_torchscript_is_served(start: Start, tmp_path: Path) -> None:
    net = trained()
    for name, scripted in (("script", torch.jit.script(net)), ("trace", torch.jit.trace(net, torch.from_numpy(ROWS)))):  # type: ignore[no-untyped-call]
        folder = folder_of(tmp_path / name, lambda path, scripted=scripted: scripted.save(str(path)), "model.pt")  # type: ignore[misc]
        service = start(folder, MODEL_FRAMEWORK="pytorch")
        found = service.predict({"inputs": ROWS.tolist()}).predictions()["output"]
        np.testing.assert_allclose(found, expected(net), rtol=1e-4)
        assert service.get("/model/info").json["format"] == "torchscript"
        assert service.predict({"instances": [[1, 2, 3]]}).pointers() == ["/instances/0"]


def test_torch_export_is_served_by_its_own_signature(start: Start, tmp_path: Path) -> None:
    net = exported(tmp_path / "model.pt2")
    service = start(tmp_path / "model.pt2", MODEL_FRAMEWORK="pytorch")
    found = service.predict({"inputs": ROWS.tolist()}).predictions()["output"]
    np.testing.assert_allclose(found, expected(net), rtol=1e-4)
    info = service.get("/model/info").json
    assert info["format"] == "torch-export" and info["joined_rows"] > 1
    assert info["signature"]["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]


def test_safetensors_are_served_with_a_registered_architecture(start: Start, tmp_path: Path) -> None:
    net = trained().inner
    metadata = {"architecture": "mlp", "config": json.dumps({"sizes": [4, 8, 3]})}
    folder = folder_of(
        tmp_path / "weights", lambda path: save_file(dict(net.state_dict()), path, metadata), "model.safetensors"
    )
    service = start(folder, MODEL_FRAMEWORK="pytorch")
    np.testing.assert_allclose(
        service.predict({"inputs": ROWS.tolist()}).predictions()["output"], expected(net), rtol=1e-4
    )
    for wrong in (
        {},
        {"architecture": "os.system"},
        {"architecture": "mlp", "config": "[]"},
        {"architecture": "mlp", "config": '{"sizes": [4, 9, 3]}'},
        {"architecture": "mlp", "config": '{"sizes": [4, 1e9, 3]}'},
        {"architecture": "mlp", "config": '{"sizes": [4, 8, 3], "activation": "system"}'},
    ):
        save_file(dict(net.state_dict()), tmp_path / "wrong.safetensors", wrong)
        with pytest.raises(StartError):
            open_torch("safetensors", tmp_path / "wrong.safetensors", OPTIONS)


def test_what_torch_save_writes_is_not_loaded(tmp_path: Path) -> None:
    sign = tmp_path / "exploded"
    for name, content in (("state", trained().state_dict()), ("module", trained()), ("bomb", Bomb(sign))):
        torch.save(content, tmp_path / f"{name}.pt")
        torch.save(content, tmp_path / f"{name}-old.pt", _use_new_zipfile_serialization=False)
    for path in tmp_path.glob("*.pt"):
        with pytest.raises(StartError, match="pickle"):
            detect(path, None, OPTIONS.most_bytes)
    assert not sign.exists()


class Writes(torch.nn.Module):
    """Touches a file by an operator of PyTorch."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.from_file("/tmp/touched-by-a-model", True, 4)


class WritesWhenLoaded(torch.nn.Module):
    """Does so when it is loaded."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x

    @torch.jit.export
    def __getstate__(self) -> tuple[torch.Tensor, bool]:
        return torch.zeros(1), self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, bool]) -> None:
        found = torch.from_file("/tmp/touched-by-a-model", True, 4)
        self.training = state[1] and bool((found.sum() > 0).item())


@pytest.mark.parametrize("module", [Writes, WritesWhenLoaded])
def test_torchscript_touches_no_files(tmp_path: Path, module: type[torch.nn.Module]) -> None:
    path = tmp_path / "model.pt"
    torch.jit.script(module()).save(str(path))
    touched = Path("/tmp/touched-by-a-model")
    touched.unlink(missing_ok=True)
    assert detect(path, None, OPTIONS.most_bytes) == "torchscript"
    with pytest.raises(StartError, match="the operator aten::from_file"):
        open_torch("torchscript", path, OPTIONS)
    assert not touched.exists()


def test_the_pickles_in_torchscript_run_no_python(tmp_path: Path) -> None:
    """Its own reader knows the types of TorchScript only; this is what the service relies on."""
    sign = tmp_path / "exploded"
    torch.jit.script(trained()).save(str(tmp_path / "good.pt"))
    for name in ("data.pkl", "constants.pkl"):
        replaced(
            tmp_path / "good.pt",
            tmp_path / "bad.pt",
            lambda inner, content, name=name: pickle.dumps(Bomb(sign), 2) if inner == name else content,
        )  # type: ignore[misc]
        with pytest.raises(StartError, match="PyTorch cannot load"):
            open_torch("torchscript", tmp_path / "bad.pt", OPTIONS)
    assert not sign.exists()


def replaced(source: Path, target: Path, change: Callable[[str, bytes], bytes], *more: tuple[str, bytes]) -> Path:
    """A copy of an archive with other contents."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
        root = archive.namelist()[0].split("/")[0]
        for name in archive.namelist():
            copy.writestr(name, change(name.partition("/")[2], archive.read(name)))
        for name, content in more:
            copy.writestr(f"{root}/{name}", content)
    return target


def edited(change: Callable[[Any], None], ending: str = "model.json") -> Callable[[str, bytes], bytes]:
    def apply(inner: str, content: bytes) -> bytes:
        if not inner.endswith(ending):
            return content
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    return apply


def nodes(document: Any) -> Any:
    return document["graph_module"]["graph"]["nodes"]


def call(target: str, argument: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        node = nodes(document)[0]
        node["target"] = target
        node["inputs"] = [{"name": "", "arg": {"as_string": argument}, "kind": 1}]

    return change


def test_archives_of_torch_export_run_no_python(tmp_path: Path) -> None:
    """Each of these runs code in `torch.export.load` of PyTorch 2.15 or in the first prediction."""
    sign = tmp_path / "exploded"
    exported(tmp_path / "good.pt2")
    bomb = pickle.dumps(Bomb(sign))

    def dimension(document: Any) -> None:
        for value in document["graph_module"]["graph"]["tensor_values"].values():
            for size in value["sizes"]:
                if "as_expr" in size:
                    size["as_expr"]["expr_str"] = f"__import__('os').system('touch {sign}')"

    def pickled(document: Any) -> None:
        next(iter(document["config"].values()))["use_pickle"] = True

    def opaque(document: Any) -> None:
        document["config"]["evil"] = {
            "path_name": "opaque_obj_0",
            "is_param": False,
            "use_pickle": True,
            "tensor_meta": None,
        }

    def quiet(document: Any) -> None:
        document["config"]["evil"] = {
            "path_name": "opaque_obj_0",
            "is_param": False,
            "use_pickle": False,
            "tensor_meta": None,
        }

    def structure(document: Any) -> None:
        spec = document["graph_module"]["module_call_graph"][0]["signature"]
        spec["in_spec"] = json.dumps(
            [
                1,
                {
                    "type": "collections.defaultdict",
                    "context": json.dumps(
                        {"default_factory_module": "antigravity", "default_factory_name": "x", "dict_context": []}
                    ),
                    "children_spec": [],
                },
            ]
        )

    def enumeration(document: Any) -> None:
        spec = document["graph_module"]["module_call_graph"][0]["signature"]
        spec["out_spec"] = json.dumps(
            [
                1,
                {
                    "type": "builtins.dict",
                    "context": '[{"__enum__": true, "fqn": "antigravity:X", "name": "Y"}]',
                    "children_spec": [],
                },
            ]
        )

    attacks: dict[str, Any] = {
        "calls": [edited(call("torch.os.system", f"touch {sign}"))],
        "loads": [edited(call("torch.load", str(sign)))],
        "maps": [edited(call("torch.ops.aten.from_file.default", str(sign)))],
        "evaluates": [edited(dimension)],
        "pickles": [edited(pickled, "weights_config.json")],
        "opaque": [edited(opaque, "constants_config.json"), ("data/constants/opaque_obj_0", bomb)],
        "quiet": [edited(quiet, "constants_config.json")],
        "old-weights": [lambda _inner, content: content, ("data/weights/model.pt", bomb)],
        "compiled": [lambda _inner, content: content, ("data/aotinductor/model/x.so", b"")],
        "structure": [edited(structure)],
        "enumeration": [edited(enumeration)],
    }
    for name, (change, *more) in attacks.items():
        bad = replaced(tmp_path / "good.pt2", tmp_path / f"{name}.pt2", change, *more)
        assert bad.read_bytes() != (tmp_path / "good.pt2").read_bytes()
        with pytest.raises(StartError, match="models may not|may be unpickled|is no arithmetic"):
            open_torch("torch-export", bad, OPTIONS)
        assert not sign.exists(), name


def test_sample_inputs_of_torch_export_are_not_unpickled(tmp_path: Path) -> None:
    sign = tmp_path / "exploded"
    net = exported(tmp_path / "good.pt2")
    torch.save(Bomb(sign), tmp_path / "bomb")
    bomb = (tmp_path / "bomb").read_bytes()
    bad = replaced(
        tmp_path / "good.pt2",
        tmp_path / "bad.pt2",
        lambda inner, content: bomb if inner.endswith("sample_inputs/model.pt") else content,
    )
    # what it is worth: PyTorch itself would
    with pytest.raises(Exception):  # noqa: B017
        torch.export.load(str(bad))
    assert sign.exists()
    sign.unlink()
    backend = open_torch("torch-export", bad, OPTIONS)
    [found] = backend.run({"x": ROWS}).values()
    np.testing.assert_allclose(found, expected(net), rtol=1e-4)  # type: ignore[arg-type]
    assert not sign.exists()


def test_guards_of_torch_export_are_not_run(tmp_path: Path) -> None:
    sign = tmp_path / "exploded"
    exported(tmp_path / "good.pt2")

    def guard(document: Any) -> None:
        document["guards_code"] = [f"__import__('os').system('touch {sign}') == 0"]

    bad = replaced(tmp_path / "good.pt2", tmp_path / "bad.pt2", edited(guard))
    backend = open_torch("torch-export", bad, OPTIONS)
    backend.run({"x": ROWS})
    assert not sign.exists()
