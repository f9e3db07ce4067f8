"""
Lives through some days of a feature store, in the folders of the programs and the repository, and prints as JSON what the
online store then says: definitions are applied, a run writes parquet as Spark does, values are materialized; a later run
brings what is dated before the first materialization.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.dataset as ds

repository, programs = sys.argv[1:3]
sys.path.insert(0, programs)
job = json.load(open(f"{programs}/materialize.json"))
now = datetime.now(timezone.utc).replace(microsecond=0)
result = {}


def feast(*arguments):
    subprocess.run([sys.executable, "-m", "feast.cli.cli", "-c", repository, *arguments], check=True, stdout=sys.stderr)


def write(view, rows, created):
    """Rows (customer, orders, revenue, time of the event), as a run of Spark would leave them."""
    table = pa.table(
        {
            "customer_id": pa.array([row[0] for row in rows], pa.int64()),
            "orders": pa.array([row[1] for row in rows], pa.int64()),
            "revenue": pa.array([row[2] for row in rows], pa.float64()),
            "event_timestamp": pa.array([row[3] for row in rows], pa.timestamp("us", tz="UTC")),
            "created_timestamp": pa.array([created] * len(rows), pa.timestamp("us", tz="UTC")),
            "run_date": pa.array([f"{created:%Y-%m-%d}"] * len(rows)),
        }
    )
    ds.write_dataset(
        table,
        view["folder"].removeprefix("file://"),
        format="parquet",
        partitioning=ds.partitioning(pa.schema([("run_date", pa.string())]), flavor="hive"),
        basename_template=f"part-{created:%Y%m%d%H%M%S}-{{i}}.parquet",
        existing_data_behavior="overwrite_or_ignore",
    )


def materialize():
    done = subprocess.run(
        [sys.executable, f"{programs}/materialize.py", f"{programs}/materialize.json"], check=True, capture_output=True, text=True
    )
    return [line for line in done.stdout.splitlines() if line.startswith("materialized")]


def online(customers):
    code = (
        "import json,sys; from feast import FeatureStore; s=FeatureStore(sys.argv[1]);"
        "print(json.dumps(s.get_online_features(features=s.get_feature_service(sys.argv[3]),"
        "entity_rows=[{'customer_id': c} for c in json.loads(sys.argv[2])]).to_dict()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, repository, json.dumps(customers), "shop-stored"], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


view = next(each for each in job["views"] if each["name"] == "orders")
feast("apply", "--skip-source-validation")
result["nothing"] = materialize()
yesterday = now - timedelta(days=1)
write(view, [(1, 3, 30.5, yesterday - timedelta(hours=2)), (1, 4, 44.0, yesterday - timedelta(hours=1)), (2, 7, 70.0, yesterday - timedelta(hours=3))], yesterday)
result["first"] = materialize()
result["afterFirst"] = online([1, 2, 3])
result["again"] = materialize()
# dated two hours before the first materialization, computed after it
write(view, [(3, 9, 90.0, yesterday - timedelta(hours=2))], now - timedelta(minutes=1))
result["second"] = materialize()
result["afterSecond"] = online([1, 2, 3])

server = subprocess.Popen(
    [sys.executable, "-m", "feast.cli.cli", "-c", repository, *json.loads(sys.argv[3])], stdout=sys.stderr, stderr=sys.stderr
)


def request(port, path, body=None):
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(sent, timeout=30) as response:
        return response.read().decode()


try:
    for _ in range(120):
        try:
            request(6566, "/health")
            break
        except OSError:
            time.sleep(1)
    from stream_features import push

    stream = {"name": "clicks", "joinKey": "customer_id", "timestampField": "event_timestamp", "features": [{"name": "clicks", "type": "float"}]}
    push("http://127.0.0.1:6566", stream, [{"customer_id": 1, "clicks": 1.5, "event_timestamp": now.isoformat()}])
    answer = json.loads(
        request(6566, "/get-online-features", {"feature_service": "shop", "entities": {"customer_id": [1], "amount": [22.0]}})
    )
    result["served"] = dict(
        zip(answer["metadata"]["feature_names"], [each["values"][0] for each in answer["results"]])
    )
    result["metrics"] = "feast_feature_server_request_total" in request(8000, "/metrics")
finally:
    server.terminate()
    server.wait(timeout=30)
json.dump(result, sys.stdout)
