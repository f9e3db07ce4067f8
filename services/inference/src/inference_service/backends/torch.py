"""Models of PyTorch: TorchScript, torch.export, and weights as safetensors. None of them is unpickled by Python."""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

from ..decode import Arrays
from ..errors import StartError
from ..schema import DATATYPES, Tensor
from .architectures import architecture
from .base import Backend, LoadOptions, Outputs
from .torch_files import check_torchscript, copy_checked


def open_torch(kind: str, path: Path, options: LoadOptions) -> Backend:
    """A model of PyTorch. Raises StartError."""
    try:
        import torch
    except ImportError as error:
        raise StartError(
            f"{path.name} is {kind}, and this image has no PyTorch: install the extra torch, or save the model as ONNX"
        ) from error
    torch.set_num_threads(options.threads)
    open_one = {"torchscript": _torchscript, "torch-export": _exported, "safetensors": _safetensors}[kind]
    try:
        module, inputs = open_one(path, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    except StartError:
        raise
    except Exception as error:
        # a damaged file raises whatever its content leads to
        raise StartError(f"PyTorch cannot load {path.name}: {type(error).__name__}: {str(error)[:500]}") from error
    return TorchBackend(kind, module, inputs)


class TorchBackend:
    """A module of PyTorch."""

    column_names: tuple[str, ...] = ()
    # how many there are is known when the model has run
    outputs: tuple[str, ...] = ()

    def __init__(self, kind: str, module: Any, inputs: tuple[Tensor, ...] | None) -> None:
        import torch

        self.format = kind
        self.inputs = inputs
        self._module = module
        self._torch = torch
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def run(self, arrays: Arrays) -> Outputs:
        torch = self._torch
        with torch.inference_mode():
            given = [torch.from_numpy(array).to(self._device) for array in arrays.values()]
            found = self._module(*given)
        if isinstance(found, torch.Tensor):
            return {"output": _numpy(found)}
        if isinstance(found, dict):
            return {str(name): _numpy(value) for name, value in found.items()}
        return {f"output_{index}": _numpy(value) for index, value in enumerate(found)}


def _numpy(value: Any) -> Any:
    found = value.detach().cpu()
    # numpy has no bfloat16
    return (found.float() if str(found.dtype) == "torch.bfloat16" else found).numpy()


def _torchscript(path: Path, device: Any) -> tuple[Any, tuple[Tensor, ...] | None]:
    import torch

    check_torchscript(path)
    module = torch.jit.load(str(path), map_location=device)
    module.eval()
    return module, None


def _exported(path: Path, device: Any) -> tuple[Any, tuple[Tensor, ...] | None]:
    import torch

    with tempfile.TemporaryDirectory(prefix="exported-") as folder:
        program = torch.export.load(str(copy_checked(path, Path(folder))))
    placeholders = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
    inputs = tuple(_tensor(name, placeholders[name]) for name in program.graph_signature.user_inputs)
    # guards are code in the file; requests are compared with the shapes of the inputs before
    return program.module(check_guards=False).to(device), inputs


def _tensor(name: str, value: Any) -> Tensor:
    dtype = str(getattr(value, "dtype", type(value).__name__)).removeprefix("torch.")
    if dtype not in DATATYPES:
        raise StartError(f"the input {name} of the model is {dtype}, and must be a tensor of numbers or booleans")
    return Tensor(name, dtype, tuple(size if type(size) is int else None for size in value.shape))


def _safetensors(path: Path, device: Any) -> tuple[Any, tuple[Tensor, ...] | None]:
    from safetensors.torch import load_file

    with path.open("rb") as file:
        [length] = struct.unpack("<Q", file.read(8))
        metadata = json.loads(file.read(length)).get("__metadata__", {})
    if "architecture" not in metadata:
        raise StartError(f"the metadata of {path.name} must name the architecture, and its config as JSON")
    config = json.loads(metadata.get("config", "{}"))
    if not isinstance(config, dict):
        raise StartError(f"config in the metadata of {path.name} must be a JSON object")
    module = architecture(metadata["architecture"])(config)
    module.load_state_dict(load_file(str(path)), strict=True)
    return module.to(device).eval(), None
