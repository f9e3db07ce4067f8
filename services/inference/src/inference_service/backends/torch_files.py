"""What is looked for in files of PyTorch before they are loaded: they are programs, in languages of PyTorch's own."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Iterator

from ..errors import StartError

# operators that TorchScript has for files
_FILES = ("from_file", "save", "load", "_load_for_lite_interpreter")
_NAMESPACES = ("aten", "prim", "quantized")
_OPERATOR = re.compile(r"\bops\.(\w+)\.(\w+)")
_FUNCTION = re.compile(r"\btorch\.(\w+)\b")
_CLASS = re.compile(r"__torch__\.torch\.classes\.(\w+)")
LARGEST_CODE = 256 * 1024 * 1024


def check_torchscript(path: Path) -> None:
    """Raises StartError where the code of an archive would read or write files, or is not PyTorch's alone: loading runs some of it."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            inner = PurePosixPath(entry.filename).parts[1:]
            if inner[:1] != ("code",) or not entry.filename.endswith(".py"):
                continue
            if entry.file_size > LARGEST_CODE:
                raise StartError(f"{path.name} has code of more than {LARGEST_CODE} bytes")
            text = archive.read(entry).decode("utf-8", "replace")
            for namespace, name in _OPERATOR.findall(text):
                if namespace not in _NAMESPACES or name in _FILES:
                    raise StartError(f"{path.name} has the operator {namespace}::{name}, which models may not have")
            for name in _FUNCTION.findall(text):
                if name in _FILES:
                    raise StartError(f"{path.name} has the operator aten::{name}, which models may not have")
            for name in _CLASS.findall(text):
                if name != "quantized":
                    raise StartError(f"{path.name} has objects of the class {name}, which models may not have")


# of expressions for dimensions, which PyTorch has SymPy evaluate
_EXPRESSION = re.compile(r"[\w\s+\-*/(),.<>=&|~!]*")
_WORDS = {
    *(
        "Abs",
        "And",
        "CeilToInt",
        "CleanDiv",
        "Eq",
        "FloorDiv",
        "FloorToInt",
        "Ge",
        "Gt",
        "Integer",
        "IntTrueDiv",
        "Le",
        "Lt",
        "Max",
    ),
    *(
        "Min",
        "Mod",
        "ModularIndexing",
        "Ne",
        "Not",
        "Or",
        "PowByNatural",
        "PythonMod",
        "RoundToInt",
        "Symbol",
        "TruncToInt",
        "Where",
    ),
    *(
        "ceiling",
        "floor",
        "int_oo",
        "oo",
        "true",
        "false",
        "True",
        "False",
        "Identity",
        "ToFloat",
        "FloatTrueDiv",
        "FloatPow",
    ),
}
_SYMBOL = re.compile(r"[suzif]+\d+|\d+|\d*\.\d+|e\d*")
LARGEST_JSON = 256 * 1024 * 1024


def check_exported(path: Path) -> None:
    """Raises StartError where an archive of torch.export has what is unpickled, or expressions that are more than arithmetic."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            parts = PurePosixPath(entry.filename).parts
            if any(part in ("aotinductor", "executorch") for part in parts) or parts[-1].endswith(
                (".so", ".py", ".cubin")
            ):
                raise StartError(f"{path.name} has compiled code ({parts[-1]}), which models may not have")
            if not entry.filename.endswith(".json"):
                continue
            if entry.file_size > LARGEST_JSON:
                raise StartError(f"{path.name} has JSON of more than {LARGEST_JSON} bytes")
            try:
                document = json.loads(archive.read(entry))
            except (ValueError, RecursionError) as error:
                raise StartError(f"{path.name} has damaged JSON in {parts[-1]}") from error
            for key, value in _pairs(document):
                if key == "use_pickle" and value is not False:
                    raise StartError(f"{path.name} has weights that are pickled, which models may not have")
                if key in ("expr_str", "as_expr") and isinstance(value, str):
                    _check_expression(path, value)


def _check_expression(path: Path, text: str) -> None:
    words = re.findall(r"[A-Za-z_]\w*", text)
    if not _EXPRESSION.fullmatch(text) or any(word not in _WORDS and not _SYMBOL.fullmatch(word) for word in words):
        raise StartError(f"{path.name} has a dimension that is no arithmetic: {text[:80]!r}")


def _pairs(document: Any) -> Iterator[tuple[str, Any]]:
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from one.items()
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
