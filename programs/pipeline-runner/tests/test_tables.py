"""Tables over JDBC as sinks, and folders with upsert and overwrite."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from psycopg import Connection

import lake as lake_module
import state as state_module
import storage
import table as table_module
from conftest import Lake, Run
from errors import PipelineError

Frame = Callable[..., str]
SCHEMA = "id int, name string, price decimal(10,2)"


def spec(source: str, mode: str, **config: Any) -> dict[str, Any]:
    sink = {"driver": "postgresql", "table": "orders", "mode": mode, **config}
    return {"source": {"type": "datalake", "config": {"path": source}}, "sink": {"type": "database", "config": sink}}


def rows(
    database: Connection[Any], query: str = "SELECT id, name, price::float FROM orders ORDER BY id, name"
) -> list[Any]:
    return database.execute(query).fetchall()


def test_append_makes_the_table_then_adds(run: Run, frame: Frame, database: Connection[Any], secret: Path) -> None:
    run(spec(frame([(1, "a", 1)], "id int, name string, price int"), "append"), "--sink-connection", str(secret)).ok()
    run(
        spec(frame([(2, "it's; --", 2)], "id int, name string, price int"), "append"), "--sink-connection", str(secret)
    ).ok()
    assert rows(database) == [(1, "a", 1.0), (2, "it's; --", 2.0)]
    tables = rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert tables == [("ml_platform_pipeline_state",), ("orders",)]


def test_overwrite_replaces_rows_and_keeps_the_table(
    run: Run, frame: Frame, database: Connection[Any], secret: Path
) -> None:
    database.execute("CREATE TABLE orders (id bigint PRIMARY KEY, name text, price numeric, note jsonb DEFAULT '{}')")
    database.execute("INSERT INTO orders VALUES (7, 'old', 7)")
    run(
        spec(frame([(1, "a", 1)], "id int, name string, price int"), "overwrite"), "--sink-connection", str(secret)
    ).ok()
    assert rows(database, "SELECT * FROM orders") == [(1, "a", 1, {})]


def test_upsert_by_keys_without_an_index_keeps_other_columns(
    run: Run, frame: Frame, database: Connection[Any], secret: Path
) -> None:
    database.execute("CREATE TABLE orders (id int, region text, name text, price numeric, note text)")
    database.execute(
        "INSERT INTO orders VALUES (1, 'eu', 'old', 1, 'kept'), (1, 'us', 'other', 1, 'kept'), (2, 'eu', 'x', 2, 'kept')"
    )
    source = frame([(1, "eu", "new", 9), (3, "eu", "added", 3)], "id int, region string, name string, price int")
    run(spec(source, "upsert", keys=["id", "region"]), "--sink-connection", str(secret)).ok()
    found = rows(database, "SELECT id, region, name, price::int, note FROM orders ORDER BY 1, 2")
    assert found == [
        (1, "eu", "new", 9, "kept"),
        (1, "us", "other", 1, "kept"),
        (2, "eu", "x", 2, "kept"),
        (3, "eu", "added", 3, None),
    ]


def test_upsert_of_several_rows_of_one_key(run: Run, frame: Frame, database: Connection[Any], secret: Path) -> None:
    source = frame([(1, "a", 1), (1, "b", 2)], "id int, name string, price int")
    refused = run(spec(source, "upsert", keys=["id"]), "--sink-connection", str(secret))
    assert refused.code == 1 and refused.result["message"].startswith("sink.config.keys: several rows have id=1")
    run(spec(source, "upsert", keys=["id"], options={"orderBy": "price"}), "--sink-connection", str(secret)).ok()
    assert rows(database) == [(1, "b", 2.0)]


def test_upsert_refuses_a_row_without_key(run: Run, frame: Frame, database: Connection[Any], secret: Path) -> None:
    source = frame([(None, "a", 1)], "id int, name string, price int")
    refused = run(spec(source, "upsert", keys=["id"]), "--sink-connection", str(secret))
    assert refused.result["message"] == "sink.config.keys: a row has no id"


def test_table_run_that_fails_leaves_the_target_and_is_made_up_for(
    run: Run, frame: Frame, database: Connection[Any], secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("CREATE TABLE orders (id int, name text, price numeric)")
    database.execute("CREATE TABLE events (id int, name text, price int, at timestamptz DEFAULT now())")
    database.execute("INSERT INTO events VALUES (1, 'a', 1), (2, 'b', 2)")
    described = spec("", "append")
    query = "SELECT id, name, price FROM events WHERE at > :last_run"
    described["source"] = {"type": "database", "config": {"driver": "postgresql", "query": query}}
    options = ("--source-connection", str(secret), "--sink-connection", str(secret))

    def fail(*_: Any) -> None:
        raise PipelineError("sink", "the power went")

    with monkeypatch.context() as patch:
        patch.setattr(table_module.TableSink, "_commit_state", fail)
        assert run(described, *options).code == 1
    assert rows(database) == []
    assert run(described, *options).ok()["recordsWritten"] == 2
    assert run(described, *options).ok()["recordsRead"] == 0
    assert [row[0] for row in rows(database)] == [1, 2]
    left = rows(database, "SELECT tablename FROM pg_tables WHERE tablename LIKE '%stg%'")
    assert left == []


def test_column_that_the_table_lacks_is_named(run: Run, frame: Frame, database: Connection[Any], secret: Path) -> None:
    database.execute("CREATE TABLE orders (id int, name text)")
    refused = run(
        spec(frame([(1, "a", 1)], "id int, name string, price int"), "append"), "--sink-connection", str(secret)
    )
    assert refused.code == 2
    assert refused.result["message"] == "sink.config.table: orders has no column price; it has id, name"


def test_table_that_is_no_name_is_refused(run: Run, frame: Frame, database: Connection[Any], secret: Path) -> None:
    source = frame([(1, "a", 1)], "id int, name string, price int")
    refused = run(spec(source, "append", table="orders; DROP TABLE orders"), "--sink-connection", str(secret))
    assert refused.code == 2 and refused.result["message"].startswith("sink.config.table: ")


def lake_spec(source: str, lake: Lake, mode: str, **config: Any) -> dict[str, Any]:
    sink = {"path": lake.url, "mode": mode, **config}
    return {"source": {"type": "datalake", "config": {"path": source}}, "sink": {"type": "datalake", "config": sink}}


def test_lake_overwrite_replaces_every_file(run: Run, lake: Lake, frame: Frame) -> None:
    run(lake_spec(frame([(1, "a")], "id int, day string"), lake, "append", partitionBy=["day"])).ok()
    run(lake_spec(frame([(2, "b")], "id int, day string"), lake, "overwrite", partitionBy=["day"])).ok()
    assert lake.rows() == [{"id": 2, "day": "b"}]
    assert len([name for name in lake.files() if name.endswith(".parquet")]) == 1


def test_lake_overwrite_of_the_touched_partitions_only(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "a"), (2, "b")], "id int, day string")
    run(lake_spec(source, lake, "append", partitionBy=["day"])).ok()
    options = {"partitionOverwriteMode": "dynamic"}
    run(
        lake_spec(frame([(3, "b")], "id int, day string"), lake, "overwrite", partitionBy=["day"], options=options)
    ).ok()
    assert lake.values("id") == [1, 3]


def test_lake_upsert_across_partitions(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "a", "x"), (2, "b", "x")], "id int, day string, name string")
    run(lake_spec(source, lake, "upsert", partitionBy=["day"], keys=["id"])).ok()
    source = frame([(2, "c", "y"), (3, "c", "y")], "id int, day string, name string")
    run(lake_spec(source, lake, "upsert", partitionBy=["day"], keys=["id"])).ok()
    found = sorted((row["id"], row["day"], row["name"]) for row in lake.rows())
    assert found == [(1, "a", "x"), (2, "c", "y"), (3, "c", "y")]


def test_lake_partition_by_the_time_of_the_row(run: Run, lake: Lake, frame: Frame) -> None:
    described = lake_spec(frame([(1,)], "id int"), lake, "append", partitionBy=["year", "month", "day", "hour"])
    described["transformations"] = [
        {"type": "sql", "config": {"query": "SELECT *, TIMESTAMP'2024-02-03 04:05:06' AS at FROM input"}}
    ]
    described["sink"]["config"]["options"] = {"partitionTimeColumn": "at"}
    run(described).ok()
    assert [name.rpartition("/")[0] for name in lake.files() if name.endswith(".parquet")] == [
        "year=2024/month=02/day=03/hour=04"
    ]


@pytest.mark.parametrize("format", ["csv", "json", "orc"])
def test_lake_formats(format: str, run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, 'a,"b"')], "id int, name string")
    run(lake_spec(source, lake, "append", format=format)).ok()
    run(lake_spec(source, lake, "append", format=format)).ok()
    options = {"header": "true"} if format == "csv" else {}
    assert [str(row["id"]) for row in lake.rows(format, **options)] == ["1", "1"]
    again = lake_spec(lake.url, lake, "append")
    again["source"]["config"]["format"] = format
    again["sink"]["config"]["path"] = f"{lake.url}-copy"
    assert run(again, name="copy").ok()["recordsWritten"] == 2


def test_delta_append_and_upsert(run: Run, lake: Lake, frame: Frame) -> None:
    run(lake_spec(frame([(1, "a"), (2, "b")], "id int, name string"), lake, "append", format="delta")).ok()
    source = frame([(2, "new"), (3, "c")], "id int, name string")
    run(lake_spec(source, lake, "upsert", format="delta", keys=["id"])).ok()
    assert sorted((row["id"], row["name"]) for row in lake.rows("delta")) == [(1, "a"), (2, "new"), (3, "c")]


def test_connector_that_is_not_there_is_named(run: Run, lake: Lake, frame: Frame) -> None:
    refused = run(lake_spec(frame([(1,)], "id int"), lake, "append", format="avro"))
    assert "org.apache.spark:spark-avro_2.13:4.0.1" in refused.result["message"]
    assert refused.result["message"].startswith("sink: the connector for avro is not in the image")


FILES = ["parquet", "csv", "json", "orc"]


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
@pytest.mark.parametrize("name", ["_day", "_"])
def test_lake_partition_that_readers_pass_over_is_refused(
    mode: str, name: str, run: Run, lake: Lake, frame: Frame
) -> None:
    source = frame([(1, "a")], f"id int, `{name}` string")
    refused = run(lake_spec(source, lake, mode, partitionBy=[name], keys=["id"]))
    assert refused.code == 2
    assert refused.result["message"].startswith(f"sink.config.partitionBy: folders that are called {name}=…")


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
@pytest.mark.parametrize("format", FILES)
def test_lake_rows_that_cannot_be_read_fail_the_run(
    format: str, mode: str, run: Run, lake: Lake, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lake_spec(frame([(1, "a")], "id int, day string"), lake, mode, keys=["id"], format=format)).ok()
    before = lake.files()
    # whatever the reason is for which files are passed over
    monkeypatch.setattr(storage, "is_hidden", lambda name: name[:1] in "_." or name.startswith(("day=", "part-")))
    source = frame([(2, "a"), (3, "b")], "id int, day string")
    refused = run(lake_spec(source, lake, mode, partitionBy=["day"], keys=["id"], format=format))
    assert refused.code == 1
    assert " rows were written and 0 can be read" in refused.result["message"]
    monkeypatch.undo()
    if mode != "append":
        return
    assert lake.files()[: len(before)] == before or set(before) <= set(lake.files())
    options = {"header": "true"} if format == "csv" else {}
    assert [str(row["id"]) for row in lake.rows(format, **options)] == ["1"]


def test_lake_text_with_a_line_break_fails_as_csv(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "two\nlines"), (2, "b")], "id int, name string")
    refused = run(lake_spec(source, lake, "append", format="csv"))
    assert refused.code == 1
    assert refused.result["message"].startswith("sink: 2 rows were written and 3 can be read: a text with a line break")
    run(lake_spec(source, lake, "append", format="csv", options={"multiLine": "true"})).ok()
    assert len(lake.rows("csv", header="true", multiLine="true")) == 2


def test_lake_upsert_keeps_texts_of_folders_and_all_files(run: Run, lake: Lake, frame: Frame) -> None:
    options = {"modifiedAfter": "2999-01-01T00:00:00", "pathGlobFilter": "*.none"}
    schema = "id int, month string"
    for rows in ([(1, "01"), (2, "1e1")], [(3, "01")]):
        run(lake_spec(frame(rows, schema), lake, "upsert", partitionBy=["month"], keys=["id"], options=options)).ok()
    found = {name.rpartition("/")[0] for name in lake.files() if name.endswith(".parquet")}
    assert found == {"month=01", "month=1e1"}
    assert lake.values("id") == [1, 2, 3]


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
def test_delta_partition_with_an_underscore_is_read_by_its_log(mode: str, run: Run, lake: Lake, frame: Frame) -> None:
    for rows in ([(1, "a")], [(2, "b")]):
        source = frame(rows, "id int, _day string")
        result = run(lake_spec(source, lake, mode, format="delta", partitionBy=["_day"], keys=["id"])).ok()
        assert result["recordsWritten"] == 1
    ids = sorted(row["id"] for row in lake.rows("delta"))
    assert ids == ([2] if mode == "overwrite" else [1, 2])


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
def test_delta_rows_that_the_table_did_not_get_fail_the_run(
    mode: str, run: Run, lake: Lake, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lake_spec(frame([(1, "a")], "id int, day string"), lake, "append", format="delta")).ok()
    write = lake_module.TableFormatSink._delta
    lossy = lambda sink, rows, state: write(sink, rows.where("id = 2"), state)  # noqa: E731
    monkeypatch.setattr(lake_module.TableFormatSink, "_delta", lossy)
    refused = run(lake_spec(frame([(2, "a"), (3, "b")], "id int, day string"), lake, mode, format="delta", keys=["id"]))
    assert refused.code == 1
    assert refused.result["message"].startswith("sink: ")


def test_delta_run_that_ends_before_its_state_loses_and_doubles_nothing(
    run: Run, lake: Lake, frame: Frame, database: Connection[Any], secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("CREATE TABLE events (id int, at timestamptz DEFAULT now())")
    database.execute("INSERT INTO events VALUES (1)")
    described = lake_spec("", lake, "append", format="delta")
    query = "SELECT id FROM events WHERE at > :last_run"
    described["source"] = {"type": "database", "config": {"driver": "postgresql", "query": query}}

    def fail(*_: Any) -> None:
        raise PipelineError("state", "the power went")

    with monkeypatch.context() as patch:
        patch.setattr(state_module.FileState, "save", fail)
        assert run(described, "--source-connection", str(secret)).code == 1
    database.execute("INSERT INTO events VALUES (2)")
    assert run(described, "--source-connection", str(secret)).ok()["recordsWritten"] == 1
    assert sorted(row["id"] for row in lake.rows("delta")) == [1, 2]


def drops(database: Connection[Any], timing: str, body: str) -> None:
    database.execute(
        f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;"
        f"CREATE TRIGGER note {timing} INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note()"
    )


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
def test_table_that_drops_rows_fails_the_run(
    mode: str, run: Run, frame: Frame, database: Connection[Any], secret: Path
) -> None:
    database.execute("CREATE TABLE orders (id int, name text, price numeric)")
    database.execute("INSERT INTO orders VALUES (7, 'there', 7)")
    drops(database, "BEFORE", "IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW;")
    source = frame([(1, "a", 1), (2, "b", 2)], "id int, name string, price int")
    refused = run(spec(source, mode, keys=["id"]), "--sink-connection", str(secret))
    assert refused.code == 1
    assert refused.result["message"].startswith("sink: 2 rows were written and 1 can be read: a trigger")
    assert rows(database) == [(7, "there", 7.0)]


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
def test_table_whose_trigger_puts_rows_into_parts_is_written(
    mode: str, run: Run, frame: Frame, database: Connection[Any], secret: Path
) -> None:
    database.execute("CREATE TABLE orders (id int, name text, price numeric)")
    database.execute("CREATE TABLE orders_2 () INHERITS (orders)")
    drops(database, "BEFORE", "INSERT INTO orders_2 VALUES (NEW.*); RETURN NULL;")
    source = frame([(1, "a", 1), (2, "b", 2)], "id int, name string, price int")
    run(spec(source, mode, keys=["id"]), "--sink-connection", str(secret)).ok()
    assert rows(database) == [(1, "a", 1.0), (2, "b", 2.0)]
