"""Compares a manifest's evidence with what is attested of its image.

    python3 attested_evidence.py <statements> <evidence> [<library>==<version> ...]

The first argument is a file with the attestations that cosign has verified, one a line, as `cosign verify-attestation` prints them; the second the
evidence of the manifest as JSON. One of the attestations has to be of exactly this evidence and these libraries. Needs Python alone.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any, Iterator

FAILED = 3
PARTS = ("model", "metrics", "fairness", "drift", "sha256")
LENGTH = 1500


def predicates(text: str) -> Iterator[dict[str, Any]]:
    """What the attestations say, each a line with an envelope (DSSE)."""
    for line in text.splitlines():
        if not line.strip():
            continue
        statement = json.loads(base64.b64decode(json.loads(line)["payload"]))
        predicate = statement.get("predicate")
        if isinstance(predicate, dict):
            yield predicate


def shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True)


def compared(path: str, given: Any, attested: Any) -> Iterator[str]:
    """Where two values differ, in a sentence each."""
    if isinstance(given, dict) and isinstance(attested, dict):
        for key in sorted({*given, *attested}):
            yield from compared(f"{path}.{key}", given.get(key), attested.get(key))
    # in Python true is 1
    elif given != attested or isinstance(given, bool) != isinstance(attested, bool):
        yield f"{path} is {shown(given)}, and {shown(attested)} is attested"


def libraries_of(predicate: dict[str, Any]) -> set[str]:
    found = predicate.get("dependencies")
    if not isinstance(found, list):
        return set()
    return {f"{one.get('name')}=={one.get('version')}" for one in found if isinstance(one, dict)}


def differences(evidence: dict[str, Any], libraries: set[str], predicate: dict[str, Any]) -> Iterator[str]:
    if predicate.get("allowed") is not True:
        yield "the gate did not allow it"
    for part in PARTS:
        path = {"model": "spec.model", "sha256": "spec.model.artifact.sha256"}.get(part, f"spec.{part}")
        yield from compared(path, evidence.get(part), predicate.get(part))
    attested = libraries_of(predicate)
    for library in sorted(libraries - attested):
        yield f"spec.dependencies has {library}, which is not attested"
    for library in sorted(attested - libraries):
        yield f"spec.dependencies lacks {library}, which is attested"


def main(file: str, evidence: str, libraries: list[str]) -> tuple[int, str]:
    with open(file, encoding="utf-8") as statements:
        found = list(predicates(statements.read()))
    if not found:
        return FAILED, "no verdict of the gate is attested"
    given = json.loads(evidence)
    # the newest is the last; where none is the same, it tells why
    for predicate in found:
        wrong = list(differences(given, set(libraries), predicate))
        if not wrong:
            return 0, "the evidence is attested"
    return FAILED, f"the manifest is not the one that was attested: {'; '.join(wrong)}"


if __name__ == "__main__":
    code, message = main(sys.argv[1], sys.argv[2], sys.argv[3:])
    print(message if len(message) <= LENGTH else f"{message[:LENGTH]}…")
    sys.exit(code)
