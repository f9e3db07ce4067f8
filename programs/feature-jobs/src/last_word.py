"""
Says what a job did, where Kubernetes keeps it when the container has ended: the operator reads it from the status of the pod.
It takes up to 4096 bytes.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any, Mapping

from redaction import redact

PLACE = "/dev/termination-log"
LARGEST = 4096
# of all messages of views that failed
MESSAGES = 2000


def message_of(
    failed: Mapping[str, BaseException],
    updated: Mapping[str, int] | None = None,
    offline: Mapping[str, int] | None = None,
    online: Mapping[str, int] | None = None,
) -> str:
    """
    What is said: the message of each view that failed; the time of the newest value of each view, in seconds since 1970; what the
    stores hold. Where there is no space, views with newer values are left out, and `others` is the oldest time of those.
    """
    space = MESSAGES // max(1, len(failed))
    said: dict[str, Any] = {
        "format": 1,
        "failed": {name: line_of(error, space - len(name) - 8) for name, error in failed.items()},
    }
    if len(json.dumps(said)) > MESSAGES + 500:
        # the exit code says that the job failed
        del said["failed"]
    if offline is not None:
        said["offline"] = offline
    if online is not None:
        said["online"] = online
    times = sorted((updated or {}).items(), key=lambda each: (each[1], each[0]))
    if times:
        said["lastUpdate"] = times[-1][1]
    while True:
        if times:
            said["updated"] = dict(times)
        text = json.dumps(said, separators=(",", ":"))
        if len(text) <= LARGEST or not times:
            return text
        said["others"] = times.pop()[1]
        said["updated"] = {}


def line_of(error: BaseException, length: int) -> str:
    """The first line of a message, which is ASCII."""
    lines = redact(f"{type(error).__name__}: {error}").splitlines() or [""]
    return lines[0].encode("ascii", "replace").decode()[: max(0, min(200, length))]


def tell(message: str, place: str = PLACE) -> None:
    """Writes it, where there is such a place."""
    if os.path.exists(place):
        with open(place, "w", encoding="utf-8") as file:
            file.write(message)


def heed_stop(message: str, code: int = 143, place: str = PLACE) -> None:
    """
    Ends the program with a last word when it is told to stop (SIGTERM), which the first process of a container would not notice. A
    thread waits for it: a handler would have to wait until a library that reads from a store returns.
    """
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells)
    signal.signal(signal.SIGTERM, lambda *_: None)

    def wait() -> None:
        while os.read(told, 1) != bytes([signal.SIGTERM]):
            pass
        tell(message, place)
        os._exit(code)

    threading.Thread(target=wait, daemon=True).start()
