"""From MODEL_URI to a file that may be loaded: fetched, compared with its checksum and signature, unpacked, found."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import StartError
from ..settings import Settings
from .sources import MOST_FILES, Fetched, fetch
from .unpack import is_folder_zip, is_tar, unpack
from .verify import check_sha256, check_signature, sha256_of

# by the ends of their names; what a file is its content says (backends/detect.py)
MODEL_ENDINGS = (".onnx", ".skops", ".pt", ".pth", ".ts", ".torchscript", ".pt2", ".safetensors")
PICKLE_ENDINGS = (
    ".pkl",
    ".pickle",
    ".joblib",
    ".dill",
    ".cloudpickle",
    ".npy",
    ".npz",
    ".bin",
    ".ckpt",
    ".h5",
    ".keras",
)
DEEPEST = 4


@dataclass(frozen=True)
class Artifact:
    """A model that has been checked."""

    path: Path
    sha256: str
    is_signed: bool
    # beside the model: the signature of its inputs, an example, the histograms of its training data
    mlmodel: Path | None
    example: Path | None
    baseline: Path | None


def prepare(settings: Settings, folder: Path) -> Artifact:
    """Raises StartError where the model must not be served, FetchError where it could not be had."""
    is_signed = settings.public_key is not None
    is_checked = is_signed or settings.sha256 is not None
    fetched = fetch(
        settings.uri,
        folder / "fetched",
        most=settings.max_artifact,
        timeout=settings.fetch_timeout,
        is_checked=is_checked,
        is_signed=is_signed,
    )
    root = fetched.path
    if root.is_file():
        sha256 = _checked(root, fetched.signature, settings)
        if not (is_tar(root) or is_folder_zip(root)):
            return _artifact(root, None, sha256, is_signed)
        root = unpack(root, folder / "model", settings.max_artifact)
        return _artifact(find_model(root), root, sha256, is_signed)
    model = find_model(root)
    if is_checked and not fetched.is_own:
        model = _own(model, root, folder / "own", settings)
        return _artifact(model, None, _checked(model, model.with_name(model.name + ".sig"), settings), is_signed)
    # the image's layer has a digest, so what is beside the model is as certain as the model
    return _artifact(model, root, _checked(model, model.with_name(model.name + ".sig"), settings), is_signed)


def _checked(model: Path, signature: Path | None, settings: Settings) -> str:
    sha256 = sha256_of(model)
    if settings.sha256 is not None:
        check_sha256(sha256, settings.sha256)
    if settings.public_key is not None:
        check_signature(sha256, signature or model.with_name(model.name + ".sig"), settings.public_key)
    return sha256


def _own(model: Path, root: Path, folder: Path, settings: Settings) -> Path:
    """A copy of the only file of a folder that others can change; what is beside it is not checked by anything."""
    others = [path for path in _files(root) if path not in (model, model.with_name(model.name + ".sig"))]
    if others:
        raise StartError(
            f"MODEL_SHA256 and MODEL_PUBLIC_KEY_FILE are about one file, and {others[0].name} lies beside the model: "
            "name the model's file itself, or pack the folder into a .tar.gz"
        )
    copied: Fetched = fetch(
        str(model),
        folder,
        most=settings.max_artifact,
        timeout=1,
        is_checked=True,
        is_signed=settings.public_key is not None,
    )
    return copied.path


def _files(root: Path) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(root):
        if len(Path(parent).relative_to(root).parts) >= DEEPEST:
            folders.clear()
        found += [Path(parent) / name for name in names]
        if len(found) > MOST_FILES:
            raise StartError(f"the folder {root} must have at most {MOST_FILES} files")
    return sorted(found)


def find_model(root: Path) -> Path:
    """The only model in a folder. A link out of the folder is none."""
    inside = root.resolve()
    files = [path for path in _files(root) if path.is_file() and path.resolve().is_relative_to(inside)]
    models = [path for path in files if path.suffix.lower() in MODEL_ENDINGS]
    if len(models) == 1:
        return models[0]
    if models:
        raise StartError(f"the folder must have one model, and has {', '.join(path.name for path in models[:8])}")
    pickles = [path.name for path in files if path.suffix.lower() in PICKLE_ENDINGS]
    if pickles:
        raise StartError(
            f"{pickles[0]} is not loaded: pickle and its like run code. Save the model as ONNX, skops, TorchScript, torch.export or safetensors"
        )
    raise StartError(f"the folder has no model: a file that ends in {', '.join(MODEL_ENDINGS)}")


def _artifact(model: Path, root: Path | None, sha256: str, is_signed: bool) -> Artifact:
    def beside(name: str) -> Path | None:
        if root is None:
            return None
        places = (model.parent / name, root / name)
        inside = root.resolve()
        return next((path for path in places if path.is_file() and path.resolve().is_relative_to(inside)), None)

    return Artifact(model, sha256, is_signed, beside("MLmodel"), beside("input_example.json"), beside("baseline.json"))
