"""Writes tables of a lake, runs the batch program on them twice, and prints what it stored."""

import contextlib
import io
import json
import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

folder, programs, job = sys.argv[1:4]
sys.path.insert(0, programs)
import batch_features  # noqa: E402


def session():
    return (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )


def table(name, schema, rows):
    session().createDataFrame(rows, schema).write.parquet(f"{folder}/lake/{name}")


table("orders", "customer_id string, order_value double", [("a", 10.0), ("a", 5.0), ("b", 7.0), (None, 1.0)])
table("customer_metrics", "customer_id string, retention_multiplier double", [("a", 2.0), ("b", 3.0)])
result = {"runs": [], "views": {}}
sys.argv = ["batch_features.py", job]
for _ in range(2):
    session()
    output, failure = io.StringIO(), None
    with contextlib.redirect_stdout(output):
        try:
            batch_features.main()
        except SystemExit as end:
            failure = end.code
    result["runs"].append({"failure": failure, "output": output.getvalue().splitlines()})
with open(job) as file:
    views = json.load(file)["views"]
for view in views:
    path = view["folder"].removeprefix("file://")
    if os.path.exists(path):
        rows = session().read.parquet(path)
        values = [name for name in rows.columns if name not in ("created_timestamp", "run_date", view["timestampField"])]
        result["views"][view["name"]] = {
            "types": dict(rows.dtypes),
            "rows": sorted([[str(row[name]) for name in values] for row in rows.collect()]),
            "future": rows.where(f.col(view["timestampField"]) > f.col("created_timestamp")).count(),
        }
json.dump(result, sys.stdout)
