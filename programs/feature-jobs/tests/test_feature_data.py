"""The folders of the values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

import feature_data
from conftest import Json, Store

NOW = datetime(2024, 3, 10, 12, tzinfo=timezone.utc)


def test_nothing_is_stored_where_there_is_no_folder(job: Json, view: Json) -> None:
    assert feature_data.dataset_of(job, view) is None
    assert feature_data.stored_in(job, view) == {"bytes": 0, "partitions": 0, "newest": None}


def test_bytes_and_partitions_are_those_of_the_values(job: Json, view: Json, store: Store, tmp_path: Path) -> None:
    store([("a", 1.0)], NOW - timedelta(days=2))
    store([("b", 2.0)], NOW)
    store([("c", 3.0)], NOW + timedelta(seconds=1))
    folder = tmp_path / "values" / "purchase_frequency"
    size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
    (folder / "_delta_log").mkdir()
    (folder / "_delta_log" / "0.json").write_text("{}")
    (folder / "_SUCCESS").touch()
    stored = feature_data.stored_in(job, view)
    assert (stored["bytes"], stored["partitions"]) == (size, 2)
    assert abs((datetime.now(timezone.utc) - stored["newest"]).total_seconds()) < 600


def test_rows_computed_after_a_moment_are_found_without_the_folders_before(job: Json, view: Json, store: Store) -> None:
    store([("a", 1.0)], NOW - timedelta(days=2))
    store([("b", 2.0)], NOW)
    dataset = feature_data.dataset_of(job, view)
    assert dataset is not None
    assert feature_data.created_after(dataset, None) is None
    newer = feature_data.created_after(dataset, NOW - timedelta(hours=1))
    assert dataset.to_table(filter=newer)["entity_id"].to_pylist() == ["b"]
    assert dataset.to_table(filter=feature_data.created_after(dataset, NOW)).num_rows == 0


def test_what_is_appended_is_read_back(job: Json, view: Json) -> None:
    table = pyarrow.table({"entity_id": ["a"], "purchase_frequency": [1.5]})
    before = datetime.now(timezone.utc)
    assert feature_data.append(job, view, table) >= before
    dataset = feature_data.dataset_of(job, view)
    assert dataset is not None
    (row,) = dataset.to_table().to_pylist()
    assert (row["entity_id"], row["run_date"]) == ("a", f"{row['created_timestamp']:%Y-%m-%d}")


def test_rows_that_cannot_be_read_back_are_told(job: Json, view: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pyarrow.table({"entity_id": ["a", "b"], "purchase_frequency": [1.5, 2.5]})
    write = pyarrow.parquet.write_table
    monkeypatch.setattr(
        pyarrow.parquet, "write_table", lambda rows, *args, **given: write(rows.slice(1), *args, **given)
    )
    with pytest.raises(ValueError, match="2 rows were written and 1 can be read"):
        feature_data.append(job, view, table)
    monkeypatch.undo()
    # several appends on one day, each by its own time
    feature_data.append(job, view, table)
    feature_data.append(job, view, table)


@pytest.mark.parametrize("moment", [datetime(2024, 1, 1), datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))])
def test_a_time_is_one_of_utc(moment: datetime) -> None:
    assert feature_data.as_utc(moment) == datetime(2024, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("url", ["/data/values/", "file:///data/values"])
def test_a_path_is_one_of_this_machine(url: str) -> None:
    assert feature_data.filesystem_of(url)[1] == "/data/values"
