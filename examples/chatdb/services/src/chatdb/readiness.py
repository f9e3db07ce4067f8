"""Whether the dependencies of a service answer."""

from __future__ import annotations

import threading
import time
from typing import Callable

from . import logs, metrics

# the probe of the kubelet comes every five seconds
INTERVAL = 1.0
STALE = 10.0


class Readiness:
    """Asks each dependency in a thread of its own, so that no probe waits for one. One whose check hangs counts as away after ten seconds."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._up: dict[str, bool] = {}
        self._asked: dict[str, float] = {}
        self._groups: list[list[str]] = []
        self._threads: list[threading.Thread] = []
        self._started = False

    def needs(self, dependency: str, check: Callable[[], None]) -> None:
        """Ready only while this one answers. The check raises where it does not, in a few seconds."""
        self.needs_one_of({dependency: check})

    def needs_one_of(self, checks: dict[str, Callable[[], None]]) -> None:
        """Ready only while one of these answers."""
        self._groups.append(list(checks))
        for dependency, check in checks.items():
            self.watches(dependency, check)

    def watches(self, dependency: str, check: Callable[[], None]) -> None:
        """Tells of this one; the service does what it can without it."""
        self._up[dependency] = False
        metrics.dependency_up.labels(dependency).set(0)
        self._threads.append(threading.Thread(target=self._watch, args=(dependency, check), daemon=True))

    def start(self) -> None:
        self._started = True
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()

    @property
    def ready(self) -> bool:
        answers = all(any(self._answers(name) for name in group) for group in self._groups)
        return self._started and answers and not self._stopping.is_set()

    @property
    def states(self) -> dict[str, str]:
        return {name: "up" if self._answers(name) else "down" for name in self._up}

    def _answers(self, dependency: str) -> bool:
        return self._up[dependency] and time.monotonic() - self._asked[dependency] < STALE

    def _watch(self, dependency: str, check: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                check()
                self._tell(dependency, True)
            except Exception as error:
                self._tell(dependency, False, type(error).__name__)
            self._stopping.wait(INTERVAL)

    def _tell(self, dependency: str, up: bool, reason: str | None = None) -> None:
        if self._up[dependency] != up:
            # the name of the error: its text may quote an address with a password
            logs.log("info" if up else "warning", "a dependency changed", dependency=dependency, up=up, reason=reason)
        self._asked[dependency] = time.monotonic()
        self._up[dependency] = up
        metrics.dependency_up.labels(dependency).set(up)
