"""Models that are small, but learn: a line through numbers, and words that tell classes apart. They are JSON, which no one runs."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, Protocol, Sequence

WORD = re.compile(r"[a-z]+")
MOST_ROWS = 2000
MOST_COLUMNS = 32
KINDS = ("regression", "classification")


class Model(Protocol):
    """Something that has learned."""

    kind: str

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """One answer for each input. Raises ValueError where one cannot be read."""

    def quality(self, rows: Sequence[Sequence[Any]]) -> dict[str, float]: ...

    def to_json(self) -> bytes: ...


class Regression:
    """Linear regression by least squares, with a touch of ridge so that columns may depend on each other."""

    kind = "regression"

    def __init__(self, weights: list[float]) -> None:
        self.weights = weights

    @staticmethod
    def train(rows: Sequence[Sequence[Any]]) -> Regression:
        """Rows are numbers; the last one is what is to be predicted."""
        table = [_numbers(row) for row in rows]
        width = len(table[0])
        if width < 2 or any(len(row) != width for row in table):
            raise ValueError("rows must have the same number of columns, at least two")
        features = [[1.0, *row[:-1]] for row in table]
        size = range(width)
        matrix = [[sum(row[i] * row[j] for row in features) + (1e-9 if i == j else 0.0) for j in size] for i in size]
        right = [sum(row[i] * given[-1] for row, given in zip(features, table, strict=True)) for i in size]
        return Regression(_solve(matrix, right))

    def predict(self, inputs: Sequence[Any]) -> list[float]:
        return [self._one(_numbers(given)) for given in inputs]

    def quality(self, rows: Sequence[Sequence[Any]]) -> dict[str, float]:
        errors = [self._one(_numbers(row[:-1])) - float(row[-1]) for row in rows]
        return {"rmse": math.sqrt(sum(error * error for error in errors) / len(errors))}

    def to_json(self) -> bytes:
        return json.dumps({"kind": self.kind, "weights": self.weights}).encode()

    def _one(self, values: list[float]) -> float:
        if len(values) != len(self.weights) - 1:
            raise ValueError(f"an input must have {len(self.weights) - 1} numbers")
        return self.weights[0] + sum(weight * value for weight, value in zip(self.weights[1:], values, strict=True))


class Classification:
    """Naive Bayes over the words of a text."""

    kind = "classification"

    def __init__(self, classes: dict[str, int], words: dict[str, dict[str, int]]) -> None:
        self.classes, self.words = classes, words
        self._vocabulary = len({word for counts in words.values() for word in counts}) + 1

    @staticmethod
    def train(rows: Sequence[Sequence[Any]]) -> Classification:
        """Rows are a text and its class."""
        classes: Counter[str] = Counter()
        words: dict[str, Counter[str]] = {}
        for row in rows:
            if len(row) != 2 or not all(isinstance(cell, str) for cell in row):
                raise ValueError("rows must be a text and its class")
            text, label = row
            classes[label] += 1
            words.setdefault(label, Counter()).update(_words(text))
        return Classification(dict(classes), {label: dict(counts) for label, counts in words.items()})

    def predict(self, inputs: Sequence[Any]) -> list[str]:
        if not all(isinstance(given, str) for given in inputs):
            raise ValueError("an input must be a text")
        return [max(sorted(self.classes), key=lambda label: self._score(label, given)) for given in inputs]

    def quality(self, rows: Sequence[Sequence[Any]]) -> dict[str, float]:
        right = sum(self.predict([text]) == [label] for text, label in rows)
        return {"accuracy": right / len(rows)}

    def to_json(self) -> bytes:
        return json.dumps({"kind": self.kind, "classes": self.classes, "words": self.words}).encode()

    def _score(self, label: str, text: str) -> float:
        counts = self.words[label]
        total = sum(counts.values()) + self._vocabulary
        start = math.log(self.classes[label] / sum(self.classes.values()))
        return start + sum(math.log((counts.get(word, 0) + 1) / total) for word in _words(text))


def train(kind: str, rows: Sequence[Sequence[Any]]) -> Model:
    """Raises ValueError where the rows teach nothing."""
    if not 2 <= len(rows) <= MOST_ROWS or not all(0 < len(row) <= MOST_COLUMNS for row in rows):
        raise ValueError(f"there must be 2 to {MOST_ROWS} rows of at most {MOST_COLUMNS} columns")
    if kind == "regression":
        return Regression.train(rows)
    if kind == "classification":
        return Classification.train(rows)
    raise ValueError(f"a model is one of {', '.join(KINDS)}")


def load(data: bytes) -> Model:
    """Raises ValueError where this is no model."""
    try:
        found = json.loads(data)
        if found["kind"] == "regression":
            return Regression(_numbers(found["weights"]))
        if found["kind"] == "classification":
            return Classification(
                dict(found["classes"]), {label: dict(counts) for label, counts in found["words"].items()}
            )
    except (KeyError, TypeError, AttributeError):
        pass
    raise ValueError("this is no model")


def _numbers(row: Sequence[Any]) -> list[float]:
    if not isinstance(row, (list, tuple)) or not all(
        isinstance(cell, (int, float)) and math.isfinite(cell) for cell in row
    ):
        raise ValueError("a row must be finite numbers")
    return [float(cell) for cell in row]


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss with pivots."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        if abs(rows[pivot][at]) < 1e-12:
            raise ValueError("the rows do not tell the columns apart")
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            factor = rows[below][at] / rows[at][at]
            rows[below] = [low - factor * high for low, high in zip(rows[below], rows[at], strict=True)]
    result = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][later] * result[later] for later in range(at + 1, size))
        result[at] = (rows[at][size] - known) / rows[at][at]
    return result
