"""One run of a pipeline, from the source to the report."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Optional

from pyspark.sql import DataFrame, SparkSession

from binding import format_time
from connection import Connection, read_connection
from counting import Counted
from errors import PipelineError, QualityError, SpecError, reason
from lake import lake_sink
from lineage import Dataset, Lineage, datasets
from metrics import Metrics
from quality import judge
from sinks import Sink, SinkContext, StreamSink
from sources import CONNECTORS, Source
from state import FileState, State
from storage import Folder, resolve
from stream import read_topic
from table import TableSink
from transforms import checked, transform

_ROWS_PER_PART = 500_000


@dataclass
class Job:
    """What a run needs beside the spec; see `main.py` for the meaning of each."""

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
        lineage = Lineage(about.get("enabled", True), self.namespace, self.name, lineage_id)
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
            # the previous attempt was committed and ended before it could say so
            return {**state.result, "alreadyCommitted": True}
        if self.source.kind == "kafka":
            checkpoint = f"{self._state_folder()}/checkpoint/{self.job.pipeline}"
            config = self.job.spec["source"]["config"]
            read_topic(self.job.spark, config, self.source_secret, checkpoint, self.job.pipeline, state, self._batch)
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
        return f"{resolve(path, 'sink.config.path').rstrip('/')}/_state"

    def _batch(self, frame: DataFrame, stream: str, number: int) -> None:
        state = self.sink.load()
        self._process(frame, state, replace(state, stream=stream, batch=number))

    def _process(self, frame: DataFrame, former: State, state: State) -> None:
        job, counts = self.job, self.job.metrics.counts
        job.metrics.spark = job.spark
        for dataset in self.inputs:
            dataset.columns = frame.dtypes
        source = Counted(frame)
        steps = job.spec.get("transformations") or []
        frame = transform(job.spark, source.frame, steps, self.source.read_lookup, former.last_run(), self.this_run)
        kept, verdict = self._judge(frame)
        try:
            counts.read += source.count()
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
        checked("quarantine", lambda: bad.write.mode("overwrite").json(path, ignoreNullFields=False))

    def _result(self, state: State, written: Optional[int] = None, last_run: Optional[str] = None) -> dict[str, Any]:
        counts = self.job.metrics.counts
        return {
            "recordsRead": counts.read,
            "recordsWritten": counts.written if written is None else written,
            "recordsQuarantined": counts.quarantined,
            "failedChecks": list(self.job.failed),
            "lastRun": last_run or format_time(self.this_run),
        }


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(timezone.utc)
