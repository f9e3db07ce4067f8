"""The histograms of training data, which numpy makes as well."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

import training_data
from conftest import SRC, Run
from training_data import Expected


@dataclass(frozen=True)
class Data:
    """The training data, and what is expected of it."""

    folder: Path
    expected: dict[str, Expected]

    def at(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True)
class Baseline:
    """What the job left: the termination message, as text and taken apart."""

    status: int
    text: str
    printed: str

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def features(self) -> dict[str, tuple[list[float], list[int]]]:
        return {name: (bounds, counts) for name, bounds, counts in self.said["features"]}


Job = Callable[..., Baseline]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("data")
    return Data(folder, training_data.write(folder))


@pytest.fixture
def job(run: Run, tmp_path: Path) -> Job:
    """Runs the job on a location."""

    def call(location: str, *options: str, **variables: str) -> Baseline:
        message = tmp_path / "baseline"
        message.write_text("")
        ended = run("drift_baseline.py", location, "--output", str(message), *options, variables=variables)
        return Baseline(ended.status, message.read_text(), ended.printed)

    return call


@pytest.mark.parametrize("name", ["train.parquet", "parts", "train.csv", "train.csv.gz", "lines.json", "list.json"])
def test_rows_bounds_and_counts_are_those_of_numpy(data: Data, job: Job, name: str) -> None:
    found = job(data.at(name))
    assert found.status == 0
    assert found.said["format"] == 1
    assert found.said["rows"] == data.expected[name].rows
    assert found.features == data.expected[name].features


def test_a_url_with_file_is_read(data: Data, job: Job) -> None:
    assert job(f"file://{data.at('train.parquet')}").said["rows"] == data.expected["train.parquet"].rows


def test_given_bounds_are_kept_and_only_their_features_are_read(data: Data, job: Job) -> None:
    found = job(data.at("train.parquet"), "--bounds", '{"age":[20,40.5],"flag":[0]}').features
    assert {name: bounds for name, (bounds, _) in found.items()} == {"age": [20, 40.5], "flag": [0]}
    assert list(found) == ["age", "flag"]
    assert found["age"][1] == data.expected["given"].features["age"][1]


def test_the_features_that_are_asked_for_come_in_that_order(data: Data, job: Job) -> None:
    found = job(data.at("train.parquet"), "--features", "income,age", "--buckets", "4").features
    assert [(name, len(bounds)) for name, (bounds, _) in found.items()] == [("income", 3), ("age", 3)]


def test_a_fraction_that_comes_late_in_a_column_of_whole_numbers_is_read(data: Data, job: Job) -> None:
    assert job(data.at("late.csv"), "--bounds", '{"a":[1]}').features["a"][1] == [400_000, 1]


def test_of_more_features_than_there_is_room_for_buckets_are_joined_then_features_dropped_and_named(
    data: Data, job: Job
) -> None:
    found = job(data.at("wide.parquet"))
    assert 3500 < len(found.text.encode()) <= 4096
    assert len(found.features) > 40
    for bounds, counts in found.features.values():
        assert len(bounds) == 4
        assert sum(counts) == 1000
    assert found.said["dropped"][0] == f"feature_{len(found.features):03d}"
    assert found.said["droppedCount"] == 120 - len(found.features)
    assert "feature_119" in found.printed


def test_features_that_fit_with_fewer_buckets_are_all_there(data: Data, job: Job) -> None:
    found = job(data.at("wide.parquet"), "--features", ",".join(f"feature_{index:03d}" for index in range(50)))
    assert len(found.text.encode()) <= 4096
    assert len(found.features) == 50
    assert "dropped" not in found.said


def test_twice_the_same_data_twice_the_same_message(data: Data, job: Job) -> None:
    assert job(data.at("train.parquet")).text == job(data.at("train.parquet")).text


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("nothing.parquet", [], "there is nothing at the location of the baseline, or it may not be read"),
        ("words.csv", [], "no column has numbers"),
        ("train.parquet", ["--features", "age,nothing"], "the data has no column nothing"),
        ("train.parquet", ["--features", "name"], "the column name has no numbers"),
        ("train.parquet", ["--bounds", '{"age":[2,1]}'], "--bounds of age must be 1 to 64 ascending numbers"),
        ("train.parquet", ["--bounds", "[1"], '--bounds must be JSON such as {"age": [18, 40]}'),
        ("train.parquet", ["--buckets", "1"], "--buckets must be between 2 and 65"),
        ("mixed", [], "there are files of several formats: name one with --format"),
        ("empty", [], "there is no file with the extension of a known format"),
    ],
)
def test_it_ends_with_1_and_says_why(data: Data, job: Job, name: str, options: list[str], reason: str) -> None:
    found = job(data.at(name), *options)
    assert found.status == 1
    assert found.said == {"error": reason}


def test_what_goes_wrong_while_reading_shows_neither_data_nor_address(data: Data, job: Job) -> None:
    broken = job(data.at("broken.csv"), "--bounds", '{"a":[1]}')
    assert broken.status == 1
    assert broken.said == {"error": "ArrowInvalid while reading the training data"}
    assert "secret-name" not in broken.text + broken.printed
    store = job("ftp://user:hidden@store.acme.example/train.csv")
    assert store.status == 1
    assert "hidden" not in store.text + store.printed


KEYS = {"AWS_ACCESS_KEY_ID": "reader", "AWS_SECRET_ACCESS_KEY": "very-hidden", "AWS_REGION": "us-east-1"}


@pytest.fixture
def s3(data: Data, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of an S3 server that has a file, and a folder with a file."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        store = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        store.create_bucket(Bucket="training")
        for name in ["train.parquet", "train.csv"]:
            store.upload_file(data.at(name), "training", f"churn/{name.split('.')[1]}/{name}")
        store.put_object(Bucket="training", Key="churn/parquet/_SUCCESS", Body=b"")
        yield url
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("location", "file"),
    [("s3a://training/churn/parquet/", "train.parquet"), ("s3://training/churn/csv/train.csv", "train.csv")],
)
def test_a_folder_and_a_file_in_s3_are_read(data: Data, job: Job, s3: str, location: str, file: str) -> None:
    found = job(location, **KEYS, AWS_ENDPOINT_URL=s3)
    assert found.status == 0
    assert found.said["rows"] == data.expected[file].rows
    assert "hidden" not in found.text + found.printed


def test_what_is_not_in_s3_is_said(job: Job, s3: str) -> None:
    found = job("s3://training/nothing", **KEYS, AWS_ENDPOINT_URL=s3)
    assert found.status == 1
    assert found.said == {"error": "there is nothing at the location of the baseline, or it may not be read"}
    assert "hidden" not in found.text + found.printed


def test_one_that_waits_for_a_store_says_so_when_it_is_told_to_stop(tmp_path: Path) -> None:
    message = tmp_path / "message"
    # a store that takes connections and says nothing
    with socket.create_server(("127.0.0.1", 0)) as store:
        store.settimeout(60)
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{store.getsockname()[1]}",
        }
        command = [sys.executable, str(SRC / "drift_baseline.py"), "s3://data/training/", "--output", str(message)]
        with subprocess.Popen(command, env=environment) as program:
            connection, _ = store.accept()
            with connection:
                program.send_signal(signal.SIGTERM)
                assert program.wait(timeout=10) == 143
    assert json.loads(message.read_text()) == {"error": "it was told to stop before the training data was read"}
