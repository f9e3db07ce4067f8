"""Connection details from a mounted Secret: one file for each key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import parse_qsl, unquote, urlsplit

from errors import SpecError, hide

_KEYS = ("host", "port", "database", "username", "password", "url", "token")
_SCHEMES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlserver": "mssql",
    "mssql": "mssql",
    "oracle": "oracle",
    "mongodb": "mongodb",
    "mongodb+srv": "mongodb",
}


@dataclass(frozen=True)
class Connection:
    """What the Secret says. `driver` is what its URL says of the kind of database."""

    host: Optional[str] = None
    port: Optional[str] = None
    database: Optional[str] = None
    username: Optional[str] = None
    password: Optional[str] = None
    url: Optional[str] = None
    token: Optional[str] = None
    driver: Optional[str] = None
    parameters: tuple[tuple[str, str], ...] = ()


def read_connection(folder: Optional[str], field: str) -> Optional[Connection]:
    """
    Reads the Secret mounted at `folder`. A URL of the form `postgresql://user:password@host:port/database?key=value` is
    taken apart, so that no password stays in a URL; one that begins with `jdbc:` is used as it is.
    """
    if not folder:
        return None
    if not os.path.isdir(folder):
        raise SpecError(field, f"the Secret is not mounted: there is no folder {folder}")
    found: dict[str, Any] = {}
    for key in _KEYS:
        path = os.path.join(folder, key)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                found[key] = file.read().rstrip("\r\n")
    if not found:
        raise SpecError(field, f"the Secret has none of the keys {', '.join(_KEYS)}")
    hide(found.get("password"))
    hide(found.get("token"))
    url = found.get("url")
    return _with_url(found, url) if url else Connection(**found)


def _with_url(found: dict[str, Any], url: str) -> Connection:
    jdbc = re.match(r"jdbc:(\w+):", url)
    if jdbc:
        hide(url)
        return Connection(**found, driver=_SCHEMES.get(jdbc.group(1)))
    parts = urlsplit(url)
    driver = _SCHEMES.get(parts.scheme)
    if driver is None or driver == "mongodb":
        if parts.password:
            hide(url)
            hide(unquote(parts.password))
        return Connection(**found, driver=driver)
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    hide(password)
    hide(parts.password)
    return Connection(
        host=found.get("host") or parts.hostname,
        port=found.get("port") or (str(parts.port) if parts.port else None),
        database=found.get("database") or unquote(parts.path.lstrip("/")) or None,
        username=found.get("username") or user,
        password=found.get("password") or password,
        driver=driver,
        parameters=tuple(parse_qsl(parts.query)),
    )
