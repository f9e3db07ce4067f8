"""Whatever a password is, and however an error quotes it, it does not get out."""

from __future__ import annotations

import json
import re
from typing import Callable
from urllib.parse import quote, quote_plus, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redaction
from conftest import forget
from redaction import hide, hide_environment, hide_url, redact

# a star is what stands in its place
ANY = st.characters(codec="utf-8", exclude_characters="*")
DELIMITERS = st.sampled_from(list("#/?@%:&=;+\\'\"{}[] \n"))
PASSWORDS = st.text(st.one_of(ANY, DELIMITERS, st.characters(min_codepoint=33, max_codepoint=126)), min_size=5).filter(
    lambda text: "*" not in text and len(text.strip()) > 4
)
URL = "postgresql://user:{}@db.example.com:5432/shop?sslmode=require"


def low(text: str) -> str:
    return redaction._lower(text)


def leaked(text: str, password: str) -> list[str]:
    """Five characters of the password in a row that are still there, in any encoding."""
    parts = {low(password)[at : at + 5] for at in range(len(password) - 4)}
    texts = [text, unquote(text), unquote(unquote(text)), text.replace("\\\\", "\\"), re.sub(r"\\(.)", r"\1", text)]
    return [part for part in parts if any(part in low(each) for each in texts)]


def pieces(url: str) -> list[str]:
    """What parsers of URLs make of it, and say of it."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        return [str(error)]
    found = [parts.netloc, parts.path, parts.query, parts.fragment, parts.username or "", parts.password or ""]
    try:
        found.append(str(parts.port))
    except ValueError as error:
        found.append(str(error))
    return [*found, parts.hostname or "", repr(parts)]


ENCODINGS: list[Callable[[str], str]] = [
    str,
    lambda text: quote(text, safe=""),
    lambda text: quote(text),
    quote_plus,
    lambda text: re.sub("%..", lambda match: match.group().lower(), quote(text, safe="")),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: "".join(quote(char, safe="") if place % 2 else char for place, char in enumerate(text)),
    lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
]
TEXTS: list[Callable[[str], list[str]]] = [
    lambda url: [f"could not connect to {url}: refused"],
    lambda url: [f"invalid dsn: {url!r}"],
    lambda url: [json.dumps({"error": url})],
    lambda url: [json.dumps({"error": url}, ensure_ascii=False)],
    lambda url: [f"ValueError({piece!r})" for piece in pieces(url)],
    lambda url: [f"no host {piece} here" for piece in pieces(url)],
    lambda url: [url[: len(url) * 2 // 3], url[len(url) // 3 :], url.upper()],
    # without what shows that it is a URL
    lambda url: [f"wrong: {url.partition('user:')[2]}", f"{url.partition('user:')[2].rpartition('@')[0]!r} is wrong"],
    lambda url: [json.dumps(json.dumps(url))[1:-1].replace('\\"', '"')],
]


@settings(max_examples=300, deadline=None)
@given(PASSWORDS, st.sampled_from(ENCODINGS), st.sampled_from(TEXTS))
def test_a_hidden_password_is_told_in_no_form(
    password: str, encode: Callable[[str], str], say: Callable[[str], list[str]]
) -> None:
    forget()
    hide(password)
    for text in say(URL.format(encode(password))):
        assert leaked(redact(text), password) == [], text


@settings(max_examples=300, deadline=None)
@given(PASSWORDS, st.sampled_from(ENCODINGS), st.sampled_from(TEXTS))
def test_the_password_of_a_hidden_url_is_told_in_no_form(
    password: str, encode: Callable[[str], str], say: Callable[[str], list[str]]
) -> None:
    forget()
    password = re.sub(r"\s", "_", password)
    url = hide_url(URL.format(encode(password)))
    for text in say(url):
        assert leaked(redact(text), encode(password)) == [], text


@settings(max_examples=300, deadline=None)
@given(PASSWORDS)
def test_a_url_that_nobody_has_hidden_loses_its_password(password: str) -> None:
    forget()
    password = re.sub(r"\s", "_", password)
    for encoded in (password, quote(password, safe="")):
        text = f"no answer from {URL.format(encoded)} today"
        assert redact(text) == "no answer from postgresql://user:***@db.example.com:5432/shop?sslmode=require today"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="5/=:")))
def test_without_secrets_nothing_is_lost(text: str) -> None:
    forget()
    hide("5cX9-q_Zr8")
    if "bearer" not in text.lower() and "basic" not in text.lower():
        assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a://u:p@h/x?password=a%20b&y=1", "a://u:***@h/x?password=***&y=1"),
        ("jdbc:sqlserver://h:1;user=u;password={a;b};x=1", "jdbc:sqlserver://h:1;user=u;password=***;x=1"),
        ("jdbc:oracle:thin:scott/ti#ger/x@//h:1521/s", "jdbc:oracle:thin:scott/***@//h:1521/s"),
        ('x username="u" password="a\\"b c";', 'x username="u" password=***;'),
        ('{"token": "abc"}', '{"token": ***}'),
        ("https://ghp_abc@github.com/x", "https://***@github.com/x"),
        ("https://s.blob/x?sv=1&sig=abc%2F&se=2", "https://s.blob/x?sv=1&sig=***&se=2"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
        ("ssh://git@host/x and abfss://box@a.dfs.core.windows.net/x", None),
        ("s3://bucket/day=1/a.parquet: at 12:30 in a/b.c", None),
        ("The Secret db has no key password: add it", None),
        ("the token expired; no password was given", None),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str, said: str | None) -> None:
    assert redact(text) == (said or text)


def test_short_parts_between_delimiters_are_left_out() -> None:
    hide_url("postgresql://u:pa#ss/wo?rd@host/db")
    assert (
        redact("Port could not be cast to integer value as 'pa'") == "Port could not be cast to integer value as '***'"
    )
    assert redact("fragment='ss/wo?rd@host/db'") == "fragment='***@host/db'"
    assert redact("pa and ss are words, so is wo") == "pa and ss are words, so is wo"


def test_the_environment_is_hidden() -> None:
    hide_environment({"REDIS_PASSWORD": "hunter2secret", "TOKEN_FILE": "/var/run/token", "DB": "a://u:another1@h"})
    assert redact("hunter2secret another1 /var/run/token") == "*** *** /var/run/token"
