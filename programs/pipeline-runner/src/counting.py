"""How many rows there are, and whether all that were written can be read."""

from __future__ import annotations

import time
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from errors import PipelineError

# seconds; the figure comes with an event right after the query
_PATIENCE = 10.0


class Counted:
    """A frame whose rows are counted while something else computes them."""

    def __init__(self, frame: DataFrame) -> None:
        self._source = frame
        self._seen = Observation()
        self.frame = frame.observe(self._seen, F.count(F.lit(1)).alias("rows"))

    def count(self) -> int:
        """How many there were. `Observation.get` would wait forever where the optimizer has removed what it observes."""
        deadline = time.monotonic() + _PATIENCE
        jvm_observation: Any = self._seen._jo
        while time.monotonic() < deadline:
            if jvm_observation.future().isCompleted():
                return int(self._seen.get["rows"])
            time.sleep(0.02)
        return self._source.count()


def require_readable(written: int, readable: int, advice: str) -> None:
    """Fails the run where rows that were written cannot be read: a count of what a writer took would hide the loss."""
    if readable == written:
        return
    raise PipelineError("sink", f"{written} rows were written and {readable} can be read: {advice}")
