"""Where rows go. A sink writes rows and the pipeline's state so that both are there or neither, as far as the store can."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any, Optional, Protocol

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from addresses import authority
from connection import Connection
from errors import PipelineError, SpecError, reason
from names import column, quoted, unused
from packages import missing_package
from redaction import hide
from sources import CONNECTORS, connector_options
from state import State, StateStore
from transforms import require_columns

FIELD = "sink.config"


@dataclass(frozen=True)
class SinkContext:
    """What a sink needs beside its spec. `pipeline` is `<namespace>.<name>`; `state` is where the operator wants it."""

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
        """Writes the rows, then commits `state` in the place of `former`."""

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
            raise SpecError(
                f"{FIELD}.mode", "a topic cannot be overwritten: use append, or upsert for a compacted topic"
            )
        keys: list[str] = self._config.get("keys") or []
        require_columns(frame, keys, f"{FIELD}.keys")
        format = self._config.get("format") or "json"
        if format != "json":
            raise SpecError(f"{FIELD}.format", f'"{format}" is not written to Kafka: use json')
        value = F.to_json(F.struct(*map(column, frame.columns)), {"ignoreNullFields": "false"}).alias("value")
        key = column(keys[0]).cast("string") if len(keys) == 1 else F.to_json(F.struct(*map(column, keys)))
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
    Options of Spark's Kafka connector. Brokers: the Secret's, or the spec's, or those of the platform
    (`KAFKA_BOOTSTRAP_SERVERS`). A user name in the Secret means SASL, SCRAM-SHA-512 over TLS unless the options say otherwise.

    With none of them, it is the platform's message bus: `KAFKA_PROPERTIES` has the properties of its client, which no option changes.
    """
    platform = os.environ.get("KAFKA_PROPERTIES")
    named = servers or options.get("kafka.bootstrap.servers") or os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if platform and not secret and not named:
        # an option in other capitals would be one of the same name
        fixed = {f"kafka.{key}": _expanded(value) for key, value in json.loads(platform).items()}
        return {**{key: value for key, value in options.items() if key.lower() not in fixed}, **fixed}
    from_secret = secret.url if secret else None
    if secret and secret.host and not from_secret:
        try:
            from_secret = authority(secret.host, secret.port or 9092)
        except ValueError as error:
            raise SpecError(field, f"the Secret's address is none: {error}") from None
    found = from_secret or named
    if not found:
        raise SpecError(field, "the brokers are not known: set kafka.bootstrap.servers, or the Secret's url")
    result = {**options, "kafka.bootstrap.servers": found}
    if secret and secret.username:
        mechanism = options.get("kafka.sasl.mechanism", "SCRAM-SHA-512")
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        user, password = (_login_text(text) for text in (secret.username, secret.password or ""))
        login = f"org.apache.kafka.common.security.{module} required username={user} password={password};"
        result.setdefault("kafka.security.protocol", "SASL_SSL")
        result["kafka.sasl.mechanism"] = mechanism
        result["kafka.sasl.jaas.config"] = login
    return result


def newest_of_each_key(frame: DataFrame, keys: list[str], order: Optional[str]) -> DataFrame:
    """
    One row for each key, for upsert: the one with the greatest `order`. Without it, several rows of one key fail the run: which of
    them is right is not known.
    """
    require_columns(frame, keys, f"{FIELD}.keys")
    if order:
        require_columns(frame, [order], f"{FIELD}.options.orderBy")
        rank = unused(frame, "_rank")
        window = Window.partitionBy(*map(quoted, keys)).orderBy(column(order).desc_nulls_last())
        return frame.withColumn(rank, F.row_number().over(window)).where(column(rank) == 1).drop(rank)
    groups = frame.groupBy(*map(quoted, keys)).agg((F.count(F.lit(1)) > 1).alias(unused(frame, "_several")))
    several = groups.where(column(groups.columns[-1])).limit(1).collect()
    if several:
        which = ", ".join(f"{key}={several[0][key]}" for key in keys)
        raise PipelineError(
            f"{FIELD}.keys",
            f"several rows have {which}: set sink.config.options.orderBy to the column that says which is newest",
        )
    return frame


def require_keys(frame: DataFrame, keys: list[str]) -> None:
    """A row whose key is null cannot be found again, so upsert refuses it."""
    require_columns(frame, keys, f"{FIELD}.keys")
    empty = " OR ".join(f"{quoted(key)} IS NULL" for key in keys)
    if not frame.where(empty).limit(1).isEmpty():
        raise PipelineError(f"{FIELD}.keys", f"a row has no {' or '.join(keys)}")


def _expanded(text: str) -> str:
    """The text with the variables of the environment in place of `${NAME}`; a value cannot end the text of JAAS that it stands in."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise SpecError("source", f"the platform's message bus needs the variable {match.group(1)}")
        if match.group(1).endswith("_PASSWORD"):
            hide(found)
        return found.replace("\\", "\\\\").replace('"', '\\"')

    return re.sub(r"\$\{(\w+)\}", value, text)


def _login_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
