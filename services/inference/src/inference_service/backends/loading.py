"""Loads a model, asks it once, and finds out whether requests can be joined to one batch."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

import numpy as np
import orjson

from .. import logs
from ..artifact.prepare import Artifact, prepare
from ..decode import Arrays, decode
from ..errors import StartError
from ..features import FeatureHistograms, read_baseline
from ..problems import Problem
from ..schema import Schema, Tensor, merged, read_signature
from ..settings import Settings
from .base import Backend, LoadOptions, Outputs
from .detect import detect

LARGEST_EXAMPLE = 16 * 1024 * 1024
# for finding out how many rows a batch should have, and what a larger one must cost of what its half does
MEASURING_SECONDS = 2.0
WORTH = 0.95


@dataclass(frozen=True)
class Model:
    """A model that can be asked."""

    backend: Backend
    schema: Schema
    artifact: Artifact
    features: FeatureHistograms
    # rows of several requests that are asked at once: 1 where a row has another answer in a batch, or a batch costs as much as its rows
    joined_rows: int


def load(settings: Settings, folder: Path) -> Model:
    """Raises StartError or FetchError."""
    artifact = prepare(settings, folder)
    options = LoadOptions(settings.threads, settings.max_artifact, settings.skops_trusted)
    backend = _open(detect(artifact.path, settings.framework, settings.max_artifact), artifact.path, options)
    signature = None if artifact.mlmodel is None else read_signature(artifact.mlmodel)
    schema = merged(backend.inputs, signature, backend.column_names)
    baseline = settings.baseline or artifact.baseline
    features = FeatureHistograms(schema, *((None,) if baseline is None else read_baseline(baseline)))
    return Model(backend, schema, artifact, features, _warm_up(backend, schema, artifact, settings.max_batch_size))


def _open(kind: str, path: Path, options: LoadOptions) -> Backend:
    # each brings libraries that the image may not have
    if kind == "onnx":
        from .onnx import OnnxBackend

        return OnnxBackend(path, options)
    if kind == "skops":
        from .skops import SkopsBackend

        return SkopsBackend(path, options)
    from .torch import open_torch

    return open_torch(kind, path, options)


def _warm_up(backend: Backend, schema: Schema, artifact: Artifact, most_rows: int) -> int:
    if artifact.example is not None:
        try:
            backend.run(_example(artifact.example, schema))
        except StartError:
            raise
        except Problem as problem:
            raise StartError(f"input_example.json does not fit the model: {problem.detail}") from problem
        except Exception as error:
            raise StartError(
                f"the model fails with its input_example.json: {type(error).__name__}: {str(error)[:500]}"
            ) from error
    rows = [sample(schema, seed) for seed in range(3)]
    try:
        alone = [backend.run(row) for row in rows]
        if not schema.batched:
            return 1
        joined = backend.run({name: np.concatenate([row[name] for row in rows]) for name in rows[0]})
        if not _same(alone, joined):
            logs.warning("a row has another answer in a batch than alone, so requests are not joined")
            return 1
        return _rows_that_pay(backend, rows[0], most_rows)
    except Exception as error:
        # the values are made up, and a model may know none of them
        logs.warning(
            "the model fails with values that were made up, so requests are not joined: "
            f"{type(error).__name__}: {str(error)[:200]}"
        )
        return 1


def _rows_that_pay(backend: Backend, row: Arrays, most_rows: int) -> int:
    """The rows of a batch that cost least each: a batch of large rows may be slower than they are one by one."""
    until = time.monotonic() + MEASURING_SECONDS
    best, least, size = 1, _cost(backend, row), 2
    while size <= most_rows and time.monotonic() < until:
        cost = _cost(backend, {name: np.repeat(values, size, axis=0) for name, values in row.items()}) / size
        if cost < least * WORTH:
            best, least = size, cost
        elif cost > least:
            break
        size *= 2
    # what is next might be too much, and is not known to be worth it
    return most_rows if best * 2 > most_rows else best


def _cost(backend: Backend, arrays: Arrays) -> float:
    """CPU seconds of a run: those of the clock are also those of others."""
    costs = []
    for _ in range(3):
        began = time.process_time()
        backend.run(arrays)
        costs.append(time.process_time() - began)
    return min(costs)


def _example(file: Path, schema: Schema) -> Arrays:
    if file.stat().st_size > LARGEST_EXAMPLE:
        raise StartError(f"input_example.json must have at most {LARGEST_EXAMPLE} bytes")
    body = file.read_bytes()
    try:
        document = orjson.loads(body)
    except ValueError as error:
        raise StartError("input_example.json must be JSON") from error
    if isinstance(document, dict) and document.keys() == {"columns", "data"}:
        # MLflow writes the table without a name
        body = orjson.dumps({"dataframe_split": document})
    return decode(body, schema, 1_000_000)


def sample(schema: Schema, seed: int) -> Arrays:
    """A row of values that were made up; a dimension of any length has 8."""
    random = np.random.default_rng(seed)
    return {one.name: _values(one, random) for one in schema.inputs}


def _values(one: Tensor, random: np.random.Generator) -> np.ndarray[Any, Any]:
    shape = tuple((1 if place == 0 else 8) if size is None else size for place, size in enumerate(one.shape))
    if one.kind == "number":
        return random.random(shape).astype(one.numpy)
    if one.kind == "string":
        return np.full(shape, "", dtype=object)
    return random.integers(0, 2, shape).astype(one.numpy)


def _same(alone: Sequence[Outputs], joined: Outputs) -> bool:
    """Whether each row of a batch is what it is alone."""
    for name, values in joined.items():
        parts = [one[name] for one in alone]
        if not all(
            isinstance(one, (list, np.ndarray)) and np.ndim(one) > 0
            for one in (values, *parts)
            if not isinstance(one, list)
        ):
            return False
        if len(values) != len(parts) or any(len(part) != 1 for part in parts):  # type: ignore[arg-type]
            return False
        if not all(_close(values[at], part[0]) for at, part in enumerate(parts)):  # type: ignore[index]
            return False
    return True


def _close(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if first.dtype.kind != "f":
        return bool((first == second).all())
    return bool(np.allclose(first, second, rtol=1e-3, atol=1e-5, equal_nan=True))
