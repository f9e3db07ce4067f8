"""
Computes batch features: runs the query of each view on the lake and appends its rows to the folder of the view.

A table of the query is one of Spark's catalogs, or else the folder of that name in the lake. Of what the query gives,
- the entity is the column called like the join key, or else the first one;
- a feature is the column called like it; a single feature may be the only column that is left;
- the time is the timestamp field, or the time of the run where there is none. It is never later than the run, since what
  is dated in the future would never be served.

Every row says in `created_timestamp` when it was computed, by which materialization knows what is new. A query that fails
does not keep the others from being computed; the job fails at the end.
"""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import datetime, timezone
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as f

from last_word import message_of, tell
from redaction import guard, print_error

CREATED = "created_timestamp"
# seconds; a count comes with an event right after the query
PATIENCE = 10.0

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


def spark_url(url: str) -> str:
    """S3 goes through Hadoop's s3a."""
    return "s3a://" + url[len("s3://") :] if url.startswith("s3://") else url


def quoted(name: str) -> str:
    """The name as Spark's SQL has it, whatever is in it."""
    return "`" + name.replace("`", "``") + "`"


def column(name: str) -> Column:
    """The column of exactly this name."""
    return f.col(quoted(name))


def tables_of(spark: SparkSession, query: str) -> list[list[str]]:
    """Names of the tables that a query reads, as Spark's own parser sees it, without those that WITH defines."""
    plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(query)
    jvm: Any = spark._jvm
    found: list[list[str]] = []
    defined: set[str] = set()
    waiting = [plan]
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


def plans_in(jvm: Any, expression: Any) -> list[Any]:
    """The plans of subqueries in an expression."""
    waiting: list[Any] = [expression]
    plans: list[Any] = []
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


def open_tables(spark: SparkSession, query: str, lake: dict[str, str] | None) -> None:
    """Makes views of the tables of a query that no catalog knows and the lake holds."""
    for parts in tables_of(spark, query):
        if lake is None or len(parts) != 1 or spark.catalog.tableExists(quoted(parts[0])):
            continue
        spark.read.format(lake["format"]).load(spark_url(lake["path"]) + parts[0]).createOrReplaceTempView(
            quoted(parts[0])
        )


def columns_of(view: dict[str, Any], columns: list[str]) -> tuple[str, dict[str, str], str | None]:
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


def result_of(spark: SparkSession, query: str) -> DataFrame:
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
            name = (error.getMessageParameters() or {})["expression"].strip('"`')
            places = list(re.finditer(rf"(?<![\w.`]){re.escape(name)}(?![\w.`(])", query))
            if len(places) != 1:
                raise
            print(f"{name} is neither grouped nor aggregated: any_value({name})", flush=True)
            query = query[: places[0].start()] + f"any_value({name})" + query[places[0].end() :]
    return spark.sql(query)


def rows_of(spark: SparkSession, view: dict[str, Any], lake: dict[str, str] | None, now: datetime) -> DataFrame:
    """The rows of a view, in the columns that are stored."""
    open_tables(spark, view["query"], lake)
    result = result_of(spark, view["query"])
    key, features, at = columns_of(view, result.columns)
    moment = f.lit(now)
    dated = f.least(column(at).cast("timestamp"), moment) if at else moment
    return result.select(
        column(key).cast(TYPES[view["keyType"]]).alias(view["joinKey"]),
        *[
            column(features[feature["name"]]).cast(TYPES[feature["type"]]).alias(feature["name"])
            for feature in view["features"]
        ],
        dated.alias(view["timestampField"]),
        moment.alias(CREATED),
        f.lit(now.strftime("%Y-%m-%d")).alias("run_date"),
    ).where(f.col(view["joinKey"]).isNotNull() & f.col(view["timestampField"]).isNotNull())


def compute(spark: SparkSession, job: dict[str, Any]) -> dict[str, Exception]:
    """Computes every view. Returns those that failed, with the reason."""
    failed: dict[str, Exception] = {}
    for view in job["views"]:
        # what is read later is newer, which materialization relies on
        now = datetime.now(timezone.utc)
        try:
            seen = Observation()
            rows = rows_of(spark, view, job.get("lake"), now)
            observed = rows.observe(seen, f.count(f.lit(1)).alias("rows"))
            folder = spark_url(view["folder"])
            observed.write.format(job["format"]).mode("append").partitionBy("run_date").save(folder)
            require_readable(spark, job["format"], folder, now, count_of(seen, rows))
            print(f"computed {view['name']}", flush=True)
        except Exception as error:  # the others are computed all the same
            print_error(error)
            failed[view["name"]] = error
    return failed


def count_of(seen: Observation, rows: DataFrame) -> int:
    """How many rows were written. `Observation.get` would wait forever where the optimizer has removed what it observes."""
    deadline = time.monotonic() + PATIENCE
    jvm_observation: Any = seen._jo
    while time.monotonic() < deadline:
        if jvm_observation.future().isCompleted():
            return int(seen.get["rows"])
        time.sleep(0.02)
    return rows.count()


def require_readable(spark: SparkSession, format: str, folder: str, now: datetime, written: int) -> None:
    """Fails where a reader of the folder does not find all rows of this run, which are known by their time."""
    if written == 0:
        return
    found = spark.read.format(format).load(folder)
    found = found.where((f.col("run_date") == now.strftime("%Y-%m-%d")) & (f.col(CREATED) == f.lit(now)))
    readable = found.count()
    if readable != written:
        raise ValueError(f"{written} rows were written and {readable} can be read")


def main() -> None:
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
    guard()
    main()
