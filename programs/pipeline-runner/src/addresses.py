"""Addresses that are composed of parts: each part is checked or escaped for what reads the whole."""

from __future__ import annotations

import ipaddress
import re
from typing import Iterable
from urllib.parse import quote

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_INSTANCE = re.compile(r"[A-Za-z_#$][\w#$]*", re.ASCII)
_SERVICE = re.compile(r"[\w.$#-]+", re.ASCII)


def host_of(host: str) -> str:
    """A host without brackets; a ValueError where it is none."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare:
        ipaddress.IPv6Address(bare)
    elif not _NAME.fullmatch(bare) or bare != host:
        raise ValueError("must be the name or the IP address of a host; a port is a key of its own")
    return bare


def authority(host: str, port: str | int) -> str:
    """Host and port as they stand in a URL: an IPv6 address has brackets."""
    number = str(port)
    if not re.fullmatch(r"[0-9]{1,5}", number) or not 0 < int(number) < 65536:
        raise ValueError("the port must be a number from 1 to 65535")
    bare = host_of(host)
    return f"[{bare}]:{number}" if ":" in bare else f"{bare}:{number}"


def with_parameters(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """A URL of PostgreSQL or MySQL, whose drivers decode what is percent-encoded."""
    for key, value in parameters:
        url += f"{'&' if '?' in url else '?'}{quote(key, safe='')}={quote(value, safe='')}"
    return url


def path_url(scheme: str, host: str, port: str, database: str, parameters: Iterable[tuple[str, str]]) -> str:
    """`jdbc:<scheme>://host:port/database?key=value`."""
    return with_parameters(f"jdbc:{scheme}://{authority(host, port)}/{quote(database, safe='')}", parameters)


def sqlserver_url(host: str, port: str | None, database: str, parameters: Iterable[tuple[str, str]]) -> str:
    """
    SQL Server decodes nothing: a value with anything special stands in braces, where a brace is written twice. A host that is
    `name\\instance` is asked for the port of its instance, unless there is a port.
    https://learn.microsoft.com/en-us/sql/connect/jdbc/building-the-connection-url
    """
    name, mark, instance = host.partition("\\")
    if mark and not _INSTANCE.fullmatch(instance):
        raise ValueError("must be host\\instance, with the name of an instance")
    properties = [("serverName", host_of(name))]
    if mark:
        properties.append(("instanceName", instance))
    if port is not None or not mark:
        properties.append(("portNumber", authority(name, port or "1433").rpartition(":")[2]))
    properties += [("databaseName", database), ("encrypt", "true"), *parameters]
    for key, _ in properties:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", key):
            raise ValueError("names of properties are letters and digits")
    return "jdbc:sqlserver://;" + ";".join(f"{key}={_braced(value)}" for key, value in properties)


def oracle_url(host: str, port: str, service: str, parameters: Iterable[tuple[str, str]]) -> str:
    """`jdbc:oracle:thin:@//host:port/service`: nothing is decoded, so that what is special is refused."""
    pairs = [f"{key}={value}" for key, value in parameters]
    if not _SERVICE.fullmatch(service) or not all(re.fullmatch(r"[\w.]+=[\w.:/,-]*", pair, re.ASCII) for pair in pairs):
        raise ValueError("the name of a service, and of what it is told, has letters, digits and . _ - $ #")
    return f"jdbc:oracle:thin:@//{authority(host, port)}/{service}" + ("?" + "&".join(pairs) if pairs else "")


def _braced(value: str) -> str:
    return value if re.fullmatch(r"[\w.:-]+", value, re.ASCII) else "{" + value.replace("}", "}}") + "}"
