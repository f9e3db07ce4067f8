"""
Exposes what is known of the values of a feature store, on port 8000:

- feature_last_update_timestamp_seconds: time of the newest value.
- feature_max_age_seconds: age from which a value is stale.
- feature_coverage_ratio: share of the entities of the store that have a value which is neither null nor stale.
- feature_drift_psi: population stability index of the values computed on the last day against those of the days before.
- feature_metrics_failures_total: views that could not be read.

Each has the label `feature`; the store is a label of the pod. What was read once is kept, so each round reads what is new.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from last_word import heed_stop
from redaction import guard, print_error

# the libraries take seconds to load, in which the first process of a container would not notice a signal
# ruff: noqa: E402
if __name__ == "__main__":
    heed_stop("", 0)

import numpy
import pandas
import pyarrow.dataset
from feast import FeatureStore
from prometheus_client import Counter, Gauge, start_http_server

from feature_data import CREATED, as_utc, dataset_of, read_job
from materialize import latest_rows

BINS = 10
DAYS = 7
# keeps an empty bin from making the index infinite
SMALLEST = 1e-4
NUMBERS = {"float", "double", "int", "int32", "int64"}

LAST_UPDATE = Gauge("feature_last_update_timestamp_seconds", "Time of the newest value.", ["feature"])
MAX_AGE = Gauge("feature_max_age_seconds", "Age from which a value is stale.", ["feature"])
COVERAGE = Gauge("feature_coverage_ratio", "Share of the entities that have a value.", ["feature"])
DRIFT = Gauge("feature_drift_psi", "Population stability index against the days before.", ["feature"])
FAILURES = Counter("feature_metrics_failures", "Views that could not be read.", ["feature_view"])


def population_stability_index(reference: Any, current: Any, numeric: bool) -> float:
    """Sum of (current - reference) * ln(current / reference) over ten bins of equal size, or over the values of a category."""
    if numeric:
        reference, current = numpy.asarray(reference, float), numpy.asarray(current, float)
        edges = numpy.unique(numpy.quantile(reference, numpy.linspace(0, 1, BINS + 1)[1:-1]))
        if reference.min() == reference.max():
            # of what was constant: what is less, what is equal, what is more
            edges = numpy.array([edges[0], numpy.nextafter(edges[0], numpy.inf)])
        before = numpy.bincount(numpy.searchsorted(edges, reference, side="right"), minlength=len(edges) + 1)
        after = numpy.bincount(numpy.searchsorted(edges, current, side="right"), minlength=len(edges) + 1)
    else:
        counts = pandas.Series(reference).astype(str).value_counts()
        recent = pandas.Series(current).astype(str).value_counts()
        values = counts.index.union(recent.index)
        before, after = counts.reindex(values, fill_value=0).to_numpy(), recent.reindex(values, fill_value=0).to_numpy()
    before = numpy.maximum(before / before.sum(), SMALLEST)
    after = numpy.maximum(after / after.sum(), SMALLEST)
    return float(((after - before) * numpy.log(after / before)).sum())


class Watched:
    """The latest rows of a view, which grow round by round."""

    def __init__(self, view: dict[str, Any]) -> None:
        self.view = view
        self.latest: pandas.DataFrame | None = None
        self.since: datetime | None = None

    def read(self, job: dict[str, Any]) -> None:
        dataset = dataset_of(job, self.view)
        if dataset is None:
            return
        rows, last = latest_rows(dataset, self.view, self.since)
        if rows is None:
            return
        key, field = self.view["joinKey"], self.view["timestampField"]
        everything = rows if self.latest is None else pandas.concat([self.latest, rows], ignore_index=True)
        self.latest = everything.sort_values([field, CREATED], kind="stable").drop_duplicates(key, keep="last")
        self.since = last

    def fresh(self, latest: pandas.DataFrame, feature: dict[str, Any], now: datetime) -> pandas.Series:
        """Entities that have a value which is neither null nor stale."""
        rows = latest[latest[feature["name"]].notna()]
        age = self.view.get("maxAgeSeconds")
        if age:
            rows = rows[pandas.to_datetime(rows[self.view["timestampField"]], utc=True) >= now - timedelta(seconds=age)]
        return rows[self.view["joinKey"]]


def drift_of(job: dict[str, Any], view: dict[str, Any], feature: dict[str, Any], now: datetime) -> float | None:
    """The index of a feature, or None while there is nothing to compare with."""
    dataset = dataset_of(job, view)
    if dataset is None or "run_date" not in dataset.schema.names:
        return None
    first = (now - timedelta(days=DAYS)).strftime("%Y-%m-%d")
    table = dataset.to_table(columns=[feature["name"], "run_date"], filter=pyarrow.dataset.field("run_date") >= first)
    frame = table.to_pandas().dropna(subset=[feature["name"]])
    if frame.empty:
        return None
    last = frame["run_date"].max()
    reference = frame.loc[frame["run_date"] != last, feature["name"]]
    current = frame.loc[frame["run_date"] == last, feature["name"]]
    if reference.empty or current.empty:
        return None
    return population_stability_index(reference, current, feature["type"] in NUMBERS)


def observe(job: dict[str, Any], watched: list[Watched], now: datetime) -> None:
    """One round."""
    for each in watched:
        try:
            each.read(job)
        except Exception as error:  # the others are watched all the same
            print_error(error)
            FAILURES.labels(each.view["name"]).inc()
    entities: dict[str, set[Any]] = {}
    for each in watched:
        if each.latest is not None:
            entities.setdefault(each.view["entity"], set()).update(each.latest[each.view["joinKey"]])
    for each in watched:
        for feature in each.view["features"]:
            name = feature["name"]
            if each.view.get("maxAgeSeconds"):
                MAX_AGE.labels(name).set(each.view["maxAgeSeconds"])
            if each.latest is None:
                continue
            known = each.latest[each.latest[name].notna()]
            if not known.empty:
                newest = pandas.to_datetime(known[each.view["timestampField"]], utc=True).max()
                LAST_UPDATE.labels(name).set(newest.timestamp())
            if "feature_coverage" in job["metrics"]:
                COVERAGE.labels(name).set(
                    each.fresh(each.latest, feature, now).nunique() / len(entities[each.view["entity"]])
                )
            if "feature_drift" in job["metrics"] and not feature["type"].endswith("-list"):
                index = drift_of(job, each.view, feature, now)
                if index is not None:
                    DRIFT.labels(name).set(index)


def observe_registry(job: dict[str, Any], store: FeatureStore) -> None:
    """Values in a database: the registry knows when they were brought into the online store."""
    store.refresh_registry()
    for view in job["views"]:
        intervals = store.get_feature_view(view["name"]).materialization_intervals
        for feature in view["features"]:
            if view.get("maxAgeSeconds"):
                MAX_AGE.labels(feature["name"]).set(view["maxAgeSeconds"])
            if intervals:
                LAST_UPDATE.labels(feature["name"]).set(as_utc(intervals[-1][1]).timestamp())


def main() -> None:
    job = read_job(sys.argv[1])
    start_http_server(8000)
    watched = [Watched(view) for view in job["views"] if view.get("folder")]
    store = None if watched else FeatureStore(repo_path=job["repository"])
    while True:
        try:
            if store is None:
                observe(job, watched, datetime.now(timezone.utc))
            else:
                observe_registry(job, store)
        except Exception as error:
            print_error(error)
            FAILURES.labels("").inc()
        time.sleep(job["intervalSeconds"])


if __name__ == "__main__":
    guard()
    main()
