"""OpenLineage events (openlineage.io, specification 2-0-2) over HTTP. What fails here never fails the run."""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Optional
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from connection import Connection
from redaction import hide_url, redact

_PRODUCER = "https://github.com/ml-platform-constructs/ml-platform-constructs"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_log = logging.getLogger("pipeline")
_JDBC_NAMES = {
    "postgresql": ("postgres", "5432"),
    "mysql": ("mysql", "3306"),
    "mssql": ("mssql", "1433"),
    "oracle": ("oracle", "1521"),
}


@dataclass
class Dataset:
    """A dataset by OpenLineage's naming. `columns` are name and type, `rows` how many were read or written."""

    namespace: str
    name: str
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: Optional[int] = None

    def event(self, kind: str) -> dict[str, Any]:
        """As it is in an event; `kind` is input or output."""
        found: dict[str, Any] = {"namespace": redact(self.namespace), "name": redact(self.name)}
        if self.columns:
            fields = [{"name": name, "type": type_} for name, type_ in self.columns]
            found["facets"] = {"schema": _facet("1-1-1", "SchemaDatasetFacet", {"fields": fields})}
        if self.rows is not None:
            name = "InputStatisticsInputDatasetFacet" if kind == "input" else "OutputStatisticsOutputDatasetFacet"
            version = "1-0-0" if kind == "input" else "1-0-2"
            found[f"{kind}Facets"] = {f"{kind}Statistics": _facet(version, name, {"rowCount": self.rows})}
        return found


class Lineage:
    """Sends the events of one run to `OPENLINEAGE_URL`, with `OPENLINEAGE_API_KEY` as bearer token; none where it is not set."""

    def __init__(self, enabled: bool, namespace: str, job: str, run: str) -> None:
        self.url = hide_url(os.environ.get("OPENLINEAGE_URL", "")) if enabled else ""
        self._job = {"namespace": namespace, "name": job, "facets": {}}
        self._run = run

    def send(self, kind: str, inputs: list[Dataset], outputs: list[Dataset], error: Optional[str] = None) -> None:
        """Sends START, COMPLETE or FAIL."""
        if not self.url:
            return
        facets = {}
        if error:
            content = {"message": redact(error), "programmingLanguage": "Python"}
            facets["errorMessage"] = _facet("1-0-1", "ErrorMessageRunFacet", content)
        event = {
            "eventType": kind,
            "eventTime": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "run": {"runId": self._run, "facets": facets},
            "job": self._job,
            "inputs": [dataset.event("input") for dataset in inputs],
            "outputs": [dataset.event("output") for dataset in outputs],
            "producer": _PRODUCER,
            "schemaURL": _SCHEMA,
        }
        endpoint = os.environ.get("OPENLINEAGE_ENDPOINT", "api/v1/lineage")
        headers = {"Content-Type": "application/json"}
        key = os.environ.get("OPENLINEAGE_API_KEY")
        if key:
            headers["Authorization"] = f"Bearer {key}"
        try:
            request = Request(f"{self.url.rstrip('/')}/{endpoint}", json.dumps(event).encode(), headers)
            with urlopen(request, timeout=5):
                pass
        except Exception as failure:
            _log.warning("lineage: %s was not sent: %s", kind, redact(str(failure)))


def _facet(version: str, name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_FACETS}/{version}/{name}.json#/$defs/{name}", **content}


def datasets(part: dict[str, Any], connection: Optional[Connection]) -> list[Dataset]:
    """The datasets that a source or a sink of the spec names."""
    config = part.get("config") or {}
    kind = part["type"]
    location = config.get("path") or config.get("url")
    if location:
        parts = urlsplit(location)
        if parts.scheme == "file":
            return [Dataset("file", parts.path.rstrip("/"))]
        return [Dataset(f"{parts.scheme}://{parts.hostname or ''}", parts.path.strip("/") or "/")]
    if kind == "kafka":
        servers = config.get("bootstrapServers") or (config.get("options") or {}).get("kafka.bootstrap.servers")
        platform = json.loads(os.environ.get("KAFKA_PROPERTIES", "{}")).get("bootstrap.servers", "")
        servers = servers or os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or os.path.expandvars(platform)
        return [Dataset(f"kafka://{servers.split(',')[0]}", config["topic"])]
    if kind not in ("database", "warehouse"):
        return [Dataset(kind, str(config.get("topic")))]
    secret = connection or Connection()
    driver = config.get("driver") or secret.driver or "database"
    scheme, port = _JDBC_NAMES.get(driver, (driver, ""))
    host, database = secret.host, secret.database
    if secret.url and not host:
        # the URL can hold a password, so no more than these parts of it is used
        bare = re.sub(r"//\S*@", "//", secret.url)
        found = re.search(r"//([\w.\-]+)(?::(\d+))?(?:/|;databaseName=)([\w\-]+)", bare)
        host, port, database = (found.group(1), found.group(2) or port, found.group(3)) if found else (None, port, None)
    namespace = (
        f"{scheme}://[{host}]:{secret.port or port}" if ":" in str(host) else f"{scheme}://{host}:{secret.port or port}"
    )
    tables = [config["table"]] if config.get("table") else tables_of(config.get("query") or "")
    return [Dataset(namespace, f"{database}.{_qualified(table, driver)}") for table in tables]


def tables_of(query: str) -> list[str]:
    """The tables that a query names after FROM and JOIN, without those that it defines itself (WITH)."""
    bare = re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", " ", query, flags=re.DOTALL)
    own = {
        name.lower()
        for name in re.findall(r"(\w+)\s+AS\s+(?:NOT\s+MATERIALIZED\s+|MATERIALIZED\s+)?\(", bare, re.IGNORECASE)
    }
    found = re.findall(r"\b(?:FROM|JOIN)\s+([\w$]+(?:\.[\w$]+)*)", bare, re.IGNORECASE)
    return [name for name in dict.fromkeys(found) if name.lower() not in own]


def _qualified(table: str, driver: str) -> str:
    return f"public.{table}" if driver == "postgresql" and "." not in table else table
