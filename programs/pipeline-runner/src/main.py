"""
Runs one DataPipeline (nstarx.io/v1alpha1) on Spark. This file is the job's main application file; the other files of its folder lie beside it.

    main.py PIPELINE.json [options]

PIPELINE.json is `{"metadata": {"name", "namespace"}, "spec": {...}}`, the DataPipeline as it is in the API server; further fields are ignored.

Options (none of them secret):
    --source-connection DIR  the Secret of source.config.connection, mounted as a folder of files: host, port, database, username, password,
                             or url (`postgresql://user:password@host:port/database`, or `jdbc:...`); token for an API
    --sink-connection DIR    the same for sink.config.connection
    --run ID                 identity of the run. Give it only where all attempts of one run have the same and no other run has it: an
                             attempt after a committed one then does nothing. A random one by default.
    --state LOCATION         folder of the state, see state.py. Needed for sinks that cannot keep it: Kafka, MongoDB, Cassandra, Snowflake, and
                             for a Kafka source whose sink is no datalake. Default: `_state` in the sink, or a table beside the target.
    --quarantine LOCATION    folder for rows that break a check. Default: `_quarantine` in a datalake sink; others have none.
    --lookup LOCATION        folder of the tables that `enrich` joins where the source is no JDBC database.
    --result FILE            where the result goes, default /dev/termination-log (status.containerStatuses[].state.terminated.message)
    --metrics-port PORT      default 8090; -1 serves none. --metrics-linger SECONDS: how long they stay after the end, default 0.

Environment: OPENLINEAGE_URL (no events without it), OPENLINEAGE_API_KEY, OPENLINEAGE_ENDPOINT; KAFKA_BOOTSTRAP_SERVERS, the platform's brokers; KAFKA_PROPERTIES, the
client's properties of the platform's message bus as JSON, in which ${NAME} stands for a variable.

Result: one JSON object of at most 4,096 bytes: state (Completed or Failed), run, startTime, endTime, durationSeconds, recordsRead, recordsWritten,
recordsQuarantined, failedChecks, lastRun (the time that the next run gets as `:last_run`; absent after a failure); after a failure also
message, which begins with the field of the spec. alreadyCommitted is true where a previous attempt of this run had been committed.

Exit codes: 0 done; 1 failed, another attempt may help; 2 the spec or its surroundings are wrong; 3 a check with `onFailure: fail` failed.

The JVMs of driver and executors must run in UTC (`-Duser.timezone=UTC` in their Java options): Spark's JDBC source reads times in that zone.
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
from errors import PipelineError, SpecError, reason
from job import Job, utc_now
from metrics import Metrics
from redaction import RedactingFormatter, guard

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
    guard()
    sys.exit(main(sys.argv[1:]))
