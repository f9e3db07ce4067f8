from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdb.learning import Classification, Regression, load, train

SMALL = st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 2))


@given(
    st.lists(SMALL, min_size=4, max_size=4),
    st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=8, max_size=20, unique=True),
)
def test_regression_finds_the_line_through_the_rows(
    weights: list[float], points: list[tuple[float, float, float]]
) -> None:
    rows = [[*point, weights[0] + sum(w * x for w, x in zip(weights[1:], point, strict=True))] for point in points]
    try:
        model = train("regression", rows)
    except ValueError:
        # the points are all in one plane
        return
    # where they nearly are, it still says what the rows say
    assert model.quality(rows)["rmse"] < 0.1


def test_regression_predicts_what_it_has_not_seen() -> None:
    model = train("regression", [[x, 2 * x + 1] for x in range(4)])
    assert model.predict([[10], [0.5]]) == pytest.approx([21, 2])


def test_classification_tells_classes_apart_by_words() -> None:
    rows = [
        ["how many orders", "count"],
        ["how many users", "count"],
        ["total of amounts", "sum"],
        ["sum it up", "sum"],
    ]
    model = train("classification", rows)
    assert model.predict(["how many cats", "the total", "sum of sums"]) == ["count", "sum", "sum"]
    assert model.quality(rows) == {"accuracy": 1.0}


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("regression", []),
        ("regression", [[1, 2]]),
        ("regression", [[1], [2]]),
        ("regression", [[1, 2], [1, 2, 3]]),
        ("regression", [["a", 2], ["b", 3]]),
        ("regression", [[1, float("nan")], [2, 3]]),
        ("regression", [[1, 2]] * 3000),
        ("regression", [[1] * 40] * 3),
        ("classification", [["a", "b", "c"], ["a", "b", "c"]]),
        ("classification", [["text", 1], ["text", 2]]),
        ("forest", [[1, 2], [2, 3]]),
    ],
)
def test_rows_that_teach_nothing_are_refused(kind: str, rows: list[list[Any]]) -> None:
    with pytest.raises(ValueError):
        train(kind, rows)


@pytest.mark.parametrize("inputs", [[[1, 2]], [["a"]], [1], [None], [[]]])
def test_inputs_that_fit_no_regression_are_refused(inputs: list[Any]) -> None:
    with pytest.raises(ValueError):
        Regression([1.0, 2.0]).predict(inputs)


def test_a_model_comes_back_from_its_artifact() -> None:
    regression = train("regression", [[x, 3 * x] for x in range(4)])
    assert load(regression.to_json()).predict([[7]]) == regression.predict([[7]])
    classification = train("classification", [["good day", "day"], ["good night", "night"]])
    assert load(classification.to_json()).predict(["night"]) == ["night"]
    assert isinstance(load(classification.to_json()), Classification)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"kind":"pickle"}', b'{"kind":"regression","weights":["a"]}', b"\x80\x04."]
)
def test_what_is_no_model_is_not_loaded(data: bytes) -> None:
    with pytest.raises(ValueError):
        load(data)
