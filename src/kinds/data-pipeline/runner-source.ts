// Generated from src/constructs/pipelines/runner: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** Version of Spark that the runner is written and tested for. */
export const RUNNER_SPARK_VERSION = '4.0.1';

/** Image of that Spark, with Python. */
export const RUNNER_IMAGE = 'docker.io/apache/spark:4.0.1-scala2.13-java17-python3-ubuntu';

/** Maven packages by the connector that needs them: drivers of databases, formats, schemes of stores, and kafka. */
export const RUNNER_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  postgresql: ['org.postgresql:postgresql:42.7.7'],
  mysql: ['com.mysql:mysql-connector-j:9.4.0'],
  mssql: ['com.microsoft.sqlserver:mssql-jdbc:12.10.1.jre11'],
  oracle: ['com.oracle.database.jdbc:ojdbc11:23.8.0.25.04'],
  mongodb: ['org.mongodb.spark:mongo-spark-connector_2.13:10.5.0'],
  kafka: ['org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.1'],
  avro: ['org.apache.spark:spark-avro_2.13:4.0.1'],
  delta: ['io.delta:delta-spark_2.13:4.0.0'],
  iceberg: ['org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0'],
  s3: ['org.apache.hadoop:hadoop-aws:3.4.1'],
  abfss: ['org.apache.hadoop:hadoop-azure:3.4.1'],
};

/** The file that the job starts; main.py of RUNNER_FILES. */
export const RUNNER_MAIN = 'main.py';

/** The runner's files by name, for one ConfigMap mounted as one folder. */
export const RUNNER_FILES: Readonly<Record<string, string>> = {
  'api.py': `"""Rows of an HTTP API that answers JSON, page by page."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, Iterator, Optional
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pyspark.sql import DataFrame, SparkSession

from connection import Connection
from errors import PipelineError, SpecError, redact

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

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Optional[Request]:
        if urlsplit(newurl)[:2] != urlsplit(req.full_url)[:2]:
            raise PipelineError(f"{FIELD}.url", f"redirects to another host, {urlsplit(newurl).netloc}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read_api(
    spark: SparkSession, url: str, options: dict[str, str], secret: Optional[Connection], since: str
) -> DataFrame:
    """
    All pages of the API as rows. Options: \`itemsPath\` (dots between keys; the whole answer by default), \`pageParameter\` and
    \`firstPage\` for numbered pages, until one is empty, \`cursorParameter\` and \`cursorPath\` for cursors, until there is none, \`pageSize\` and
    \`pageSizeParameter\`, \`sinceParameter\` (gets \`:last_run\`), \`maxPages\` (10,000), \`schema\` (DDL; inferred by default).
    The Secret's \`token\` is sent as bearer token, \`username\` and \`password\` as basic authentication.
    """
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        raise SpecError(f"{FIELD}.options", f"{', '.join(unknown)} is none of {', '.join(sorted(OPTIONS))}")
    if urlsplit(url).scheme not in ("http", "https"):
        raise SpecError(f"{FIELD}.url", "must begin with https:// or http://")
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
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *query.items()])))


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
`,
  'binding.py': `"""The named parameters of a query, \`:last_run\` and \`:this_run\`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Callable

PARAMETERS = ("last_run", "this_run")

# before the first run; the earliest time that every database can compare with
EARLIEST = datetime(1000, 1, 1, tzinfo=timezone.utc)

# what a parameter is not looked for in: strings, quoted names, comments, PostgreSQL's $tag$ strings and :: casts
_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \`[^\`]*\` | --[^\\n]* | /\\*.*?\\*/ | \\$(\\w*)\\$.*?\\$\\1\\$ | ::"""
    r"""| (?<![\\w:]):(?P<name>last_run|this_run)\\b""",
    re.VERBOSE | re.DOTALL,
)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def uses(query: str, parameter: str) -> bool:
    """Whether the query has the parameter outside strings and comments."""
    return any(match.group("name") == parameter for match in _TOKEN.finditer(query))


def bind(query: str, values: dict[str, datetime], literal: Callable[[datetime], str]) -> str:
    """
    The query with a typed timestamp literal in the place of each parameter. A literal is made from a \`datetime\`, so it
    can hold nothing but digits and punctuation of a time; text in strings and comments stays as it is.
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group("name")
        return literal(values[name]) if name else match.group(0)

    return _TOKEN.sub(replace, query)


def without_end(query: str) -> str:
    """The query without the semicolon at its end, so that it can stand in parentheses."""
    return query.strip().rstrip(";").rstrip()


def parse_time(text: str) -> datetime:
    """A time of ISO 8601; UTC where it names no zone."""
    time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def format_time(time: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f").zfill(26) + "Z"


def parse_duration(text: str) -> timedelta:
    """A duration as the spec writes it: numbers with units, such as \`15m32s\`."""
    parts = re.findall(r"([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h|d)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f'"{text}" is no duration: write numbers with units, such as "15m"')
    return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
`,
  'connection.py': `"""Connection details from a mounted Secret: one file for each key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Optional
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
    """What the Secret says. \`driver\` is what its URL says of the kind of database."""

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
    Reads the Secret mounted at \`folder\`. A URL of the form \`postgresql://user:password@host:port/database?key=value\` is
    taken apart, so that no password stays in a URL; one that begins with \`jdbc:\` is used as it is.
    """
    if not folder:
        return None
    if not os.path.isdir(folder):
        raise SpecError(field, f"the Secret is not mounted: there is no folder {folder}")
    found: dict[str, str] = {}
    for key in _KEYS:
        path = os.path.join(folder, key)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                found[key] = file.read().rstrip("\\r\\n")
    if not found:
        raise SpecError(field, f"the Secret has none of the keys {', '.join(_KEYS)}")
    hide(found.get("password"))
    hide(found.get("token"))
    url = found.get("url")
    return _with_url(found, url) if url else Connection(**found)


def _with_url(found: dict[str, str], url: str) -> Connection:
    jdbc = re.match(r"jdbc:(\\w+):", url)
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
`,
  'connectors.json': `{
  "spark": "4.0.1",
  "scala": "2.13",
  "packages": {
    "postgresql": ["org.postgresql:postgresql:42.7.7"],
    "mysql": ["com.mysql:mysql-connector-j:9.4.0"],
    "mssql": ["com.microsoft.sqlserver:mssql-jdbc:12.10.1.jre11"],
    "oracle": ["com.oracle.database.jdbc:ojdbc11:23.8.0.25.04"],
    "mongodb": ["org.mongodb.spark:mongo-spark-connector_2.13:10.5.0"],
    "kafka": ["org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.1"],
    "avro": ["org.apache.spark:spark-avro_2.13:4.0.1"],
    "delta": ["io.delta:delta-spark_2.13:4.0.0"],
    "iceberg": ["org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.10.0"],
    "s3": ["org.apache.hadoop:hadoop-aws:3.4.1"],
    "abfss": ["org.apache.hadoop:hadoop-azure:3.4.1"]
  }
}
`,
  'errors.py': `"""Errors that name the field of the spec, and the texts that must never reach a log."""

from __future__ import annotations

import logging
import re
from typing import Any, Optional

_hidden: set[str] = set()


class PipelineError(Exception):
    """The run cannot go on. \`field\` is the path in the spec, such as \`transformations[1].config.query\`."""

    exit_code = 1

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class SpecError(PipelineError):
    """The spec or what it refers to is wrong; the same run would fail again."""

    exit_code = 2


class QualityError(PipelineError):
    """A quality check with \`onFailure: fail\` failed; nothing was written to the sink."""

    exit_code = 3

    def __init__(self, field: str, message: str, failed: list[str]) -> None:
        super().__init__(field, message)
        self.failed = failed


def hide(value: Optional[str]) -> Optional[str]:
    """Has \`redact\` replace this text from now on; gives it back."""
    if value and len(value) > 2:
        _hidden.add(value)
    return value


def redact(text: str) -> str:
    """The text without secrets: those of the connections, and passwords in URLs."""
    for value in sorted(_hidden, key=len, reverse=True):
        text = text.replace(value, "***")
    text = re.sub(r"(?i)\\b(password|passwd|pwd|secret|token)=[^&;\\s\\"']+", r"\\1=***", text)
    return re.sub(r"(\\w+://[^/\\s:@]+):[^@\\s/]+@", r"\\1:***@", text)


def reason(error: BaseException) -> str:
    """What went wrong, in one line: the deepest cause of a Java error, without its stack."""
    java: Any = getattr(error, "java_exception", None)
    text = str(error)
    if java is not None:
        cause = java
        while cause.getCause() is not None:
            cause = cause.getCause()
        text = f"{cause.getClass().getSimpleName()}: {cause.getMessage()}"
    text = text.split("JVM stacktrace:")[0].split("\\n\\tat ")[0]
    return redact(" ".join(text.split()))[:1500]


class RedactingFormatter(logging.Formatter):
    """Log lines without secrets, those in tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
`,
  'jdbc.py': `"""Databases over JDBC: how each is reached, asked for its time, and told about a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional
from urllib.parse import quote

from pyspark.sql import DataFrame, SparkSession

from binding import parse_time
from connection import Connection
from errors import PipelineError, SpecError, hide, reason
from packages import missing_package

_TABLE = re.compile(r"^[\\w$#]+(\\.[\\w$#]+){0,2}$")
# set by the runner; a spec that could set them could move the connection or put a password in the spec
RESERVED = {"url", "user", "password", "driver", "dbtable", "query", "sessioninitstatement"}


@dataclass(frozen=True)
class Dialect:
    """What differs between databases. \`literal\` formats a time in UTC with microseconds, \`clock\` selects it as text."""

    driver: str
    port: int
    url: str
    literal: str
    clock: str
    session: Optional[str] = None


DIALECTS = {
    "postgresql": Dialect(
        "org.postgresql.Driver",
        5432,
        "jdbc:postgresql://{host}:{port}/{database}",
        "TIMESTAMPTZ '{date} {time}+00:00'",
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\\"T\\"HH24:MI:SS.US')",
        "SET TIME ZONE 'UTC'",
    ),
    "mysql": Dialect(
        "com.mysql.cj.jdbc.Driver",
        3306,
        "jdbc:mysql://{host}:{port}/{database}?connectionTimeZone=UTC&forceConnectionTimeZoneToSession=true",
        "TIMESTAMP '{date} {time}'",
        "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')",
        "SET time_zone = '+00:00'",
    ),
    "mssql": Dialect(
        "com.microsoft.sqlserver.jdbc.SQLServerDriver",
        1433,
        "jdbc:sqlserver://{host}:{port};databaseName={database};encrypt=true",
        "CAST('{date}T{time}' AS DATETIME2(6))",
        "SELECT CONVERT(VARCHAR(26), CAST(SYSUTCDATETIME() AS DATETIME2(6)), 126)",
    ),
    "oracle": Dialect(
        "oracle.jdbc.OracleDriver",
        1521,
        "jdbc:oracle:thin:@//{host}:{port}/{database}",
        "TIMESTAMP '{date} {time} +00:00'",
        "SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD\\"T\\"HH24:MI:SS.FF6') FROM DUAL",
        "ALTER SESSION SET TIME_ZONE = '+00:00'",
    ),
}


class Database:
    """A database of the spec. Times are exchanged in UTC whatever the zone of the server."""

    def __init__(self, spark: SparkSession, config: dict[str, Any], connection: Optional[Connection], field: str) -> None:
        self.spark = spark
        self.field = field
        if connection is None:
            raise SpecError(f"{field}.connection", "must be set: a Secret says how the database is reached")
        self.connection = connection
        self.kind = config.get("driver") or connection.driver or ""
        if self.kind not in DIALECTS:
            raise SpecError(f"{field}.driver", f'"{self.kind}" is none of {", ".join(DIALECTS)}')
        self.dialect = DIALECTS[self.kind]
        given = dict(config.get("options") or {})
        reserved = sorted(key for key in given if key.lower() in RESERVED)
        if reserved:
            raise SpecError(f"{field}.options", f"{', '.join(reserved)} must not be set: it comes from the Secret")
        self.options = {**given, **self._connection_options()}

    def _connection_options(self) -> dict[str, str]:
        secret = self.connection
        options = {"url": self._url(), "driver": self.dialect.driver}
        if secret.username is not None:
            options["user"] = secret.username
        if secret.password is not None:
            options["password"] = secret.password
        if self.dialect.session:
            options["sessionInitStatement"] = self.dialect.session
        return options

    def _url(self) -> str:
        secret = self.connection
        if secret.url and secret.url.startswith("jdbc:"):
            return secret.url
        host, database = secret.host, secret.database
        if not host or not database:
            raise SpecError(f"{self.field}.connection", "the Secret must have the keys host and database, or url")
        port = secret.port or str(self.dialect.port)
        if not re.fullmatch(r"[\\w.\\-:\\[\\]]+", host) or not port.isdigit():
            raise SpecError(f"{self.field}.connection", "the Secret's host or port is none")
        url = self.dialect.url.format(host=host, port=port, database=quote(database, safe=""))
        for key, value in secret.parameters:
            mark = ";" if self.kind == "mssql" else ("&" if "?" in url else "?")
            url += f"{mark}{quote(key, safe='')}={quote(value, safe='')}"
            if "password" in key.lower():
                hide(value)
        return url

    def literal(self, time: datetime) -> str:
        """The time as a typed literal of this database."""
        utc = time.astimezone(timezone.utc)
        return self.dialect.literal.format(
            date=f"{utc.year:04d}-{utc.month:02d}-{utc.day:02d}", time=utc.strftime("%H:%M:%S.%f")
        )

    def read(self, query: Optional[str] = None, table: Optional[str] = None) -> DataFrame:
        """The rows of a query or a table. Only the columns are asked for here; rows are read when they are needed."""
        target = f"({query}) pipeline_source" if query else self.table_name(table or "")
        try:
            return self.spark.read.format("jdbc").options(**self.options).option("dbtable", target).load()
        except Exception as error:
            raise self.failure(f"{self.field}.{'query' if query else 'table'}", error) from None

    def table_name(self, table: str, field: str = "table") -> str:
        """The table's name, checked to be nothing but a name."""
        if not _TABLE.match(table):
            raise SpecError(f"{self.field}.{field}", f'"{table}" is no table: write name, schema.name or catalog.schema.name')
        return table

    def connect(self) -> Any:
        """A \`java.sql.Connection\` of the driver's JVM, made as Spark itself makes it."""
        jvm: Any = self.spark._jvm
        try:
            options = jvm.org.apache.spark.sql.execution.datasources.jdbc.JDBCOptions(
                jvm.PythonUtils.toScalaMap({**self.options, "dbtable": "none"})
            )
            connection = jvm.org.apache.spark.sql.jdbc.JdbcDialects.get(options.url()).createConnectionFactory(options).apply(-1)
            if self.dialect.session:
                statement = connection.createStatement()
                statement.execute(self.dialect.session)
                statement.close()
            return connection
        except Exception as error:
            raise self.failure(f"{self.field}.connection", error) from None

    def quote(self, name: str) -> str:
        """The name of a column, quoted for this database."""
        return str(self.spark._jvm.org.apache.spark.sql.jdbc.JdbcDialects.get(self.options["url"]).quoteIdentifier(name))

    def now(self) -> datetime:
        """The time of the database's own clock, which stamps its rows."""
        connection = self.connect()
        try:
            result = connection.createStatement().executeQuery(self.dialect.clock)
            result.next()
            return parse_time(str(result.getString(1)))
        finally:
            connection.close()

    def failure(self, field: str, error: BaseException) -> PipelineError:
        """The error with the field it is about. A missing driver is an error of the spec's surroundings."""
        text = reason(error)
        missing = missing_package(text, self.kind)
        if missing:
            return SpecError(f"{self.field}.driver", missing)
        return PipelineError(field, text)
`,
  'job.py': `"""One run of a pipeline, from the source to the report."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Optional

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from binding import format_time
from connection import Connection, read_connection
from errors import PipelineError, QualityError, SpecError, reason
from lake import lake_sink
from lineage import Dataset, Lineage, datasets
from metrics import Metrics
from quality import FAILED, judge
from sinks import Sink, SinkContext, StreamSink
from sources import CONNECTORS, Source
from state import FileState, State
from storage import Folder, resolve
from stream import read_topic
from table import TableSink
from transforms import checked, transform

_ROWS_PER_PART = 500_000
# seconds; the figure comes with an event right after the query
_PATIENCE = 10.0


@dataclass
class Job:
    """What a run needs beside the spec; see \`main.py\` for the meaning of each."""

    spark: SparkSession
    namespace: str
    name: str
    spec: dict[str, Any]
    metrics: Metrics
    run: Optional[str] = None
    source_connection: Optional[str] = None
    sink_connection: Optional[str] = None
    state: Optional[str] = None
    quarantine: Optional[str] = None
    lookup: Optional[str] = None
    failed: list[str] = field(default_factory=list)

    @property
    def pipeline(self) -> str:
        """The name under which the state is kept."""
        return f"{self.namespace}.{self.name}"

    def execute(self) -> dict[str, Any]:
        """Runs the pipeline; gives the result of main's contract."""
        lineage_id = str(uuid.uuid4())
        inputs: list[Dataset] = []
        outputs: list[Dataset] = []
        about = self.spec.get("lineage") or {}
        lineage = Lineage(about.get("enabled", True), about.get("namespace") or self.namespace, self.name, lineage_id)
        try:
            source_secret = read_connection(self.source_connection, "source.config.connection")
            sink_secret = read_connection(self.sink_connection, "sink.config.connection")
            inputs += datasets(self.spec["source"], source_secret)
            outputs += datasets(self.spec["sink"], sink_secret)
            lineage.send("START", inputs, outputs)
            run = _Run(self, self.run or lineage_id, source_secret, sink_secret, inputs, outputs)
            result = run.execute()
        except Exception as error:
            lineage.send("FAIL", inputs, outputs, reason(error))
            raise
        lineage.send("COMPLETE", inputs, outputs)
        return result


class _Run:
    def __init__(
        self,
        job: Job,
        run: str,
        source_secret: Optional[Connection],
        sink_secret: Optional[Connection],
        inputs: list[Dataset],
        outputs: list[Dataset],
    ) -> None:
        self.job = job
        self.run = run
        self.inputs = inputs
        self.outputs = outputs
        self.source_secret = source_secret
        self.source = Source(job.spark, job.spec["source"], source_secret, job.lookup)
        self.this_run: datetime = self.source.now()
        self.sink = self._sink(sink_secret)
        self.warnings: list[str] = []

    def _sink(self, secret: Optional[Connection]) -> Sink:
        spec, job = self.job.spec["sink"], self.job
        config, kind = spec.get("config") or {}, spec["type"]
        context = SinkContext(job.spark, job.pipeline, self.run, secret, job.state)
        if kind == "datalake":
            return lake_sink(context, config, self.this_run)
        if kind in ("database", "warehouse"):
            driver = config.get("driver") or (secret.driver if secret else None)
            if driver not in CONNECTORS:
                return TableSink(context, config)
            kind = driver
        elif kind != "kafka":
            raise SpecError("sink.type", f'"{kind}" is not written by the Spark runner: write the offline store itself')
        store = None
        if job.state:
            store = FileState(Folder(job.spark, resolve(job.state, "state"), "state"), job.pipeline)
        elif self.source.incremental() or self.source.kind == "kafka":
            raise SpecError("state", f"must be given: a sink of type {kind} has no place for the time of the last run")
        return StreamSink(context, kind, config, store)

    def execute(self) -> dict[str, Any]:
        """Reads, judges and writes; gives the result."""
        state = self.sink.load()
        if self.job.run and state.run == self.job.run and self.source.kind != "kafka":
            # the former attempt was committed and ended before it could say so
            return {**state.result, "alreadyCommitted": True}
        if self.source.kind == "kafka":
            checkpoint = f"{self._state_folder()}/checkpoint/{self.job.pipeline}"
            config = self.job.spec["source"]["config"]
            read_topic(self.job.spark, config, self.source_secret, checkpoint, state, self._batch)
            return self._result(state)
        frame = self.source.read(state.last_run(), self.this_run)
        self._process(frame, state, state)
        return self._result(state)

    def _state_folder(self) -> str:
        if self.job.state:
            return resolve(self.job.state, "state").rstrip("/")
        path = self.job.spec["sink"]["config"].get("path")
        if not path:
            raise SpecError("state", "must be given: a stream's checkpoint needs a folder")
        return f'{resolve(path, "sink.config.path").rstrip("/")}/_state'

    def _batch(self, frame: DataFrame, stream: str, number: int) -> None:
        state = self.sink.load()
        self._process(frame, state, replace(state, stream=stream, batch=number))

    def _process(self, frame: DataFrame, former: State, state: State) -> None:
        job, counts = self.job, self.job.metrics.counts
        job.metrics.spark = job.spark
        for dataset in self.inputs:
            dataset.columns = frame.dtypes
        seen = Observation()
        source = frame
        observed = frame.observe(seen, F.count(F.lit(1)).alias("read"))
        steps = job.spec.get("transformations") or []
        frame = transform(job.spark, observed, steps, self.source.read_lookup, former.last_run(), self.this_run)
        kept, verdict = self._judge(frame)
        try:
            counts.read += _count(seen, source)
            counts.quarantined += verdict.bad_count
            job.failed[:] = [*job.failed, *[name for name in verdict.failed if name not in job.failed]]
            counts.failed_checks = len(job.failed)
            self.warnings += verdict.messages
            if verdict.bad_count:
                self._quarantine(verdict.bad, verdict.bad_count, bool(verdict.fatal), state.batch)
            if verdict.fatal:
                raise QualityError("quality", "; ".join(verdict.messages), verdict.failed)
            written = counts.written + verdict.good_count
            this_run = format_time(self.this_run)
            result = self._result(state, written=written, last_run=this_run)
            # few files (or connections) for few rows, not one for each shuffle partition
            good = verdict.good.coalesce(verdict.good_count // _ROWS_PER_PART + 1)
            self.sink.write(good, former, replace(state, lastRun=this_run, run=self.run, result=result))
            counts.written = written
        finally:
            kept.unpersist()
        for dataset in self.outputs:
            dataset.columns, dataset.rows = verdict.good.dtypes, counts.written
        if len(self.inputs) == 1:
            self.inputs[0].rows = counts.read

    def _judge(self, frame: DataFrame) -> Any:
        try:
            return judge(frame, self.job.spec.get("quality") or [], self.this_run)
        except PipelineError:
            raise
        except Exception as error:
            # errors of values appear where rows are first computed
            text = reason(error)
            named = [part for part in ("transformations[",) if part in text]
            where = text[text.index(named[0]) :].split(":")[0] if named else "run"
            raise PipelineError(where, text) from None

    def _quarantine(self, bad: DataFrame, count: int, fatal: bool, batch: Optional[int]) -> None:
        """Writes the rows as JSON, which keeps any column readable, with the names of the checks that they break."""
        base = resolve(self.job.quarantine, "quarantine") if self.job.quarantine else self.sink.quarantine()
        if base is None:
            if fatal:
                return
            message = f"{count} rows break checks and there is no place for them: give a location for the quarantine"
            raise PipelineError("quality", message)
        path = f"{base.rstrip('/')}/run={self.run}" + (f"/batch={batch}" if batch is not None else "")
        rows = bad.withColumnRenamed(FAILED, "failed_checks")
        checked("quarantine", lambda: rows.write.mode("overwrite").json(path, ignoreNullFields=False))

    def _result(self, state: State, written: Optional[int] = None, last_run: Optional[str] = None) -> dict[str, Any]:
        counts = self.job.metrics.counts
        return {
            "recordsRead": counts.read,
            "recordsWritten": counts.written if written is None else written,
            "recordsQuarantined": counts.quarantined,
            "failedChecks": list(self.job.failed),
            "lastRun": last_run or format_time(self.this_run),
        }


def _count(seen: Observation, source: DataFrame) -> int:
    """How many rows were read. \`Observation.get\` would wait for ever where the optimizer has removed what it observes."""
    deadline = time.monotonic() + _PATIENCE
    jvm_observation: Any = seen._jo
    while time.monotonic() < deadline:
        if jvm_observation.future().isCompleted():
            return int(seen.get["read"])
        time.sleep(0.02)
    return source.count()


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(timezone.utc)
`,
  'lake.py': `"""Folders as sinks: files that appear in a journalled move, and tables of Delta Lake and Iceberg, which commit by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Optional

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from errors import PipelineError, SpecError, reason
from packages import missing_package
from sinks import FIELD, SinkContext, newest_of_each_key, require_keys
from state import FileState, State
from storage import Folder, connect_store, resolve
from transforms import require_columns

_DERIVED = {"year": "yyyy", "month": "MM", "day": "dd", "hour": "HH"}
# read by the runner itself, not by Spark's writer
_OURS = {"orderBy", "partitionTimeColumn", "partitionOverwriteMode"}


class LakeSink:
    """
    Files below the sink's path. Spark writes them to \`_staging\`; then their names are noted in the state, they are moved to their
    places, and the state is committed. \`load\` removes what a run that did not come so far has moved. An overwrite removes the
    former files after the commit: in between a reader sees both, never neither.
    """

    def __init__(self, context: SinkContext, config: dict[str, Any], this_run: datetime) -> None:
        self.spark = context.spark
        self.path = resolve(config["path"], f"{FIELD}.path").rstrip("/")
        connect_store(self.spark, self.path, context.connection)
        self.format = str(config.get("format") or "parquet")
        self.mode = str(config.get("mode") or "append")
        self.keys: list[str] = config.get("keys") or []
        self.partitions: list[str] = config.get("partitionBy") or []
        self.given: dict[str, str] = dict(config.get("options") or {})
        self.options = {key: value for key, value in self.given.items() if key not in _OURS}
        self.this_run = this_run
        self.folder = Folder(self.spark, self.path, f"{FIELD}.path")
        self.pipeline = context.pipeline
        self.staging = f"_staging/{context.pipeline}"
        where = resolve(context.state, "state") if context.state else f"{self.path}/_state"
        self.store = FileState(Folder(self.spark, where, "state"), context.pipeline)

    def quarantine(self) -> Optional[str]:
        """Beside the data, hidden from Spark's readers by the underscore."""
        return f"{self.path}/_quarantine"

    def load(self) -> State:
        """The state, once the sink holds exactly what was committed."""
        state = self.store.load()
        if not (state.add or state.drop or self.folder.exists(self.staging)):
            return state
        # the version first: were that run still alive, it can no longer commit files that are removed here
        taken = replace(state, version=state.version + 1)
        self.store.save(taken, state)
        for name in (*state.add, *state.drop):
            self.folder.delete(name)
        self.folder.delete(self.staging)
        self.store.save(taken.clean(), taken)
        return taken.clean()

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows and commits the state."""
        frame = self._partitioned(frame)
        if self.mode == "upsert":
            require_keys(frame, self.keys)
            frame = newest_of_each_key(frame, self.keys, self.given.get("orderBy"))
        try:
            self._write_files(frame, former, state)
        except PipelineError:
            raise
        except Exception as error:
            text = reason(error)
            raise PipelineError("sink", missing_package(text, self.format) or text) from None

    def _partitioned(self, frame: DataFrame) -> DataFrame:
        """Adds year, month, day and hour where they are wished and not there: of \`partitionTimeColumn\`, or of the run's time."""
        column = self.given.get("partitionTimeColumn")
        if column:
            require_columns(frame, [column], f"{FIELD}.options.partitionTimeColumn")
            time = F.col(column).cast("timestamp")
        else:
            time = F.timestamp_micros(F.lit(round(self.this_run.timestamp() * 1_000_000)))
        for name in self.partitions:
            if name not in frame.columns and name in _DERIVED:
                frame = frame.withColumn(name, F.date_format(time, _DERIVED[name]))
        require_columns(frame, self.partitions, f"{FIELD}.partitionBy")
        return frame

    def _write_files(self, frame: DataFrame, former: State, state: State) -> None:
        present = [] if self.mode == "append" else list(self.folder.files())
        if self.mode == "upsert" and present:
            frame = self._merged(frame)
        writer = frame.write.format(self.format).options(**self._writer_options()).mode("overwrite")
        writer.partitionBy(*self.partitions).save(f"{self.path}/{self.staging}")
        added = list(self.folder.files(self.staging))
        taken = set(added)
        if self.given.get("partitionOverwriteMode") == "dynamic":
            touched = {name.rpartition("/")[0] for name in added}
            present = [name for name in present if name.rpartition("/")[0] in touched]
        journalled = replace(former, add=tuple(added), version=former.version + 1)
        self.store.save(journalled, former)
        for name in added:
            self.folder.move(f"{self.staging}/{name}", name)
        dropped = tuple(name for name in present if name not in taken)
        committed = replace(state, version=journalled.version + 1, drop=dropped)
        self.store.save(committed, journalled)
        # committed from here on: what fails now is done by the next run's load
        for name in dropped:
            self.folder.delete(name)
        self.folder.delete(self.staging)
        if dropped:
            self.store.save(committed.clean(), committed)

    def _writer_options(self) -> dict[str, str]:
        return {"header": "true", **self.options} if self.format == "csv" else self.options

    def _merged(self, frame: DataFrame) -> DataFrame:
        """The rows that are there, without those of the new keys, and the new ones. Columns that one side lacks are null."""
        reader = self.spark.read.format(self.format).options(**self._writer_options())
        if self.format in ("csv", "json"):
            # files without types of their own
            reader = reader.schema(frame.schema)
        elif self.format == "parquet":
            reader = reader.option("mergeSchema", "true")
        present = reader.load(self.path)
        for column in self.partitions:
            # a folder's name has no type
            present = present.withColumn(column, F.col(column).cast(frame.schema[column].dataType))
        require_columns(present, self.keys, f"{FIELD}.keys")
        kept = present.join(frame.select(*self.keys), on=self.keys, how="left_anti")
        return kept.unionByName(frame, allowMissingColumns=True)


class TableFormatSink(LakeSink):
    """
    Delta Lake by its path, Iceberg as the table \`<last part of the path>\` of a Hadoop catalog in the folder above. Each write is a
    transaction of the table. Delta refuses the same version of a pipeline twice, so a retry doubles nothing; an Iceberg append whose
    state was not committed is appended again.
    """

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows in one transaction, then commits the state."""
        frame = self._partitioned(frame)
        if self.mode == "upsert":
            require_keys(frame, self.keys)
            frame = newest_of_each_key(frame, self.keys, self.given.get("orderBy"))
        try:
            if self.format == "delta":
                self._delta(frame, former)
            else:
                self._iceberg(frame)
        except PipelineError:
            raise
        except Exception as error:
            text = reason(error)
            raise PipelineError("sink", missing_package(text, self.format) or text) from None
        self.store.save(replace(state, version=former.version + 1), former)

    def _delta(self, frame: DataFrame, former: State) -> None:
        there = self.folder.exists("_delta_log")
        if self.mode == "upsert" and there:
            self._merge(frame, f"delta.\`{self.path}\`")
            return
        once = {"txnAppId": self.pipeline, "txnVersion": str(former.version + 1)}
        mode = "overwrite" if self.mode == "overwrite" else "append"
        writer = frame.write.format("delta").options(**{**once, **self.options}).mode(mode)
        if not there:
            writer = writer.partitionBy(*self.partitions)
        writer.save(self.path)

    def _iceberg(self, frame: DataFrame) -> None:
        parent, _, name = self.path.rpartition("/")
        conf = {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hadoop", ".warehouse": parent}
        for key, value in conf.items():
            self.spark.conf.set(f"spark.sql.catalog.lake{key}", value)
        table = f"lake.\`{name}\`"
        writer = frame.writeTo(table).options(**self.options)
        if not self.folder.exists("metadata"):
            writer = writer.using("iceberg")
            if self.partitions:
                writer = writer.partitionedBy(*[F.col(column) for column in self.partitions])
            writer.create()
        elif self.mode == "upsert":
            self._merge(frame, table)
        elif self.mode == "overwrite":
            writer.overwrite(F.lit(True))
        else:
            writer.append()

    def _merge(self, frame: DataFrame, table: str) -> None:
        frame.createOrReplaceTempView("pipeline_rows")
        same = " AND ".join(f"there.\`{key}\` = here.\`{key}\`" for key in self.keys)
        self.spark.sql(
            f"MERGE INTO {table} there USING pipeline_rows here ON {same} "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )


def lake_sink(context: SinkContext, config: dict[str, Any], this_run: datetime) -> LakeSink:
    """The sink of a folder."""
    format = config.get("format") or "parquet"
    if format == "text" and config.get("mode") == "upsert":
        raise SpecError(f"{FIELD}.mode", "text has no columns that identify a row: use another format")
    kind = TableFormatSink if format in ("delta", "iceberg") else LakeSink
    return kind(context, config, this_run)
`,
  'lineage.py': `"""OpenLineage events (openlineage.io, specification 2-0-2) over HTTP. What fails here never fails the run."""

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
from errors import redact

_PRODUCER = "https://github.com/ml-platform-constructs/ml-platform-constructs"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = "https://openlineage.io/spec/facets"
_log = logging.getLogger("pipeline")
_JDBC_NAMES = {"postgresql": ("postgres", "5432"), "mysql": ("mysql", "3306"), "mssql": ("mssql", "1433"), "oracle": ("oracle", "1521")}


@dataclass
class Dataset:
    """A dataset by OpenLineage's naming. \`columns\` are name and type, \`rows\` how many were read or written."""

    namespace: str
    name: str
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: Optional[int] = None

    def event(self, kind: str) -> dict[str, Any]:
        """As it stands in an event; \`kind\` is input or output."""
        found: dict[str, Any] = {"namespace": self.namespace, "name": self.name}
        if self.columns:
            fields = [{"name": name, "type": type_} for name, type_ in self.columns]
            found["facets"] = {"schema": _facet("1-1-1", "SchemaDatasetFacet", {"fields": fields})}
        if self.rows is not None:
            name = "InputStatisticsInputDatasetFacet" if kind == "input" else "OutputStatisticsOutputDatasetFacet"
            version = "1-0-0" if kind == "input" else "1-0-2"
            found[f"{kind}Facets"] = {f"{kind}Statistics": _facet(version, name, {"rowCount": self.rows})}
        return found


class Lineage:
    """Sends the events of one run to \`OPENLINEAGE_URL\`, with \`OPENLINEAGE_API_KEY\` as bearer token; none where it is not set."""

    def __init__(self, enabled: bool, namespace: str, job: str, run: str) -> None:
        self.url = os.environ.get("OPENLINEAGE_URL", "") if enabled else ""
        self._job = {"namespace": namespace, "name": job, "facets": {}}
        self._run = run

    def send(
        self, kind: str, inputs: list[Dataset], outputs: list[Dataset], error: Optional[str] = None
    ) -> None:
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
            _log.warning("lineage: %s was not sent: %s", kind, failure)


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
        servers = servers or os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
        return [Dataset(f"kafka://{servers.split(',')[0]}", config["topic"])]
    if kind not in ("database", "warehouse"):
        return [Dataset(kind, str(config.get("featureStore") or config.get("topic")))]
    secret = connection or Connection()
    driver = config.get("driver") or secret.driver or "database"
    scheme, port = _JDBC_NAMES.get(driver, (driver, ""))
    host, database = secret.host, secret.database
    if secret.url and not host:
        # the URL can hold a password, so no more than these parts of it is used
        found = re.search(r"//(?:[^@/]*@)?([\\w.\\-]+)(?::(\\d+))?(?:/|;databaseName=)([\\w\\-]+)", secret.url)
        host, port, database = (found.group(1), found.group(2) or port, found.group(3)) if found else (None, port, None)
    namespace = f"{scheme}://{host}:{secret.port or port}"
    tables = [config["table"]] if config.get("table") else tables_of(config.get("query") or "")
    return [Dataset(namespace, f"{database}.{_qualified(table, driver)}") for table in tables]


def tables_of(query: str) -> list[str]:
    """The tables that a query names after FROM and JOIN, without those that it defines itself (WITH)."""
    bare = re.sub(r"'(?:[^']|'')*'|--[^\\n]*|/\\*.*?\\*/", " ", query, flags=re.DOTALL)
    own = {name.lower() for name in re.findall(r"(\\w+)\\s+AS\\s+(?:NOT\\s+MATERIALIZED\\s+|MATERIALIZED\\s+)?\\(", bare, re.IGNORECASE)}
    found = re.findall(r"\\b(?:FROM|JOIN)\\s+([\\w$]+(?:\\.[\\w$]+)*)", bare, re.IGNORECASE)
    return [name for name in dict.fromkeys(found) if name.lower() not in own]


def _qualified(table: str, driver: str) -> str:
    return f"public.{table}" if driver == "postgresql" and "." not in table else table
`,
  'main.py': `"""
Runs one DataPipeline (nstarx.io/v1alpha1) on Spark. This file is the job's main application file; the other files of its folder lie beside it.

    main.py PIPELINE.json [options]

PIPELINE.json is \`{"metadata": {"name", "namespace"}, "spec": {...}}\`, the DataPipeline as it is in the API server; further fields are ignored.

Options (none of them secret):
    --source-connection DIR  the Secret of source.config.connection, mounted as a folder of files: host, port, database, username, password,
                             or url (\`postgresql://user:password@host:port/database\`, or \`jdbc:...\`); token for an API
    --sink-connection DIR    the same for sink.config.connection
    --run ID                 identity of the run. Give it only where all attempts of one run have the same and no other run has it: an
                             attempt after a committed one then does nothing. A random one by default.
    --state LOCATION         folder of the state, see state.py. Needed for sinks that cannot keep it: Kafka, MongoDB, Cassandra, Snowflake, and
                             for a Kafka source whose sink is no datalake. Default: \`_state\` in the sink, or a table beside the target.
    --quarantine LOCATION    folder for rows that break a check. Default: \`_quarantine\` in a datalake sink; others have none.
    --lookup LOCATION        folder of the tables that \`enrich\` joins where the source is no JDBC database.
    --result FILE            where the result goes, default /dev/termination-log (status.containerStatuses[].state.terminated.message)
    --metrics-port PORT      default 8090; -1 serves none. --metrics-linger SECONDS: how long they stay after the end, default 0.

Environment: OPENLINEAGE_URL (no events without it), OPENLINEAGE_API_KEY, OPENLINEAGE_ENDPOINT; KAFKA_BOOTSTRAP_SERVERS, the platform's brokers.

Result: one JSON object of at most 4,096 bytes: state (Completed or Failed), run, startTime, endTime, durationSeconds, recordsRead, recordsWritten,
recordsQuarantined, failedChecks, lastRun (the time that the next run gets as \`:last_run\`; absent after a failure); after a failure also
message, which begins with the field of the spec. alreadyCommitted is true where a former attempt of this run had been committed.

Exit codes: 0 done; 1 failed, another attempt may help; 2 the spec or its surroundings are wrong; 3 a check with \`onFailure: fail\` failed.

The JVMs of driver and executors must run in UTC (\`-Duser.timezone=UTC\` in their Java options): Spark's JDBC source reads times in that zone.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import datetime
from typing import Any, Optional

from pyspark.sql import SparkSession

from binding import format_time
from errors import PipelineError, RedactingFormatter, SpecError, reason
from job import Job, utc_now
from metrics import Metrics

_LIMIT = 4096
_OPTIMIZER = "org.apache.spark.sql.catalyst.optimizer"
_ADAPTIVE = "org.apache.spark.sql.execution.adaptive"
_log = logging.getLogger("pipeline")


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="main.py")
    parser.add_argument("pipeline")
    for option in ("source-connection", "sink-connection", "run", "state", "quarantine", "lookup"):
        parser.add_argument(f"--{option}")
    parser.add_argument("--result", default="/dev/termination-log")
    parser.add_argument("--metrics-port", type=int, default=8090)
    parser.add_argument("--metrics-linger", type=float, default=0)
    return parser.parse_args(argv)


def read_pipeline(path: str) -> dict[str, Any]:
    """The DataPipeline; an error says what it lacks."""
    try:
        with open(path, encoding="utf-8") as file:
            pipeline = json.load(file)
    except (OSError, ValueError) as error:
        raise SpecError("pipeline", f"cannot be read: {error}") from None
    if not isinstance(pipeline, dict) or not isinstance(pipeline.get("spec"), dict):
        raise SpecError("spec", "must be set")
    metadata = pipeline.get("metadata") or {}
    if not metadata.get("name"):
        raise SpecError("metadata.name", "must be set")
    for part in ("source", "sink"):
        if not isinstance(pipeline["spec"].get(part), dict) or "type" not in pipeline["spec"][part]:
            raise SpecError(part, "must be set, with type and config")
    return pipeline


def session(name: str) -> SparkSession:
    """Spark in UTC, whose logs and pages hide what looks like a secret."""
    builder = SparkSession.builder.appName(name).config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.redaction.regex", "(?i)secret|password|passwd|token|access[.]?key|jaas|url|uri")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = builder.getOrCreate()
    # these drop what has no rows from a plan, and the count of the rows read with it
    spark.conf.set("spark.sql.optimizer.excludedRules", f"{_OPTIMIZER}.PropagateEmptyRelation")
    spark.conf.set("spark.sql.adaptive.optimizer.excludedRules", f"{_ADAPTIVE}.AQEPropagateEmptyRelation")
    jvm: Any = spark._jvm
    jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone("UTC"))
    return spark


def main(argv: list[str]) -> int:
    """Runs the pipeline; gives the exit code."""
    options = parse(argv)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _log.handlers, _log.propagate = [handler], False
    _log.setLevel(logging.INFO)
    started = utc_now()
    metrics = Metrics(options.metrics_port, options.metrics_linger)
    failed: list[str] = []
    code, outcome = 0, {}
    try:
        pipeline = read_pipeline(options.pipeline)
        name = pipeline["metadata"]["name"]
        job = Job(
            session(name),
            pipeline["metadata"].get("namespace") or "default",
            name,
            pipeline["spec"],
            metrics,
            run=options.run,
            source_connection=options.source_connection,
            sink_connection=options.sink_connection,
            state=options.state,
            quarantine=options.quarantine,
            lookup=options.lookup,
            failed=failed,
        )
        outcome = {"state": "Completed", **job.execute()}
    except Exception as error:
        code = error.exit_code if isinstance(error, PipelineError) else 1
        message = reason(error)
        if not isinstance(error, PipelineError):
            message = f"run: {type(error).__name__}: {message}"
            _log.debug("", exc_info=True)
        _log.error("%s", message)
        outcome = {
            "state": "Failed",
            "message": message,
            "recordsRead": metrics.counts.read,
            "recordsWritten": metrics.counts.written,
            "recordsQuarantined": metrics.counts.quarantined,
            "failedChecks": failed,
        }
    _report(options.result, outcome, options.run, started)
    metrics.close()
    return code


def _report(path: Optional[str], outcome: dict[str, Any], run: Optional[str], started: datetime) -> None:
    ended = utc_now()
    result = {
        **outcome,
        **({"run": run} if run else {}),
        "startTime": format_time(started),
        "endTime": format_time(ended),
        "durationSeconds": round((ended - started).total_seconds(), 3),
    }
    text = json.dumps(result, separators=(",", ":"))
    while len(text.encode()) > _LIMIT:
        # names of checks are at most 63 characters, 64 of them; the message is what can be cut
        if len(result.get("message", "")) > 100:
            result["message"] = result["message"][: len(result["message"]) // 2]
        else:
            result["failedChecks"] = result["failedChecks"][:-1]
        text = json.dumps(result, separators=(",", ":"))
    _log.info("%s", text)
    try:
        with open(path or "/dev/stdout", "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        _log.warning("the result was not written: %s", error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
`,
  'metrics.py': `"""Prometheus metrics of the run, on a port that the job's Pod names \`metrics\`."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

_log = logging.getLogger("pipeline")


@dataclass
class Counts:
    """What the run has done so far."""

    read: int = 0
    written: int = 0
    quarantined: int = 0
    failed_checks: int = 0


class Metrics:
    """
    Serves \`pipeline_records_processed_total\`, the rows that Spark's tasks have written so far, \`pipeline_records_read_total\`,
    \`pipeline_records_quarantined_total\` and \`pipeline_failed_checks\`. The labels come from the Pod, by the PodMonitor.
    """

    def __init__(self, port: int, linger: float) -> None:
        self.counts = Counts()
        self.spark: Any = None
        self._linger = linger
        self._server: Optional[ThreadingHTTPServer] = None
        if port < 0:
            return
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path.split("?")[0] == "/metrics"
                body = metrics.text().encode() if found else b"not found\\n"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """A scrape is no event."""

        try:
            self._server = ThreadingHTTPServer(("", port), Handler)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        except OSError as error:
            _log.warning("metrics are not served on port %d: %s", port, error)

    @property
    def port(self) -> Optional[int]:
        """The port that is served."""
        return self._server.server_address[1] if self._server else None

    def text(self) -> str:
        """The metrics in Prometheus' text format."""
        counts = self.counts
        series = [
            ("pipeline_records_processed_total", "counter", "Rows that the run wrote.", max(counts.written, self._live())),
            ("pipeline_records_read_total", "counter", "Rows that the run read.", counts.read),
            ("pipeline_records_quarantined_total", "counter", "Rows that broke a quality check.", counts.quarantined),
            ("pipeline_failed_checks", "gauge", "Quality checks that failed.", counts.failed_checks),
        ]
        lines = [f"# HELP {name} {about}\\n# TYPE {name} {kind}\\n{name} {value}\\n" for name, kind, about, value in series]
        return "".join(lines)

    def _live(self) -> int:
        """Rows written by tasks so far, so that the rate is right while a long write is under way."""
        if self.spark is None:
            return 0
        try:
            context = self.spark.sparkContext
            store = context._jsc.sc().statusStore()
            quantiles = context._gateway.new_array(context._jvm.double, 0)
            stages = store.stageList(None, False, False, quantiles, None)
            return sum(int(stages.apply(place).outputRecords()) for place in range(stages.size()))
        except Exception:
            return 0

    def close(self) -> None:
        """Leaves the last figures up for the time that a scrape needs, then ends."""
        if self._server:
            time.sleep(self._linger)
            self._server.shutdown()
            self._server.server_close()
`,
  'packages.py': `"""Which Maven packages the runner's connectors are in. The operator adds those that a spec needs to the job."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Optional

with open(os.path.join(os.path.dirname(os.path.realpath(__file__)), "connectors.json"), encoding="utf-8") as file:
    CONNECTORS: dict[str, Any] = json.load(file)

_ABSENT = re.compile(
    r"ClassNotFoundException|NoClassDefFoundError|No suitable driver|DATA_SOURCE_NOT_FOUND|Failed to find data source"
    r"|No FileSystem for scheme|Unsupported data source type|must be deployed as per|class [\\w.$]+ not found",
    re.IGNORECASE,
)


def missing_package(text: str, connector: str) -> Optional[str]:
    """What to do where the text of an error says that the connector is not on the class path; None where it does not."""
    if not _ABSENT.search(text):
        return None
    packages = CONNECTORS["packages"].get(connector)
    where = f"add the package {packages[0]}" if packages else "use an image that has it"
    return f"the connector for {connector} is not in the image of the job: {where} ({text[:200]})"
`,
  'quality.py': `"""
Quality checks, evaluated on the rows that are about to be written.

\`not-null\`, \`unique\`, \`range\` and \`sql\` with an expression over one row are judged row by row. Rows that break one go to the quarantine.
\`row-count\`, \`freshness\` and \`sql\` with an aggregate judge the rows that remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import Window
from pyspark.sql.types import DateType, NumericType, TimestampNTZType, TimestampType

from binding import format_time, parse_duration
from errors import SpecError
from transforms import checked, require_columns

FAILED = "_failed_checks"


@dataclass(frozen=True)
class Verdict:
    """What the checks say. \`failed\` is in the order of the spec; \`fatal\` are those of them that fail the run."""

    good: DataFrame
    bad: DataFrame
    good_count: int
    bad_count: int
    failed: list[str]
    fatal: list[str]
    messages: list[str]


def judge(frame: DataFrame, checks: list[dict[str, Any]], this_run: datetime) -> tuple[DataFrame, Verdict]:
    """The frame that was kept for this (release it with \`unpersist\`), and the verdict. Reads the source once."""
    columns = list(frame.columns)
    rows: dict[str, Column] = {}
    whole: list[tuple[str, dict[str, Any]]] = []
    for number, check in enumerate(checks):
        field = f"quality[{number}]"
        if "column" in check:
            require_columns(frame, [check["column"]], f"{field}.column")
        kind = check["type"]
        if kind == "unique":
            frame, rows[check["name"]] = _unique(frame, check["column"], number)
        elif kind in ("not-null", "range") or (kind == "sql" and not _aggregates(frame, check["expression"], field)):
            rows[check["name"]] = _broken(frame, check, field)
        else:
            whole.append((field, check))
    marks = [F.when(broken, F.lit(name)) for name, broken in rows.items()]
    failed = F.array_compact(F.array(*marks)) if marks else F.array().cast("array<string>")
    kept = frame.withColumn(FAILED, failed).select(*columns, FAILED).persist()
    counts = kept.agg(
        F.count(F.lit(1)).alias("n"),
        F.count_if(F.size(FAILED) > 0).alias("bad"),
        *[F.count_if(F.array_contains(FAILED, name)).alias(f"check_{place}") for place, name in enumerate(rows)],
    ).collect()[0]
    good = kept.where(F.size(FAILED) == 0).drop(FAILED)
    messages = {
        name: f"{name}: {counts[f'check_{place}']} rows"
        for place, name in enumerate(rows)
        if counts[f"check_{place}"] > 0
    }
    good_count = int(counts["n"]) - int(counts["bad"])
    for field, check in whole:
        message = _whole(good, good_count, check, field, this_run)
        if message:
            messages[check["name"]] = f"{check['name']}: {message}"
    names = [check["name"] for check in checks if check["name"] in messages]
    fatal = [check["name"] for check in checks if check["name"] in messages and check.get("onFailure", "fail") == "fail"]
    bad = kept.where(F.size(FAILED) > 0)
    return kept, Verdict(good, bad, good_count, int(counts["bad"]), names, fatal, [messages[name] for name in names])


def _unique(frame: DataFrame, column: str, number: int) -> tuple[DataFrame, Column]:
    """Broken by every row of a value that occurs more than once: none of them is known to be the right one."""
    spread, repeated = f"_spread_{number}", f"_repeated_{number}"
    # nulls are no repetition; without this they would all meet in one partition
    frame = frame.withColumn(spread, F.when(F.col(column).isNull(), F.monotonically_increasing_id()))
    count = F.count(F.lit(1)).over(Window.partitionBy(column, spread))
    frame = frame.withColumn(repeated, F.col(column).isNotNull() & (count > 1))
    return frame, F.col(repeated)


def _broken(frame: DataFrame, check: dict[str, Any], field: str) -> Column:
    if check["type"] == "sql":
        good = checked(f"{field}.expression", lambda: F.expr(check["expression"]))
        return ~F.coalesce(good, F.lit(False))
    column = F.col(check["column"])
    if check["type"] == "not-null":
        return column.isNull()
    if not isinstance(frame.schema[check["column"]].dataType, NumericType):
        kind = frame.schema[check["column"]].dataType.simpleString()
        raise SpecError(f"{field}.column", f"{check['column']} is a {kind}, not a number")
    broken = F.lit(False)
    if check.get("min") is not None:
        broken = broken | (column < check["min"])
    if check.get("max") is not None:
        broken = broken | (column > check["max"])
    # an empty value is in every range, as it is to a CHECK of SQL
    return F.coalesce(broken, F.lit(False))


def _aggregates(frame: DataFrame, expression: str, field: str) -> bool:
    """Whether the expression is over all rows. Fails where it is neither that nor over one row, or gives no boolean."""
    expr = checked(f"{field}.expression", lambda: F.expr(expression))
    selected: DataFrame = checked(f"{field}.expression", lambda: frame.select(expr.alias("good")))
    schema = selected.schema
    if schema["good"].dataType.simpleString() != "boolean":
        raise SpecError(f"{field}.expression", f'"{expression}" is a {schema["good"].dataType.simpleString()}, not a boolean')
    # Spark turns a selection of aggregates into an aggregation
    plan: Any = selected._jdf.queryExecution().analyzed()
    return str(plan.nodeName()) == "Aggregate"


def _whole(frame: DataFrame, count: int, check: dict[str, Any], field: str, this_run: datetime) -> Optional[str]:
    if check["type"] == "row-count":
        least, most = check.get("min"), check.get("max")
        if (least is not None and count < least) or (most is not None and count > most):
            return f"{count} rows, not {least if least is not None else 'any'} to {most if most is not None else 'any'}"
        return None
    if check["type"] == "freshness":
        return _stale(frame, check, field, this_run)
    value = frame.agg(F.expr(check["expression"]).alias("good")).collect()[0]["good"]
    return None if value is True else f"{check['expression']} is {str(value).lower()}"


def _stale(frame: DataFrame, check: dict[str, Any], field: str, this_run: datetime) -> Optional[str]:
    """The newest row against the time of the run. There is nothing to judge where no row has a time."""
    kind = frame.schema[check["column"]].dataType
    if not isinstance(kind, (DateType, TimestampType, TimestampNTZType)):
        raise SpecError(f"{field}.column", f"{check['column']} is a {kind.simpleString()}, not a time")
    micros = F.unix_micros(F.max(check["column"]).cast("timestamp"))
    newest = frame.agg(micros.alias("newest")).collect()[0]["newest"]
    if newest is None:
        return None
    try:
        allowed = parse_duration(check["maxAge"])
    except ValueError as error:
        raise SpecError(f"{field}.maxAge", str(error)) from None
    time = datetime.fromtimestamp(newest / 1e6, timezone.utc)
    return f"the newest row is of {format_time(time)}" if this_run - time > allowed else None
`,
  'sinks.py': `"""Where rows go. A sink writes rows and the pipeline's state so that both are there or neither, as far as the store can."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from connection import Connection
from errors import PipelineError, SpecError, reason
from packages import missing_package
from sources import CONNECTORS, connector_options
from state import State, StateStore
from transforms import require_columns

FIELD = "sink.config"


@dataclass(frozen=True)
class SinkContext:
    """What a sink needs beside its spec. \`pipeline\` is \`<namespace>.<name>\`; \`state\` is where the operator wants it."""

    spark: SparkSession
    pipeline: str
    run: str
    connection: Optional[Connection]
    state: Optional[str]


class Sink(Protocol):
    """Keeps the state and writes rows."""

    def load(self) -> State:
        """The state of the last committed run, after what an uncommitted one left was removed."""

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows, then commits \`state\` in the place of \`former\`."""

    def quarantine(self) -> Optional[str]:
        """Where rows that break a check go by default."""


class StreamSink:
    """
    Stores that have no transaction that we could share: Kafka, MongoDB, Cassandra, Snowflake. The state is committed after the
    rows, so a run that failed in between sends rows again when it is tried again.
    """

    def __init__(self, context: SinkContext, kind: str, config: dict[str, Any], store: Optional[StateStore]) -> None:
        self._context = context
        self._kind = kind
        self._config = config
        self._store = store

    def load(self) -> State:
        """The state; the first one where no place for it was given."""
        return self._store.load() if self._store else State()

    def quarantine(self) -> Optional[str]:
        """None: a topic or a collection is no place for rows of another shape."""
        return None

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes, then commits."""
        mode = self._config.get("mode", "append")
        try:
            if self._kind == "kafka":
                self._kafka(frame, mode)
            else:
                self._connector(frame, mode)
        except PipelineError:
            raise
        except Exception as error:
            text = reason(error)
            raise PipelineError("sink", missing_package(text, self._kind) or text) from None
        if self._store:
            self._store.save(state, former)

    def _kafka(self, frame: DataFrame, mode: str) -> None:
        if mode == "overwrite":
            raise SpecError(f"{FIELD}.mode", "a topic cannot be overwritten: use append, or upsert for a compacted topic")
        keys: list[str] = self._config.get("keys") or []
        require_columns(frame, keys, f"{FIELD}.keys")
        format = self._config.get("format") or "json"
        if format != "json":
            raise SpecError(f"{FIELD}.format", f'"{format}" is not written to Kafka: use json')
        value = F.to_json(F.struct(*frame.columns), {"ignoreNullFields": "false"}).alias("value")
        key = F.col(keys[0]).cast("string") if len(keys) == 1 else F.to_json(F.struct(*keys))
        rows = frame.select(key.alias("key"), value) if keys else frame.select(value)
        given = dict(self._config.get("options") or {})
        options = kafka_options(given, self._context.connection, None, f"{FIELD}.options")
        rows.write.format("kafka").options(**options).option("topic", self._config["topic"]).save()

    def _connector(self, frame: DataFrame, mode: str) -> None:
        options = dict(self._config.get("options") or {})
        keys: list[str] = self._config.get("keys") or []
        if mode == "upsert" and self._kind == "mongodb":
            options = {"operationType": "replace", "upsertDocument": "true", "idFieldList": ",".join(keys), **options}
        elif mode == "upsert" and self._kind != "cassandra":
            raise SpecError(f"{FIELD}.mode", f"upsert is not possible with {self._kind}: use append or overwrite")
        options = connector_options(self._kind, self._config["table"], self._context.connection, options)
        writer = frame.write.format(CONNECTORS[self._kind]).options(**options)
        if mode == "overwrite" and self._kind == "cassandra":
            writer = writer.option("confirm.truncate", "true")
        writer.mode("overwrite" if mode == "overwrite" else "append").save()


def kafka_options(
    options: dict[str, str], secret: Optional[Connection], servers: Optional[str], field: str
) -> dict[str, str]:
    """
    Options of Spark's Kafka connector. Brokers: the spec's, or the Secret's, or those of the platform
    (\`KAFKA_BOOTSTRAP_SERVERS\`). A user name in the Secret means SASL, SCRAM-SHA-512 over TLS unless the options say otherwise.
    """
    from_secret = None
    if secret and (secret.url or secret.host):
        from_secret = secret.url or f"{secret.host}:{secret.port or 9092}"
    found = servers or options.get("kafka.bootstrap.servers") or from_secret or os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if not found:
        raise SpecError(field, "the brokers are not known: set kafka.bootstrap.servers, or the Secret's url")
    result = {**options, "kafka.bootstrap.servers": found}
    if secret and secret.username:
        mechanism = options.get("kafka.sasl.mechanism", "SCRAM-SHA-512")
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        user, password = (_quoted(text) for text in (secret.username, secret.password or ""))
        login = f"org.apache.kafka.common.security.{module} required username={user} password={password};"
        result.setdefault("kafka.security.protocol", "SASL_SSL")
        result["kafka.sasl.mechanism"] = mechanism
        result["kafka.sasl.jaas.config"] = login
    return result


def newest_of_each_key(frame: DataFrame, keys: list[str], order: Optional[str]) -> DataFrame:
    """
    One row for each key, for upsert: the one with the greatest \`order\`. Without it, several rows of one key fail the run: which of
    them is right is not known.
    """
    require_columns(frame, keys, f"{FIELD}.keys")
    if order:
        require_columns(frame, [order], f"{FIELD}.options.orderBy")
        window = Window.partitionBy(*keys).orderBy(F.col(order).desc_nulls_last())
        return frame.withColumn("_rank", F.row_number().over(window)).where("_rank = 1").drop("_rank")
    several = frame.groupBy(*keys).count().where("count > 1").limit(1).collect()
    if several:
        which = ", ".join(f"{key}={several[0][key]}" for key in keys)
        raise PipelineError(
            f"{FIELD}.keys", f"several rows have {which}: set sink.config.options.orderBy to the column that says which is newest"
        )
    return frame


def require_keys(frame: DataFrame, keys: list[str]) -> None:
    """A row whose key is null cannot be found again, so upsert refuses it."""
    require_columns(frame, keys, f"{FIELD}.keys")
    empty = " OR ".join(f"\`{key}\` IS NULL" for key in keys)
    if not frame.where(empty).limit(1).isEmpty():
        raise PipelineError(f"{FIELD}.keys", f"a row has no {' or '.join(keys)}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\\\", "\\\\\\\\").replace('"', '\\\\"')
    return f'"{escaped}"'
`,
  'sources.py': `"""Where rows come from. Each reader gives a frame that is read once, lazily; \`stream.py\` reads Kafka."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from pyspark.sql import DataFrame, SparkSession

from api import read_api
from binding import bind, format_time, parse_duration, uses, without_end
from connection import Connection
from errors import SpecError, reason
from jdbc import Database
from packages import missing_package
from storage import connect_store, resolve

FIELD = "source.config"
CONNECTORS = {"mongodb": "mongodb", "cassandra": "org.apache.spark.sql.cassandra", "snowflake": "net.snowflake.spark.snowflake"}


@dataclass
class Source:
    """The source of a spec. \`this_run\` is the time up to which this run answers for, the next \`:last_run\`."""

    spark: SparkSession
    spec: dict[str, Any]
    connection: Optional[Connection]
    lookup: Optional[str] = None

    def __post_init__(self) -> None:
        self.kind = str(self.spec["type"])
        self.config: dict[str, Any] = self.spec.get("config") or {}
        self.options: dict[str, str] = dict(self.config.get("options") or {})
        overlap = self.options.pop("lastRunOverlap", None)
        try:
            self.overlap = parse_duration(overlap) if overlap else timedelta(0)
        except ValueError as error:
            raise SpecError(f"{FIELD}.options.lastRunOverlap", str(error)) from None
        self.lookup = self.options.pop("lookupLocation", None) or self.lookup
        self.lookup_format = self.options.pop("lookupFormat", "parquet")
        self.database: Optional[Database] = None
        if self.kind == "database" and self.config.get("driver") not in CONNECTORS:
            config = {**self.config, "options": self.options}
            self.database = Database(self.spark, config, self.connection, FIELD)

    def incremental(self) -> bool:
        """Whether what is read depends on \`:last_run\`."""
        return uses(self.config.get("query") or "", "last_run") or "sinceParameter" in self.options

    def now(self) -> datetime:
        """The time of the clock that stamps the rows: the database's where there is one, or else the driver's."""
        return self.database.now() if self.database else datetime.now(timezone.utc)

    def read(self, last_run: datetime, this_run: datetime) -> DataFrame:
        """The rows of this run."""
        since = last_run - self.overlap if last_run.year > 1000 else last_run
        if self.database:
            query = self.config.get("query")
            if not query:
                return self.database.read(table=self.config["table"])
            times = {"last_run": since, "this_run": this_run}
            return self.database.read(query=bind(without_end(query), times, self.database.literal))
        if self.kind == "database":
            return self._connector(self.config.get("table"), self.config.get("query"))
        if self.kind == "datalake":
            return self._files()
        if self.kind == "api":
            return read_api(self.spark, self.config["url"], self.options, self.connection, format_time(since))
        raise SpecError("source.type", f'"{self.kind}" is not read by the Spark runner: {_INSTEAD.get(self.kind, "use another")}')

    def _files(self) -> DataFrame:
        location = resolve(self.config["path"], f"{FIELD}.path")
        connect_store(self.spark, location, self.connection)
        return load_files(self.spark, location, self.config.get("format") or "parquet", self.options, f"{FIELD}.path")

    def _connector(self, table: Optional[str], query: Optional[str]) -> DataFrame:
        kind = self.config["driver"]
        if query:
            raise SpecError(f"{FIELD}.query", f"{kind} is read by config.table; shape the rows with a transformation")
        options = connector_options(kind, str(table), self.connection, self.options)
        try:
            return self.spark.read.format(CONNECTORS[kind]).options(**options).load()
        except Exception as error:
            text = reason(error)
            raise SpecError(f"{FIELD}.driver", missing_package(text, kind) or text) from None

    def read_lookup(self, table: str, field: str) -> DataFrame:
        """The table that \`enrich\` joins: of the source's database, or else a folder of that name at the lookup location."""
        if self.database:
            reader = Database(self.spark, {**self.config, "options": {}}, self.connection, FIELD)
            reader.field = field.rsplit(".", 1)[0]
            reader.table_name(table, "lookupTable")
            return reader.read(table=table)
        if not self.lookup:
            raise SpecError(field, f"where {table} is must be said: set source.config.options.lookupLocation")
        location = f'{resolve(self.lookup, f"{FIELD}.options.lookupLocation").rstrip("/")}/{table}'
        connect_store(self.spark, location, self.connection)
        return load_files(self.spark, location, self.lookup_format, {}, field)


_INSTEAD = {
    "featurestore": "read the offline store itself, as a database or a datalake",
    "kinesis": "use engine flink",
    "pubsub": "use engine flink",
}


def load_files(spark: SparkSession, location: str, format: str, options: dict[str, str], field: str) -> DataFrame:
    """A folder or file of one of the spec's formats. CSV has a header line and gets its types from the data by default."""
    defaults = {"header": "true", "inferSchema": "true"} if format == "csv" else {}
    try:
        return spark.read.format(format).options(**{**defaults, **options}).load(location)
    except Exception as error:
        text = reason(error)
        absent = missing_package(text, format) or missing_package(text, location.split("://")[0].replace("s3a", "s3"))
        raise SpecError(field, absent or text) from None


def connector_options(kind: str, table: str, secret: Optional[Connection], options: dict[str, str]) -> dict[str, str]:
    """Options of a connector that is no JDBC driver, from the Secret; those of the spec win."""
    secret = secret or Connection()
    user, password, database = secret.username or "", secret.password or "", secret.database or ""
    if kind == "mongodb":
        return {"connection.uri": secret.url or "", "database": database, "collection": table, **options}
    if kind == "cassandra":
        return {
            "spark.cassandra.connection.host": secret.host or "",
            "spark.cassandra.connection.port": secret.port or "9042",
            "spark.cassandra.auth.username": user,
            "spark.cassandra.auth.password": password,
            "keyspace": database,
            "table": table,
            **options,
        }
    return {
        "sfURL": secret.url or secret.host or "",
        "sfUser": user,
        "sfPassword": password,
        "sfDatabase": database,
        "dbtable": table,
        **options,
    }


`,
  'state.py': `"""
What a pipeline remembers from run to run: the time of the last successful run (\`:last_run\`), the stream position, and a
journal of a write that is under way.

It is kept with the data, not in the Kubernetes API: the job then needs no token and no rights in the cluster, a pipeline that is
deleted and applied again goes on where its data ends, and data and position can be committed together.

- Sinks of JDBC keep it in the table \`ml_platform_pipeline_state\` beside the target, written in the transaction of the data.
- Folders keep it in \`<sink path>/_state/<namespace>.<name>.json\` (Spark does not read names that begin with \`_\`), or in the folder
  that the operator gives. Files are journalled before they appear in the sink; the next run removes those of a run that was not
  committed, so a failed run that is tried again neither loses nor doubles a row.
- Sinks that commit by themselves row by row (Kafka) get the state after the write: tried again, a failed run can send rows twice.

The state moves only after a successful write. Two runs of one pipeline at the same time would read the same \`:last_run\`: the second to
commit is refused, by the version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Optional, Protocol

from binding import EARLIEST, parse_time
from errors import PipelineError
from storage import Folder


@dataclass(frozen=True)
class State:
    """Times are ISO 8601. \`result\` is what the last committed run reported."""

    version: int = 0
    lastRun: Optional[str] = None
    run: Optional[str] = None
    stream: Optional[str] = None
    batch: Optional[int] = None
    result: dict[str, Any] = field(default_factory=dict)
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def last_run(self) -> datetime:
        """The time that \`:last_run\` stands for; long ago before the first run."""
        return parse_time(self.lastRun) if self.lastRun else EARLIEST

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    def clean(self) -> State:
        """Without a journal."""
        return replace(self, add=(), drop=())


def parse_state(text: Optional[str], where: str) -> State:
    """The state that \`dump\` wrote; the first one where there is none."""
    if text is None:
        return State()
    try:
        found = json.loads(text)
        return State(**{**found, "add": tuple(found["add"]), "drop": tuple(found["drop"])})
    except (ValueError, KeyError, TypeError) as error:
        raise PipelineError("state", f"{where} is damaged, remove or mend it: {error}") from None


class StateStore(Protocol):
    """Where the state is kept."""

    def load(self) -> State:
        """The state; the first one where there is none."""

    def save(self, state: State, former: State) -> None:
        """Replaces the state \`former\`; refused where another run replaced it meanwhile."""


class FileState:
    """The state as a file in a folder."""

    def __init__(self, folder: Folder, pipeline: str) -> None:
        self._folder = folder
        self._name = f"{pipeline}.json"

    def load(self) -> State:
        """The state; the first one where there is no file."""
        return parse_state(self._folder.read(self._name), f"{self._folder.location}/{self._name}")

    def save(self, state: State, former: State) -> None:
        """Replaces the file. The check before is no lock: it catches a run that began before this one ended."""
        if self.load().version != former.version:
            raise PipelineError("state", "another run of this pipeline was committed meanwhile; this one was not")
        self._folder.replace(self._name, state.dump())
`,
  'storage.py': `"""Files and folders of any store that Hadoop reaches, and how the spec's locations name them."""

from __future__ import annotations

import re
from typing import Any, Iterator, Optional

from pyspark.sql import SparkSession

from connection import Connection
from errors import PipelineError, SpecError, reason
from packages import missing_package

# an object appears whole when its stream is closed, and a rename would copy it
_OBJECT_STORES = {"s3a", "gs", "abfs", "abfss"}


def resolve(location: str, field: str) -> str:
    """
    The location as Hadoop names it: \`s3://\` becomes \`s3a://\`, and \`pvc://claim/path\` the folder where the operator mounts the claim,
    \`/mnt/pvc/claim/path\`.
    """
    scheme, separator, rest = location.partition("://")
    if not separator:
        return location
    if scheme == "s3":
        return f"s3a://{rest}"
    if scheme == "pvc":
        return f"file:///mnt/pvc/{rest}"
    if scheme in ("s3a", "gs", "abfs", "abfss", "hdfs", "file"):
        return location
    raise SpecError(field, f'"{scheme}://" is no store that Spark reads and writes: use s3, gs, abfss, hdfs, pvc or file')


def connect_store(spark: SparkSession, location: str, connection: Optional[Connection]) -> None:
    """Has this bucket, and no other, use the Secret's key pair (username, password) and endpoint (url)."""
    bucket = re.match(r"s3a://([^/]+)", location)
    if connection is None or bucket is None:
        return
    conf: Any = spark.sparkContext._jsc.hadoopConfiguration()
    prefix = f"fs.s3a.bucket.{bucket.group(1)}"
    if connection.username and connection.password:
        conf.set(f"{prefix}.access.key", connection.username)
        conf.set(f"{prefix}.secret.key", connection.password)
        conf.set(f"{prefix}.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider")
    if connection.url:
        conf.set(f"{prefix}.endpoint", connection.url)
        conf.set(f"{prefix}.path.style.access", "true")


class Folder:
    """A folder, through Hadoop's FileSystem. Names are relative to it."""

    def __init__(self, spark: SparkSession, location: str, field: str) -> None:
        self.location = location.rstrip("/")
        self._jvm: Any = spark.sparkContext._jvm
        self._conf: Any = spark.sparkContext._jsc.hadoopConfiguration()
        try:
            self._root = self._jvm.org.apache.hadoop.fs.Path(self.location)
            self._fs = self._root.getFileSystem(self._conf)
        except Exception as error:
            text = reason(error)
            scheme = self.location.split("://")[0].replace("s3a", "s3")
            raise PipelineError(field, missing_package(text, scheme) or text) from None

    def _path(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(f"{self.location}/{name}") if name else self._root

    def exists(self, name: str = "") -> bool:
        """Whether there is a file or folder of this name."""
        return bool(self._fs.exists(self._path(name)))

    def files(self, name: str = "", hidden: bool = False) -> Iterator[str]:
        """Every file below, as a path relative to \`name\`, without those that Spark takes as hidden (\`_…\`, \`.…\`)."""
        start = self._path(name)
        if not self._fs.exists(start):
            return
        for status in self._fs.listStatus(start):
            last = str(status.getPath().getName())
            if not hidden and last[0] in "_.":
                continue
            if status.isDirectory():
                for below in self.files(f"{name}/{last}" if name else last, hidden):
                    yield f"{last}/{below}"
            else:
                yield last

    def move(self, source: str, target: str) -> None:
        """Moves a file to a name that is not taken."""
        path = self._path(target)
        self._fs.mkdirs(path.getParent())
        if not self._fs.rename(self._path(source), path):
            raise OSError(f"{self.location}/{source} could not be moved to {target}")

    def delete(self, name: str) -> None:
        """Deletes a file or a folder with all below; it is no error that there is none."""
        self._fs.delete(self._path(name), True)

    def read(self, name: str) -> Optional[str]:
        """The text of a file; None where there is none."""
        path = self._path(name)
        if not self._fs.exists(path):
            return None
        stream = self._fs.open(path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

    def replace(self, name: str, text: str) -> None:
        """Puts the text in the place of the file at once: readers see the former text or this one, never a part."""
        atomic = str(self._root.toUri().getScheme()) in _OBJECT_STORES
        path = self._path(name if atomic else f"{name}.tmp")
        stream = self._fs.create(path, True)
        try:
            stream.write(bytearray(text, "utf-8"))
        finally:
            stream.close()
        if not atomic:
            context = self._jvm.org.apache.hadoop.fs.FileContext.getFileContext(self._root.toUri(), self._conf)
            options = self._jvm.org.apache.hadoop.fs.Options
            overwrite = getattr(options, "Rename").OVERWRITE
            array = self._jvm.java.lang.reflect.Array.newInstance(overwrite.getClass(), 1)
            array[0] = overwrite
            context.rename(path, self._path(name), array)
`,
  'stream.py': `"""
Kafka as a source: everything that is new since the last run, by Structured Streaming with the trigger \`availableNow\`.

The checkpoint notes which offsets a batch has before it is processed, so a batch that failed is read again with exactly the same offsets, and
new partitions are found. The state remembers the last committed batch of the checkpoint: one that was committed is skipped.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from api import parse_json
from connection import Connection
from errors import PipelineError, SpecError, reason
from packages import missing_package
from sinks import kafka_options
from state import State

FIELD = "source.config"
_OURS = {"schema", "avroSchema", "avroHeaderBytes"}

Process = Callable[[DataFrame, str, int], None]


def read_topic(
    spark: SparkSession, config: dict[str, Any], secret: Optional[Connection], checkpoint: str, state: State, process: Process
) -> None:
    """Calls \`process\` with the rows of each new batch, the stream's id and the batch's number."""
    given: dict[str, str] = dict(config.get("options") or {})
    servers = config.get("bootstrapServers")
    options = kafka_options({k: v for k, v in given.items() if k not in _OURS}, secret, servers, f"{FIELD}.bootstrapServers")
    failures: list[BaseException] = []

    def batch(rows: DataFrame, number: int) -> None:
        stream = str(spark.sparkContext.getLocalProperty("sql.streaming.queryId"))
        if stream == state.stream and state.batch is not None and number <= state.batch:
            return
        try:
            process(decode(spark, rows, config, given), stream, number)
        except BaseException as error:
            # the stream would bury it in an error of its own
            failures.append(error)
            raise

    try:
        reader = spark.readStream.format("kafka").options(**{"startingOffsets": "earliest", **options})
        frame = reader.option("subscribe", config["topic"]).load()
        writer = frame.writeStream.trigger(availableNow=True).option("checkpointLocation", checkpoint)
        writer.foreachBatch(batch).start().awaitTermination()
    except Exception as error:
        if failures:
            raise failures[0] from None
        text = reason(error)
        missing = missing_package(text, "kafka")
        raise (SpecError(f"{FIELD}.topic", missing) if missing else PipelineError(FIELD, text)) from None


def decode(spark: SparkSession, rows: DataFrame, config: dict[str, Any], options: dict[str, str]) -> DataFrame:
    """
    The values as rows. \`json\` (the default): columns of \`options.schema\` (DDL), or inferred from the batch. \`avro\`: \`options.avroSchema\`,
    after \`avroHeaderBytes\` bytes (5 where a schema registry's header precedes them). \`text\`: the columns key, value, topic, partition,
    offset and timestamp.
    """
    format = config.get("format") or "json"
    if format == "text":
        columns = [F.col("key").cast("string"), F.col("value").cast("string"), "topic", "partition", "offset", "timestamp"]
        return rows.select(*columns)
    if format == "json":
        return parse_json(spark, rows.where("value IS NOT NULL").select(F.col("value").cast("string")), options.get("schema"))
    if format == "avro":
        schema = options.get("avroSchema")
        if not schema:
            raise SpecError(f"{FIELD}.options.avroSchema", "must be set: Avro values do not say what they are")
        from pyspark.sql.avro.functions import from_avro

        skip = int(options.get("avroHeaderBytes", "0"))
        value = F.expr(f"substring(value, {skip + 1}, length(value))")
        return rows.where("value IS NOT NULL").select(from_avro(value, schema).alias("row")).select("row.*")
    raise SpecError(f"{FIELD}.format", f'"{format}" is not read from Kafka: use json, avro or text')
`,
  'table.py': `"""
Tables over JDBC as sinks. Spark writes the rows to a table beside the target; then one transaction carries them over and commits the
pipeline's state with them. A run that fails before leaves the target as it was; tried again, it neither loses nor doubles a row.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Optional

from pyspark.sql import DataFrame

from errors import PipelineError, SpecError
from jdbc import Database
from sinks import FIELD, SinkContext, newest_of_each_key, require_keys
from state import State, parse_state

STATE_TABLE = "ml_platform_pipeline_state"


class TableSink:
    """A table. It is made from the rows where it is not there (without keys or indexes)."""

    def __init__(self, context: SinkContext, config: dict[str, Any]) -> None:
        given = dict(config.get("options") or {})
        self.order = given.pop("orderBy", None)
        self.database = Database(context.spark, {**config, "options": given}, context.connection, FIELD)
        if self.database.kind == "postgresql":
            # so that text reaches columns of uuid, json and the like
            self.database.options["stringtype"] = "unspecified"
        self.table = self.database.table_name(config["table"])
        self.mode = str(config.get("mode") or "append")
        self.keys: list[str] = config.get("keys") or []
        schema, dot, name = self.table.rpartition(".")
        self.mark = f"_stg_{_short(context.pipeline)}_"
        self.staging = f"{schema}{dot}{name[:30]}{self.mark}{_short(context.run)}"
        self.state_table = f"{schema}{dot}{STATE_TABLE}"
        self.pipeline = context.pipeline

    def quarantine(self) -> Optional[str]:
        """None: the operator says where."""
        return None

    def load(self) -> State:
        """The state, and the table that keeps it, made where it is not there."""
        connection = self.database.connect()
        try:
            self._drop_former(connection)
            if self._columns(connection, self.state_table) is None:
                kind = "CLOB" if self.database.kind == "oracle" else "TEXT"
                kind = "VARCHAR(MAX)" if self.database.kind == "mssql" else kind
                self._execute(
                    connection,
                    f"CREATE TABLE {self.state_table} "
                    f"(pipeline VARCHAR(320) NOT NULL PRIMARY KEY, version INTEGER NOT NULL, content {kind} NOT NULL)",
                )
            statement = connection.prepareStatement(f"SELECT content FROM {self.state_table} WHERE pipeline = ?")
            statement.setString(1, self.pipeline)
            rows = statement.executeQuery()
            return parse_state(str(rows.getString(1)) if rows.next() else None, self.state_table)
        except PipelineError:
            raise
        except Exception as error:
            raise self.database.failure("sink", error) from None
        finally:
            connection.close()

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows and commits the state."""
        if self.mode == "upsert":
            require_keys(frame, self.keys)
            frame = newest_of_each_key(frame, self.keys, self.order)
        connection = self.database.connect()
        try:
            frame = self._stage(connection, frame)
            connection.setAutoCommit(False)
            for statement in self._carry_over(list(frame.columns)):
                self._execute(connection, statement)
            self._commit_state(connection, former, replace(state, version=former.version + 1))
            connection.commit()
            connection.setAutoCommit(True)
            self._execute(connection, f"DROP TABLE {self.staging}", optional=True)
        except PipelineError:
            raise
        except Exception as error:
            raise self.database.failure("sink", error) from None
        finally:
            # a transaction that was not committed ends with its connection
            connection.close()

    def _stage(self, connection: Any, frame: DataFrame) -> DataFrame:
        """Writes the rows to the staging table, which has the target's types. Gives the frame with the target's names."""
        there = self._columns(connection, self.table)
        if there is not None:
            exact = {name.lower(): name for name in there}
            unknown = [name for name in frame.columns if name.lower() not in exact]
            if unknown:
                raise SpecError(f"{FIELD}.table", f"{self.table} has no column {', '.join(unknown)}; it has {', '.join(there)}")
            frame = frame.toDF(*[exact[name.lower()] for name in frame.columns])
            self.keys = [exact[key.lower()] for key in self.keys]
            self._copy_structure(connection, self._list(list(frame.columns)), self.table, self.staging)
        self._append(frame)
        if there is None:
            self._copy_structure(connection, "*", self.staging, self.table)
        return frame

    def _append(self, frame: DataFrame) -> None:
        options = {**self.database.options, "dbtable": self.staging}
        frame.write.format("jdbc").options(**options).mode("append").save()

    def _copy_structure(self, connection: Any, columns: str, source: str, target: str) -> None:
        if self.database.kind == "mssql":
            self._execute(connection, f"SELECT {columns} INTO {target} FROM {source} WHERE 1 = 0")
        else:
            self._execute(connection, f"CREATE TABLE {target} AS SELECT {columns} FROM {source} WHERE 1 = 0")

    def _list(self, columns: list[str]) -> str:
        return ", ".join(self.database.quote(column) for column in columns)

    def _carry_over(self, columns: list[str]) -> list[str]:
        """The statements of the transaction. Those of upsert need no unique index and keep columns that the rows lack."""
        names, target, staging = self._list(columns), self.table, self.staging
        insert = f"INSERT INTO {target} ({names}) SELECT {names} FROM {staging} s"
        if self.mode == "append":
            return [insert]
        if self.mode == "overwrite":
            return [f"DELETE FROM {target}", insert]
        quote = self.database.quote
        same = " AND ".join(f"{target}.{quote(key)} = s.{quote(key)}" for key in self.keys)
        values = [quote(column) for column in columns if column not in self.keys]
        statements = [f"{insert} WHERE NOT EXISTS (SELECT 1 FROM {target} WHERE {same})"]
        if values and self.database.kind == "postgresql":
            sets = ", ".join(f"{value} = s.{value}" for value in values)
            statements.insert(0, f"UPDATE {target} SET {sets} FROM {staging} s WHERE {same}")
        elif values:
            sets = ", ".join(f"{value} = (SELECT s.{value} FROM {staging} s WHERE {same})" for value in values)
            statements.insert(0, f"UPDATE {target} SET {sets} WHERE EXISTS (SELECT 1 FROM {staging} s WHERE {same})")
        return statements

    def _commit_state(self, connection: Any, former: State, state: State) -> None:
        """Within the transaction. Two runs that began from one version cannot both get through."""
        if former.version == 0:
            insert = f"INSERT INTO {self.state_table} (content, version, pipeline) VALUES (?, ?, ?)"
            statement = connection.prepareStatement(insert)
        else:
            update = f"UPDATE {self.state_table} SET content = ?, version = ? WHERE pipeline = ? AND version = ?"
            statement = connection.prepareStatement(update)
            statement.setInt(4, former.version)
        statement.setString(1, state.dump())
        statement.setInt(2, state.version)
        statement.setString(3, self.pipeline)
        if statement.executeUpdate() != 1:
            raise PipelineError("state", "another run of this pipeline was committed meanwhile; this one was not")

    def _drop_former(self, connection: Any) -> None:
        """Drops what failed runs of this pipeline left. One that is still alive then fails, and leaves the target as it was."""
        for pattern in (f"%{self.mark}%", f"%{self.mark.upper()}%"):
            found = connection.getMetaData().getTables(connection.getCatalog(), None, pattern, None)
            names = []
            while found.next():
                parts = [found.getString("TABLE_SCHEM"), found.getString("TABLE_NAME")]
                names.append(".".join(self.database.quote(str(part)) for part in parts if part))
            for name in names:
                self._execute(connection, f"DROP TABLE {name}", optional=True)

    def _columns(self, connection: Any, table: str) -> Optional[list[str]]:
        """Names of the table's columns; None where there is no such table."""
        statement = connection.createStatement()
        try:
            about = statement.executeQuery(f"SELECT * FROM {table} WHERE 1 = 0").getMetaData()
            return [str(about.getColumnName(number + 1)) for number in range(about.getColumnCount())]
        except Exception:
            return None
        finally:
            statement.close()

    def _execute(self, connection: Any, sql: str, optional: bool = False) -> None:
        statement = connection.createStatement()
        try:
            statement.executeUpdate(sql)
        except Exception:
            if not optional:
                raise
        finally:
            statement.close()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
`,
  'transforms.py': `"""The steps between source and sink, in their order. Each takes a frame and gives one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Callable

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, MapType, VariantType

from errors import PipelineError, SpecError, reason

Lookup = Callable[[str, str], DataFrame]


def transform(
    spark: SparkSession, frame: DataFrame, steps: list[dict[str, Any]], lookup: Lookup, last_run: datetime, this_run: datetime
) -> DataFrame:
    """Applies the steps. An error names the step and its field."""
    for number, step in enumerate(steps):
        field = f"transformations[{number}]"
        config = step.get("config") or {}
        kind = step.get("type")
        if kind == "clean":
            frame = clean(frame, config, f"{field}.config")
        elif kind == "enrich":
            frame = enrich(frame, config, f"{field}.config", lookup)
        elif kind == "filter":
            frame = _filter(frame, config, f"{field}.config")
        elif kind == "aggregate":
            frame = aggregate(frame, config, f"{field}.config")
        elif kind == "sql":
            frame = _sql(spark, frame, config, f"{field}.config.query")
        elif kind == "python" and config.get("script"):
            names = {"spark": spark, "F": F, "last_run": last_run, "this_run": this_run}
            frame = run_script(frame, str(config["script"]), f"{field}.config.script", names)
        elif kind in ("custom", "python"):
            raise SpecError(
                f"{field}.type", f"{kind} with an image is a stage of its own that the operator runs, not this job"
            )
        else:
            raise SpecError(f"{field}.type", f'"{kind}" is no transformation')
    return frame


def require_columns(frame: DataFrame, columns: list[str], field: str) -> None:
    """Fails where the frame lacks a column."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise SpecError(field, f"no column {', '.join(missing)}; there are {', '.join(frame.columns)}")


def clean(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    """
    \`removeNulls\` drops rows with a null in one of \`columns\` (all by default). \`deduplication\` then keeps one of the rows that are
    equal in \`columns\`, nulls being equal: that with the greatest values in the other columns, compared in their order.
    """
    columns: list[str] = config.get("columns") or list(frame.columns)
    require_columns(frame, columns, f"{field}.columns")
    if config.get("removeNulls"):
        frame = frame.dropna(how="any", subset=columns)
    if config.get("deduplication"):
        unordered = [part.name for part in frame.schema.fields if not _comparable(part.dataType)]
        refused = [name for name in unordered if name in columns]
        if refused:
            raise SpecError(f"{field}.deduplication", f"{', '.join(refused)} cannot be compared; name others in columns")
        rest = [name for name in frame.columns if name not in columns]
        if not rest:
            return frame.dropDuplicates(columns)
        order = [F.to_json(F.struct(name)) if name in unordered else F.col(_quoted(name)) for name in rest]
        window = Window.partitionBy(*[_quoted(name) for name in columns]).orderBy(
            *[column.desc_nulls_last() for column in order]
        )
        frame = frame.withColumn("_rank", F.row_number().over(window)).where("_rank = 1").drop("_rank")
    return frame


def enrich(frame: DataFrame, config: dict[str, Any], field: str, lookup: Lookup) -> DataFrame:
    """
    Adds the columns of \`lookupTable\` to rows with an equal \`joinKey\`; rows without a match keep nulls there (left join). A
    column that the rows have too becomes \`<lookupTable>_<column>\`. A key with several lookup rows would multiply rows: it
    fails the run.
    """
    table, key = str(config["lookupTable"]), str(config["joinKey"])
    require_columns(frame, [key], f"{field}.joinKey")
    found = lookup(table, f"{field}.lookupTable")
    require_columns(found, [key], f"{field}.joinKey")
    prefix = table.rsplit(".", 1)[-1]
    for column in found.columns:
        if column != key and column in frame.columns:
            found = found.withColumnRenamed(column, f"{prefix}_{column}")
    window = Window.partitionBy(_quoted(key))
    found = found.where(F.col(_quoted(key)).isNotNull())
    several = F.concat(
        F.lit(f"{field}.lookupTable: {table} has several rows for {key} "), F.col(_quoted(key)).cast("string")
    )
    # judged where the rows are read, without a pass over the table before; raise_error has no value, so it must stand in the key itself
    once = F.when(F.count(F.lit(1)).over(window) > 1, F.raise_error(several).cast(found.schema[key].dataType))
    found = found.withColumn(key, once.otherwise(F.col(_quoted(key))))
    return frame.join(found, on=key, how="left").select(
        *[_quoted(name) for name in frame.columns], *[_quoted(name) for name in found.columns if name != key]
    )


def aggregate(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    """One row for each group of \`groupBy\` (one in all without it) with the expressions of \`aggregates\`."""
    groups: list[str] = config.get("groupBy") or []
    require_columns(frame, groups, f"{field}.groupBy")
    named: dict[str, str] = config["aggregates"]
    expressions = []
    for name, text in named.items():
        where = f"{field}.aggregates.{name}"
        if name in groups:
            raise SpecError(where, "is a column of groupBy too")
        column = checked(where, lambda text=text, name=name: F.expr(text).alias(name))
        checked(where, lambda column=column: frame.groupBy(*groups).agg(column).schema)
        expressions.append(column)
    return frame.groupBy(*[_quoted(name) for name in groups]).agg(*expressions)


def _filter(frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    kept: DataFrame = checked(f"{field}.condition", lambda: frame.where(str(config["condition"])))
    columns: list[str] = config.get("columns") or []
    require_columns(frame, columns, f"{field}.columns")
    return kept.select(*[_quoted(name) for name in columns]) if columns else kept


def _sql(spark: SparkSession, frame: DataFrame, config: dict[str, Any], field: str) -> DataFrame:
    frame.createOrReplaceTempView("input")
    result: DataFrame = checked(field, lambda: spark.sql(str(config["query"])))
    return result


def run_script(frame: DataFrame, script: str, field: str, names: dict[str, Any]) -> DataFrame:
    """
    Runs the script in this driver. It finds the rows in \`df\`, beside \`spark\`, \`F\` (pyspark.sql.functions), \`last_run\` and
    \`this_run\` (times in UTC), and leaves the new rows in \`df\`.
    """
    scope: dict[str, Any] = {**names, "df": frame, "__name__": "pipeline_script"}
    try:
        exec(compile(script, field, "exec"), scope)
    except SyntaxError as error:
        raise SpecError(field, f"line {error.lineno}: {error.msg}") from None
    except Exception as error:
        lines = []
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == field:
                lines.append(str(trace.tb_lineno))
            trace = trace.tb_next
        raise PipelineError(field, f"line {', '.join(lines)}: {type(error).__name__}: {reason(error)}") from None
    result = scope.get("df")
    if not isinstance(result, DataFrame):
        raise SpecError(field, f"must leave a DataFrame in df; it left {type(result).__name__}")
    return result


def checked(field: str, make: Callable[[], Any]) -> Any:
    """What \`make\` gives; an error of Spark's analysis names the field."""
    try:
        return make()
    except Exception as error:
        raise SpecError(field, reason(error)) from None


def _comparable(kind: DataType) -> bool:
    inner = getattr(kind, "elementType", None)
    if isinstance(kind, (MapType, VariantType)):
        return False
    if inner is not None:
        return _comparable(inner)
    return all(_comparable(part.dataType) for part in getattr(kind, "fields", []))


def _quoted(name: str) -> str:
    return f"\`{name.replace('\`', '\`\`')}\`"
`,
};
