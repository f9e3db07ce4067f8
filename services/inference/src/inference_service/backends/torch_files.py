"""What is looked for in files of PyTorch before they are loaded: they are programs, in languages of PyTorch's own."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Iterator

from ..artifact.sources import CHUNK
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


# of expressions for dimensions, which PyTorch has SymPy evaluate as Python
_EXPRESSION = re.compile(r"[\w\s+\-*/(),.<>=&|~!]*")
_WORDS = {
    *("Abs", "And", "CeilToInt", "CleanDiv", "Eq", "FloorDiv", "FloorToInt", "Ge", "Gt", "Integer", "IntTrueDiv", "Le"),
    *("Lt", "Max", "Min", "Mod", "ModularIndexing", "Ne", "Not", "Or", "PowByNatural", "PythonMod", "RoundToInt"),
    *(
        "Symbol",
        "TruncToInt",
        "Where",
        "ceiling",
        "floor",
        "int_oo",
        "oo",
        "true",
        "false",
        "True",
        "False",
        "Identity",
    ),
    *("ToFloat", "FloatTrueDiv", "FloatPow", "Add", "Mul", "Pow", "Rational", "Float", "One", "Zero", "NegativeOne"),
    *(
        "positive",
        "negative",
        "nonnegative",
        "integer",
        "real",
        "finite",
        "zero",
        "nonzero",
        "extended_real",
        "precision",
    ),
}
# names of symbols, which are written in quotes
_QUOTED = re.compile(r"'([suzif]+\d+)'")
_SYMBOL = re.compile(r"[suzif]+\d+|e\d*")
LARGEST_JSON = 256 * 1024 * 1024

# of what a node may call: PyTorch would find any function of Python by its name
_TARGET = re.compile(
    r"torch\.ops\.(aten|prim|prims|quantized|quantized_decomposed|higher_order)\.(\w+)(\.\w+)?"
    r"|_operator\.(eq|ne|le|ge|lt|gt|neg|pos|mul|add|sub|floordiv|mod|pow|truediv|and_|or_|lshift|rshift|getitem)"
    r"|math\.(trunc|ceil|floor|sqrt)"
    r"|torch\.sym_(not|int|float|ite|max|min|sqrt)"
)
_HIGHER_ORDER = ("cond", "while_loop", "scan", "associative_scan", "wrap_with_set_grad_enabled", "wrap_with_autocast")
_MEMBERS = re.compile(
    r"(archive_format|archive_version|byteorder|version|\.data/\w+|\.format_version|\.storage_alignment"
    r"|models/[\w-]+\.json|data/sample_inputs/[\w-]+\.pt|extra/.*"
    r"|data/(weights|constants)/([\w-]+_config\.json|(weight|tensor)_\d+))"
)


def copy_checked(path: Path, folder: Path) -> Path:
    """
    A copy of an archive of torch.export without its sample inputs, which PyTorch unpickles. Raises StartError where anything else would
    be unpickled or run as Python: operators are found by name, dimensions are evaluated, types of structures are imported.
    """
    target = folder / "checked.pt2"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            root, _, inner = entry.filename.partition("/")
            if not _MEMBERS.fullmatch(inner):
                raise StartError(
                    f"{path.name} has {entry.filename!r}, which models may not have: it may be unpickled or run"
                )
            if inner.startswith("extra/"):
                continue
            if inner.startswith("data/sample_inputs/"):
                copy.writestr(entry.filename, b"")
                continue
            if inner.endswith(".json"):
                _check_json(path, entry, archive.read(entry))
            with archive.open(entry) as source, copy.open(entry.filename, "w", force_zip64=True) as file:
                shutil.copyfileobj(source, file, CHUNK)
    return target


def _check_json(path: Path, entry: zipfile.ZipInfo, content: bytes) -> None:
    if entry.file_size > LARGEST_JSON:
        raise StartError(f"{path.name} has JSON of more than {LARGEST_JSON} bytes")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StartError(f"{path.name} has damaged JSON in {entry.filename}") from error
    for one in _objects(document):
        if {"target", "inputs", "outputs"} <= one.keys():
            _check_target(path, one["target"])
        if one.get("use_pickle", False) is not False:
            raise StartError(f"{path.name} has weights that are pickled, which models may not have")
        if "path_name" in one and not re.fullmatch(r"(weight|tensor)_\d+", str(one["path_name"])):
            raise StartError(f"{path.name} has objects that are no tensors, which models may not have")
        for key in ("expr_str", "as_expr"):
            if isinstance(one.get(key), str):
                _check_expression(path, one[key])
        if {"default_factory_module", "__enum__"} & one.keys():
            raise StartError(f"{path.name} has inputs or outputs of a type of Python's, which models may not have")


def _check_target(path: Path, target: object) -> None:
    match = _TARGET.fullmatch(target) if isinstance(target, str) else None
    namespace, name = match.group(1, 2) if match is not None else (None, None)
    if match is None or (namespace == "higher_order" and name not in _HIGHER_ORDER) or name in _FILES:
        raise StartError(f"{path.name} calls {str(target)[:80]!r}, which models may not call")


def _check_expression(path: Path, text: str) -> None:
    text = _QUOTED.sub(r"\1", text)
    words = re.findall(r"[A-Za-z_]\w*", text)
    if not _EXPRESSION.fullmatch(text) or any(word not in _WORDS and not _SYMBOL.fullmatch(word) for word in words):
        raise StartError(f"{path.name} has a dimension that is no arithmetic: {text[:80]!r}")


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    """Each object, also those in texts that are JSON themselves."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and one[:1] in ("[", "{"):
            try:
                one = json.loads(one)
            except (ValueError, RecursionError):
                continue
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
