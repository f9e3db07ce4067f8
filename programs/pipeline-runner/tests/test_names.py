"""Columns whose names hold what SQL reads otherwise: dots, backticks, spaces, quotes, and names that the runner uses itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from psycopg import Connection, sql
from pyspark.sql import SparkSession

from conftest import Lake, Run
from names import column, quoted, unused

NAMES = ["a.b", "a`b", "a b", "a'b", "a-b", "a", "select", "größe", "_rank", "failed_checks", "_several", "count", '"']
# a row has a value in each column
ROW = tuple(range(len(NAMES)))
Source = Callable[..., dict[str, Any]]


@pytest.fixture
def source(spark: SparkSession, tmp_path: Path) -> Source:
    """A source with a column of each name, and `id`."""

    def write(*ids: int, names: list[str] = NAMES) -> dict[str, Any]:
        rows = [(number, *[number for _ in names]) for number in ids]
        frame = spark.createDataFrame(rows, ["id", *names]).coalesce(1)
        frame.write.mode("overwrite").parquet(f"file://{tmp_path}/in")
        return {"type": "datalake", "config": {"path": f"file://{tmp_path}/in"}}

    return write


def test_a_quoted_name_is_that_column(spark: SparkSession) -> None:
    frame = spark.createDataFrame([ROW], NAMES)
    assert frame.select(*map(column, NAMES)).first() == ROW
    assert spark.sql(f"SELECT {', '.join(f'1 AS {quoted(name)}' for name in NAMES)}").columns == NAMES
    assert all(unused(frame, name.upper()).lower() not in NAMES for name in NAMES)
    assert unused(frame, "other") == "other"


def test_steps_checks_and_upsert_take_any_name(run: Run, lake: Lake, source: Source) -> None:
    steps = [
        {"type": "clean", "config": {"removeNulls": True, "deduplication": True, "columns": NAMES}},
        {"type": "clean", "config": {"removeNulls": True}},
        {"type": "filter", "config": {"condition": "id > 0", "columns": [*NAMES, "id"]}},
    ]
    checks = [
        *[{"name": f"set-{place}", "type": "not-null", "column": name} for place, name in enumerate(NAMES)],
        *[{"name": f"once-{place}", "type": "unique", "column": name} for place, name in enumerate(NAMES)],
        {"name": "high", "type": "range", "column": "a.b", "max": 5, "onFailure": "warn"},
    ]
    config: dict[str, Any] = {"path": lake.url, "mode": "upsert", "keys": NAMES, "options": {"orderBy": "a.b"}}
    described = {"sink": {"type": "datalake", "config": config}, "transformations": steps, "quality": checks}
    result = run({"source": source(1, 1, 2, 9), **described}).ok()
    assert (result["recordsWritten"], result["recordsQuarantined"]) == (2, 1)
    config["options"] = {}
    run({"source": source(2, 3), **described}).ok()
    for name in NAMES:
        assert lake.values(name) == [1, 2, 3]
        assert [row[name] for row in lake.quarantine()] == [9]


def test_lookups_and_groups_take_any_name(
    run: Run, lake: Lake, source: Source, tmp_path: Path, spark: SparkSession
) -> None:
    tables = f"file://{tmp_path}/tables"
    spark.createDataFrame([(1, "one", 7)], ["a.b", "the.title", "a`b"]).write.parquet(f"{tables}/titles")
    steps = [
        {"type": "enrich", "config": {"lookupTable": "titles", "joinKey": "a.b"}},
        {
            "type": "aggregate",
            "config": {"groupBy": ["a.b", "the.title", "titles_a`b"], "aggregates": {"n.of": "count(1)"}},
        },
    ]
    described: dict[str, Any] = {"source": source(1, 1, 2), "transformations": steps}
    described["source"]["config"]["options"] = {"lookupLocation": tables}
    run({**described, "sink": {"type": "datalake", "config": {"path": lake.url}}}).ok()
    found = {(row["a.b"], row["the.title"], row["titles_a`b"], row["n.of"]) for row in lake.rows()}
    assert found == {(1, "one", 7, 2), (2, None, None, 1)}


@pytest.mark.parametrize("mode", ["append", "upsert", "overwrite"])
def test_a_table_takes_any_name(mode: str, run: Run, database: Connection[Any], secret: Path, source: Source) -> None:
    names = [name for name in NAMES if name != '"']
    config = {"driver": "postgresql", "table": "orders", "mode": mode, "keys": names}
    for value in (1, 2):
        given = {"source": source(value, names=names), "sink": {"type": "database", "config": config}}
        run(given, "--sink-connection", str(secret)).ok()
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in names)
    found = database.execute(sql.SQL("SELECT {} FROM orders ORDER BY 1").format(columns)).fetchall()
    assert found == [tuple(value for _ in names) for value in ([2] if mode == "overwrite" else [1, 2])]
