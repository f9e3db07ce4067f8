"""What the programs of a feature store share: its job file and the folders of its values."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet

CREATED = "created_timestamp"
# Arrow goes on for a quarter of an hour
PATIENCE = timedelta(seconds=60)


def read_job(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        job: dict[str, Any] = json.load(file)
    return job


def filesystem_of(url: str, endpoint: str | None = None) -> tuple[pyarrow.fs.FileSystem, str]:
    """The file system of a URL, and the path in it. Credentials come from the environment."""
    if url.startswith(("s3://", "s3a://")):
        options = {"endpoint_override": endpoint, "scheme": endpoint.split("://")[0]} if endpoint else {}
        return pyarrow.fs.S3FileSystem(**options), url.split("://", 1)[1].rstrip("/")
    if url.startswith("gs://"):
        return pyarrow.fs.GcsFileSystem(retry_time_limit=PATIENCE), url[len("gs://") :].rstrip("/")
    return pyarrow.fs.LocalFileSystem(), url.removeprefix("file://").rstrip("/")


def dataset_of(job: dict[str, Any], view: dict[str, Any]) -> pyarrow.dataset.Dataset | None:
    """The stored rows of a view, or None where nothing was stored yet."""
    if job["format"] == "delta":
        from deltalake import DeltaTable
        from deltalake.exceptions import TableNotFoundError

        try:
            return DeltaTable(
                view["folder"].replace("s3a://", "s3://"),
                storage_options={"AWS_ENDPOINT_URL": job["s3Endpoint"]} if job.get("s3Endpoint") else None,
            ).to_pyarrow_dataset()
        except TableNotFoundError:
            return None
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    if filesystem.get_file_info(path).type == pyarrow.fs.FileType.NotFound:
        return None
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("run_date", pyarrow.string())]), flavor="hive")
    dataset = pyarrow.dataset.dataset(path, filesystem=filesystem, format="parquet", partitioning=partitioning)
    return dataset if dataset.files else None


def stored_in(job: dict[str, Any], view: dict[str, Any]) -> dict[str, Any]:
    """Bytes and folders of the files of a view, and when the newest was written. Nothing is read."""
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    files = [
        each
        for each in filesystem.get_file_info(pyarrow.fs.FileSelector(path, recursive=True, allow_not_found=True))
        # without the log of Delta Lake and the marks of Spark
        if each.is_file and not any(part[:1] in ("_", ".") for part in each.path[len(path) :].split("/") if part)
    ]
    return {
        "bytes": sum(each.size for each in files),
        "partitions": len({each.path.rsplit("/", 1)[0] for each in files}),
        "newest": max((as_utc(each.mtime) for each in files), default=None),
    }


def created_after(dataset: pyarrow.dataset.Dataset, moment: datetime | None) -> pyarrow.dataset.Expression | None:
    """A filter for rows computed after a moment, which leaves out the folders of earlier days."""
    if moment is None:
        return None
    column = dataset.schema.field(CREATED).type
    newer = pyarrow.dataset.field(CREATED) > pyarrow.scalar(
        moment if column.tz else moment.replace(tzinfo=None), type=column
    )
    if "run_date" not in dataset.schema.names:
        return newer
    return newer & (pyarrow.dataset.field("run_date") >= moment.strftime("%Y-%m-%d"))


def as_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def append(job: dict[str, Any], view: dict[str, Any], table: pyarrow.Table) -> datetime:
    """Appends rows to the folder of a view."""
    now = datetime.now(timezone.utc)
    columns = table.append_column(CREATED, pyarrow.array([now] * len(table), pyarrow.timestamp("us", tz="UTC")))
    if job["format"] == "delta":
        from deltalake import write_deltalake

        write_deltalake(
            view["folder"].replace("s3a://", "s3://"),
            columns,
            mode="append",
            storage_options={"AWS_ENDPOINT_URL": job["s3Endpoint"]} if job.get("s3Endpoint") else None,
        )
        require_readable(dataset_of(job, view), now, len(table))
        return now
    filesystem, path = filesystem_of(view["folder"], job.get("s3Endpoint"))
    folder = f"{path}/run_date={now:%Y-%m-%d}"
    filesystem.create_dir(folder, recursive=True)
    pyarrow.parquet.write_table(
        columns, f"{folder}/part-{now:%Y%m%dT%H%M%S%f}.parquet", filesystem=filesystem, coerce_timestamps="us"
    )
    # the folder of the day is enough: a stream appends every few seconds
    require_readable(pyarrow.dataset.dataset(folder, filesystem=filesystem, format="parquet"), now, len(table))
    return now


def require_readable(dataset: pyarrow.dataset.Dataset | None, now: datetime, written: int) -> None:
    """Fails where a reader does not find all rows that were appended, which are known by their time."""
    if written == 0:
        return
    readable = 0
    if dataset is not None:
        kind = dataset.schema.field(CREATED).type
        own = pyarrow.scalar(now if kind.tz else now.replace(tzinfo=None), type=kind)
        readable = dataset.count_rows(filter=pyarrow.dataset.field(CREATED) == own)
    if readable != written:
        raise ValueError(f"{written} rows were written and {readable} can be read")
