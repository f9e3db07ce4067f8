"""Whether an image has what streams need: run in it by the workflow that builds it."""

import glob

import pandas
import pyarrow
from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, TableEnvironment

LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"

environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
environment.execute_sql(
    "CREATE TEMPORARY TABLE events (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'a', 'format' = 'json', "
    "'properties.bootstrap.servers' = 'localhost:1', 'scan.startup.mode' = 'earliest-offset')"
)
for form in ("parquet", "orc", "avro", "csv", "json"):
    environment.execute_sql(
        f"CREATE TEMPORARY TABLE {form}_files (id BIGINT) WITH ('connector' = 'filesystem', 'path' = 'file:///tmp/{form}', "
        f"'format' = '{form}')"
    )
    # the connector and the format are looked up when a query is planned
    environment.explain_sql(f"INSERT INTO {form}_files SELECT id FROM events")
for name in (LOGIN, "software.amazon.msk.auth.iam.IAMLoginModule"):
    get_gateway().jvm.java.lang.Class.forName(name)
for pattern in ("opt/flink-python.jar", "plugins/s3-fs-hadoop/*.jar"):
    assert glob.glob(f"/opt/flink/{pattern}"), pattern
print("pandas", pandas.__version__, "pyarrow", pyarrow.__version__)
