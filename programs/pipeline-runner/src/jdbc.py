"""Databases over JDBC: how each is reached, asked for its time, and told about a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Optional

from pyspark.sql import DataFrame, SparkSession

from addresses import oracle_url, path_url, sqlserver_url
from binding import parse_time
from connection import Connection
from errors import PipelineError, SpecError, reason
from packages import missing_package
from redaction import hide

_TABLE = re.compile(r"^[\w$#]+(\.[\w$#]+){0,2}$")
# set by the runner; a spec that could set them could move the connection or put a password in the spec
RESERVED = {"url", "user", "password", "driver", "dbtable", "query", "sessioninitstatement"}


@dataclass(frozen=True)
class Dialect:
    """What differs between databases. `literal` formats a time in UTC with microseconds, `clock` selects it as text."""

    driver: str
    port: int
    literal: str
    clock: str
    session: Optional[str] = None
    parameters: tuple[tuple[str, str], ...] = ()


DIALECTS = {
    "postgresql": Dialect(
        "org.postgresql.Driver",
        5432,
        "TIMESTAMPTZ '{date} {time}+00:00'",
        "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
        "SET TIME ZONE 'UTC'",
    ),
    "mysql": Dialect(
        "com.mysql.cj.jdbc.Driver",
        3306,
        "TIMESTAMP '{date} {time}'",
        "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')",
        "SET time_zone = '+00:00'",
        (("connectionTimeZone", "UTC"), ("forceConnectionTimeZoneToSession", "true")),
    ),
    "mssql": Dialect(
        "com.microsoft.sqlserver.jdbc.SQLServerDriver",
        1433,
        "CAST('{date}T{time}' AS DATETIME2(6))",
        "SELECT CONVERT(VARCHAR(26), CAST(SYSUTCDATETIME() AS DATETIME2(6)), 126)",
    ),
    "oracle": Dialect(
        "oracle.jdbc.OracleDriver",
        1521,
        "TIMESTAMP '{date} {time} +00:00'",
        "SELECT TO_CHAR(SYS_EXTRACT_UTC(SYSTIMESTAMP), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6') FROM DUAL",
        "ALTER SESSION SET TIME_ZONE = '+00:00'",
    ),
}


class Database:
    """A database of the spec. Times are exchanged in UTC whatever the zone of the server."""

    def __init__(
        self, spark: SparkSession, config: dict[str, Any], connection: Optional[Connection], field: str
    ) -> None:
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
        for key, value in secret.parameters:
            if "password" in key.lower():
                hide(value)
        try:
            if self.kind == "mssql":
                return sqlserver_url(host, secret.port, database, secret.parameters)
            port = secret.port or str(self.dialect.port)
            if self.kind == "oracle":
                return oracle_url(host, port, database, secret.parameters)
            return path_url(self.kind, host, port, database, (*self.dialect.parameters, *secret.parameters))
        except ValueError as error:
            raise SpecError(f"{self.field}.connection", f"the Secret's address is none: {error}") from None

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
            raise SpecError(
                f"{self.field}.{field}", f'"{table}" is no table: write name, schema.name or catalog.schema.name'
            )
        return table

    def connect(self) -> Any:
        """A `java.sql.Connection` of the driver's JVM, made as Spark itself makes it."""
        jvm: Any = self.spark._jvm
        try:
            options = jvm.org.apache.spark.sql.execution.datasources.jdbc.JDBCOptions(
                jvm.PythonUtils.toScalaMap({**self.options, "dbtable": "none"})
            )
            connection = (
                jvm.org.apache.spark.sql.jdbc.JdbcDialects.get(options.url()).createConnectionFactory(options).apply(-1)
            )
            if self.dialect.session:
                statement = connection.createStatement()
                statement.execute(self.dialect.session)
                statement.close()
            return connection
        except Exception as error:
            raise self.failure(f"{self.field}.connection", error) from None

    def quote(self, name: str) -> str:
        """The name of a column, quoted for this database."""
        mark = "`" if self.kind == "mysql" else '"'
        return mark + name.replace(mark, mark * 2) + mark

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
