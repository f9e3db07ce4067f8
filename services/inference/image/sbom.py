"""
Writes the bill of materials of the image's Python packages, as SPDX 2.3 in JSON: sbom.py REQUIREMENTS

It is run by the Python whose packages it is about. The hashes are those that the lock file allows.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any


def document(lock: str) -> dict[str, Any]:
    """The document; packages in the order of their names, so that the same packages are the same text."""
    hashes = locked(lock)
    packages = [package(one, hashes) for one in importlib.metadata.distributions()]
    packages.sort(key=lambda one: str(one["SPDXID"]))
    digest = hashlib.sha256(json.dumps(packages).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "inference",
        "documentNamespace": f"https://mlifecycle.io/sbom/inference/{digest}",
        # no clock: an image that is built again is the same
        "creationInfo": {"created": "1970-01-01T00:00:00Z", "creators": ["Tool: sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": one["SPDXID"]}
            for one in packages
        ],
    }


def locked(lock: str) -> dict[str, list[str]]:
    """The hashes of each package by its name."""
    found: dict[str, list[str]] = {}
    for entry in re.split(r"\n(?=[A-Za-z0-9])", lock):
        match = re.match(r"([A-Za-z0-9._-]+)==", entry)
        if match is not None:
            found[normal(match.group(1))] = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def package(one: importlib.metadata.Distribution, hashes: dict[str, list[str]]) -> dict[str, Any]:
    name, version = normal(one.metadata["Name"]), one.version
    purl = f"pkg:pypi/{name}@{version}"
    return {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": one.metadata.json.get("license_expression", "NOASSERTION"),
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}],
        "comment": f"sha256 of its files: {', '.join(hashes.get(name, [])) or 'not in the lock file'}",
    }


if __name__ == "__main__":
    print(json.dumps(document(Path(sys.argv[1]).read_text("utf-8")), indent=1))
