"""The documented sample, run by run: `:last_run`, failed runs and their retries."""

from __future__ import annotations

import copy
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

import state as state_module
from conftest import Lake, Run
from lake import LakeSink
from storage import Folder

SAMPLE: dict[str, Any] = {
    "schedule": "0 2 * * *",
    "source": {
        "type": "database",
        "config": {
            "driver": "postgresql",
            "connection": {"secretRef": {"name": "customer-db-credentials"}},
            "query": "SELECT * FROM customers WHERE updated_at > :last_run",
        },
    },
    "transformations": [
        {"type": "clean", "config": {"removeNulls": True, "deduplication": True}},
        {"type": "enrich", "config": {"lookupTable": "customer_segments", "joinKey": "customer_id"}},
    ],
    "sink": {"type": "datalake", "config": {"path": "", "format": "parquet", "partitionBy": ["year", "month", "day"]}},
    "resources": {"driver": {"cpu": "2", "memory": "8Gi"}, "executor": {"instances": 4, "cpu": "4", "memory": "16Gi"}},
}


def sample(lake: Lake, **sink: Any) -> dict[str, Any]:
    spec = copy.deepcopy(SAMPLE)
    spec["sink"]["config"].update({"path": lake.url, **sink})
    return spec


@pytest.fixture
def customers(database: Connection[Any]) -> Connection[Any]:
    database.execute("CREATE TABLE customers (customer_id bigint, name text, updated_at timestamptz)")
    database.execute("CREATE TABLE customer_segments (customer_id bigint PRIMARY KEY, segment text)")
    database.execute(
        "INSERT INTO customers VALUES (1, 'Ada', now() - interval '1 day'), (2, 'Grace', now() - interval '1 hour'),"
        " (3, NULL, now() - interval '1 hour'), (2, 'Grace', now() - interval '1 hour')"
    )
    database.execute("INSERT INTO customer_segments VALUES (1, 'gold'), (9, 'silver')")
    return database


def test_sample_runs_then_takes_only_what_changed_since(
    run: Run, lake: Lake, customers: Connection[Any], secret: Path
) -> None:
    before = datetime.now(timezone.utc)
    first = run(sample(lake), "--source-connection", str(secret)).ok()
    assert (first["recordsRead"], first["recordsWritten"]) == (4, 2)
    assert first["state"] == "Completed"
    rows = sorted((row["customer_id"], row["name"], row["segment"]) for row in lake.rows())
    assert rows == [(1, "Ada", "gold"), (2, "Grace", None)]
    folder = before.strftime("year=%Y/month=%m/day=%d/")
    assert all(name.startswith(folder) for name in lake.files() if not name.startswith("_"))

    nothing = run(sample(lake), "--source-connection", str(secret)).ok()
    assert (nothing["recordsRead"], nothing["recordsWritten"]) == (0, 0)

    customers.execute("UPDATE customers SET name = 'Ada L.', updated_at = now() WHERE customer_id = 1")
    customers.execute("INSERT INTO customers VALUES (4, 'Edsger', now())")
    second = run(sample(lake), "--source-connection", str(secret)).ok()
    assert (second["recordsRead"], second["recordsWritten"]) == (2, 2)
    assert lake.values("name") == ["Ada", "Ada L.", "Edsger", "Grace"]
    assert second["lastRun"] > first["lastRun"]


def test_sample_with_column_without_time_zone(run: Run, lake: Lake, customers: Connection[Any], secret: Path) -> None:
    customers.execute("ALTER TABLE customers ALTER updated_at TYPE timestamp USING updated_at AT TIME ZONE 'UTC'")
    run(sample(lake), "--source-connection", str(secret)).ok()
    customers.execute("INSERT INTO customers VALUES (4, 'Edsger', now() AT TIME ZONE 'UTC' - interval '1 minute')")
    customers.execute("INSERT INTO customers VALUES (5, 'Barbara', now() AT TIME ZONE 'UTC' + interval '1 second')")
    assert run(sample(lake), "--source-connection", str(secret)).ok()["recordsRead"] == 1
    assert lake.values("name") == ["Ada", "Barbara", "Grace"]


def test_times_arrive_as_they_are(run: Run, lake: Lake, customers: Connection[Any], secret: Path) -> None:
    customers.execute("UPDATE customers SET updated_at = '2024-03-10 02:30:00.123456+00'")
    run(sample(lake), "--source-connection", str(secret)).ok()
    micros = lake.spark.read.parquet(lake.url).selectExpr("unix_micros(updated_at) AS t").distinct().collect()
    expected = datetime(2024, 3, 10, 2, 30, tzinfo=timezone.utc).timestamp() * 1_000_000 + 123456
    assert [row["t"] for row in micros] == [expected]


def test_overlap_reads_late_commits_again(run: Run, lake: Lake, customers: Connection[Any], secret: Path) -> None:
    spec = sample(lake, mode="upsert", keys=["customer_id"])
    spec["source"]["config"]["options"] = {"lastRunOverlap": "10m"}
    run(spec, "--source-connection", str(secret)).ok()
    # stamped before the first run's read, committed after it
    customers.execute("INSERT INTO customers VALUES (4, 'Edsger', now() - interval '5 minutes')")
    assert run(spec, "--source-connection", str(secret)).ok()["recordsRead"] == 1
    assert lake.values("name") == ["Ada", "Edsger", "Grace"]


def test_window_up_to_this_run_is_taken_once(run: Run, lake: Lake, customers: Connection[Any], secret: Path) -> None:
    spec = sample(lake)
    spec["source"]["config"]["query"] += " AND updated_at <= :this_run;"
    customers.execute("INSERT INTO customers VALUES (4, 'Edsger', clock_timestamp() + interval '20 seconds')")
    assert run(spec, "--source-connection", str(secret)).ok()["recordsRead"] == 4


@pytest.mark.parametrize("point", ["staged", "journalled", "half moved", "not committed"])
def test_retry_of_a_failed_run_neither_loses_nor_doubles(
    point: str, run: Run, lake: Lake, customers: Connection[Any], secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(sample(lake), "--source-connection", str(secret)).ok()
    customers.execute("INSERT INTO customers SELECT g, 'new ' || g, now() FROM generate_series(10, 60) g")
    committed = lake.state()
    with monkeypatch.context() as patch:
        _fail_at(patch, point)
        failed = run({**sample(lake), "transformations": []}, "--source-connection", str(secret))
    assert failed.code == 1 and "the power went" in failed.result["message"]
    assert "lastRun" not in failed.result
    assert lake.state()["lastRun"] == committed["lastRun"]
    again = run({**sample(lake), "transformations": []}, "--source-connection", str(secret)).ok()
    assert (again["recordsRead"], again["recordsWritten"]) == (51, 51)
    names = lake.values("name")
    assert len(names) == len(set(names)) == 53
    assert not [name for name in lake.files() if name.startswith("_staging")]


def _fail_at(patch: pytest.MonkeyPatch, point: str) -> None:
    save, move = state_module.FileState.save, Folder.move
    calls = {"save": 0, "move": 0}

    def fail(*_: Any) -> None:
        raise OSError("the power went")

    def save_until(self: Any, state: Any, former: Any) -> None:
        calls["save"] += 1
        if calls["save"] == (1 if point == "staged" else 2):
            fail()
        save(self, state, former)

    def move_until(self: Any, source: str, target: str) -> None:
        calls["move"] += 1
        if point == "journalled" or (point == "half moved" and calls["move"] == 2):
            fail()
        move(self, source, target)
        if point == "half moved":
            # there may be one file only
            fail()

    patch.setattr(state_module.FileState, "save", save_until)
    patch.setattr(Folder, "move", move_until)


def test_attempt_after_a_committed_one_does_nothing(
    run: Run, lake: Lake, customers: Connection[Any], secret: Path
) -> None:
    options = ("--source-connection", str(secret), "--run", "etl-28400")
    first = run(sample(lake), *options).ok()
    customers.execute("INSERT INTO customers VALUES (4, 'Edsger', now())")
    again = run(sample(lake), *options).ok()
    assert again["alreadyCommitted"] is True
    assert again["recordsWritten"] == first["recordsWritten"] == 2
    assert lake.values("name") == ["Ada", "Grace"]


def test_second_of_two_runs_at_once_is_refused(
    run: Run, lake: Lake, customers: Connection[Any], secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = LakeSink._write_files

    def write_late(self: Any, *arguments: Any) -> None:
        monkeypatch.setattr(LakeSink, "_write_files", write)
        run(sample(lake), "--source-connection", str(secret)).ok()
        write(self, *arguments)

    monkeypatch.setattr(LakeSink, "_write_files", write_late)
    refused = run(sample(lake), "--source-connection", str(secret))
    assert refused.code == 1 and refused.result["message"].startswith("state: another run of this pipeline")
    assert lake.values("name") == ["Ada", "Grace"]


def test_state_in_the_folder_of_the_operator(
    run: Run, lake: Lake, customers: Connection[Any], secret: Path, tmp_path: Path
) -> None:
    options = ("--source-connection", str(secret), "--state", f"file://{tmp_path}/state")
    run(sample(lake), *options).ok()
    assert (tmp_path / "state" / "data-processing.customer-etl-pipeline.json").exists()
    assert not (lake.folder / "_state").exists()
    assert run(sample(lake), *options).ok()["recordsRead"] == 0


def test_damaged_state_is_an_error_not_a_first_run(
    run: Run, lake: Lake, customers: Connection[Any], secret: Path
) -> None:
    run(sample(lake), "--source-connection", str(secret)).ok()
    file = lake.folder / "_state" / "data-processing.customer-etl-pipeline.json"
    file.write_text("{")
    (file.parent / f".{file.name}.crc").unlink(missing_ok=True)
    damaged = run(sample(lake), "--source-connection", str(secret))
    assert damaged.code == 1 and damaged.result["message"].startswith("state: ")
    assert "is damaged" in damaged.result["message"]
