// Generated from src/constructs/feature-stores/programs: run npx tsx scripts/generate-api.ts. Not edited by hand.

/** The Python programs of a feature store's pods, by file name. */
export const FEATURE_PROGRAMS: Readonly<Record<string, string>> = {
  'batch_features.py': `"""
Computes batch features: runs the query of each view on the lake and appends its rows to the folder of the view.

A table of the query is one of Spark's catalogs, or else the folder of that name in the lake. Of what the query gives,
- the entity is the column called like the join key, or else the first one;
- a feature is the column called like it; a single feature may be the only column that is left;
- the time is the timestamp field, or the time of the run where there is none. It is never later than the run, since what
  is dated in the future would never be served.

Every row says in \`created_timestamp\` when it was computed, by which materialization knows what is new. A query that fails
does not keep the others from being computed; the job fails at the end.
"""

import json
import re
import sys
import traceback
from datetime import datetime, timezone

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from last_word import message_of, tell

CREATED = "created_timestamp"

TYPES = {
    "float": "float",
    "double": "double",
    "int": "bigint",
    "int32": "int",
    "int64": "bigint",
    "string": "string",
    "bool": "boolean",
    "bytes": "binary",
    "timestamp": "timestamp",
    "float-list": "array<float>",
    "int-list": "array<bigint>",
    "string-list": "array<string>",
}


def spark_url(url):
    """S3 goes through Hadoop's s3a."""
    return "s3a://" + url[len("s3://") :] if url.startswith("s3://") else url


def tables_of(spark, query):
    """Names of the tables that a query reads, as Spark's own parser sees it, without those that WITH defines."""
    plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(query)
    jvm = spark._jvm
    found, defined, waiting = [], set(), [plan]
    while waiting:
        node = waiting.pop()
        kind = node.getClass().getSimpleName()
        if kind == "UnresolvedRelation":
            parts = jvm.scala.jdk.javaapi.CollectionConverters.asJava(node.multipartIdentifier())
            found.append(list(parts))
        if kind == "UnresolvedWith":
            for relation in jvm.scala.jdk.javaapi.CollectionConverters.asJava(node.cteRelations()):
                defined.add(relation.productElement(0).lower())
                waiting.append(relation.productElement(1))
        waiting.extend(jvm.scala.jdk.javaapi.CollectionConverters.asJava(node.children()))
        for expression in jvm.scala.jdk.javaapi.CollectionConverters.asJava(node.expressions()):
            waiting.extend(plans_in(jvm, expression))
    return [parts for parts in found if not (len(parts) == 1 and parts[0].lower() in defined)]


def plans_in(jvm, expression):
    """The plans of subqueries in an expression."""
    waiting, plans = [expression], []
    while waiting:
        each = waiting.pop()
        if jvm.java.lang.Class.forName(
            "org.apache.spark.sql.catalyst.expressions.PlanExpression",
            False,
            jvm.java.lang.Thread.currentThread().getContextClassLoader(),
        ).isInstance(each):
            plans.append(each.plan())
        waiting.extend(jvm.scala.jdk.javaapi.CollectionConverters.asJava(each.children()))
    return plans


def open_tables(spark, query, lake):
    """Makes views of the tables of a query that no catalog knows and the lake holds."""
    for parts in tables_of(spark, query):
        if lake is None or len(parts) != 1 or spark.catalog.tableExists(parts[0]):
            continue
        spark.read.format(lake["format"]).load(spark_url(lake["path"]) + parts[0]).createOrReplaceTempView(f"\`{parts[0]}\`")


def columns_of(view, columns):
    """Which column of the result is what."""
    by_name = {column.lower(): column for column in columns}
    if len(by_name) != len(columns):
        raise ValueError(f"the query of {view['name']} gives two columns of one name: {columns}")
    time = by_name.get(view["timestampField"].lower())
    names = [feature["name"].lower() for feature in view["features"]]
    others = [column for column in columns if column != time]
    key = by_name.get(view["joinKey"].lower()) or next((each for each in others if each.lower() not in names), None)
    if key is None:
        raise ValueError(f"the query of {view['name']} gives no column for the entity: {columns}")
    left = [column for column in others if column != key]
    features = {}
    for feature in view["features"]:
        column = by_name.get(feature["name"].lower())
        if column is None and len(view["features"]) == 1 and len(left) == 1:
            column = left[0]
        if column is None:
            raise ValueError(f"the query of {view['name']} gives no column {feature['name']}: {columns}")
        features[feature["name"]] = column
    return key, features, time


def result_of(spark, query):
    """
    The result of a query. A column that is neither grouped nor aggregated is that of any row of its group, as in MySQL; Spark
    alone would refuse it. A name that stands twice in the query is left to its author.
    """
    for _ in range(20):
        try:
            return spark.sql(query)
        except AnalysisException as error:
            if error.getCondition() != "MISSING_AGGREGATION":
                raise
            column = error.getMessageParameters()["expression"].strip('"\`')
            places = list(re.finditer(rf"(?<![\\w.\`]){re.escape(column)}(?![\\w.\`(])", query))
            if len(places) != 1:
                raise
            print(f"{column} is neither grouped nor aggregated: any_value({column})", flush=True)
            query = query[: places[0].start()] + f"any_value({column})" + query[places[0].end() :]
    return spark.sql(query)


def rows_of(spark, view, lake, now):
    """The rows of a view, in the columns that are stored."""
    open_tables(spark, view["query"], lake)
    result = result_of(spark, view["query"])
    key, features, time = columns_of(view, result.columns)
    moment = f.lit(now)
    at = f.least(f.col(f"\`{time}\`").cast("timestamp"), moment) if time else moment
    return result.select(
        f.col(f"\`{key}\`").cast(TYPES[view["keyType"]]).alias(view["joinKey"]),
        *[
            f.col(f"\`{features[feature['name']]}\`").cast(TYPES[feature["type"]]).alias(feature["name"])
            for feature in view["features"]
        ],
        at.alias(view["timestampField"]),
        moment.alias(CREATED),
        f.lit(now.strftime("%Y-%m-%d")).alias("run_date"),
    ).where(f.col(view["joinKey"]).isNotNull() & f.col(view["timestampField"]).isNotNull())


def compute(spark, job):
    """Computes every view. Returns those that failed, with the reason."""
    failed = {}
    for view in job["views"]:
        # what is read later is newer, which materialization relies on
        now = datetime.now(timezone.utc)
        try:
            rows_of(spark, view, job.get("lake"), now).write.format(job["format"]).mode("append").partitionBy(
                "run_date"
            ).save(spark_url(view["folder"]))
            print(f"computed {view['name']}", flush=True)
        except Exception as error:  # the others are computed all the same
            traceback.print_exc()
            failed[view["name"]] = error
    return failed


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    # pyarrow and Feast read UTC
    spark = SparkSession.builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    failed = compute(spark, job)
    spark.stop()
    tell(message_of(failed))
    if failed:
        sys.exit(f"not computed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
`,
  'feature_data.py': `"""What the programs of a feature store share: its job file and the folders of its values."""

import json
from datetime import datetime, timezone

import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet

CREATED = "created_timestamp"


def read_job(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def filesystem_of(url, endpoint=None):
    """The file system of a URL, and the path in it. Credentials come from the environment."""
    if url.startswith(("s3://", "s3a://")):
        options = {"endpoint_override": endpoint, "scheme": endpoint.split("://")[0]} if endpoint else {}
        return pyarrow.fs.S3FileSystem(**options), url.split("://", 1)[1].rstrip("/")
    if url.startswith("gs://"):
        return pyarrow.fs.GcsFileSystem(), url[len("gs://") :].rstrip("/")
    return pyarrow.fs.LocalFileSystem(), url.removeprefix("file://").rstrip("/")


def dataset_of(job, view):
    """The stored rows of a view, or None where nothing was stored yet."""
    if job["format"] == "delta":
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(
                view["folder"].replace("s3a://", "s3://"),
                storage_options={"AWS_ENDPOINT_URL": job["s3Endpoint"]} if job.get("s3Endpoint") else None,
            ).to_pyarrow_dataset()
        except TableNotFoundError:
            return None
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    if filesystem.get_file_info(path).type == pyarrow.fs.FileType.NotFound:
        return None
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("run_date", pyarrow.string())]), flavor="hive")
    dataset = pyarrow.dataset.dataset(path, filesystem=filesystem, format="parquet", partitioning=partitioning)
    return dataset if dataset.files else None


def stored_in(job, view):
    """Bytes and folders of the files of a view, and when the newest was written. Nothing is read."""
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    files = [
        each
        for each in filesystem.get_file_info(pyarrow.fs.FileSelector(path, recursive=True, allow_not_found=True))
        # without the log of Delta Lake and the marks of Spark
        if each.is_file and not any(part[:1] in ("_", ".") for part in each.path[len(path) :].split("/") if part)
    ]
    return {
        "bytes": sum(each.size for each in files),
        "partitions": len({each.path.rsplit("/", 1)[0] for each in files}),
        "newest": max((as_utc(each.mtime) for each in files), default=None),
    }


def created_after(dataset, moment):
    """A filter for rows computed after a moment, which leaves out the folders of earlier days."""
    if moment is None:
        return None
    column = dataset.schema.field(CREATED).type
    newer = pyarrow.dataset.field(CREATED) > pyarrow.scalar(
        moment if column.tz else moment.replace(tzinfo=None), type=column
    )
    if "run_date" not in dataset.schema.names:
        return newer
    return newer & (pyarrow.dataset.field("run_date") >= moment.strftime("%Y-%m-%d"))


def as_utc(moment):
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def append(job, view, table):
    """Appends rows to the folder of a view."""
    now = datetime.now(timezone.utc)
    columns = table.append_column(CREATED, pyarrow.array([now] * len(table), pyarrow.timestamp("us", tz="UTC")))
    if job["format"] == "delta":
        from deltalake import write_deltalake

        write_deltalake(
            view["folder"].replace("s3a://", "s3://"),
            columns,
            mode="append",
            storage_options={"AWS_ENDPOINT_URL": job["s3Endpoint"]} if job.get("s3Endpoint") else None,
        )
        return now
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    folder = f"{path}/run_date={now:%Y-%m-%d}"
    filesystem.create_dir(folder, recursive=True)
    pyarrow.parquet.write_table(
        columns, f"{folder}/part-{now:%Y%m%dT%H%M%S%f}.parquet", filesystem=filesystem, coerce_timestamps="us"
    )
    return now
`,
  'feature_metrics.py': `"""
Exposes what is known of the values of a feature store, on port 8000:

- feature_last_update_timestamp_seconds: time of the newest value.
- feature_max_age_seconds: age from which a value is stale.
- feature_coverage_ratio: share of the entities of the store that have a value which is neither null nor stale.
- feature_drift_psi: population stability index of the values computed on the last day against those of the days before.
- feature_metrics_failures_total: views that could not be read.

Each has the label \`feature\`; the store is a label of the pod. What was read once is kept, so each round reads what is new.
"""

import sys
import time
import traceback
from datetime import datetime, timedelta, timezone

import numpy
import pandas
import pyarrow.dataset
from feast import FeatureStore
from prometheus_client import Counter, Gauge, start_http_server

from feature_data import CREATED, as_utc, dataset_of, read_job
from materialize import latest_rows

BINS = 10
DAYS = 7
# keeps an empty bin from making the index infinite
SMALLEST = 1e-4
NUMBERS = {"float", "double", "int", "int32", "int64"}

LAST_UPDATE = Gauge("feature_last_update_timestamp_seconds", "Time of the newest value.", ["feature"])
MAX_AGE = Gauge("feature_max_age_seconds", "Age from which a value is stale.", ["feature"])
COVERAGE = Gauge("feature_coverage_ratio", "Share of the entities that have a value.", ["feature"])
DRIFT = Gauge("feature_drift_psi", "Population stability index against the days before.", ["feature"])
FAILURES = Counter("feature_metrics_failures", "Views that could not be read.", ["feature_view"])


def population_stability_index(reference, current, numeric):
    """Sum of (current - reference) * ln(current / reference) over ten bins of equal size, or over the values of a category."""
    if numeric:
        reference, current = numpy.asarray(reference, float), numpy.asarray(current, float)
        edges = numpy.unique(numpy.quantile(reference, numpy.linspace(0, 1, BINS + 1)[1:-1]))
        if reference.min() == reference.max():
            # of what was constant: what is less, what is equal, what is more
            edges = numpy.array([edges[0], numpy.nextafter(edges[0], numpy.inf)])
        before = numpy.bincount(numpy.searchsorted(edges, reference, side="right"), minlength=len(edges) + 1)
        after = numpy.bincount(numpy.searchsorted(edges, current, side="right"), minlength=len(edges) + 1)
    else:
        counts = pandas.Series(reference).astype(str).value_counts()
        recent = pandas.Series(current).astype(str).value_counts()
        values = counts.index.union(recent.index)
        before, after = counts.reindex(values, fill_value=0).to_numpy(), recent.reindex(values, fill_value=0).to_numpy()
    before = numpy.maximum(before / before.sum(), SMALLEST)
    after = numpy.maximum(after / after.sum(), SMALLEST)
    return float(((after - before) * numpy.log(after / before)).sum())


class Watched:
    """The latest rows of a view, which grow round by round."""

    def __init__(self, view):
        self.view = view
        self.latest = None
        self.since = None

    def read(self, job):
        dataset = dataset_of(job, self.view)
        if dataset is None:
            return
        rows, last = latest_rows(dataset, self.view, self.since)
        if rows is None:
            return
        key, field = self.view["joinKey"], self.view["timestampField"]
        everything = rows if self.latest is None else pandas.concat([self.latest, rows], ignore_index=True)
        self.latest = everything.sort_values([field, CREATED], kind="stable").drop_duplicates(key, keep="last")
        self.since = last

    def fresh(self, feature, now):
        """Entities that have a value which is neither null nor stale."""
        rows = self.latest[self.latest[feature["name"]].notna()]
        age = self.view.get("maxAgeSeconds")
        if age:
            rows = rows[pandas.to_datetime(rows[self.view["timestampField"]], utc=True) >= now - timedelta(seconds=age)]
        return rows[self.view["joinKey"]]


def drift_of(job, view, feature, now):
    """The index of a feature, or None while there is nothing to compare with."""
    dataset = dataset_of(job, view)
    if dataset is None or "run_date" not in dataset.schema.names:
        return None
    first = (now - timedelta(days=DAYS)).strftime("%Y-%m-%d")
    table = dataset.to_table(columns=[feature["name"], "run_date"], filter=pyarrow.dataset.field("run_date") >= first)
    frame = table.to_pandas().dropna(subset=[feature["name"]])
    if frame.empty:
        return None
    last = frame["run_date"].max()
    reference = frame.loc[frame["run_date"] != last, feature["name"]]
    current = frame.loc[frame["run_date"] == last, feature["name"]]
    if reference.empty or current.empty:
        return None
    return population_stability_index(reference, current, feature["type"] in NUMBERS)


def observe(job, watched, now):
    """One round."""
    for each in watched:
        try:
            each.read(job)
        except Exception:  # the others are watched all the same
            traceback.print_exc()
            FAILURES.labels(each.view["name"]).inc()
    entities = {}
    for each in watched:
        if each.latest is not None:
            entities.setdefault(each.view["entity"], set()).update(each.latest[each.view["joinKey"]])
    for each in watched:
        for feature in each.view["features"]:
            name = feature["name"]
            if each.view.get("maxAgeSeconds"):
                MAX_AGE.labels(name).set(each.view["maxAgeSeconds"])
            if each.latest is None:
                continue
            known = each.latest[each.latest[name].notna()]
            if not known.empty:
                newest = pandas.to_datetime(known[each.view["timestampField"]], utc=True).max()
                LAST_UPDATE.labels(name).set(newest.timestamp())
            if "feature_coverage" in job["metrics"]:
                COVERAGE.labels(name).set(each.fresh(feature, now).nunique() / len(entities[each.view["entity"]]))
            if "feature_drift" in job["metrics"] and not feature["type"].endswith("-list"):
                index = drift_of(job, each.view, feature, now)
                if index is not None:
                    DRIFT.labels(name).set(index)


def observe_registry(job, store):
    """Values in a database: the registry knows when they were brought into the online store."""
    store.refresh_registry()
    for view in job["views"]:
        intervals = store.get_feature_view(view["name"]).materialization_intervals
        for feature in view["features"]:
            if view.get("maxAgeSeconds"):
                MAX_AGE.labels(feature["name"]).set(view["maxAgeSeconds"])
            if intervals:
                LAST_UPDATE.labels(feature["name"]).set(as_utc(intervals[-1][1]).timestamp())


def main():
    job = read_job(sys.argv[1])
    start_http_server(8000)
    watched = [Watched(view) for view in job["views"] if view.get("folder")]
    store = None if watched else FeatureStore(repo_path=job["repository"])
    while True:
        try:
            if watched:
                observe(job, watched, datetime.now(timezone.utc))
            else:
                observe_registry(job, store)
        except Exception:
            traceback.print_exc()
            FAILURES.labels("").inc()
        time.sleep(job["intervalSeconds"])


if __name__ == "__main__":
    main()
`,
  'last_word.py': `"""
Says what a job did, where Kubernetes keeps it when the container has ended: the operator reads it from the status of the pod.
It takes up to 4096 bytes.
"""

import json
import os

PLACE = "/dev/termination-log"
LARGEST = 4096
# of all messages of views that failed
MESSAGES = 2000


def message_of(failed, updated=None, offline=None):
    """
    What is said: the message of each view that failed; the time of the newest value of each view, in seconds since 1970; what the
    offline store holds. Where there is no room, views with newer values are left out, and \`others\` is the oldest time of those.
    """
    room = MESSAGES // max(1, len(failed))
    said = {"format": 1, "failed": {name: line_of(error, room - len(name) - 8) for name, error in failed.items()}}
    if len(json.dumps(said)) > MESSAGES + 500:
        # the exit code says that the job failed
        del said["failed"]
    if offline is not None:
        said["offline"] = offline
    times = sorted((updated or {}).items(), key=lambda each: (each[1], each[0]))
    if times:
        said["lastUpdate"] = times[-1][1]
    while True:
        if times:
            said["updated"] = dict(times)
        text = json.dumps(said, separators=(",", ":"))
        if len(text) <= LARGEST or not times:
            return text
        said["others"] = times.pop()[1]
        said["updated"] = {}


def line_of(error, length):
    """The first line of a message, which is ASCII."""
    lines = f"{type(error).__name__}: {error}".splitlines() or [""]
    return lines[0].encode("ascii", "replace").decode()[: max(0, min(200, length))]


def tell(message, place=PLACE):
    """Writes it, where there is such a place."""
    if os.path.exists(place):
        with open(place, "w", encoding="utf-8") as file:
            file.write(message)
`,
  'materialize.py': `"""
Brings new values from the offline store into the online store.

Files: what was computed since the last time is read from the folder of each view, and the latest value of each entity goes
to the online store. \`feast materialize-incremental\` goes by the time of the event and so never brings what is computed late;
this goes by the time of the computation. The registry gets the interval, as Feast would write it.

Databases: Feast's own materialization, from the end of the last interval less the overlap.
"""

import sys
import traceback
from datetime import datetime, timedelta, timezone

import pyarrow
import pyarrow.compute as compute
from feast import FeatureStore

from feature_data import CREATED, as_utc, created_after, dataset_of, read_job, stored_in
from last_word import message_of, tell


def latest_rows(dataset, view, since):
    """The latest row of each entity among those computed after a moment, and the moment of the last computation."""
    columns = [view["joinKey"], *[feature["name"] for feature in view["features"]], view["timestampField"], CREATED]
    latest, last = None, None
    for batch in dataset.to_batches(columns=columns, filter=created_after(dataset, since)):
        if batch.num_rows == 0:
            continue
        rows = pyarrow.Table.from_batches([batch])
        newest = compute.max(rows[CREATED]).as_py()
        last = newest if last is None else max(last, newest)
        # one batch at a time, so memory holds the entities and not their history
        frame = rows.to_pandas()
        if latest is not None:
            frame = concat([latest, frame])
        latest = frame.sort_values([view["timestampField"], CREATED], kind="stable").drop_duplicates(
            view["joinKey"], keep="last"
        )
    return latest, None if last is None else as_utc(last)


def concat(frames):
    import pandas

    return pandas.concat(frames, ignore_index=True)


def materialize_files(store, job, view):
    feature_view = store.get_feature_view(view["name"])
    intervals = feature_view.materialization_intervals
    since = as_utc(intervals[-1][1]) if intervals else None
    dataset = dataset_of(job, view)
    if dataset is None:
        return 0
    latest, last = latest_rows(dataset, view, since)
    if latest is None:
        return 0
    store.write_to_online_store(view["name"], latest, allow_registry_cache=False)
    start = since or as_utc(latest[view["timestampField"]].min().to_pydatetime())
    store.registry.apply_materialization(feature_view, store.project, min(start, last), last)
    return len(latest)


def materialize_database(store, job, view):
    now = datetime.now(timezone.utc)
    intervals = store.get_feature_view(view["name"]).materialization_intervals
    overlap = timedelta(seconds=job["overlapSeconds"])
    start = as_utc(intervals[-1][1]) - overlap if intervals else now - timedelta(seconds=job["firstSeconds"])
    store.materialize(start, now, [view["name"]])
    return None


def figures(store, job):
    """The time of the newest value of each view, in seconds since 1970, and what the offline store holds."""
    updated, size, partitions = {}, 0, 0
    for view in [*job["views"], *job["streams"]]:
        try:
            if view.get("folder"):
                stored = stored_in(job, view)
                size += stored["bytes"]
                partitions += stored["partitions"]
                newest = stored["newest"]
            else:
                intervals = store.get_feature_view(view["name"]).materialization_intervals
                newest = as_utc(intervals[-1][1]) if intervals else None
            if newest is not None:
                updated[view["name"]] = int(newest.timestamp())
        except Exception:  # what is not known is not said
            traceback.print_exc()
    files = any(view.get("folder") for view in job["views"])
    return updated, {"bytes": size, "partitions": partitions} if files else None


def main():
    job = read_job(sys.argv[1])
    store = FeatureStore(repo_path=job["repository"])
    failed = {}
    for view in job["views"]:
        try:
            count = (materialize_files if view.get("folder") else materialize_database)(store, job, view)
            print(f"materialized {view['name']}" + ("" if count is None else f": {count} entities"), flush=True)
        except Exception as error:  # the others are materialized all the same
            traceback.print_exc()
            failed[view["name"]] = error
    tell(message_of(failed, *figures(store, job)))
    if failed:
        sys.exit(f"not materialized: {', '.join(failed)}")


if __name__ == "__main__":
    main()
`,
  'model_features.py': `"""
Asks a model for the value of a feature, for every entity that has other features in the store.

The model is asked by the Open Inference Protocol (v2), one named input per stored feature of the entity, in alphabetical
order; a feature that an entity lacks is NaN, or an empty text. The first output is the value. It goes to the offline store
and to the online store.
"""

import json
import sys
import time
import traceback
import urllib.error
import urllib.request
from datetime import datetime, timezone

import numpy
import pandas
import pyarrow

from feature_data import append, dataset_of, read_job
from last_word import message_of, tell
from materialize import latest_rows

ATTEMPTS = 5
NUMBERS = {"float", "double", "int", "int32", "int64", "bool"}


def inputs_of(job, view):
    """A row per entity: the latest value of each of its stored features."""
    frame = None
    for other in job["inputs"][view["name"]]:
        dataset = dataset_of(job, other)
        latest = None if dataset is None else latest_rows(dataset, other, None)[0]
        if latest is None:
            continue
        values = latest.set_index(other["joinKey"])[[feature["name"] for feature in other["features"]]]
        frame = values if frame is None else frame.join(values, how="outer")
    return frame


def request_of(frame, types):
    inputs = []
    for name in sorted(frame.columns):
        column = frame[name]
        if types[name] in NUMBERS:
            # JSON has no NaN; the protocol's servers read null as one
            data = [None if value != value else float(value) for value in column.astype("float64")]
            inputs.append({"name": name, "shape": [len(frame), 1], "datatype": "FP64", "data": data})
        else:
            data = ["" if value is None or value != value else str(value) for value in column]
            inputs.append({"name": name, "shape": [len(frame), 1], "datatype": "BYTES", "data": data})
    return {"inputs": inputs}


def ask(url, body):
    """The answer of a model, tried again while it is busy or away."""
    for attempt in range(ATTEMPTS):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429:
                raise RuntimeError(f"{url} answered {error.code}: {error.read(500)!r}") from error
            if attempt == ATTEMPTS - 1:
                raise
        except OSError:
            if attempt == ATTEMPTS - 1:
                raise
        time.sleep(2**attempt)
    raise AssertionError


def values_of(answer, count):
    output = answer["outputs"][0]
    values = numpy.asarray(output["data"], dtype=object).reshape(output.get("shape") or [-1])
    if values.shape[0] != count:
        raise ValueError(f"the model gave {values.shape[0]} values for {count} entities")
    # of a list of classes, the last one is the positive one
    return values if values.ndim == 1 else values.reshape(count, -1)[:, -1]


def compute(job, view):
    frame = inputs_of(job, view)
    if frame is None:
        return 0
    types = {feature["name"]: feature["type"] for other in job["inputs"][view["name"]] for feature in other["features"]}
    answers = []
    for start in range(0, len(frame), job["batchSize"]):
        part = frame.iloc[start : start + job["batchSize"]]
        answers.extend(values_of(ask(view["url"], request_of(part, types)), len(part)))
    feature = view["features"][0]
    rows = pandas.DataFrame(
        {
            view["joinKey"]: frame.index,
            feature["name"]: pandas.Series(answers).astype(PANDAS[feature["type"]]),
            view["timestampField"]: datetime.now(timezone.utc),
        }
    )
    append(job, view, pyarrow.Table.from_pandas(rows, preserve_index=False))
    return len(rows)


PANDAS = {
    "float": "float32",
    "double": "float64",
    "int": "int64",
    "int32": "int32",
    "int64": "int64",
    "string": "str",
    "bool": "bool",
}


def main():
    job = read_job(sys.argv[1])
    failed = {}
    for view in job["views"]:
        try:
            print(f"computed {view['name']}: {compute(job, view)} entities", flush=True)
        except Exception as error:  # the others are computed all the same
            traceback.print_exc()
            failed[view["name"]] = error
    tell(message_of(failed))
    if failed:
        sys.exit(f"not computed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
`,
  'request_features.py': `"""Features that are computed when they are asked for, out of the tenant's own functions."""

import importlib
import inspect

from feast import Field, RequestSource
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.transformation.python_transformation import PythonTransformation
from feast.types import Bool, Bytes, Float64, Int64, String

REQUEST_TYPES = {int: Int64, float: Float64, str: String, bool: Bool, bytes: Bytes}


def function_of(module, name):
    """The function that is called like the feature, or else the last one that the module defines."""
    functions = [
        value for value in vars(module).values() if inspect.isfunction(value) and value.__module__ == module.__name__
    ]
    if not functions:
        raise ValueError(f"the transformation of {name} defines no function")
    return next((each for each in functions if each.__name__ == name), functions[-1])


def source_of(module, name, function, parameters):
    """
    The tenant's module and, after it, the function that Feast calls with lists of values. Feast keeps this text in its registry
    and runs it where the feature is asked for, so it stands for itself.
    """
    return f"""# {name}
{inspect.getsource(module)}

def compute_{name}(inputs):
    names = {parameters!r}
    rows = max((len(inputs[each]) for each in names), default=1)
    values = [{function.__name__}(**{{each: inputs[each][row] for each in names}}) for row in range(rows)]
    return {{{name!r}: values}}
"""


def request_feature(name, field, views, description, owner, tags):
    """
    An on-demand view of one feature. Each parameter of the function is a stored feature of that name, or else a value of
    the request, typed by its annotation (a float where there is none).
    """
    module = importlib.import_module(f"transformations.{name}")
    function = function_of(module, name)
    stored = {each.name: view for view in views for each in view.features}
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    names = [parameter.name for parameter in parameters]
    wanted = [Field(name=each.name, dtype=request_type(each)) for each in parameters if each.name not in stored]
    sources = []
    for parameter in names:
        if parameter in stored and not any(stored[parameter] is view for view in sources):
            sources.append(stored[parameter])
    if wanted or not sources:
        sources.append(RequestSource(name=f"{name}_request", schema=wanted))
    text = source_of(module, name, function, names)
    space = {"__name__": "transformation"}
    exec(compile(text, f"transformations/{name}.py", "exec"), space)
    return OnDemandFeatureView(
        name=name,
        # what Feast infers from a run has no description, and both must be equal
        schema=[Field(name=name, dtype=field)],
        sources=sources,
        mode="python",
        description=description,
        owner=owner,
        tags=tags,
        feature_transformation=PythonTransformation(udf=space[f"compute_{name}"], udf_string=text),
    )


def request_type(parameter):
    if parameter.annotation is inspect.Parameter.empty:
        return Float64
    if parameter.annotation not in REQUEST_TYPES:
        raise ValueError(f"{parameter.name} must be an int, float, str, bool or bytes, not {parameter.annotation}")
    return REQUEST_TYPES[parameter.annotation]
`,
  'stream_features.py': `"""
Computes a streaming feature, on Flink: reads JSON events from a topic, keeps the latest events of each entity, gives them to
the tenant's transformation as a DataFrame, and pushes the values to the feature server; it also appends them to the offline
store.

- The entity is the field called like the join key, or else the first field whose name ends in \`_id\`.
- The transformation is the function called like the feature, or else the last one that it defines. The last value of what
  it gives counts. A timedelta becomes a number of days. Without a transformation the value is the field called like the
  feature.
- An event that cannot be read, or that the transformation refuses, is counted and left out.
"""

import importlib.util
import inspect
import json
import math
import os
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

import pandas
import pyarrow

ARROW = {
    "float": pyarrow.float32(),
    "double": pyarrow.float64(),
    "int": pyarrow.int64(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "string": pyarrow.string(),
    "bool": pyarrow.bool_(),
    "bytes": pyarrow.binary(),
    "timestamp": pyarrow.timestamp("us", tz="UTC"),
    "float-list": pyarrow.list_(pyarrow.float32()),
    "int-list": pyarrow.list_(pyarrow.int64()),
    "string-list": pyarrow.list_(pyarrow.string()),
}


class Groups:
    """Groups of events. A function for \`agg\` that asks for a column gets the whole group, as one for \`apply\` does."""

    def __init__(self, groups):
        self.groups = groups

    def __getattr__(self, name):
        return getattr(self.groups, name)

    def __getitem__(self, key):
        return self.groups[key]

    def __iter__(self):
        return iter(self.groups)

    def agg(self, func=None, *args, **options):
        try:
            return self.groups.agg(func, *args, **options)
        except KeyError:
            if not callable(func):
                raise
            return self.groups[[c for c in self.groups.obj.columns if c not in self.groups.keys]].apply(func)

    aggregate = agg


class Events(pandas.DataFrame):
    """Events of one entity, oldest first."""

    def groupby(self, by=None, *args, **options):
        groups = super().groupby(by, *args, **options)
        groups.keys = [by] if isinstance(by, str) else (by if isinstance(by, list) else [])
        return Groups(groups)


def moment_of(value):
    """A time, of a text or of seconds or milliseconds since 1970."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return pandas.Timestamp(value, unit="ms" if abs(value) > 1e11 else "s", tz="UTC")
    moment = pandas.Timestamp(value)
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def entity_of(view, event):
    if event.get(view["joinKey"]) is not None:
        value = event[view["joinKey"]]
    else:
        value = next((event[each] for each in event if each.endswith("_id") and event[each] is not None), None)
    if value is None:
        raise ValueError(f"no field {view['joinKey']}")
    return str(value) if view["keyType"] == "string" else int(value)


def time_of(view, event):
    """Time of an event: its timestamp field, or else its field \`timestamp\`, or else now."""
    now = pandas.Timestamp.now(tz="UTC")
    for field in (view["timestampField"], "timestamp"):
        if event.get(field) is not None:
            # what is dated in the future would never be served
            return min(moment_of(event[field]), now)
    return now


def load(path, name):
    """The tenant's function, or None where there is none."""
    if not os.path.exists(path):
        return None
    spec = importlib.util.spec_from_file_location("transformation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own = [each for each in vars(module).values() if inspect.isfunction(each) and each.__module__ == module.__name__]
    if not own:
        raise ValueError("the transformation defines no function")
    return next((each for each in own if each.__name__ == name), own[-1])


def value_of(view, function, events):
    """The value after the last of the events, or None where there is none."""
    feature = view["features"][0]
    if function is None:
        result = events[-1].get(feature["name"])
    else:
        frame = pandas.DataFrame(events)
        for field in {view["timestampField"], "timestamp"} & set(frame.columns):
            frame[field] = [None if each is None else moment_of(each) for each in frame[field]]
        result = function(Events(frame))
    if isinstance(result, pandas.DataFrame):
        result = result[feature["name"]] if feature["name"] in result.columns else result.iloc[:, -1]
    if isinstance(result, pandas.Series):
        result = result.iloc[-1] if len(result) > 0 else None
    return plain(result, feature["type"])


def plain(value, kind):
    """A value as JSON has it, or None for what is no value."""
    if kind.endswith("-list"):
        convert = {"float-list": float, "int-list": int, "string-list": str}[kind]
        return None if value is None else [convert(each) for each in value]
    if value is None or value is pandas.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pandas.Timedelta):
        value = value / pandas.Timedelta(days=1)
    if kind in ("float", "double"):
        number = float(value)
        return number if math.isfinite(number) else None
    if kind in ("int", "int32", "int64"):
        return int(value)
    if kind == "bool":
        return bool(value)
    if kind == "timestamp":
        return moment_of(value).isoformat()
    return str(value)


def advance(view, function, history, event, limit):
    """The events of an entity after one more, and its row, or None where it has no value yet."""
    history = [*history, event][-limit:]
    value = value_of(view, function, history)
    if value is None:
        return history, None
    return history, {
        view["joinKey"]: entity_of(view, event),
        view["features"][0]["name"]: value,
        view["timestampField"]: time_of(view, event).isoformat(),
    }


def newest(view, rows):
    """The last row of each entity."""
    return list({row[view["joinKey"]]: row for row in sorted(rows, key=lambda row: row[view["timestampField"]])}.values())


def push(url, view, rows, attempts=6):
    """Gives rows to the feature server. Raises when it stays away, so that Flink begins again at its checkpoint."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # Feast asks for it where the source has it
    columns["created_timestamp"] = [datetime.now(timezone.utc).isoformat()] * len(rows)
    body = json.dumps({"push_source_name": f"{view['name']}_push", "df": columns, "to": "online"}).encode()
    for attempt in range(attempts):
        try:
            request = urllib.request.Request(url + "/push", body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30):
                return
        except urllib.error.HTTPError as error:
            if (error.code < 500 and error.code not in (404, 429)) or attempt == attempts - 1:
                raise
        except OSError:
            if attempt == attempts - 1:
                raise
        time.sleep(2**attempt)


def table_of(view, rows):
    """Rows as the offline store keeps them."""
    feature = view["features"][0]
    key = {"string": pyarrow.string(), "int32": pyarrow.int32(), "int64": pyarrow.int64()}[view["keyType"]]
    values = [row[feature["name"]] for row in rows]
    if feature["type"] == "timestamp":
        values = [datetime.fromisoformat(value) for value in values]
    if feature["type"] == "bytes":
        values = [value.encode() for value in values]
    return pyarrow.table(
        {
            view["joinKey"]: pyarrow.array([row[view["joinKey"]] for row in rows], key),
            feature["name"]: pyarrow.array(values, ARROW[feature["type"]]),
            view["timestampField"]: pyarrow.array(
                [datetime.fromisoformat(row[view["timestampField"]]).astimezone(timezone.utc) for row in rows],
                pyarrow.timestamp("us", tz="UTC"),
            ),
        }
    )


def main():
    from pyflink.common import Types, WatermarkStrategy
    from pyflink.common.serialization import SimpleStringSchema
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource
    from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
    from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor

    from feature_data import append, read_job

    job = read_job(sys.argv[1])
    view = job["view"]

    def parse(text):
        try:
            event = json.loads(text)
            return [(str(entity_of(view, event)), text)]
        except (ValueError, AttributeError, TypeError):
            return [("", text)]

    class Compute(KeyedProcessFunction):
        """Keeps the latest events of an entity."""

        def open(self, context: RuntimeContext):
            self.history = context.get_state(ValueStateDescriptor("history", Types.STRING()))
            self.rejected = context.get_metrics_group().counter("feature_events_rejected")
            self.function = load(job["transformation"], view["features"][0]["name"])

        def process_element(self, value, context):
            entity, text = value
            if entity == "":
                self.rejected.inc()
                return
            history = json.loads(self.history.value() or "[]")
            try:
                history, row = advance(view, self.function, history, json.loads(text), job["historySize"])
            except Exception as error:  # the tenant's code may raise anything
                print(f"rejected: {type(error).__name__}: {error}", flush=True)
                self.rejected.inc()
                return
            self.history.update(json.dumps(history))
            if row is not None:
                yield json.dumps(row)

    class Store(KeyedProcessFunction):
        """Collects rows for some seconds, then stores them. They are in the checkpoint until then."""

        def open(self, context: RuntimeContext):
            self.rows = context.get_list_state(ListStateDescriptor("rows", Types.STRING()))
            self.timer = context.get_state(ValueStateDescriptor("timer", Types.LONG()))

        def process_element(self, value, context):
            self.rows.add(value)
            if self.timer.value() is None:
                at = context.timer_service().current_processing_time() + job["flushSeconds"] * 1000
                context.timer_service().register_processing_time_timer(at)
                self.timer.update(at)

        def on_timer(self, timestamp, context):
            rows = [json.loads(each) for each in self.rows.get()]
            push(job["server"], view, newest(view, rows))
            append(job, view, table_of(view, rows))
            self.rows.clear()
            self.timer.clear()

    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.enable_checkpointing(60_000)
    builder = (
        KafkaSource.builder()
        .set_bootstrap_servers(job["bootstrapServers"])
        .set_topics(view["topic"])
        .set_group_id(job["group"])
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(SimpleStringSchema())
    )
    for key, value in job["kafkaProperties"].items():
        builder = builder.set_property(key, os.path.expandvars(value))
    events = environment.from_source(builder.build(), WatermarkStrategy.no_watermarks(), view["topic"])
    pairs = events.flat_map(parse, output_type=Types.TUPLE([Types.STRING(), Types.STRING()]))
    rows = pairs.key_by(lambda pair: pair[0], key_type=Types.STRING()).process(Compute(), output_type=Types.STRING())
    rows.key_by(lambda _: "all", key_type=Types.STRING()).process(Store(), output_type=Types.STRING()).name("store")
    environment.execute(job["group"])


if __name__ == "__main__":
    main()
`,
};
