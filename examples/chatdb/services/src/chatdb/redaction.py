"""
Keeps secrets out of what a program says: its log, its last word, its lineage. Others' errors quote addresses with passwords in them, as
they were given, percent-encoded, escaped, or cut where a `#`, `/`, `?` or `@` of the password ends a part of the URL.

- Of a text that was told to `hide`, no five characters in a row get out, in whatever form, and no shorter part that stands between the
  delimiters of a URL or quotes.
- Of a URL, nothing between the name of the user and the last `@`; of `password=…` and the like, no value.

This file stands in each program, since a job has its own files and no others; a test compares them.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from typing import Callable, Iterator, Mapping, Optional

MARK = "***"
# of a hidden text; shorter parts are those of other words, too
_LENGTH = 5
_DELIMITERS = r"[\s'\"`:;,/@#?&=%!{}()\[\]<>\\]"
_SECRET_NAME = re.compile(
    r"(?i)passw|pwd|passphrase|secret|token|credential|private.?key|api.?key|access.?key|jaas|(^|_)sig"
)
_KEYS = (
    r"(?i)(?<![a-z])((?:[\w.-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key)|sig)"
    r"(?:\\?[\"']\s*:\s*|\s*=\s*|:(?=\S)))"
)
_VALUE = re.compile(_KEYS + r"(?!\*\*\*)(\{[^}]*\}|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s&;,\"'})]+)")
_LOGIN = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
# the last @ of what has no blank: a password that is not encoded may hold any of the others
_URL = re.compile(r"([A-Za-z][\w+.-]{0,40}:)?//([^\s@:/]*)(:[^\s]*|[^\s]*?)?@")
_ORACLE = re.compile(r"(?i)(jdbc:oracle:\w+:)([^\s/@]*)/[^\s]*@")
_CONTAINERS = ("abfs:", "abfss:", "wasb:", "wasbs:")

# characters of a text, each with where it begins and ends there
View = list[tuple[str, int, int]]

_parts: set[str] = set()
_tokens: set[str] = set()


def hide(value: Optional[str]) -> Optional[str]:
    """Has `redact` keep this text back from now on; gives it back."""
    for text in {value or "", " ".join((value or "").split())}:
        low = _lower(text)
        if len(low) > 2:
            _parts.update(low[at : at + _LENGTH] for at in range(max(1, len(low) - _LENGTH + 1)))
        _tokens.update(part for part in [low, *re.split(_DELIMITERS, low)] if 0 < len(part) < _LENGTH)
    return value


def hide_url(url: str) -> str:
    """Hides what is secret in a URL, well formed or not; gives it back."""
    scheme, _, rest = url.partition("//")
    # not the user, and also what no URL may hold: blanks
    login = rest.rpartition("@")[0]
    if login and scheme.removeprefix("jdbc:") not in _CONTAINERS:
        hide(login.partition(":")[2] or login)
    for match in _ORACLE.finditer(url):
        hide(match.group(0)[len(match.group(1)) + len(match.group(2)) + 1 : -1])
    for match in _VALUE.finditer(url):
        hide(match.group(2).strip("{}\"'"))
    return url


def hide_environment(environment: Mapping[str, str] = os.environ) -> None:
    """Hides the variables that are called like secrets, and what is secret in those that are URLs."""
    for name, value in environment.items():
        # names of keys are no secrets, and a path is that of a file
        if _SECRET_NAME.search(name) and not value.startswith("/"):
            hide(value)
        if "//" in value:
            hide_url(value)


def redact(text: str) -> str:
    """The text without secrets."""
    if _parts or _tokens:
        text = _masked(text)
    text = _ORACLE.sub(rf"\1\2/{MARK}@", text)
    text = _URL.sub(_without_login, text)
    text = _VALUE.sub(rf"\1{MARK}", text)
    return _LOGIN.sub(rf"\1 {MARK}", text)


def print_error(error: BaseException) -> None:
    """Writes the traceback to the log."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    print(redact(text), file=sys.stderr, flush=True)


def guard() -> None:
    """Has what no one catches be written without secrets, those of the environment among them."""
    hide_environment()
    sys.excepthook = lambda kind, error, trace: print_error(error)


class RedactingFormatter(logging.Formatter):
    """Log lines without secrets, those in tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _without_login(match: re.Match[str]) -> str:
    scheme, user, rest = match.group(1) or "", match.group(2), match.group(3) or ""
    if not rest:
        # git@ and the container of a store are no secrets; a token is
        return match.group(0) if scheme.lower() in _CONTAINERS or user == "git" else f"{scheme}//{MARK}@"
    return f"{scheme}//{user}:{MARK}@" if rest.startswith(":") else f"{scheme}//{MARK}@"


def _masked(text: str) -> str:
    """Without the hidden texts, as they stand there or in an encoding."""
    marked = bytearray(len(text))
    # as it stands, encoded, escaped, and one in the other
    readings: tuple[Callable[[View], View], ...] = (_decoded, _decoded_form, _unescaped)
    view = [(char, at, at + 1) for at, char in enumerate(text)]
    once = [read(view) for read in readings]
    views = [view, *once, *[read(each) for each in once for read in readings]]
    for each in [each for at, each in enumerate(views) if each not in views[:at]]:
        for start, end in _found(each):
            marked[start:end] = b"\1" * (end - start)
    kept: list[str] = []
    for at, char in enumerate(text):
        if not marked[at]:
            kept.append(char)
        elif at == 0 or not marked[at - 1]:
            kept.append(MARK)
    return "".join(kept)


def _found(view: View) -> Iterator[tuple[int, int]]:
    low = "".join(_lower(char) for char, _, _ in view)
    lengths = {len(part) for part in _parts}
    for at in range(len(low)):
        for length in lengths:
            if low[at : at + length] in _parts and at + length <= len(low):
                yield view[at][1], view[at + length - 1][2]
    for token in re.finditer(rf"(?={_DELIMITERS}((?:(?!{_DELIMITERS}).){{1,{_LENGTH - 1}}}){_DELIMITERS})", low):
        around = low[token.start(1) - 1] + low[token.end(1)]
        # a word of prose stands between blanks
        if token.group(1) in _tokens and not around.isspace() and (" " not in around or around.strip() not in ",;:"):
            yield view[token.start(1)][1], view[token.end(1) - 1][2]


def _decoded_form(view: View) -> View:
    """The same of a form, where a plus is a blank."""
    return _decoded([(" " if char == "+" else char, start, end) for char, start, end in view])


def _decoded(view: View) -> View:
    """With percent escapes taken for their characters."""
    text = "".join(char for char, _, _ in view)
    result: View = []
    last = 0
    for run in re.finditer(r"(?:%[0-9A-Fa-f]{2})+", text):
        result += view[last : run.start()]
        last = run.end()
        for chars, start, end in _utf8(bytes.fromhex(run.group().replace("%", ""))):
            place = (view[run.start() + 3 * start][1], view[run.start() + 3 * end - 1][2])
            result += [(char, *place) for char in chars]
    return result + view[last:]


def _utf8(data: bytes) -> Iterator[tuple[str, int, int]]:
    at = 0
    while at < len(data):
        first = data[at]
        size = 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        yield data[at : at + size].decode("utf-8", "replace"), at, min(len(data), at + size)
        at += size


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _unescaped(view: View) -> View:
    """With the escapes of Python, JSON and JAAS taken for their characters."""
    text = "".join(char for char, _, _ in view)
    result: View = []
    last = 0
    high = ""
    for match in _ESCAPE.finditer(text):
        result += view[last : match.start()]
        last = match.end()
        code = next((group for group in match.groups()[:3] if group), None)
        char = _LETTERS.get(match.group(4), match.group(4)) if code is None else _character(int(code, 16))
        if "\ud800" <= char < "\udc00":
            high = char
        elif high and "\udc00" <= char < "\ue000" and result:
            char = (high + char).encode("utf-16", "surrogatepass").decode("utf-16")
            result.pop()
            result.append((char, view[match.start() - 6][1], view[match.end() - 1][2]))
            high = ""
            continue
        result.append((char, view[match.start()][1], view[match.end() - 1][2]))
    return result + view[last:]


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _lower(text: str) -> str:
    """Hosts are written in small letters. One character stays one."""
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
