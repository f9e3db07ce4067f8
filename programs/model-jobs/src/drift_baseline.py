"""Histograms of the data that a model was trained on, for the rules that detect drift.

Reads Parquet, CSV or JSON (a file or a folder of them) and writes one line of JSON of at most 4,096 bytes, the limit of a
container's termination message, so that the operator finds it in the status of the Pod:

    {"format":1,"rows":1000,"features":[["age",[18,40],[12,700,288]]]}

A feature is its name, bounds and counts. A bound belongs to the bucket below it, as in a histogram of Prometheus; the last
count is what is above the last bound. Values that are missing are not counted. Where the features do not fit, every second
bound is left out; what still does not fit is named in "dropped". Where there is no baseline, the line is {"error":"why"}, and the
program ends with 1. Neither has values of the data other than the bounds, nor the location.

Needs numpy and pyarrow; fsspec for stores that Arrow does not know. Data is read in batches: memory does not grow with it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import signal
import sys
import threading
from datetime import timedelta
from itertools import pairwise
from typing import Any, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs

FORMAT = 1
LIMIT = 4096
MOST_FEATURES = 256
MOST_BOUNDS = 64
LONGEST_NAME = 128
# Values per feature that own bounds are taken of; all of them, where there are no more.
SAMPLE = 100_000
SIGNIFICANT_DIGITS = 3
# Arrow asks Google's store for a quarter of an hour.
PATIENCE = timedelta(seconds=60)
EXTENSIONS = {"parquet": "parquet", "pq": "parquet", "csv": "csv", "json": "json", "jsonl": "json", "ndjson": "json"}


# name, bounds, counts
Feature = tuple[str, list[Any], list[int]]


class BaselineError(Exception):
    """Something the user can fix. The text shows nothing of the data."""


def main(arguments: list[str] | None = None) -> int:
    options = parse_arguments(arguments)
    if arguments is None:
        heed_stop(options.output)
    try:
        line = run(options)
        code = 0
    except BaselineError as error:
        line, code = compact({"error": str(error)}), 1
    except Exception as error:  # their texts may quote data and addresses
        line, code = compact({"error": f"{type(error).__name__} while reading the training data"}), 1
    with open(options.output, "w", encoding="utf-8") as file:
        file.write(line)
    if code:
        print(line, file=sys.stderr)
    return code


def heed_stop(output: str) -> None:
    """
    Ends the program when it is told to, which the first process of a container would not notice, and says so. A thread waits for it: a
    handler would have to wait until a library that reads from a store returns.
    """
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells)
    signal.signal(signal.SIGTERM, lambda *_: None)

    def wait() -> None:
        while os.read(told, 1) != bytes([signal.SIGTERM]):
            pass
        with open(output, "w", encoding="utf-8") as file:
            file.write(compact({"error": "it was told to stop before the training data was read"}))
        os._exit(143)

    threading.Thread(target=wait, daemon=True).start()


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write the histograms of training data as JSON.")
    parser.add_argument("location", help="path or URL of a file or folder, such as s3://bucket/training/")
    parser.add_argument("--format", choices=["parquet", "csv", "json"], help="default: as the name of the file says")
    parser.add_argument("--bounds", help='JSON: {"feature": [bounds]}; only these are read. Default: deciles of each')
    parser.add_argument("--features", help="names, separated by commas. Default: every column of numbers")
    parser.add_argument("--buckets", type=int, default=10, help="buckets of a feature without bounds (%(default)s)")
    parser.add_argument("--output", default="/dev/termination-log", help="file that is written (%(default)s)")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> str:
    if not 2 <= options.buckets <= MOST_BOUNDS + 1:
        raise BaselineError(f"--buckets must be between 2 and {MOST_BOUNDS + 1}")
    given = read_bounds(options.bounds)
    data = open_dataset(options.location, options.format)
    names = feature_names(data.schema, given, options.features)
    bounds = own_bounds(data, [name for name in names if name not in given], options.buckets)
    bounds.update((name, given[name]) for name in names if name in given)
    rows, counts = count(data, {name: bounds[name] for name in names if name in bounds})
    features = [
        (name, [plain(bound) for bound in bounds[name]], [int(one) for one in counts[name]])
        for name in names
        if name in bounds and counts[name].sum() > 0
    ]
    if not features:
        raise BaselineError("no column has numbers")
    line, dropped = fit(rows, features)
    print(f"{rows} rows, {len(features) - len(dropped)} features", file=sys.stderr)
    if dropped:
        print(f"no space for: {', '.join(dropped)}", file=sys.stderr)
    return line


def read_bounds(text: str | None) -> dict[str, list[float]]:
    if not text:
        return {}
    try:
        given = json.loads(text)
        bounds = {str(name): [float(bound) for bound in of] for name, of in given.items()}
    except (ValueError, TypeError, AttributeError):
        raise BaselineError('--bounds must be JSON such as {"age": [18, 40]}') from None
    for name, of in bounds.items():
        ascending = all(math.isfinite(bound) for bound in of) and all(a < b for a, b in pairwise(of))
        if not 1 <= len(of) <= MOST_BOUNDS or not ascending:
            raise BaselineError(f"--bounds of {name} must be 1 to {MOST_BOUNDS} ascending numbers")
    return bounds


def open_dataset(location: str, form: str | None) -> ds.Dataset:
    """The data behind a location, not read yet."""
    filesystem, path = open_filesystem(location)
    info = filesystem.get_file_info(path)
    if info.type == pafs.FileType.NotFound:
        raise BaselineError("there is nothing at the location of the baseline, or it may not be read")
    paths = [path]
    if info.type == pafs.FileType.Directory:
        found = filesystem.get_file_info(pafs.FileSelector(path, recursive=True))
        paths = sorted(one.path for one in found if one.type == pafs.FileType.File and not hidden(one.path, path))
    forms = {one: form or EXTENSIONS.get(extension(one)) for one in paths}
    kinds = {kind for kind in forms.values() if kind}
    if len(kinds) != 1:
        what = "files of several formats" if kinds else "no file with the extension of a known format"
        raise BaselineError(f"there are {what}: name one with --format") if kinds else BaselineError(f"there is {what}")
    kind = kinds.pop()
    files = [one for one in paths if forms[one]]
    if kind == "json" and is_json_list(filesystem, files[0]):
        rows = [row for one in files for row in json.loads(read(filesystem, one))]
        return ds.dataset(pa.Table.from_pylist(rows))
    data = ds.dataset(files, format=kind, filesystem=filesystem)
    if kind == "parquet":
        return data
    return ds.dataset(files, schema=numbers_as_floats(data.schema), format=kind, filesystem=filesystem)


def numbers_as_floats(schema: pa.Schema) -> pa.Schema:
    """Types of text are guessed from the first block; the first fraction of a column may come after it."""
    return pa.schema(field.with_type(pa.float64()) if pa.types.is_integer(field.type) else field for field in schema)


def open_filesystem(location: str) -> tuple[pafs.FileSystem, str]:
    if "://" not in location:
        return pafs.LocalFileSystem(), location
    # Spark's names of the same stores
    url = re.sub(r"^(s3|abfs|wasb)[an]://", lambda match: f"{match[1]}://", location)
    if url.startswith("s3://"):
        # the credentials are found as every AWS client finds them
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return pafs.S3FileSystem(endpoint_override=endpoint, region=region), url.removeprefix("s3://").rstrip("/")
    if url.startswith("gs://") and "?" not in url:
        return pafs.GcsFileSystem(retry_time_limit=PATIENCE), url.removeprefix("gs://").rstrip("/")
    try:
        found: tuple[pafs.FileSystem, str] = pafs.FileSystem.from_uri(url)
        return found
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    try:
        import fsspec
    except ImportError:
        raise BaselineError(f"the image can read nothing at {url.split('://')[0]}://") from None
    filesystem, path = fsspec.core.url_to_fs(url)
    return pafs.PyFileSystem(pafs.FSSpecHandler(filesystem)), path


def hidden(path: str, folder: str) -> bool:
    """Such as _SUCCESS and .crc files, which Spark writes beside the data."""
    return any(part.startswith(("_", ".")) for part in path[len(folder) :].split("/") if "=" not in part)


def extension(path: str) -> str:
    parts = path.rsplit("/", 1)[-1].lower().split(".")
    compressed = parts[-1] in ("gz", "bz2", "zst", "snappy", "lz4")
    return parts[-2] if compressed and len(parts) > 2 else parts[-1]


def read(filesystem: pafs.FileSystem, path: str) -> bytes:
    with filesystem.open_input_stream(path) as stream:
        content: bytes = stream.read()
        return content


def is_json_list(filesystem: pafs.FileSystem, path: str) -> bool:
    with filesystem.open_input_stream(path) as stream:
        start: bytes = stream.read(64)
        return start.lstrip()[:1] == b"["


def feature_names(schema: pa.Schema, given: dict[str, list[float]], listed: str | None) -> list[str]:
    """The features in the order in which they get space."""
    numbers = [field.name for field in schema if is_number(field.type)]
    wanted = [name.strip() for name in listed.split(",")] if listed else list(given)
    for name in wanted:
        if name not in schema.names:
            raise BaselineError(f"the data has no column {name[:LONGEST_NAME]}")
        if name not in numbers:
            raise BaselineError(f"the column {name[:LONGEST_NAME]} has no numbers")
    usable = [name for name in wanted or numbers if 0 < len(name) <= LONGEST_NAME]
    return list(dict.fromkeys(usable))


def is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    )


def batches(data: ds.Dataset, names: Iterable[str]) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
    """The rows of each batch and the values of each feature, without those that are missing."""
    columns = list(names)
    for batch in data.to_batches(columns=columns):
        values = {}
        for name, column in zip(columns, batch.columns, strict=True):
            numbers = pc.cast(column, pa.float64(), safe=False).drop_null().to_numpy(zero_copy_only=False)
            values[name] = numbers[~np.isnan(numbers)]
        yield batch.num_rows, values


def own_bounds(data: ds.Dataset, names: list[str], buckets: int) -> dict[str, list[float]]:
    """The rounded quantiles of each feature: of all its values or of a uniform sample, the same in each run."""
    random = np.random.default_rng(0)
    samples = {name: Sample(random) for name in names}
    for _, values in batches(data, names) if names else []:
        for name in names:
            samples[name].add(values[name][np.isfinite(values[name])])
    quantiles = np.arange(1, buckets) / buckets
    return {name: rounded(np.quantile(sample.kept, quantiles)) for name, sample in samples.items() if len(sample.kept)}


class Sample:
    """A uniform sample of values that come in batches: those with the least random keys."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.kept = np.empty(0)
        self.keys = np.empty(0)

    def add(self, values: np.ndarray) -> None:
        self.kept = np.concatenate([self.kept, values])
        self.keys = np.concatenate([self.keys, self.random.random(len(values))])
        if len(self.kept) > SAMPLE:
            least = np.argpartition(self.keys, SAMPLE)[:SAMPLE]
            self.kept, self.keys = self.kept[least], self.keys[least]


def rounded(bounds: np.ndarray) -> list[float]:
    """To a few digits, which can be read and which are short, but never so few that two become one."""
    exact = sorted({float(bound) for bound in bounds})
    for digits in range(SIGNIFICANT_DIGITS, 17):
        short = sorted({float(f"{bound:.{digits}g}") + 0.0 for bound in exact})
        if len(short) == len(exact):
            return short
    return exact


def count(data: ds.Dataset, bounds: dict[str, list[float]]) -> tuple[int, dict[str, np.ndarray]]:
    """The number of rows, and the values in each bucket of each feature."""
    rows = 0
    counts = {name: np.zeros(len(of) + 1, dtype=np.int64) for name, of in bounds.items()}
    for size, values in batches(data, bounds) if bounds else []:
        rows += size
        for name, of in bounds.items():
            # left: a value that equals a bound is in the bucket below it
            buckets = np.searchsorted(np.asarray(of), values[name], side="left")
            counts[name] += np.bincount(buckets, minlength=len(of) + 1)
    return rows, counts


def plain(bound: float) -> float | int:
    return int(bound) if bound.is_integer() and abs(bound) < 1e15 else bound


def fit(rows: int, features: list[Feature]) -> tuple[str, list[str]]:
    """The line, and the names of the features for which it has no space. The line names as many of these as fit."""
    head = f'{{"format":{FORMAT},"rows":{rows},"features":['
    for candidate in (features, [coarser(feature) for feature in features]):
        texts = [compact(feature) for feature in candidate]
        line = head + ",".join(texts) + "]}"
        if len(line.encode()) <= LIMIT and len(features) <= MOST_FEATURES:
            return line, []
    # an eighth is kept for the names
    space = LIMIT - LIMIT // 8 - len(head.encode())
    kept: list[str] = []
    dropped: list[str] = []
    for (name, _, _), text in zip(features, texts, strict=True):
        size = len(text.encode()) + 1
        if size <= space and len(kept) < MOST_FEATURES:
            space -= size
            kept.append(text)
        else:
            dropped.append(name)
    if not kept:
        raise BaselineError("no feature fits into the message: use fewer buckets")
    named = len(dropped)
    while True:
        line = head + ",".join(kept) + f'],"dropped":{compact(dropped[:named])},"droppedCount":{len(dropped)}}}'
        if len(line.encode()) <= LIMIT:
            return line, dropped
        named -= 1


def coarser(feature: Feature) -> Feature:
    """With every second bound: ten buckets become five."""
    name, bounds, counts = feature
    if len(bounds) < 4:
        return feature
    return name, bounds[1::2], [sum(counts[index : index + 2]) for index in range(0, len(counts), 2)]


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


if __name__ == "__main__":
    sys.exit(main())
