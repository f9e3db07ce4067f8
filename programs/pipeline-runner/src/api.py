"""Rows of an HTTP API that answers JSON, page by page."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Iterator, Optional
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pyspark.sql import DataFrame, SparkSession

from connection import Connection
from errors import PipelineError, SpecError
from redaction import redact

FIELD = "source.config"
OPTIONS = {
    "itemsPath",
    "pageParameter",
    "firstPage",
    "pageSizeParameter",
    "pageSize",
    "cursorParameter",
    "cursorPath",
    "sinceParameter",
    "maxPages",
    "schema",
    "timeoutSeconds",
}
_ATTEMPTS = 4


class _SameHost(HTTPRedirectHandler):
    """Follows redirects on the same host only: elsewhere the credentials would go along."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Optional[Request]:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise PipelineError(f"{FIELD}.url", f"redirects to another host, {urlsplit(newurl).hostname}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read_api(
    spark: SparkSession, url: str, options: dict[str, str], secret: Optional[Connection], since: str
) -> DataFrame:
    """
    All pages of the API as rows. Options: `itemsPath` (dots between keys; the whole answer by default), `pageParameter` and
    `firstPage` for numbered pages, until one is empty, `cursorParameter` and `cursorPath` for cursors, until there is none, `pageSize` and
    `pageSizeParameter`, `sinceParameter` (gets `:last_run`), `maxPages` (10,000), `schema` (DDL; inferred by default).
    The Secret's `token` is sent as bearer token, `username` and `password` as basic authentication.
    """
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise SpecError(f"{FIELD}.options", f"{', '.join(unknown)} is none of {', '.join(sorted(OPTIONS))}")
    if urlsplit(url).scheme not in ("http", "https"):
        raise SpecError(f"{FIELD}.url", "must begin with https:// or http://")
    if secret and secret.url and not _below(url, secret.url):
        raise SpecError(f"{FIELD}.url", "must be below the url of the Secret, which says who may see its token")
    lines = [(json.dumps(item),) for page in _pages(url, options, secret, since) for item in page]
    strings = spark.createDataFrame(lines, "value string")
    return parse_json(spark, strings, options.get("schema"))


def parse_json(spark: SparkSession, strings: DataFrame, schema: Optional[str]) -> DataFrame:
    """Rows from a frame of one column of JSON objects. It runs in the JVM: executors need none of our modules."""
    jvm: Any = spark._jvm
    reader: Any = spark.read
    if schema:
        reader = reader.schema(schema)
    dataset = getattr(strings._jdf, "as")(jvm.org.apache.spark.sql.Encoders.STRING())
    return DataFrame(reader._jreader.json(dataset), spark)


def _pages(url: str, options: dict[str, str], secret: Optional[Connection], since: str) -> Iterator[list[Any]]:
    fixed: dict[str, str] = {}
    if "pageSizeParameter" in options:
        fixed[options["pageSizeParameter"]] = options.get("pageSize", "1000")
    if "sinceParameter" in options:
        fixed[options["sinceParameter"]] = since
    number, cursor = int(options.get("firstPage", "1")), None
    for _ in range(int(options.get("maxPages", "10000"))):
        query = dict(fixed)
        if "pageParameter" in options:
            query[options["pageParameter"]] = str(number)
        if cursor is not None:
            query[options["cursorParameter"]] = str(cursor)
        answer = _get(_with_query(url, query), secret, float(options.get("timeoutSeconds", "30")))
        items = _at(answer, options.get("itemsPath"), "itemsPath")
        page = items if isinstance(items, list) else [items]
        if any(not isinstance(item, dict) for item in page):
            raise SpecError(f"{FIELD}.options.itemsPath", "must lead to an array of JSON objects")
        yield page
        number += 1
        if "cursorParameter" in options:
            cursor = _at(answer, options.get("cursorPath"), "cursorPath", optional=True)
            if not cursor:
                return
        elif "pageParameter" not in options or not page:
            return
    raise PipelineError(f"{FIELD}.options.maxPages", "the API has more pages than this")


def _at(answer: Any, path: Optional[str], option: str, optional: bool = False) -> Any:
    for key in (path or "").split(".") if path else []:
        if not isinstance(answer, dict) or key not in answer:
            if optional:
                return None
            raise SpecError(f"{FIELD}.options.{option}", f'the answer has no "{key}"')
        answer = answer[key]
    return answer


def _with_query(url: str, query: dict[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(
        parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()]))
    )


def _below(url: str, root: str) -> bool:
    """Whether a URL has the scheme, the host and the port of another, and a path below it."""
    one, other = urlsplit(url), urlsplit(root)
    same = (one.scheme, one.netloc.lower()) == (other.scheme, other.netloc.lower())
    folder = other.path.rstrip("/")
    leaves = any(name in (".", "..") for name in unquote(one.path).split("/"))
    return same and not leaves and (one.path == folder or one.path.startswith(f"{folder}/"))


def _get(url: str, secret: Optional[Connection], timeout: float) -> Any:
    request = Request(url, headers={"Accept": "application/json", "User-Agent": "ml-platform-pipeline"})
    if secret and secret.token:
        request.add_header("Authorization", f"Bearer {secret.token}")
    elif secret and secret.username:
        pair = f"{secret.username}:{secret.password or ''}".encode()
        request.add_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with build_opener(_SameHost()).open(request, timeout=timeout) as response:
                return json.load(response)
        except HTTPError as error:
            if attempt == _ATTEMPTS or (error.code < 500 and error.code != 429):
                raise PipelineError(f"{FIELD}.url", f"the API answered {error.code} {error.reason}") from None
        except (URLError, TimeoutError) as error:
            if attempt == _ATTEMPTS:
                raise PipelineError(f"{FIELD}.url", f"the API did not answer: {redact(str(error))}") from None
        except ValueError:
            raise PipelineError(f"{FIELD}.url", "the API did not answer JSON") from None
        time.sleep(2 ** (attempt - 1) * 0.5)
    raise AssertionError("not reached")
