"""Which rows go to the online store."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from conftest import Json, Store
from feature_data import dataset_of
from materialize import latest_rows, online_figures

NOW = datetime(2024, 3, 10, 12, tzinfo=timezone.utc)


def test_the_latest_row_of_each_entity_by_the_time_of_the_event(job: Json, view: Json, store: Store) -> None:
    store([("a", 1.0), ("b", 2.0)], NOW - timedelta(days=1))
    store([("a", 3.0)], NOW, dated=NOW - timedelta(days=3))
    store([("b", 4.0)], NOW + timedelta(hours=1))
    latest, last = latest_rows(dataset_of(job, view), view, None)
    assert dict(zip(latest["entity_id"], latest["purchase_frequency"], strict=True)) == {"a": 1.0, "b": 4.0}
    assert last == NOW + timedelta(hours=1)


def test_rows_that_are_dated_early_and_computed_late_are_new(job: Json, view: Json, store: Store) -> None:
    store([("a", 1.0)], NOW - timedelta(days=1))
    store([("b", 2.0)], NOW, dated=NOW - timedelta(days=3))
    latest, last = latest_rows(dataset_of(job, view), view, NOW - timedelta(hours=1))
    assert list(latest["entity_id"]) == ["b"]
    assert last == NOW
    assert latest_rows(dataset_of(job, view), view, NOW) == (None, None)


def test_the_online_store_has_each_entity_once_unless_its_values_have_expired(
    job: Json, view: Json, store: Store
) -> None:
    store([("a", 1.0), ("b", 2.0)], NOW - timedelta(days=3))
    store([("b", 3.0), ("c", 4.0)], NOW)
    stores = {**job, "views": [view], "streams": []}
    everything = online_figures(stores, NOW)
    assert everything["keys"] == 3
    assert everything["bytes"] > 0
    # another view of the same entity adds values, no keys
    twice = online_figures({**stores, "streams": [{**view, "name": "other"}]}, NOW)
    assert twice["keys"] == 3
    assert twice["bytes"] > everything["bytes"]
    assert online_figures({**stores, "onlineTtlSeconds": 86_400}, NOW)["keys"] == 2
    assert online_figures({**stores, "views": []}, NOW) == {"keys": 0, "bytes": 0}
