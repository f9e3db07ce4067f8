"""Folders as sinks: files that appear in a journalled move, and tables of Delta Lake and Iceberg, which commit by themselves."""

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
    Files below the sink's path. Spark writes them to `_staging`; then their names are noted in the state, they are moved to their
    places, and the state is committed. `load` removes what a run that did not come so far has moved. An overwrite removes the
    previous files after the commit: in between a reader sees both, never neither.
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
        """Adds year, month, day and hour where they are requested and missing: of `partitionTimeColumn`, or of the run's time."""
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
    Delta Lake by its path, Iceberg as the table `<last part of the path>` of a Hadoop catalog in the folder above. Each write is a
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
            self._merge(frame, f"delta.`{self.path}`")
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
        table = f"lake.`{name}`"
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
        same = " AND ".join(f"there.`{key}` = here.`{key}`" for key in self.keys)
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
