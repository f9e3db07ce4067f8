"""The comparison of a model with its checksum."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import model_checksum
from conftest import SRC


def test_a_model_that_has_the_checksum_passes_wherever_its_file_is(tmp_path: Path) -> None:
    content = b"weights" * 500_000
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "model.onnx").write_bytes(content)
    model_checksum.main(hashlib.sha256(content).hexdigest(), str(tmp_path))


def test_another_checksum_is_refused_and_both_are_said(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"weights")
    found = hashlib.sha256(b"weights").hexdigest()
    with pytest.raises(SystemExit, match=f"the checksum is {found}, storage.sha256 is {'0' * 64}"):
        model_checksum.main("0" * 64, str(tmp_path))


@pytest.mark.parametrize("names", [[], ["a", "b"]])
def test_a_model_that_is_not_one_file_has_no_checksum(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(SystemExit, match=f"one file, and there are {len(names)}"):
        model_checksum.main("0" * 64, str(tmp_path))


def test_it_is_run_as_text_by_an_init_container() -> None:
    text = (SRC / "model_checksum.py").read_text()
    ended = subprocess.run([sys.executable, "-c", text, "0" * 64], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "there are 0" in ended.stderr
