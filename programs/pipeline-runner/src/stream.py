"""
Kafka as a source: everything that is new since the last run, by Structured Streaming with the trigger `availableNow`.

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
    spark: SparkSession,
    config: dict[str, Any],
    secret: Optional[Connection],
    checkpoint: str,
    group: str,
    state: State,
    process: Process,
) -> None:
    """
    Calls `process` with the rows of each new batch, the stream's id and the batch's number. Names of the groups of its readers begin with
    `group`.
    """
    given: dict[str, str] = dict(config.get("options") or {})
    servers = config.get("bootstrapServers")
    options = kafka_options(
        {k: v for k, v in given.items() if k not in _OURS}, secret, servers, f"{FIELD}.bootstrapServers"
    )
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
        reader = spark.readStream.format("kafka").options(
            **{"startingOffsets": "earliest", **options, "groupIdPrefix": group}
        )
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
    The values as rows. `json` (the default): columns of `options.schema` (DDL), or inferred from the batch. `avro`: `options.avroSchema`,
    after `avroHeaderBytes` bytes (5 where a schema registry's header precedes them). `text`: the columns key, value, topic, partition,
    offset and timestamp.
    """
    format = config.get("format") or "json"
    if format == "text":
        texts = (F.col(name).cast("string") for name in ("key", "value"))
        return rows.select(*texts, "topic", "partition", "offset", "timestamp")
    if format == "json":
        return parse_json(
            spark, rows.where("value IS NOT NULL").select(F.col("value").cast("string")), options.get("schema")
        )
    if format == "avro":
        schema = options.get("avroSchema")
        if not schema:
            raise SpecError(f"{FIELD}.options.avroSchema", "must be set: Avro values do not say what they are")
        from pyspark.sql.avro.functions import from_avro

        skip = int(options.get("avroHeaderBytes", "0"))
        value = F.expr(f"substring(value, {skip + 1}, length(value))")
        return rows.where("value IS NOT NULL").select(from_avro(value, schema).alias("row")).select("row.*")
    raise SpecError(f"{FIELD}.format", f'"{format}" is not read from Kafka: use json, avro or text')
