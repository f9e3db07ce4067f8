"""Quality checks and the quarantine."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from conftest import Lake, Run

Frame = Callable[..., str]
ROWS = [(1, "a", 10), (2, None, 20), (3, "c", 900), (4, "d", None), (4, "e", 30)]
SCHEMA = "id int, name string, amount int"


def spec(source: str, lake: Lake, *checks: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": {"type": "datalake", "config": {"path": source}},
        "sink": {"type": "datalake", "config": {"path": lake.url}},
        "quality": list(checks),
    }


@pytest.mark.parametrize(
    ("check", "broken"),
    [
        ({"type": "not-null", "column": "name"}, [2]),
        ({"type": "range", "column": "amount", "min": 10, "max": 100}, [3]),
        ({"type": "range", "column": "amount", "min": 15}, [1]),
        ({"type": "unique", "column": "id"}, [4, 4]),
        ({"type": "unique", "column": "name"}, []),
        ({"type": "sql", "expression": "amount < 100"}, [3, 4]),
    ],
)
def test_rows_that_break_a_check_go_to_quarantine(
    check: dict[str, Any], broken: list[int], run: Run, lake: Lake, frame: Frame
) -> None:
    result = run(spec(frame(ROWS, SCHEMA), lake, {"name": "it", "onFailure": "warn", **check})).ok()
    assert result["recordsQuarantined"] == len(broken)
    assert result["recordsWritten"] == len(ROWS) - len(broken)
    assert result["failedChecks"] == (["it"] if broken else [])
    assert sorted(row["id"] for row in lake.quarantine()) == broken
    assert all(row["failed_checks"] == ["it"] for row in lake.quarantine())
    left = [row[0] for row in ROWS]
    for gone in broken:
        left.remove(gone)
    assert lake.values("id") == left
    assert set(lake.rows()[0]) == {"id", "name", "amount"}


def test_quarantined_row_is_whole_and_names_every_check(run: Run, lake: Lake, frame: Frame) -> None:
    checks: list[dict[str, Any]] = [
        {"name": "named", "type": "not-null", "column": "name", "onFailure": "warn"},
        {"name": "small", "type": "range", "column": "amount", "max": 15, "onFailure": "warn"},
    ]
    result = run(spec(frame(ROWS, SCHEMA), lake, *checks)).ok()
    assert result["failedChecks"] == ["named", "small"]
    by_id = {row["id"]: row for row in lake.quarantine()}
    assert by_id[2] == {"id": 2, "name": None, "amount": 20, "failed_checks": ["named", "small"]}
    assert by_id[3]["failed_checks"] == ["small"]
    assert result["recordsRead"] == result["recordsWritten"] + result["recordsQuarantined"]


def test_check_that_fails_the_run_leaves_the_sink_alone(run: Run, lake: Lake, frame: Frame) -> None:
    run(spec(frame([(9, "z", 1)], SCHEMA), lake)).ok()
    before = lake.state()
    failed = run(spec(frame(ROWS, SCHEMA), lake, {"name": "named", "type": "not-null", "column": "name"}))
    assert failed.code == 3
    assert failed.result["message"] == "quality: named: 1 rows"
    assert failed.result["failedChecks"] == ["named"]
    assert (failed.result["recordsWritten"], failed.result["recordsQuarantined"]) == (0, 1)
    assert lake.values("id") == [9]
    assert lake.state() == before
    assert [row["id"] for row in lake.quarantine()] == [2]


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({"type": "row-count", "min": 6}, "quality: it: 5 rows, not 6 to any"),
        ({"type": "row-count", "min": 1, "max": 4}, "quality: it: 5 rows, not 1 to 4"),
        ({"type": "row-count", "min": 5, "max": 5}, None),
        ({"type": "sql", "expression": "sum(amount) < 100"}, "quality: it: sum(amount) < 100 is false"),
        ({"type": "sql", "expression": "sum(amount) = 960 AND count(*) = 5"}, None),
    ],
)
def test_checks_over_all_rows(check: dict[str, Any], message: Any, run: Run, lake: Lake, frame: Frame) -> None:
    outcome = run(spec(frame(ROWS, SCHEMA), lake, {"name": "it", **check}))
    assert outcome.result.get("message") == message
    assert outcome.code == (3 if message else 0)
    assert outcome.result["recordsQuarantined"] == 0


def test_warning_over_all_rows_is_counted_and_written(run: Run, lake: Lake, frame: Frame) -> None:
    result = run(
        spec(frame(ROWS, SCHEMA), lake, {"name": "many", "type": "row-count", "min": 6, "onFailure": "warn"})
    ).ok()
    assert (result["failedChecks"], result["recordsWritten"]) == (["many"], 5)


def test_row_count_is_of_what_is_written(run: Run, lake: Lake, frame: Frame) -> None:
    checks: list[dict[str, Any]] = [
        {"name": "named", "type": "not-null", "column": "name", "onFailure": "warn"},
        {"name": "four", "type": "row-count", "min": 4, "max": 4},
    ]
    assert run(spec(frame(ROWS, SCHEMA), lake, *checks)).ok()["failedChecks"] == ["named"]


@pytest.mark.parametrize(("age", "fails"), [("3600", True), ("60", False)])
def test_freshness_is_the_age_of_the_newest_row(age: str, fails: bool, run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1,)], "id int")
    check = {"name": "fresh", "type": "freshness", "column": "seen", "maxAge": "30m"}
    described = spec(source, lake, check)
    query = f"SELECT id, now() - make_interval(0, 0, 0, 0, 0, 0, {age} * id * n) AS seen FROM input, (VALUES (1), (50)) AS t(n)"
    described["transformations"] = [{"type": "sql", "config": {"query": query}}]
    outcome = run(described)
    assert outcome.result["failedChecks"] == (["fresh"] if fails else [])


def test_freshness_of_no_rows_is_not_judged(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([], "seen timestamp")
    run(spec(source, lake, {"name": "fresh", "type": "freshness", "column": "seen", "maxAge": "30m"})).ok()


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({"type": "not-null", "column": "x"}, "quality[1].column: no column x; there are id, name, amount"),
        ({"type": "range", "column": "name", "min": 1}, "quality[1].column: name is a string, not a number"),
        ({"type": "freshness", "column": "id", "maxAge": "1h"}, "quality[1].column: id is a int, not a time"),
        ({"type": "sql", "expression": "id + 1"}, 'quality[1].expression: "id + 1" is a int, not a boolean'),
    ],
)
def test_check_that_cannot_be_made_names_its_field(
    check: dict[str, Any], message: str, run: Run, lake: Lake, frame: Frame
) -> None:
    good = {"name": "good", "type": "row-count", "min": 1}
    failed = run(spec(frame(ROWS, SCHEMA), lake, good, {"name": "it", **check}))
    assert (failed.code, failed.result["message"]) == (2, message)


def test_quarantine_of_a_table_needs_a_location(
    run: Run, lake: Lake, frame: Frame, secret: Any, database: Any, tmp_path: Any
) -> None:
    described = spec(
        frame(ROWS, SCHEMA), lake, {"name": "named", "type": "not-null", "column": "name", "onFailure": "warn"}
    )
    described["sink"] = {"type": "database", "config": {"driver": "postgresql", "table": "orders"}}
    refused = run(described, "--sink-connection", str(secret))
    assert refused.code == 1
    assert refused.result["message"].startswith("quality: 1 rows break checks and there is no place for them")
    run(described, "--sink-connection", str(secret), "--quarantine", f"file://{tmp_path}/bad").ok()
    assert len(list((tmp_path / "bad").glob("run=*/*.json"))) == 1
    assert database.execute("SELECT count(*) FROM orders").fetchone() == (4,)
