"""What the image is made of, without Docker."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def pins(file: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\]+)", (ROOT / file).read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_the_image_has_the_versions_that_the_tests_run_with() -> None:
    tested, locked = pins("requirements.txt"), pins("image/requirements.txt")
    assert len(locked) > 20
    assert {name: version for name, version in locked.items() if tested.get(name, version) != version} == {}
    dependencies = re.findall(
        r'^ +"([A-Za-z0-9_-]+)(?:\[[^\]]*\])?>=', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert len(dependencies) > 10
    assert [name for name in dependencies if name.lower() not in locked] == []


def test_every_package_of_the_image_has_hashes() -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / "image/requirements.txt").read_text())
    bare = [entry for entry in entries if "==" in entry and not entry.startswith("#") and "--hash=sha256:" not in entry]
    assert bare == []
