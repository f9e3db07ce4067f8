"""The named parameters of a query, `:last_run` and `:this_run`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Callable

PARAMETERS = ("last_run", "this_run")

# before the first run; the earliest time that every database can compare with
EARLIEST = datetime(1000, 1, 1, tzinfo=timezone.utc)

# what a parameter is not looked for in: strings, quoted names, comments, PostgreSQL's $tag$ strings and :: casts
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | \$(\w*)\$.*?\$\1\$ | ::"""
    r"""| (?<![\w:]):(?P<name>last_run|this_run)\b""",
    re.VERBOSE | re.DOTALL,
)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def uses(query: str, parameter: str) -> bool:
    """Whether the query has the parameter outside strings and comments."""
    return any(match.group("name") == parameter for match in _TOKEN.finditer(query))


def bind(query: str, values: dict[str, datetime], literal: Callable[[datetime], str]) -> str:
    """
    The query with a typed timestamp literal in the place of each parameter. A literal is made from a `datetime`, so it
    can hold nothing but digits and punctuation of a time; text in strings and comments stays as it is.
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group("name")
        return literal(values[name]) if name else match.group(0)

    return _TOKEN.sub(replace, query)


def without_end(query: str) -> str:
    """The query without the semicolon at its end, so that it can be put in parentheses."""
    return query.strip().rstrip(";").rstrip()


def parse_time(text: str) -> datetime:
    """A time of ISO 8601; UTC where it names no zone."""
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def format_time(time: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f").zfill(26) + "Z"


def parse_duration(text: str) -> timedelta:
    """A duration as the spec writes it: numbers with units, such as `15m32s`."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f'"{text}" is no duration: write numbers with units, such as "15m"')
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
