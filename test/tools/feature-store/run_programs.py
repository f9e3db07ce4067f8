"""Runs the programs of a feature store on small data, and prints what they gave."""

import json
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

programs, folder = sys.argv[1:3]
sys.path.insert(0, programs)
import feature_data  # noqa: E402
import feature_metrics  # noqa: E402
import stream_features as stream  # noqa: E402

result = {}
now = datetime(2024, 3, 10, 12, tzinfo=timezone.utc)

# streams
job = json.load(open(f"{programs}/stream.json"))
view = job["view"]
function = stream.load(job["transformation"], "purchase_frequency")
history, rows = [], []
for event in [
    {"customer_id": "a", "timestamp": "2024-01-01", "amount": 3},
    {"customer_id": "a", "timestamp": 1704153600, "amount": 3},
    {"customer_id": "a", "timestamp": "2024-01-04T00:00:00Z", "amount": 3},
]:
    history, row = stream.advance(view, function, history, event, 1000)
    rows.append(row)
result["stream"] = rows
result["newest"] = stream.newest(view, [rows[2], rows[1]])
feature_data.append(job, view, stream.table_of(view, [rows[2]]))

# metrics
key = view["joinKey"]


def values(created, pairs, name="customer_lifetime_value"):
    path = f"{folder}/values/{name}/run_date={created:%Y-%m-%d}"
    import os

    os.makedirs(path, exist_ok=True)
    pq.write_table(
        pa.table(
            {
                key: [pair[0] for pair in pairs],
                name: pa.array([pair[1] for pair in pairs], pa.float32()),
                "event_timestamp": pa.array([created] * len(pairs), pa.timestamp("us", tz="UTC")),
                "created_timestamp": pa.array([created] * len(pairs), pa.timestamp("us", tz="UTC")),
            }
        ),
        f"{path}/part-{created:%H%M%S}.parquet",
    )


values(now - timedelta(days=2), [("a", 1.0), ("b", 2.0), ("c", None), ("d", 4.0)])
metrics = json.load(open(f"{programs}/metrics.json"))
watched = [feature_metrics.Watched(each) for each in metrics["views"] if each["name"] == "customer_lifetime_value"]
feature_metrics.observe(metrics, watched, now)
gauge = lambda each: each.labels("customer_lifetime_value")._value.get()  # noqa: E731
result["coverage"] = [gauge(feature_metrics.COVERAGE)]
result["updated"] = [gauge(feature_metrics.LAST_UPDATE) - now.timestamp()]
values(now - timedelta(hours=1), [("c", 3.0), ("a", 100.0)])
feature_metrics.observe(metrics, watched, now)
result["coverage"].append(gauge(feature_metrics.COVERAGE))
result["updated"].append(gauge(feature_metrics.LAST_UPDATE) - now.timestamp())
feature_metrics.observe(metrics, watched, now + timedelta(days=1))
result["coverage"].append(gauge(feature_metrics.COVERAGE))
result["drift"] = gauge(feature_metrics.DRIFT)
result["failures"] = sum(sample.value for metric in feature_metrics.FAILURES.collect() for sample in metric.samples if sample.name.endswith("_total"))

# what is stored
materialize = json.load(open(f"{programs}/materialize.json"))
views = {each["name"]: each for each in [*materialize["views"], *materialize["streams"]]}
kept = feature_data.stored_in(materialize, views["customer_lifetime_value"])
result["stored"] = {
    "bytes": kept["bytes"] == sum(each.stat().st_size for each in Path(f"{folder}/values/customer_lifetime_value").rglob("*.parquet")),
    "partitions": kept["partitions"],
    "recent": abs(kept["newest"].timestamp() - datetime.now().timestamp()) < 600,
    "nothing": feature_data.stored_in(materialize, views["churn_probability"]),
}

# models
asked = []


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not asked:
            asked.append(self.path)
            self.send_response(503)
            self.end_headers()
            return
        asked.append({each["name"]: each["data"] for each in body["inputs"]})
        count = body["inputs"][0]["shape"][0]
        answer = json.dumps({"outputs": [{"name": "p", "shape": [count, 2], "datatype": "FP32", "data": [each for i in range(count) for each in (1 - i / 10, i / 10)]}]})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
name = sys.argv[3]
model = json.load(open(f"{programs}/{name}"))
model["views"][0]["url"] = f"http://127.0.0.1:{server.server_port}/infer"
json.dump(model, open(f"{programs}/{name}", "w"))
done = subprocess.run([sys.executable, f"{programs}/model_features.py", f"{programs}/{name}"], capture_output=True, text=True)
result["model"] = {"output": done.stdout.strip(), "error": done.stderr, "asked": asked}
stored = feature_data.dataset_of(model, model["views"][0]).to_table().to_pydict()
result["predictions"] = dict(zip(stored[key], [round(each, 3) for each in stored["churn_probability"]]))
json.dump(result, sys.stdout)
