from __future__ import annotations

from typing import Any

import pytest

from chatdb.connections import MySql, mongo_stages
from chatdb.errors import Unavailable
from chatdb.plans import Condition, Plan
from chatdb.settings import Settings
from conftest import POSTGRES

OPEN = (Condition("status", "open"),)


@pytest.mark.parametrize(
    ("plan", "stages"),
    [
        (Plan("count", "orders"), [{"$count": "answer"}]),
        (
            Plan("count", "orders", None, OPEN),
            [
                {"$match": {"$expr": {"$and": [{"$eq": [{"$toString": "$status"}, {"$literal": "open"}]}]}}},
                {"$count": "answer"},
            ],
        ),
        (
            Plan("average", "orders", "amount"),
            [{"$group": {"_id": None, "answer": {"$avg": "$amount"}}}, {"$project": {"_id": 0}}],
        ),
        (Plan("list", "orders"), [{"$limit": 100}, {"$project": {"_id": 0}}]),
    ],
)
def test_a_plan_is_a_pipeline_of_mongodb(plan: Plan, stages: list[dict[str, Any]]) -> None:
    assert mongo_stages(plan) == stages


@pytest.mark.parametrize(
    ("plan", "statement", "values"),
    [
        (Plan("count", "orders"), "select count(*) as answer from `orders` limit 100", []),
        (Plan("sum", "orders", "amount"), "select sum(`amount`) as answer from `orders` limit 100", []),
        (
            Plan("list", "orders", None, OPEN),
            "select * from `orders` where cast(`status` as char) = %s limit 100",
            ["open"],
        ),
    ],
)
def test_a_plan_is_a_statement_of_mysql(
    plan: Plan, statement: str, values: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(MySql, "_query", lambda _self, *given: asked.extend(given))
    MySql(Settings(POSTGRES), "postgres").run(plan)
    assert asked == [statement, values]


def test_a_mysql_that_is_away_is_unavailable_each_time() -> None:
    database = MySql(Settings(POSTGRES), "postgres")
    # more often than there are connections: none is lost by a failure
    for _ in range(6):
        with pytest.raises(Unavailable, match=r"does not answer \(OperationalError\)"):
            database.check()
