"""What the image is made of, without Docker: the lock file, the bill of materials, and the model that it is tried with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import onnx

from conftest import Start

ROOT = Path(__file__).resolve().parents[1]
IMAGE = ROOT / "image"


def pins(file: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\]+)", file.read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_image_has_the_versions_that_the_tests_run_with() -> None:
    tested, locked = pins(ROOT / "requirements.txt"), pins(IMAGE / "requirements.txt")
    assert len(locked) > 30
    assert {name: version for name, version in locked.items() if tested.get(name, version) != version} == {}
    dependencies = re.findall(r'^ +"([A-Za-z0-9_-]+)>=', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    extras = re.findall(r"^(?:s3|sklearn) = \[(.*)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    needed = [*dependencies, *(name for extra in extras for name in re.findall(r'"([A-Za-z0-9_-]+)>=', extra))]
    assert len(needed) > 12
    assert [name for name in needed if name.replace("_", "-").lower() not in locked] == []


def test_every_package_of_the_image_has_hashes() -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (IMAGE / "requirements.txt").read_text())
    bare = [entry for entry in entries if "==" in entry and not entry.startswith("#") and "--hash=sha256:" not in entry]
    assert bare == []


def test_the_bill_of_materials_has_every_package(tmp_path: Path) -> None:
    command = [sys.executable, str(IMAGE / "sbom.py"), str(IMAGE / "requirements.txt")]
    texts = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert texts[0] == texts[1]
    found = json.loads(texts[0])
    assert found["spdxVersion"] == "SPDX-2.3"
    packages = {one["name"]: one for one in found["packages"]}
    numpy = packages["numpy"]
    assert numpy["externalRefs"][0]["referenceLocator"] == f"pkg:pypi/numpy@{numpy['versionInfo']}"
    assert re.search("[0-9a-f]{64}", numpy["comment"])
    assert {"fastapi", "onnxruntime", "uvicorn"} <= packages.keys()
    assert len({one["SPDXID"] for one in found["packages"]}) == len(found["packages"]) == len(found["relationships"])


def test_the_model_that_the_image_is_tried_with(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    subprocess.run([sys.executable, "-S", str(IMAGE / "identity_model.py"), str(path)], check=True)
    onnx.checker.check_model(onnx.load(path))
    assert start(path).predict({"instances": [[1, 2.5]]}).predictions() == {"Y": [[1.0, 2.5]]}
