"""
Brings new values from the offline store into the online store.

Files: what was computed since the last time is read from the folder of each view, and the latest value of each entity goes
to the online store. `feast materialize-incremental` goes by the time of the event and so never brings what is computed late;
this goes by the time of the computation. The registry gets the interval, as Feast would write it.

Databases: Feast's own materialization, from the end of the last interval less the overlap.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Any

from last_word import heed_stop, message_of, tell
from redaction import guard, print_error

# the libraries take seconds to load, in which the first process of a container would not notice a signal
# ruff: noqa: E402
if __name__ == "__main__":
    heed_stop("it was told to stop before it had ended")

import pyarrow
import pyarrow.compute as compute
import pyarrow.dataset
from feast import FeatureStore

from feature_data import CREATED, as_utc, created_after, dataset_of, read_job, stored_in


def latest_rows(
    dataset: pyarrow.dataset.Dataset, view: dict[str, Any], since: datetime | None
) -> tuple[Any, datetime | None]:
    """The latest row of each entity among those computed after a moment, and the moment of the last computation."""
    columns = [view["joinKey"], *[feature["name"] for feature in view["features"]], view["timestampField"], CREATED]
    latest: Any = None
    last: datetime | None = None
    for batch in dataset.to_batches(columns=columns, filter=created_after(dataset, since)):
        if batch.num_rows == 0:
            continue
        rows = pyarrow.Table.from_batches([batch])
        newest = compute.max(rows[CREATED]).as_py()
        last = newest if last is None else max(last, newest)
        # one batch at a time, so memory holds the entities and not their history
        frame = rows.to_pandas()
        if latest is not None:
            frame = concat([latest, frame])
        latest = frame.sort_values([view["timestampField"], CREATED], kind="stable").drop_duplicates(
            view["joinKey"], keep="last"
        )
    return latest, None if last is None else as_utc(last)


def concat(frames: list[Any]) -> Any:
    import pandas

    return pandas.concat(frames, ignore_index=True)


def materialize_files(store: FeatureStore, job: dict[str, Any], view: dict[str, Any]) -> int:
    feature_view = store.get_feature_view(view["name"])
    intervals = feature_view.materialization_intervals
    since = as_utc(intervals[-1][1]) if intervals else None
    dataset = dataset_of(job, view)
    if dataset is None:
        return 0
    latest, last = latest_rows(dataset, view, since)
    if latest is None or last is None:
        return 0
    store.write_to_online_store(view["name"], latest, allow_registry_cache=False)
    start = since or as_utc(latest[view["timestampField"]].min().to_pydatetime())
    store.registry.apply_materialization(feature_view, store.project, min(start, last), last)
    return len(latest)


def materialize_database(store: FeatureStore, job: dict[str, Any], view: dict[str, Any]) -> None:
    now = datetime.now(timezone.utc)
    intervals = store.get_feature_view(view["name"]).materialization_intervals
    overlap = timedelta(seconds=job["overlapSeconds"])
    start = as_utc(intervals[-1][1]) - overlap if intervals else now - timedelta(seconds=job["firstSeconds"])
    store.materialize(start, now, [view["name"]])


def online_figures(job: dict[str, Any], now: datetime) -> dict[str, int]:
    """
    How many entities the online store has values of, and about how many bytes: the entities of the offline store, less those whose values
    have expired, times the size of a row. Nothing is asked of the online store, which may be shared and large.
    """
    lifetime = job.get("onlineTtlSeconds") or 0
    since = now - timedelta(seconds=lifetime) if lifetime else None
    entities: dict[str, Any] = {}
    size = 0.0
    for view in [*job["views"], *job["streams"]]:
        dataset = dataset_of(job, view) if view.get("folder") else None
        if dataset is None:
            continue
        known, width = keys_of(dataset, view, since)
        size += width * len(known)
        # features of one entity are kept under one key
        before = entities.get(view["joinKey"])
        entities[view["joinKey"]] = known if before is None else compute.unique(pyarrow.concat_arrays([before, known]))
    return {"keys": sum(len(keys) for keys in entities.values()), "bytes": round(size)}


def keys_of(dataset: pyarrow.dataset.Dataset, view: dict[str, Any], since: datetime | None) -> tuple[Any, float]:
    """The entities of a view as texts, and the mean size of a row of its first batch."""
    features = [feature["name"] for feature in view["features"]]
    rows = dataset.head(1000, columns=[view["joinKey"], *features])
    width = rows.nbytes / rows.num_rows if rows.num_rows else 0.0
    keys = pyarrow.array([], pyarrow.string())
    for batch in dataset.to_batches(columns=[view["joinKey"]], filter=created_after(dataset, since)):
        here = compute.cast(batch.column(0), pyarrow.string())
        keys = compute.unique(pyarrow.concat_arrays([keys, compute.unique(here)]))
    return keys, width


def figures(
    store: FeatureStore, job: dict[str, Any]
) -> tuple[dict[str, int], dict[str, int] | None, dict[str, int] | None]:
    """The time of the newest value of each view, in seconds since 1970, and what the stores hold."""
    updated: dict[str, int] = {}
    size, partitions = 0, 0
    for view in [*job["views"], *job["streams"]]:
        try:
            if view.get("folder"):
                stored = stored_in(job, view)
                size += stored["bytes"]
                partitions += stored["partitions"]
                newest = stored["newest"]
            else:
                intervals = store.get_feature_view(view["name"]).materialization_intervals
                newest = as_utc(intervals[-1][1]) if intervals else None
            if newest is not None:
                updated[view["name"]] = int(newest.timestamp())
        except Exception as error:  # what is not known is not said
            print_error(error)
    files = any(view.get("folder") for view in job["views"])
    if not files:
        return updated, None, None
    try:
        online = online_figures(job, datetime.now(timezone.utc))
    except Exception as error:
        print_error(error)
        return updated, {"bytes": size, "partitions": partitions}, None
    return updated, {"bytes": size, "partitions": partitions}, online


def main() -> None:
    job = read_job(sys.argv[1])
    store = FeatureStore(repo_path=job["repository"])
    failed: dict[str, Exception] = {}
    for view in job["views"]:
        try:
            if view.get("folder"):
                print(f"materialized {view['name']}: {materialize_files(store, job, view)} entities", flush=True)
            else:
                materialize_database(store, job, view)
                print(f"materialized {view['name']}", flush=True)
        except Exception as error:  # the others are materialized all the same
            print_error(error)
            failed[view["name"]] = error
    tell(message_of(failed, *figures(store, job)))
    if failed:
        sys.exit(f"not materialized: {', '.join(failed)}")


if __name__ == "__main__":
    guard()
    main()
