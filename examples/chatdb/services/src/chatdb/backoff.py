"""How long clients wait between tries."""

from __future__ import annotations

import random
import threading

FIRST = 0.1
LONGEST = 5.0


class Backoff:
    """Waits that double up to a bound, with jitter, so that clients do not come back at one time."""

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first, self._longest, self._tries = first, longest, 0

    def next(self) -> float:
        # the exponent is bounded, too: two to the thousandth is no float
        most = min(self._longest, self._first * 2.0 ** min(self._tries, 20))
        self._tries += 1
        return random.uniform(most / 2, most)

    def reset(self) -> None:
        self._tries = 0

    def wait(self, stopping: threading.Event) -> bool:
        """Waits until the next try; says whether there is to be one."""
        return not stopping.wait(self.next())
