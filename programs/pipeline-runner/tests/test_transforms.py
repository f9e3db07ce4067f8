"""Each transformation, on rows of a folder."""

from __future__ import annotations

from typing import Any, Callable, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from conftest import Lake, Run
from transforms import clean

Frame = Callable[..., str]


def spec(source: str, lake: Lake, *steps: dict[str, Any], **options: str) -> dict[str, Any]:
    return {
        "source": {"type": "datalake", "config": {"path": source, "options": options}},
        "transformations": [{"type": step.pop("type"), "config": step} for step in steps],
        "sink": {"type": "datalake", "config": {"path": lake.url, "mode": "overwrite"}},
    }


def test_clean_removes_nulls_in_any_column(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "a"), (2, None), (None, "c")], "id int, name string")
    result = run(spec(source, lake, {"type": "clean", "removeNulls": True})).ok()
    assert (result["recordsRead"], result["recordsWritten"]) == (3, 1)
    assert lake.values("id") == [1]


def test_clean_looks_at_the_named_columns_only(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "a", 5), (1, None, 7), (1, "z", 7), (None, "c", 1)], "id int, name string, rank int")
    step = {"type": "clean", "removeNulls": True, "deduplication": True, "columns": ["id"]}
    run(spec(source, lake, step)).ok()
    # of equal rows the one with the greatest other columns, in their order
    assert [(row["id"], row["name"], row["rank"]) for row in lake.rows()] == [(1, "z", 7)]


Row = tuple[Optional[int], Optional[str], Optional[int]]
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(0, 2)),
        st.one_of(st.none(), st.sampled_from("ab")),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    max_size=12,
)


def _model(rows: list[Row], columns: list[int], nulls: bool, duplicates: bool) -> list[Row]:
    kept = [row for row in rows if not nulls or all(row[place] is not None for place in columns)]
    if not duplicates:
        return kept
    groups: dict[tuple[Any, ...], Row] = {}
    rest = [place for place in range(3) if place not in columns]

    def rank(row: Row) -> list[Any]:
        return [(row[place] is not None, row[place] if row[place] is not None else 0) for place in rest]

    for row in kept:
        key = tuple(row[place] for place in columns)
        if key not in groups or rank(row) > rank(groups[key]):
            groups[key] = row
    return list(groups.values())


def test_clean_is_as_a_plain_model_of_it(spark: SparkSession) -> None:
    names = ["a", "b", "c"]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(rows=ROWS, columns=st.sets(st.integers(0, 2), min_size=1), nulls=st.booleans(), duplicates=st.booleans())
    def same(rows: list[Row], columns: set[int], nulls: bool, duplicates: bool) -> None:
        chosen = sorted(columns)
        config = {"removeNulls": nulls, "deduplication": duplicates, "columns": [names[place] for place in chosen]}
        frame = spark.createDataFrame(rows, "a int, b string, c int")
        found = sorted((tuple(row) for row in clean(frame, config, "here").collect()), key=repr)
        assert found == sorted(_model(rows, chosen, nulls, duplicates), key=repr)

    same()


def test_deduplication_refuses_columns_that_cannot_be_compared(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, {"a": 1})], "id int, tags map<string,int>")
    refused = run(spec(source, lake, {"type": "clean", "deduplication": True}))
    assert refused.code == 2
    assert (
        refused.result["message"]
        == "transformations[0].config.deduplication: tags cannot be compared; name others in columns"
    )
    run(spec(source, lake, {"type": "clean", "deduplication": True, "columns": ["id"]})).ok()


def test_enrich_from_the_lookup_location(run: Run, lake: Lake, frame: Frame, tmp_path: Any) -> None:
    source = frame([(1, "x"), (2, "y"), (None, "z")], "id int, name string")
    frame(
        [(1, "gold", "n1"), (3, "tin", "n3"), (None, "none", "n0")],
        "id int, segment string, name string",
        "tables/segments",
    )
    step = {"type": "enrich", "lookupTable": "segments", "joinKey": "id"}
    run(spec(source, lake, step, lookupLocation=f"file://{tmp_path}/tables")).ok()
    rows = sorted(lake.rows(), key=lambda row: str(row["name"]))
    assert rows == [
        {"id": 1, "name": "x", "segment": "gold", "segments_name": "n1"},
        {"id": 2, "name": "y", "segment": None, "segments_name": None},
        {"id": None, "name": "z", "segment": None, "segments_name": None},
    ]


def test_enrich_fails_where_a_key_has_several_rows(run: Run, lake: Lake, frame: Frame, tmp_path: Any) -> None:
    source = frame([(7,)], "id int")
    frame([(7, "gold"), (7, "tin")], "id int, segment string", "tables/segments")
    step = {"type": "enrich", "lookupTable": "segments", "joinKey": "id"}
    failed = run(spec(source, lake, step), "--lookup", f"file://{tmp_path}/tables")
    assert failed.code == 1
    assert failed.result["message"].startswith("transformations[0].config.lookupTable: ")
    assert "segments has several rows for id 7" in failed.result["message"]
    assert not [name for name in lake.files() if name.endswith(".parquet")]


def test_enrich_says_that_it_has_no_place_to_look(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(7,)], "id int")
    failed = run(spec(source, lake, {"type": "enrich", "lookupTable": "segments", "joinKey": "id"}))
    assert failed.code == 2
    assert failed.result["message"].startswith("transformations[0].config.lookupTable: where segments is must be said")


def test_filter_keeps_rows_and_columns(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1, "a", True), (2, "it's", False), (3, None, True)], "id int, name string, ok boolean")
    run(
        spec(source, lake, {"type": "filter", "condition": "id >= 2 AND name = 'it\\'s'", "columns": ["name", "id"]})
    ).ok()
    assert lake.rows() == [{"name": "it's", "id": 2}]


def test_aggregate_by_group_and_over_all(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([("a", 1), ("a", 2), ("b", 5)], "kind string, amount int")
    aggregates = {"total": "sum(amount)", "n": "count(*)"}
    run(spec(source, lake, {"type": "aggregate", "groupBy": ["kind"], "aggregates": aggregates})).ok()
    assert sorted((row["kind"], row["total"], row["n"]) for row in lake.rows()) == [("a", 3, 2), ("b", 5, 1)]
    run(spec(source, lake, {"type": "aggregate", "aggregates": aggregates})).ok()
    assert lake.rows() == [{"total": 8, "n": 3}]


def test_sql_over_the_table_input_and_steps_in_their_order(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1,), (2,), (3,)], "id int")
    first = {"type": "sql", "query": "SELECT id * 10 AS id FROM input"}
    second = {"type": "filter", "condition": "id > 10"}
    third = {"type": "sql", "query": "SELECT id + 1 AS id FROM input"}
    assert run(spec(source, lake, first, second, third)).ok()["recordsWritten"] == 2
    assert lake.values("id") == [21, 31]


def test_python_finds_and_leaves_rows_in_df(run: Run, lake: Lake, frame: Frame) -> None:
    source = frame([(1,), (2,)], "id int")
    script = "assert last_run < this_run\ndf = df.withColumn('twice', F.col('id') * 2)\n"
    run(spec(source, lake, {"type": "python", "script": script})).ok()
    assert sorted((row["id"], row["twice"]) for row in lake.rows()) == [(1, 2), (2, 4)]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("x = 1\nraise ValueError('no good')", "transformations[0].config.script: line 2: ValueError: no good"),
        ("df = 7", "transformations[0].config.script: must leave a DataFrame in df; it left int"),
        ("df = (", "transformations[0].config.script: line 1: '(' was never closed"),
    ],
)
def test_python_that_fails_names_its_line(script: str, message: str, run: Run, lake: Lake, frame: Frame) -> None:
    failed = run(spec(frame([(1,)], "id int"), lake, {"type": "python", "script": script}))
    assert failed.result["message"] == message


@pytest.mark.parametrize(
    ("step", "start"),
    [
        ({"type": "filter", "condition": "nope > 1"}, "transformations[1].config.condition: [UNRESOLVED_COLUMN"),
        ({"type": "filter", "condition": "id >"}, "transformations[1].config.condition: [PARSE_SYNTAX_ERROR"),
        ({"type": "sql", "query": "SELECT x FROM input"}, "transformations[1].config.query: [UNRESOLVED_COLUMN"),
        (
            {"type": "aggregate", "aggregates": {"n": "summ(id)"}},
            "transformations[1].config.aggregates.n: [UNRESOLVED_ROUTINE",
        ),
        (
            {"type": "clean", "removeNulls": True, "columns": ["x"]},
            "transformations[1].config.columns: no column x; there are id",
        ),
        (
            {"type": "enrich", "lookupTable": "t", "joinKey": "k"},
            "transformations[1].config.joinKey: no column k; there are id",
        ),
    ],
)
def test_error_names_step_and_field(step: dict[str, Any], start: str, run: Run, lake: Lake, frame: Frame) -> None:
    failed = run(spec(frame([(1,)], "id int"), lake, {"type": "filter", "condition": "true"}, dict(step)))
    assert failed.code == 2
    assert failed.result["message"].startswith(start)
    assert failed.result["state"] == "Failed"
