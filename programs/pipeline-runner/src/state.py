"""
What a pipeline remembers from run to run: the time of the last successful run (`:last_run`), the stream position, and a
journal of a write that is under way.

It is kept with the data, not in the Kubernetes API: the job then needs no token and no rights in the cluster, a pipeline that is
deleted and applied again goes on where its data ends, and data and position can be committed together.

- Sinks of JDBC keep it in the table `ml_platform_pipeline_state` beside the target, written in the transaction of the data.
- Folders keep it in `<sink path>/_state/<namespace>.<name>.json` (Spark does not read names that begin with `_`), or in the folder
  that the operator gives. Files are journalled before they appear in the sink; the next run removes those of a run that was not
  committed, so a failed run that is tried again neither loses nor doubles a row.
- Sinks that commit by themselves row by row (Kafka) get the state after the write: tried again, a failed run can send rows twice.

The state moves only after a successful write. Two runs of one pipeline at the same time would read the same `:last_run`: the second to
commit is refused, by the version.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Optional, Protocol

from binding import EARLIEST, parse_time
from errors import PipelineError
from storage import Folder


@dataclass(frozen=True)
class State:
    """Times are ISO 8601. `result` is what the last committed run reported."""

    version: int = 0
    lastRun: Optional[str] = None
    run: Optional[str] = None
    stream: Optional[str] = None
    batch: Optional[int] = None
    result: dict[str, Any] = field(default_factory=dict)
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def last_run(self) -> datetime:
        """The time that `:last_run` stands for; long ago before the first run."""
        return parse_time(self.lastRun) if self.lastRun else EARLIEST

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    def clean(self) -> State:
        """Without a journal."""
        return replace(self, add=(), drop=())


def parse_state(text: Optional[str], where: str) -> State:
    """The state that `dump` wrote; the first one where there is none."""
    if text is None:
        return State()
    try:
        found = json.loads(text)
        return State(**{**found, "add": tuple(found["add"]), "drop": tuple(found["drop"])})
    except (ValueError, KeyError, TypeError) as error:
        raise PipelineError("state", f"{where} is damaged, remove or fix it: {error}") from None


class StateStore(Protocol):
    """Where the state is kept."""

    def load(self) -> State:
        """The state; the first one where there is none."""

    def save(self, state: State, former: State) -> None:
        """Replaces the state `former`; refused where another run replaced it meanwhile."""


class FileState:
    """The state as a file in a folder."""

    def __init__(self, folder: Folder, pipeline: str) -> None:
        self._folder = folder
        self._name = f"{pipeline}.json"

    def load(self) -> State:
        """The state; the first one where there is no file."""
        return parse_state(self._folder.read(self._name), f"{self._folder.location}/{self._name}")

    def save(self, state: State, former: State) -> None:
        """Replaces the file. The check before is no lock: it catches a run that began before this one ended."""
        if self.load().version != former.version:
            raise PipelineError("state", "another run of this pipeline was committed meanwhile; this one was not")
        self._folder.replace(self._name, state.dump())
