"""How a model is stored: by the content of its file, which its name and MODEL_FRAMEWORK must not contradict."""

from __future__ import annotations

import json
import struct
from pathlib import Path, PurePosixPath

from ..artifact.unpack import check_zip
from ..errors import StartError
from . import onnx_file

# formats that hold a model of each framework; most others can be exported to ONNX
FRAMEWORK_FORMATS = {
    "onnx": ("onnx",),
    "sklearn": ("onnx", "skops"),
    "pytorch": ("onnx", "torchscript", "torch-export", "safetensors"),
    "huggingface": ("onnx", "torchscript", "torch-export", "safetensors"),
    "tensorflow": ("onnx",),
    "xgboost": ("onnx",),
    "lightgbm": ("onnx",),
}
_NAMES = {
    ".onnx": ("onnx",),
    ".skops": ("skops",),
    ".pt": ("torchscript", "torch-export"),
    ".pth": ("torchscript", "torch-export"),
    ".ts": ("torchscript",),
    ".torchscript": ("torchscript",),
    ".pt2": ("torch-export",),
    ".safetensors": ("safetensors",),
}
NO_PICKLE = (
    "pickle is not loaded, since it runs code: save the model as ONNX, skops, TorchScript, torch.export or safetensors"
)
LARGEST_HEADER = 100 * 1024 * 1024


def detect(path: Path, framework: str | None, most_bytes: int) -> str:
    """The format. Raises StartError where it is none, or another than name and framework say."""
    found = _by_content(path, most_bytes)
    named = _NAMES.get(path.suffix.lower())
    if named is not None and found not in named:
        raise StartError(f"{path.name} is called as {' or '.join(named)}, and its content is {found}")
    if framework is not None and found not in FRAMEWORK_FORMATS[framework]:
        formats = ", ".join(FRAMEWORK_FORMATS[framework])
        raise StartError(
            f"MODEL_FRAMEWORK is {framework}, whose models are stored as {formats}, and {path.name} is {found}"
        )
    return found


def _by_content(path: Path, most_bytes: int) -> str:
    with path.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"PK\x03\x04":
        return _by_entries(path, most_bytes)
    if head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05" and len(head) > 1:
        raise StartError(f"{path.name} is a pickle: {NO_PICKLE}")
    if path.suffix.lower() in (".pkl", ".pickle", ".joblib"):
        raise StartError(f"{path.name} is called a pickle: {NO_PICKLE}")
    if head[:6] == b"\x93NUMPY":
        raise StartError(f"{path.name} is an array of numpy, and no model")
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        raise StartError(f"{path.name} is HDF5, as Keras writes it: export the model as ONNX")
    if _is_safetensors(path, head):
        return "safetensors"
    if onnx_file.is_onnx(path):
        return "onnx"
    raise StartError(
        f"{path.name} is no model that the service knows: use ONNX, skops, TorchScript, torch.export or safetensors"
    )


def _by_entries(path: Path, most_bytes: int) -> str:
    names = check_zip(path, most_bytes)
    # archives of PyTorch have everything in a folder that is called as the model was
    inner = {"/".join(PurePosixPath(name).parts[1:]) for name in names}
    if "schema.json" in names:
        return "skops"
    if "archive_format" in inner:
        return "torch-export"
    if "serialized_exported_program.json" in names:
        raise StartError(
            f"{path.name} is of an old torch.export, whose weights are a pickle: save it again by PyTorch 2.9 or later"
        )
    if "constants.pkl" in inner and any(name.startswith("code/") for name in inner):
        return "torchscript"
    if "data.pkl" in inner:
        raise StartError(f"{path.name} is what torch.save writes, a pickle: {NO_PICKLE}")
    if any(name.endswith(".npy") for name in names):
        raise StartError(f"{path.name} is an archive of numpy, and no model")
    raise StartError(f"{path.name} is a zip that holds no model that the service knows")


def _is_safetensors(path: Path, head: bytes) -> bool:
    if len(head) < 10 or head[8:9] != b"{":
        return False
    [length] = struct.unpack("<Q", head[:8])
    if not 2 <= length <= min(LARGEST_HEADER, path.stat().st_size - 8):
        return False
    with path.open("rb") as file:
        file.seek(8)
        try:
            return isinstance(json.loads(file.read(length)), dict)
        except (ValueError, RecursionError):
            return False
