"""Folders as sinks: files that appear in a journalled move, and tables of Delta Lake and Iceberg, which commit by themselves."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Iterator, Optional

from pyspark.sql import DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F

from counting import Counted, require_readable
from errors import PipelineError, SpecError, reason
from names import quoted
from packages import missing_package
from sinks import FIELD, SinkContext, newest_of_each_key, require_keys
from state import FileState, State, parse_state
from storage import Folder, connect_store, is_hidden, resolve
from transforms import require_columns

_DERIVED = {"year": "yyyy", "month": "MM", "day": "dd", "hour": "HH"}
# read by the runner itself, not by Spark's writer
_OURS = {"orderBy", "partitionTimeColumn", "partitionOverwriteMode"}
# options of Spark's readers that leave files or rows out; what they leave out of an upsert would be gone
_LEAVE_OUT = {
    *("pathglobfilter", "recursivefilelookup", "modifiedbefore", "modifiedafter"),
    *("ignorecorruptfiles", "ignoremissingfiles", "mode"),
}
_LINES = (
    "a text with a line break is several rows of {0}, and an empty row is none: use parquet, or set options.multiLine"
)
# commits of a table that are looked through for our own
_HISTORY = 100
_TABLE = "another writer of the table has removed them meanwhile"


class LakeSink:
    """
    Files below the sink's path. Spark writes them to `_staging`; then their names are noted in the state, they are moved to their
    places, and the state is committed. `load` removes what a run that did not come so far has moved. An overwrite removes the
    previous files after the commit: in between a reader sees both, never neither. What was staged is read before it is moved, and a
    run whose rows cannot all be read fails.
    """

    # readers find rows by the names of folders
    in_folders = True

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
        hidden = [name for name in self.partitions if is_hidden(name)]
        if hidden and self.in_folders:
            message = f"folders that are called {hidden[0]}=… are passed over by readers: give the column a name that begins with a letter"
            raise SpecError(f"{FIELD}.partitionBy", message)
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
            time = F.col(quoted(column)).cast("timestamp")
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
        rows = Counted(frame)
        writer = rows.frame.write.format(self.format).options(**self._writer_options()).mode("overwrite")
        writer.partitionBy(*self.partitions).save(f"{self.path}/{self.staging}")
        added = list(self.folder.files(self.staging))
        readable = self._reader(frame).load(f"{self.path}/{self.staging}").count() if added else 0
        lines = self.format in ("csv", "text", "json")
        require_readable(
            rows.count(), readable, _LINES.format(self.format) if lines else "look at the files of _staging"
        )
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

    def _reader(self, frame: DataFrame) -> DataFrameReader:
        options = {key: value for key, value in self._writer_options().items() if key.lower() not in _LEAVE_OUT}
        reader = self.spark.read.format(self.format).options(**options)
        # files without types of their own
        return reader.schema(frame.schema) if self.format in ("csv", "json", "text") else reader

    def _merged(self, frame: DataFrame) -> DataFrame:
        """The rows that are there, without those of the new keys, and the new ones. Columns that one side lacks are null."""
        reader = self._reader(frame)
        if self.format == "parquet":
            reader = reader.option("mergeSchema", "true")
        # "07" is a text, and not the number of a folder 7
        with _setting(self.spark, "spark.sql.sources.partitionColumnTypeInference.enabled", "false"):
            present = reader.load(self.path)
        for column in self.partitions:
            # a folder's name has no type
            present = present.withColumn(column, F.col(quoted(column)).cast(frame.schema[column].dataType))
        require_columns(present, self.keys, f"{FIELD}.keys")
        kept = present.join(frame.select(*map(quoted, self.keys)), on=self.keys, how="left_anti")
        return kept.unionByName(frame, allowMissingColumns=True)


class TableFormatSink(LakeSink):
    """
    Delta Lake by its path, Iceberg as the table `<last part of the path>` of a Hadoop catalog in the folder above. Each write is a
    transaction of the table. A commit of Delta carries the state, so a run that ends between both is taken up and a retry doubles
    nothing; an Iceberg append whose state was not committed is appended again. What the table says of the commit is compared with
    the rows.
    """

    in_folders = False

    def load(self) -> State:
        """The state, or that of the last commit where the run ended before it could save it."""
        state = super().load()
        if self.format != "delta" or not self.folder.exists("_delta_log"):
            return state
        found = self._commit(state.version + 1)
        if found is None:
            return state
        committed = parse_state(found["state"], self.path)
        self.store.save(committed, state)
        return committed

    def write(self, frame: DataFrame, former: State, state: State) -> None:
        """Writes the rows in one transaction, then commits the state."""
        frame = self._partitioned(frame)
        if self.mode == "upsert":
            require_keys(frame, self.keys)
            frame = newest_of_each_key(frame, self.keys, self.given.get("orderBy"))
        state = replace(state, version=former.version + 1)
        rows = Counted(frame)
        try:
            # a merge may compute its rows twice, or those alone that it looks for
            merged = frame.count() if self.mode == "upsert" else None
            frame = frame if merged is not None else rows.frame
            committed = self._delta(frame, state) if self.format == "delta" else self._iceberg(frame)
            written = rows.count() if merged is None else merged
        except PipelineError:
            raise
        except Exception as error:
            text = reason(error)
            raise PipelineError("sink", missing_package(text, self.format) or text) from None
        # a merge may update several rows of the table by one
        require_readable(written, min(written, committed) if self.mode == "upsert" else committed, _TABLE)
        self.store.save(state, former)

    def _delta(self, frame: DataFrame, state: State) -> int:
        """Writes; gives the rows that the table says it got."""
        mark = json.dumps({"pipeline": self.pipeline, "version": state.version, "state": state.dump()})
        there = self.folder.exists("_delta_log")
        with _setting(self.spark, "spark.databricks.delta.commitInfo.userMetadata", mark):
            if self.mode == "upsert" and there:
                self._merge(frame, f"delta.{quoted(self.path)}")
            else:
                once = {"txnAppId": self.pipeline, "txnVersion": str(state.version)}
                mode = "overwrite" if self.mode == "overwrite" else "append"
                writer = frame.write.format("delta").options(**{**once, **self.options}).mode(mode)
                if not there:
                    writer = writer.partitionBy(*self.partitions)
                writer.save(self.path)
        found = self._commit(state.version)
        return int(found["rows"]) if found else 0

    def _commit(self, version: int) -> Optional[dict[str, Any]]:
        """State and rows of this pipeline's commit of a version; None where there is none among the latest of the table."""
        history = self.spark.sql(f"DESCRIBE HISTORY delta.{quoted(self.path)} LIMIT {_HISTORY}")
        for row in history.select("userMetadata", "operationMetrics").collect():
            mark = _mark(row["userMetadata"])
            if mark.get("pipeline") == self.pipeline and mark.get("version") == version:
                metrics = row["operationMetrics"] or {}
                merged = [int(metrics.get(f"numTargetRows{what}", 0)) for what in ("Inserted", "Updated")]
                return {
                    "state": mark["state"],
                    "rows": int(metrics.get("numOutputRows", 0)) if not any(merged) else sum(merged),
                }
        return None

    def _iceberg(self, frame: DataFrame) -> int:
        """Writes; gives the rows that the table says it got."""
        parent, _, name = self.path.rpartition("/")
        conf = {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hadoop", ".warehouse": parent}
        for key, value in conf.items():
            self.spark.conf.set(f"spark.sql.catalog.lake{key}", value)
        table = f"lake.{quoted(name)}"
        writer = frame.writeTo(table).options(**self.options)
        if not self.folder.exists("metadata"):
            writer = writer.using("iceberg")
            if self.partitions:
                writer = writer.partitionedBy(*[F.col(quoted(column)) for column in self.partitions])
            writer.create()
        elif self.mode == "upsert":
            self._merge(frame, table)
        elif self.mode == "overwrite":
            writer.overwrite(F.lit(True))
        else:
            writer.append()
        own = F.col("summary")["spark.app.id"] == self.spark.sparkContext.applicationId
        snapshots = self.spark.table(f"{table}.snapshots").where(own).orderBy(F.col("committed_at").desc())
        newest = snapshots.select(F.col("summary")["added-records"].alias("rows")).first()
        return int(newest["rows"] or 0) if newest else 0

    def _merge(self, frame: DataFrame, table: str) -> None:
        frame.createOrReplaceTempView("pipeline_rows")
        same = " AND ".join(f"there.{quoted(key)} = here.{quoted(key)}" for key in self.keys)
        self.spark.sql(
            f"MERGE INTO {table} there USING pipeline_rows here ON {same} "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )


def _mark(text: Optional[str]) -> dict[str, Any]:
    """What a commit of ours says of itself; nothing where it is another's."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _setting(spark: SparkSession, key: str, value: str) -> Iterator[None]:
    """Has Spark take the setting meanwhile."""
    former = spark.conf.get(key, None)
    spark.conf.set(key, value)
    try:
        yield
    finally:
        if former is None:
            spark.conf.unset(key)
        else:
            spark.conf.set(key, former)


def lake_sink(context: SinkContext, config: dict[str, Any], this_run: datetime) -> LakeSink:
    """The sink of a folder."""
    format = config.get("format") or "parquet"
    if format == "text" and config.get("mode") == "upsert":
        raise SpecError(f"{FIELD}.mode", "text has no columns that identify a row: use another format")
    kind = TableFormatSink if format in ("delta", "iceberg") else LakeSink
    return kind(context, config, this_run)
