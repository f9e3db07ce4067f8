"""Writes training data in several formats, and prints as JSON what numpy says of each file."""

import gzip
import json
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

folder = sys.argv[1]
random = np.random.default_rng(3)
ROWS = 60_000


def rounded(quantiles):
    """The shortest numbers of at least three digits that stay apart."""
    exact = np.unique(quantiles)
    for digits in range(3, 17):
        short = np.unique([float(f"%.{digits}g" % one) for one in exact])
        if len(short) == len(exact):
            return short
    return exact


def histogram(values, bounds=None):
    values = np.array([value for value in values if value is not None and not np.isnan(value)], dtype=float)
    if bounds is None:
        bounds = rounded(np.percentile(values[np.isfinite(values)], np.arange(10, 100, 10)))
    # numpy's buckets are closed on the left, those of Prometheus on the right
    edges = np.concatenate([[-np.inf], -np.asarray(bounds)[::-1], [np.inf]])
    counts = np.histogram(-values, edges)[0][::-1] if np.isfinite(values).all() else None
    if counts is None:
        cumulated = np.array([(values <= bound).sum() for bound in bounds] + [len(values)])
        counts = np.diff(cumulated, prepend=0)
    return {"bounds": list(bounds), "counts": [int(count) for count in counts]}


def described(table):
    names = ["age", "income", "flag", "z"]
    return {"rows": table.num_rows, "features": {name: histogram(table[name].to_pylist()) for name in names}}


def at(name):
    return os.path.join(folder, name)


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
parquet.write_table(table, at("train.parquet"))
expected["given"] = {"rows": ROWS, "features": {"age": histogram(table["age"].to_pylist(), [20, 40.5])}}

os.makedirs(at("parts/day=1"))
os.makedirs(at("parts/_temporary"))
infinite = table.slice(0, 500).set_column(4, "z", pa.array([np.inf, -np.inf] + [1.0, 2.0] * 249))
parquet.write_table(infinite, at("parts/day=1/a.parquet"), row_group_size=100)
parquet.write_table(table.slice(500, 700), at("parts/b.parquet"))
parquet.write_table(table, at("parts/_temporary/c.parquet"))
open(at("parts/_SUCCESS"), "w").close()
expected["parts"] = described(pa.concat_tables([infinite, table.slice(500, 700)]))

few = table.slice(0, 3000)
csv.write_csv(few, at("train.csv"))
with open(at("train.csv"), "rb") as plain, gzip.open(at("train.csv.gz"), "wb") as packed:
    packed.write(plain.read())
rows = [{name: None if value != value else value for name, value in row.items()} for row in few.to_pylist()]
with open(at("lines.json"), "w") as file:
    file.write("\n".join(json.dumps(row) for row in rows))
with open(at("list.json"), "w") as file:
    json.dump(rows, file, indent=1)
expected.update((name, described(few)) for name in ["train.csv", "train.csv.gz", "lines.json", "list.json"])

wide = {f"feature_{index:03d}": random.normal(size=1000) for index in range(120)}
parquet.write_table(pa.table(wide), at("wide.parquet"))
expected["some"] = {"rows": 0, "features": {"names": ",".join(list(wide)[:50])}}
with open(at("late.csv"), "w") as file:
    file.write("a\n" + "1\n" * 400_000 + "1.5\n")
with open(at("words.csv"), "w") as file:
    file.write("name\nann\nbob\n")
with open(at("broken.csv"), "w") as file:
    file.write("a\n" + "1\n" * 1_000_000 + "secret-name\n")
os.makedirs(at("mixed"))
os.makedirs(at("empty"))
csv.write_csv(few, at("mixed/a.csv"))
parquet.write_table(few, at("mixed/b.parquet"))
print(json.dumps(expected))
