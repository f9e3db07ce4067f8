"""
The histogram `model_feature` of the values of each feature, in the form that the drift rules of the platform read: the labels
`model_name`, `model_version`, `feature` and `le`, and bounds as `feature_collector.py` of programs/model-jobs writes them.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

import numpy as np

from .decode import Arrays
from .errors import StartError
from .schema import Schema

FORMAT = 1
MOST_FEATURES = 256
MOST_BOUNDS = 64
LARGEST = 1024 * 1024

# where there is no baseline: a drift job can ask for the same by `--bounds`
_POWERS = [1e-3, 1e-2, 1e-1, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 1e3, 1e4, 1e5, 1e6]
DEFAULT_BOUNDS = [*(-power for power in reversed(_POWERS)), 0.0, *_POWERS]


class FeatureHistograms:
    """A histogram of each feature."""

    def __init__(self, schema: Schema, baseline: Mapping[str, Sequence[float]] | None, complete: bool = True) -> None:
        self._sources = _sources(schema, baseline, complete)
        self._bounds = [list(baseline[name]) if baseline else DEFAULT_BOUNDS for name, _, _ in self._sources]
        width = max(map(len, self._bounds), default=0)
        # shorter lists are filled with what no value is above
        self._padded = np.array(
            [[*bounds, *[math.inf] * (width - len(bounds))] for bounds in self._as_given(schema)], dtype=float
        )
        self._padded = self._padded.reshape(len(self._bounds), width)
        self._counts = np.zeros((len(self._bounds), width + 1), dtype=np.int64)
        self._sums = np.zeros(len(self._bounds))
        self._offsets = np.arange(len(self._bounds)) * (width + 1)

    def _as_given(self, schema: Schema) -> Iterator[list[float]]:
        """The bounds in the type of each input: a value that is equal to its bound stays so when both are rounded."""
        dtypes = {one.name: one.numpy for one in schema.inputs if one.kind == "number"}
        for (_, name, _), bounds in zip(self._sources, self._bounds, strict=True):
            yield [float(bound) for bound in np.array(bounds, dtype=dtypes.get(name, np.dtype(float)))]

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self._sources]

    def observe(self, arrays: Arrays) -> None:
        """Counts the values of each row."""
        if not self._sources:
            return
        values = np.stack(
            [arrays[one].reshape(len(arrays[one]), -1)[:, at] for _, one, at in self._sources], axis=1
        ).astype(float)
        # a bound belongs to the bucket below it
        places = (values[:, :, None] > self._padded).sum(axis=2) + self._offsets
        finite = np.isfinite(values)
        self._counts += np.bincount(places[finite], minlength=self._counts.size).reshape(self._counts.shape)
        self._sums += np.where(finite, values, 0).sum(axis=0)

    def lines(self, labels: Mapping[str, str]) -> Iterator[str]:
        """The histograms as Prometheus reads them."""
        yield "# HELP model_feature Values of a feature that the model was asked with."
        yield "# TYPE model_feature histogram"
        for index, (name, bounds) in enumerate(zip(self.names, self._bounds, strict=True)):
            own = {**labels, "feature": name}
            cumulated = list(itertools.accumulate(int(count) for count in self._counts[index, : len(bounds) + 1]))
            for bound, count in zip([*map(shown, bounds), "+Inf"], cumulated, strict=True):
                yield f"model_feature_bucket{text_of({**own, 'le': bound})} {count}"
            yield f"model_feature_count{text_of(own)} {cumulated[-1]}"
            yield f"model_feature_sum{text_of(own)} {float(self._sums[index])!r}"


def _sources(
    schema: Schema, baseline: Mapping[str, Sequence[float]] | None, complete: bool
) -> list[tuple[str, str, int]]:
    """Name, input and place of each value that is a feature."""
    found: list[tuple[str, str, int]] = []
    if not schema.batched:
        return []
    for one in schema.inputs:
        size = math.prod(size or 0 for size in one.shape[1:]) if len(one.shape) > 1 else 1
        if one.kind == "string" or len(one.shape) > 2 or size == 0:
            continue
        if schema.packed:
            found += [(column.name, one.name, at) for at, column in enumerate(schema.columns)]
        elif size == 1:
            found.append((one.name, one.name, 0))
        elif baseline and complete and len(schema.inputs) == 1 and len(baseline) == size:
            # values without names are in the order of the baseline
            found += [(name, one.name, at) for at, name in enumerate(baseline)]
        else:
            found += [(f"{one.name}[{at}]", one.name, at) for at in range(size)]
    found = [source for source in found if baseline is None or source[0] in baseline]
    # more are no features but the pixels of a picture
    return found if len(found) <= MOST_FEATURES else []


def read_baseline(file: Path) -> tuple[dict[str, list[float]], bool]:
    """
    The bounds of each feature in the JSON of `drift_baseline.py`, and whether it has all features. Raises StartError where it is not of
    that form.
    """
    wrong = StartError(f"{file.name} must be the JSON that drift_baseline.py writes, of format {FORMAT}")
    try:
        if file.stat().st_size > LARGEST:
            raise wrong
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise wrong from error
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or not isinstance(document.get("features"), list)
    ):
        raise wrong
    bounds: dict[str, list[float]] = {}
    for one in document["features"]:
        name, given = (
            (one.get("name"), one.get("bounds"))
            if isinstance(one, dict)
            else (one or [None])[0:2]
            if isinstance(one, list) and len(one) == 3
            else (None, None)
        )
        if not isinstance(name, str) or not _ascending(given):
            raise wrong
        bounds[name] = [float(bound) for bound in given or []]
    if not 1 <= len(bounds) <= MOST_FEATURES:
        raise wrong
    return bounds, not document.get("dropped")


def _ascending(given: Any) -> bool:
    numbers = (
        isinstance(given, list) and 1 <= len(given) <= MOST_BOUNDS and all(type(one) in (int, float) for one in given)
    )
    return (
        numbers
        and all(math.isfinite(one) for one in given)
        and all(one < other for one, other in itertools.pairwise(given))
    )


def shown(bound: float) -> str:
    """A bound as the drift rules write it, after Go: the shortest decimal, with `.0` where that is whole, or with an exponent."""
    precise = (f"{bound:.{places}e}" for places in range(17))
    shortest = next(text for text in precise if float(text) == bound)
    mantissa, _, exponent = shortest.partition("e")
    power = int(exponent)
    if not -4 <= power < 6:
        return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return repr(bound)


def text_of(labels: Mapping[str, str]) -> str:
    def quoted(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items()) + "}"
