"""Which Maven packages the runner's connectors are in. The operator adds those that a spec needs to the job."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Optional

with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "connectors.json"), encoding="utf-8") as file:
    CONNECTORS: dict[str, Any] = json.load(file)

_ABSENT = re.compile(
    r"ClassNotFoundException|NoClassDefFoundError|No suitable driver|DATA_SOURCE_NOT_FOUND|Failed to find data source"
    r"|No FileSystem for scheme|Unsupported data source type|must be deployed as per|class [\w.$]+ not found",
    re.IGNORECASE,
)


def missing_package(text: str, connector: str) -> Optional[str]:
    """What to do where the text of an error says that the connector is not on the class path; None where it does not."""
    if not _ABSENT.search(text):
        return None
    packages = CONNECTORS["packages"].get(connector)
    where = f"add the package {packages[0]}" if packages else "use an image that has it"
    return f"the connector for {connector} is not in the image of the job: {where} ({text[:200]})"
