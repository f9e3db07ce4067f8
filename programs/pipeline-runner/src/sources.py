"""Where rows come from. Each reader gives a frame that is read once, lazily; `stream.py` reads Kafka."""

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
CONNECTORS = {
    "mongodb": "mongodb",
    "cassandra": "org.apache.spark.sql.cassandra",
    "snowflake": "net.snowflake.spark.snowflake",
}


@dataclass
class Source:
    """The source of a spec. `this_run` is the time up to which this run answers for, the next `:last_run`."""

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
        """Whether what is read depends on `:last_run`."""
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
        raise SpecError(
            "source.type", f'"{self.kind}" is not read by the Spark runner: {_INSTEAD.get(self.kind, "use another")}'
        )

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
        """The table that `enrich` joins: of the source's database, or else a folder of that name at the lookup location."""
        if self.database:
            reader = Database(self.spark, {**self.config, "options": {}}, self.connection, FIELD)
            reader.field = field.rsplit(".", 1)[0]
            reader.table_name(table, "lookupTable")
            return reader.read(table=table)
        if not self.lookup:
            raise SpecError(field, f"where {table} is must be said: set source.config.options.lookupLocation")
        location = f"{resolve(self.lookup, f'{FIELD}.options.lookupLocation').rstrip('/')}/{table}"
        connect_store(self.spark, location, self.connection)
        return load_files(self.spark, location, self.lookup_format, {}, field)


_INSTEAD = {
    "kinesis": "use engine flink",
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
