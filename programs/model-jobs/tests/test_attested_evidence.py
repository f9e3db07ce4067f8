"""What of a manifest is compared with what is attested."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Outcome, Run

EVIDENCE: dict[str, Any] = {
    "model": {"name": "fraud", "version": "1.0"},
    "metrics": {"accuracy": 0.91, "f1_score": 0.88},
    "fairness": {"demographic_parity": 0.04, "protected_attributes": ["age"]},
    "drift": {"score": 0.07, "method": "jensen-shannon"},
    "sha256": "a" * 64,
}
LIBRARIES = ["numpy==2.4.6", "torch==2.8.0"]


def predicate(**change: Any) -> dict[str, Any]:
    dependencies = [
        {"name": name, "version": version} for name, _, version in (one.partition("==") for one in LIBRARIES)
    ]
    return {
        **EVIDENCE,
        "environment": "production",
        "allowed": True,
        "policies": [],
        "dependencies": dependencies,
        **change,
    }


def envelope(content: Any) -> str:
    """A line as `cosign verify-attestation` prints it."""
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "x", "predicate": content}
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": []})


def compare(
    run: Run, tmp_path: Path, *predicates: Any, evidence: Any = EVIDENCE, libraries: list[str] = LIBRARIES
) -> Outcome:
    file = tmp_path / "verdict.json"
    file.write_text("\n".join(envelope(one) for one in predicates) + "\n")
    return run("attested_evidence.py", str(file), json.dumps(evidence), *libraries)


def test_the_same_evidence_passes_whatever_the_order_and_the_spelling_of_numbers(run: Run, tmp_path: Path) -> None:
    other = json.loads(json.dumps(predicate(), sort_keys=True).replace("0.91", "0.910"))
    other["dependencies"].reverse()
    assert compare(run, tmp_path, other).status == 0


def test_one_of_several_statements_is_enough(run: Run, tmp_path: Path) -> None:
    assert compare(run, tmp_path, predicate(metrics={"accuracy": 0.5}), predicate()).status == 0
    assert compare(run, tmp_path, predicate(), predicate(allowed=False)).status == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": {"accuracy": 0.91, "f1_score": 0.7}}, "spec.metrics.f1_score is 0.88, and 0.7 is attested"),
        ({"metrics": {"accuracy": 0.91}}, "spec.metrics.f1_score is 0.88, and nothing is attested"),
        ({"metrics": None}, "spec.metrics is"),
        ({"fairness": None}, "spec.fairness is"),
        ({"drift": {"score": 0.2, "method": "jensen-shannon"}}, "spec.drift.score is 0.07, and 0.2 is attested"),
        ({"sha256": "b" * 64}, "spec.model.artifact.sha256 is"),
        ({"sha256": None}, "and nothing is attested"),
        ({"model": {"name": "fraud", "version": "1.1"}}, 'spec.model.version is "1.0", and "1.1" is attested'),
        ({"model": {"name": "churn", "version": "1.0"}}, "spec.model.name"),
        ({"dependencies": []}, "spec.dependencies has numpy==2.4.6, which is not attested"),
        ({"dependencies": "torch"}, "which is not attested"),
        ({"dependencies": [*predicate()["dependencies"], {"name": "evil", "version": "1"}]}, "lacks evil==1"),
        ({"allowed": False}, "the gate did not allow it"),
        ({"allowed": "true"}, "the gate did not allow it"),
        ({"allowed": 1}, "the gate did not allow it"),
        ({"metrics": {"accuracy": True, "f1_score": 0.88}}, "spec.metrics.accuracy is 0.91, and true is attested"),
    ],
)
def test_other_evidence_fails_for_good_and_is_named(run: Run, tmp_path: Path, change: Any, message: str) -> None:
    outcome = compare(run, tmp_path, predicate(**change))
    assert outcome.status == 3
    assert message in outcome.printed


def test_evidence_that_the_manifest_leaves_out_and_the_statement_has_is_other_evidence(
    run: Run, tmp_path: Path
) -> None:
    less = {key: value for key, value in EVIDENCE.items() if key != "drift"}
    outcome = compare(run, tmp_path, predicate(), evidence=less)
    assert outcome.status == 3
    assert "spec.drift is nothing" in outcome.printed


def test_true_is_not_one(run: Run, tmp_path: Path) -> None:
    evidence = {**EVIDENCE, "metrics": {"accuracy": 1, "f1_score": 1}}
    assert compare(run, tmp_path, predicate(metrics={"accuracy": True, "f1_score": 1.0}), evidence=evidence).status == 3
    assert compare(run, tmp_path, predicate(metrics={"accuracy": 1.0, "f1_score": 1}), evidence=evidence).status == 0


@pytest.mark.parametrize("text", ["", "\n\n", envelope([1]), envelope("x"), envelope(None)])
def test_no_statement_is_none(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "verdict.json"
    file.write_text(text)
    outcome = run("attested_evidence.py", str(file), json.dumps(EVIDENCE))
    assert outcome.status == 3
    assert "no verdict of the gate is attested" in outcome.printed


@pytest.mark.parametrize("text", ["{", '{"payload": "?"}', "[]", '{"signatures": []}'])
def test_what_is_no_attestation_never_passes(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "verdict.json"
    file.write_text(text)
    assert run("attested_evidence.py", str(file), json.dumps(EVIDENCE)).status != 0


def test_a_long_message_ends(run: Run, tmp_path: Path) -> None:
    outcome = compare(run, tmp_path, predicate(), libraries=[f"package-{at}==1.0" for at in range(512)])
    assert outcome.status == 3
    # a termination message from a log has 2048 bytes
    assert len(outcome.printed.encode()) < 2048
