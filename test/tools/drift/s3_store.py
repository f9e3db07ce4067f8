"""Runs the job against an S3 server of this process, for each location, and prints as JSON what it left."""

import json
import os
import subprocess
import sys

import boto3
from moto.server import ThreadedMotoServer

job, folder, *locations = sys.argv[1:]
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
try:
    url = "http://%s:%d" % server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "very-hidden", "AWS_REGION": "us-east-1"}
    os.environ.update(keys)
    store = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
    store.create_bucket(Bucket="training")
    for name in ["train.parquet", "train.csv"]:
        store.upload_file(os.path.join(folder, name), "training", f"churn/{name.split('.')[1]}/{name}")
    store.put_object(Bucket="training", Key="churn/parquet/_SUCCESS", Body=b"")
    found = []
    for location in locations:
        message = os.path.join(folder, "s3-message")
        arguments = [sys.executable, job, location, "--output", message]
        ended = subprocess.run(
            arguments, env={**os.environ, "AWS_ENDPOINT_URL": url}, capture_output=True, text=True, timeout=120
        )
        with open(message) as file:
            found.append({"status": ended.returncode, "text": file.read(), "printed": ended.stdout + ended.stderr})
    print(json.dumps(found))
finally:
    server.stop()
