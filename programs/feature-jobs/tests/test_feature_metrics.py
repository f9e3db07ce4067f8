"""What is known of the values of a store."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from conftest import Json, Store
from feature_metrics import drift_of, population_stability_index

NOW = datetime(2024, 3, 10, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("reference", "current", "numeric", "index"),
    [
        (
            ["x"] * 50 + ["y"] * 50,
            ["x"] * 90 + ["y"] * 10,
            False,
            0.4 * math.log(0.9 / 0.5) - 0.4 * math.log(0.1 / 0.5),
        ),
        (list(range(1000)), list(range(1000)), True, 0),
        # five bins hold 20 % instead of 10 %, five hold nothing
        (
            list(range(1000)),
            list(range(500)),
            True,
            5 * 0.1 * math.log(2) + 5 * (0.0001 - 0.1) * math.log(0.0001 / 0.1),
        ),
        ([0] * 10, [1] * 10, True, 2 * (1 - 0.0001) * math.log(1 / 0.0001)),
    ],
    ids=["category", "same", "half", "moved"],
)
def test_the_population_stability_index_is_the_one_that_its_formula_gives(
    reference: list[Any], current: list[Any], numeric: bool, index: float
) -> None:
    assert population_stability_index(reference, current, numeric) == pytest.approx(index, abs=1e-6)


def test_drift_is_that_of_the_last_day_and_unknown_on_the_first(job: Json, view: Json, store: Store) -> None:
    (feature,) = view["features"]
    assert drift_of(job, view, feature, NOW) is None
    store([("a", 1.0), ("b", 2.0)], NOW - timedelta(days=1))
    assert drift_of(job, view, feature, NOW) is None
    store([("a", 100.0), ("b", 200.0)], NOW)
    drift = drift_of(job, view, feature, NOW)
    assert drift is not None
    assert drift > 0.2
