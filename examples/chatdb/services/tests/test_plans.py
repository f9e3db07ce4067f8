from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdb.plans import Plan, plan_of


@pytest.mark.parametrize(
    ("question", "operation", "table", "column", "where"),
    [
        ("How many orders are there?", "count", "orders", None, {}),
        ("how many orders are there where status is open", "count", "orders", None, {"status": "open"}),
        ("What is the number of the orders?", "count", "orders", None, {}),
        ("What is the total amount of orders?", "sum", "orders", "amount", {}),
        ("average of the amount in the orders", "average", "orders", "amount", {}),
        (
            "largest amount in orders with status = 'paid' and id equals 7",
            "maximum",
            "orders",
            "amount",
            {"status": "paid", "id": "7"},
        ),
        ("lowest amount from orders!", "minimum", "orders", "amount", {}),
        ("show me all the orders", "list", "orders", None, {}),
        ("how many   orders\n whose city is New York?", "count", "orders", None, {"city": "new york"}),
    ],
)
def test_a_question_becomes_a_plan(
    question: str, operation: str, table: str, column: str | None, where: dict[str, str]
) -> None:
    plan = plan_of(question)
    assert (plan.operation, plan.table, plan.column) == (operation, table, column)
    assert {one.column: one.equals for one in plan.where} == where


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("why?", "nothing that is known"),
        ("", "nothing that is known"),
        ("how many", "names no table"),
        ("total", "names no table"),
        ("total of orders", "sum needs a column"),
        ("how many orders where they like it", "conditions are"),
    ],
)
def test_what_is_not_understood_is_said(question: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        plan_of(question)


def test_a_model_is_asked_where_no_word_tells() -> None:
    asked: list[str] = []

    def classify(question: str) -> str | None:
        asked.append(question)
        return "count"

    assert plan_of("what is the headcount in orders?", classify) == Plan("count", "orders")
    assert plan_of("how many orders?", classify) == Plan("count", "orders")
    assert asked == ["what is the headcount in orders"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"operation": "drop", "table": "orders"},
        {"operation": "count", "table": 'orders"; drop table orders; --'},
        {"operation": "count", "table": "orders`"},
        {"operation": "count", "table": ""},
        {"operation": "count", "table": "orders", "column": "amount"},
        {"operation": "sum", "table": "orders"},
        {"operation": "sum", "table": "orders", "column": "amount)"},
        {"operation": "count", "table": "orders", "where": [{"column": "$where", "equals": "1"}]},
        {"operation": "count", "table": "orders", "where": [{"column": "a"}]},
        {"operation": "count", "table": "orders", "where": "all"},
        {"operation": "count", "table": "orders", "where": [{"column": "a", "equals": "1"}] * 9},
    ],
)
def test_what_is_no_plan_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        Plan.of(value)


@given(st.text(max_size=200))
def test_whatever_is_asked_gives_a_plan_of_names_or_a_reason(question: str) -> None:
    try:
        plan = plan_of(question, lambda _question: "count")
    except ValueError as error:
        assert str(error)
        return
    assert Plan.of(plan.to_json()) == plan
