"""Connection details from a mounted Secret: one file for each key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import parse_qsl, unquote, urlsplit

from errors import SpecError
from redaction import hide, hide_url

_KEYS = ("host", "port", "database", "username", "password", "url", "token")
_UNREADABLE = (
    "the url of the Secret cannot be taken apart: percent-encode what is special in its user, password and database "
    "(# is %23, / is %2F, ? is %3F, @ is %40), or use the keys host, port, database, username and password"
)
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
    return _with_url(found, url, field) if url else Connection(**found)


def _with_url(found: dict[str, Any], url: str, field: str) -> Connection:
    hide_url(url)
    jdbc = re.match(r"jdbc:(\w+):", url)
    if jdbc:
        return Connection(**found, driver=_SCHEMES.get(jdbc.group(1)))
    driver = _SCHEMES.get(url.partition("://")[0].lower())
    if driver is None:
        return Connection(**found)
    try:
        if driver == "mongodb":
            # its driver takes it apart, and hosts may be several
            _authority(url)
            return Connection(**found, driver=driver)
        return _taken_apart(found, url, driver)
    except ValueError:
        # what was read of it may be a part of the password, so no more is said
        raise SpecError(field, _UNREADABLE) from None


def _authority(url: str) -> None:
    """A ValueError where a part ends too early, at a character of the password that is not encoded."""
    _, _, rest = re.split(r"([/?#]|$)", url.partition("://")[2], maxsplit=1)
    if "@" in rest or "#" in url or re.search(r"\s", url):
        raise ValueError


def _taken_apart(found: dict[str, Any], url: str, driver: str) -> Connection:
    _authority(url)
    parts = urlsplit(url)
    return Connection(
        host=found.get("host") or parts.hostname,
        port=found.get("port") or (str(parts.port) if parts.port is not None else None),
        database=found.get("database") or unquote(parts.path.lstrip("/")) or None,
        username=found.get("username") or (unquote(parts.username) if parts.username else None),
        password=found.get("password") or hide(unquote(parts.password) if parts.password else None),
        driver=driver,
        parameters=tuple(parse_qsl(parts.query, strict_parsing=bool(parts.query))),
    )
