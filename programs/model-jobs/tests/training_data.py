"""Training data in several formats, and what numpy says of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

ROWS = 60_000
NAMES = ["age", "income", "flag", "z"]


@dataclass(frozen=True)
class Expected:
    """The rows of a file, and the bounds and counts of its features by name."""

    rows: int
    features: dict[str, tuple[list[float], list[int]]]


def rounded(quantiles: Any) -> Any:
    """The shortest numbers of at least three digits that stay apart."""
    exact = np.unique(quantiles)
    for digits in range(3, 17):
        short = np.unique([float(f"{one:.{digits}g}") for one in exact])
        if len(short) == len(exact):
            return short
    return exact


def histogram(given: Iterable[Any], bounds: Any = None) -> tuple[list[float], list[int]]:
    values = np.array([value for value in given if value is not None and not np.isnan(value)], dtype=float)
    if bounds is None:
        bounds = rounded(np.percentile(values[np.isfinite(values)], np.arange(10, 100, 10)))
    if np.isfinite(values).all():
        # numpy's buckets are closed on the left, those of Prometheus on the right
        edges = np.concatenate([[-np.inf], -np.asarray(bounds)[::-1], [np.inf]])
        counts = np.histogram(-values, edges)[0][::-1]
    else:
        cumulated = np.array([(values <= bound).sum() for bound in bounds] + [len(values)])
        counts = np.diff(cumulated, prepend=0)
    return [float(bound) for bound in bounds], [int(count) for count in counts]


def described(table: pa.Table) -> Expected:
    return Expected(table.num_rows, {name: histogram(table[name].to_pylist()) for name in NAMES})


def write(folder: Path) -> dict[str, Expected]:
    """Writes all files; what is expected of them by their names, and of `age` with the bounds 20 and 40.5 as `given`."""
    random = np.random.default_rng(3)
    table = pa.table(
        {
            "age": random.integers(18, 90, ROWS),
            "name": random.choice(["ann", "bob"], ROWS),
            "income": pa.array(random.lognormal(10, 1, ROWS), mask=random.random(ROWS) < 0.1),
            "flag": random.random(ROWS) < 0.3,
            "z": np.where(random.random(ROWS) < 0.01, np.nan, random.normal(size=ROWS) / 1000),
        }
    )
    expected = {"train.parquet": described(table)}
    parquet.write_table(table, folder / "train.parquet")
    expected["given"] = Expected(ROWS, {"age": histogram(table["age"].to_pylist(), [20, 40.5])})

    (folder / "parts" / "day=1").mkdir(parents=True)
    (folder / "parts" / "_temporary").mkdir()
    infinite = table.slice(0, 500).set_column(4, "z", pa.array([np.inf, -np.inf] + [1.0, 2.0] * 249))
    parquet.write_table(infinite, folder / "parts" / "day=1" / "a.parquet", row_group_size=100)
    parquet.write_table(table.slice(500, 700), folder / "parts" / "b.parquet")
    parquet.write_table(table, folder / "parts" / "_temporary" / "c.parquet")
    (folder / "parts" / "_SUCCESS").touch()
    expected["parts"] = described(pa.concat_tables([infinite, table.slice(500, 700)]))

    few = table.slice(0, 3000)
    csv.write_csv(few, folder / "train.csv")
    (folder / "train.csv.gz").write_bytes(gzip.compress((folder / "train.csv").read_bytes()))
    rows = [{name: None if value != value else value for name, value in row.items()} for row in few.to_pylist()]
    (folder / "lines.json").write_text("\n".join(json.dumps(row) for row in rows))
    (folder / "list.json").write_text(json.dumps(rows, indent=1))
    expected.update((name, described(few)) for name in ["train.csv", "train.csv.gz", "lines.json", "list.json"])

    wide = {f"feature_{index:03d}": random.normal(size=1000) for index in range(120)}
    parquet.write_table(pa.table(wide), folder / "wide.parquet")
    (folder / "late.csv").write_text("a\n" + "1\n" * 400_000 + "1.5\n")
    (folder / "words.csv").write_text("name\nann\nbob\n")
    (folder / "broken.csv").write_text("a\n" + "1\n" * 1_000_000 + "secret-name\n")
    for name in ("mixed", "empty"):
        (folder / name).mkdir()
    csv.write_csv(few, folder / "mixed" / "a.csv")
    parquet.write_table(few, folder / "mixed" / "b.parquet")
    return expected
