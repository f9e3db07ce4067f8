"""Models in a bucket, by moto's server and botocore as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from conftest import Start
from test_artifact import Keys

BUCKET = "models"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def variables(endpoint: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret-of-the-store"}
    return {**keys, "AWS_REGION": "eu-central-1", "AWS_ENDPOINT_URL": endpoint, "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def bucket(endpoint: str, models: Path) -> Any:
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="x"
    )
    client.create_bucket(Bucket=BUCKET)
    for key, file in (
        ("iris.onnx", "iris.onnx"),
        ("iris/1/model.onnx", "packed/model.onnx"),
        ("iris/1/MLmodel", "packed/MLmodel"),
    ):
        client.upload_file(str(models / file), BUCKET, key)
    return client


def test_an_object_is_served(start: Start, bucket: Any, variables: dict[str, str], models: Path) -> None:
    digest = hashlib.sha256((models / "iris.onnx").read_bytes()).hexdigest()
    service = start(f"s3://{BUCKET}/iris.onnx", MODEL_SHA256=digest, **variables)
    assert service.get("/model/info").json["sha256"] == digest
    assert service.predict({"instances": [[5.1, 3.5, 1.4, 0.2]]}).predictions()["label"] == [0]


@pytest.mark.parametrize("key", ["iris/1", "iris/1/"])
def test_a_prefix_is_a_folder(start: Start, bucket: Any, variables: dict[str, str], key: str) -> None:
    service = start(f"s3://{BUCKET}/{key}", **variables)
    assert len(service.get("/model/info").json["signature"]["columns"]) == 4


def test_signatures_lie_beside_the_object(
    start: Start, bucket: Any, variables: dict[str, str], models: Path, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    model = tmp_path / "signed.onnx"
    model.write_bytes((models / "iris.onnx").read_bytes())
    bucket.upload_file(str(model), BUCKET, "signed.onnx")
    bucket.upload_file(str(keys.sign(model)), BUCKET, "signed.onnx.sig")
    service = start(f"s3://{BUCKET}/signed.onnx", MODEL_PUBLIC_KEY_FILE=str(keys.public), **variables)
    assert service.get("/model/info").json["signed"] is True
    bucket.put_object(Bucket=BUCKET, Key="signed.onnx", Body=model.read_bytes() + b"\0")
    status, message = start(
        f"s3://{BUCKET}/signed.onnx", ready=False, MODEL_PUBLIC_KEY_FILE=str(keys.public), **variables
    ).ended()
    assert status == 1 and message.startswith("the signature of the model is not one of the key")


@pytest.mark.parametrize(
    ("uri", "more", "expected"),
    [
        ("s3://models/none", {}, "is neither an object nor a prefix of one"),
        ("s3://no-such-bucket/none", {}, "NoSuchBucket"),
        ("s3://models/iris", {}, "must have one model"),
        (
            "s3://models/iris.onnx",
            {"INFERENCE_MAX_ARTIFACT_BYTES": "100"},
            "must have at most INFERENCE_MAX_ARTIFACT_BYTES (100)",
        ),
        ("s3://models/iris.onnx", {"AWS_ACCESS_KEY_ID": ""}, "there are no credentials"),
        ("s3://UP/iris.onnx", {}, "s3://UP/iris.onnx"),
    ],
)
def test_what_is_not_there_is_named(
    start: Start, bucket: Any, variables: dict[str, str], uri: str, more: dict[str, str], expected: str
) -> None:
    bucket.upload_file(str(Path(__file__)), BUCKET, "iris/2/model.onnx")
    service = start(uri, ready=False, **{**variables, "INFERENCE_FETCH_TIMEOUT_SECONDS": "2", **more})
    status, message = service.ended()
    bucket.delete_object(Bucket=BUCKET, Key="iris/2/model.onnx")
    assert status == 1 and expected in message
    assert "secret-of-the-store" not in message + str(service.lines)


def test_an_object_that_would_be_written_elsewhere_is_refused(
    start: Start, bucket: Any, variables: dict[str, str], tmp_path: Path
) -> None:
    bucket.put_object(Bucket=BUCKET, Key="evil/../../../../escaped.onnx", Body=b"x")
    status, message = start(f"s3://{BUCKET}/evil/", ready=False, **variables).ended()
    assert status == 1 and "outside its folder" in message
