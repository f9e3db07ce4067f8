from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatdb.__main__ import JOBS, SERVICES, main


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["ml-engine", "more"]])
def test_a_program_that_is_not_known_is_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hidden: None
) -> None:
    monkeypatch.delenv("SERVICE_NAME", raising=False)
    assert main(arguments) == 1
    assert "give one of db-connector, " in capsys.readouterr().out


@pytest.mark.parametrize("name", [*SERVICES, *JOBS])
def test_without_its_variables_a_program_ends_and_says_which_is_missing(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], hidden: None
) -> None:
    last_word = tmp_path / "log"
    last_word.touch()
    monkeypatch.setenv("TERMINATION_LOG", str(last_word))
    monkeypatch.delenv("PORT", raising=False)
    # the name as an argument, and as the variable
    assert main([name]) == 1
    monkeypatch.setenv("SERVICE_NAME", name)
    assert main([]) == 1
    first, line = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert first["reason"] == line["reason"]
    assert line["reason"].endswith(" must be set")
    assert last_word.read_text() == line["reason"]
