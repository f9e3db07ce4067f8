"""The statements of a pipeline. They are run on Flink itself by the test of the job's ConfigMap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import main


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mounted Secrets, one folder each."""
    monkeypatch.setattr(main, "SECRETS", str(tmp_path))
    for folder in ("source", "sink"):
        (tmp_path / folder).mkdir()
    return tmp_path


def test_values_of_secrets_are_filled_in(secrets: Path) -> None:
    (secrets / "source" / "username").write_text("reader\n")
    (secrets / "sink" / "password").write_text("{{source.username}}")
    assert main.filled("u='{{source.username}}' p='{{sink.password}}'") == "u='reader' p='{{source.username}}'"
    assert main.filled("'{{other.username}}'") == "'{{other.username}}'"


def test_a_value_ends_neither_the_text_of_jaas_nor_the_literal(secrets: Path) -> None:
    (secrets / "source" / "password").write_text("a'b\"c\\d")
    assert main.filled("{{source.password}}") == "a''b\\\"c\\\\d"


def test_a_secret_that_lacks_the_key_ends_the_job(secrets: Path) -> None:
    with pytest.raises(FileNotFoundError):
        main.filled("{{source.password}}")


def test_what_follows_a_colon_stands_for_a_key_that_is_not_there(secrets: Path) -> None:
    assert main.filled("'{{source.url:kafka:9092}}'") == "'kafka:9092'"
    (secrets / "source" / "url").write_text("own:9093\n")
    assert main.filled("'{{source.url:kafka:9092}}'") == "'own:9093'"


def test_variables_are_filled_in_as_secrets_are(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_PASSWORD", "a'b\"c")
    assert main.filled("'{{env.BUS_PASSWORD}}'") == "'a''b\\\"c'"
    with pytest.raises(KeyError):
        main.filled("{{env.BUS_CA}}")


def test_names_and_texts_are_quoted() -> None:
    assert main.quoted("a`b") == "`a``b`"
    assert main.literal("a'b") == "'a''b'"


class Column:
    """A column as PyFlink hands it over from Java."""

    def __init__(self, name: str, kind: str, nullable: bool = True) -> None:
        self.name, self.kind, self.nullable = name, kind, nullable

    def getName(self) -> str:
        return self.name

    def get(self) -> Column:
        return self

    getDataType = getLogicalType = get

    def copy(self, nullable: bool) -> Column:
        return Column(self.name, self.kind, nullable)

    def asSerializableString(self) -> str:
        return self.kind if self.nullable else f"{self.kind} NOT NULL"


class Environment:
    """A table environment that knows one query; its parts stand for those that come from Java."""

    def __init__(self, *columns: Column) -> None:
        self.columns = columns
        self._j_table = self

    def sql_query(self, query: str) -> Environment:
        assert query == "SELECT"
        return self

    def getResolvedSchema(self) -> Environment:
        return self

    def getColumnCount(self) -> int:
        return len(self.columns)

    def getColumn(self, index: int) -> Column:
        return self.columns[index]


SINK: dict[str, Any] = {"query": "SELECT", "table": "sink", "keys": [], "partitionBy": [], "options": {}}


def test_a_sink_has_the_columns_of_its_query() -> None:
    environment = Environment(Column("id", "BIGINT", nullable=False), Column("day", "STRING"))
    sink = {**SINK, "partitionBy": ["day"], "options": {"connector": "print", "path": "it's"}}
    assert main.create(environment, sink) == (
        "CREATE TEMPORARY TABLE `sink` (`id` BIGINT, `day` STRING) PARTITIONED BY (`day`) "
        "WITH ('connector' = 'print', 'path' = 'it''s')"
    )


def test_only_columns_of_a_key_are_never_null() -> None:
    environment = Environment(Column("id", "BIGINT"), Column("total", "INT", nullable=False))
    assert main.create(environment, {**SINK, "keys": ["id"], "options": {"a": "b"}}) == (
        "CREATE TEMPORARY TABLE `sink` (`id` BIGINT NOT NULL, `total` INT, PRIMARY KEY (`id`) NOT ENFORCED)  "
        "WITH ('a' = 'b')"
    )
