"""
Runs the model for requests: one thread that takes what waits, as many rows as fit in a batch.

A request waits for others only while others are on their way (being read) and never longer than the bound, so that one client by itself
loses nothing. While the model runs, what arrives makes the next batch.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from typing import Any, Callable, Sequence

import numpy as np

from .decode import Arrays
from .problems import Problem

Outputs = dict[str, Any]
Run = Callable[[Arrays], Outputs]


class Job:
    """A request that waits for its rows of a batch."""

    __slots__ = ("arrays", "deadline", "future", "gone", "key", "rows")

    def __init__(self, arrays: Arrays, rows: int, deadline: float, future: asyncio.Future[Outputs]) -> None:
        self.arrays = arrays
        self.rows = rows
        self.deadline = deadline
        self.future = future
        # nobody waits for it any more; written by the event loop, read by the thread
        self.gone = False
        # only arrays of the same lengths after the first can be joined
        self.key = tuple((name, array.shape[1:]) for name, array in arrays.items())


class Batcher:
    """The queue of requests and the thread that empties it."""

    def __init__(
        self,
        run: Run,
        *,
        is_joinable: bool,
        most_rows: int,
        wait: float,
        most_waiting: int,
        observe: Callable[[Arrays], None] = lambda arrays: None,
    ) -> None:
        self._run = run
        self._is_joinable = is_joinable
        self._most_rows = most_rows if is_joinable else 1
        self._wait = wait
        self._most_waiting = most_waiting
        self._observe = observe
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._carried: Job | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        # requests that are being read, and those that wait or run: both of the event loop
        self.arriving = 0
        self.waiting = 0
        # moving averages of the seconds of a run and the rows in it, for Retry-After
        self._seconds = 0.01
        self._running_since: float | None = None
        self._thread.start()

    def check_room(self) -> None:
        """Raises Problem where no more may wait."""
        if self.waiting >= self._most_waiting:
            detail = f"{self.waiting} requests wait for the model, and no more may"
            raise Problem("too-many-requests", detail, headers={"Retry-After": str(self.retry_after())})

    def submit(self, arrays: Arrays, timeout: float) -> Job:
        """Has the model asked; the future of the job gets its answer, or Problem."""
        self.check_room()
        rows = len(next(iter(arrays.values()))) if self._is_joinable else 1
        job = Job(arrays, rows, time.monotonic() + timeout, self._loop.create_future())
        handle = self._loop.call_later(timeout, self._expire, job)
        self.waiting += 1

        def settle(_future: asyncio.Future[Outputs]) -> None:
            job.gone = True
            # the job may stay in the queue for as long as the model takes; its memory does not
            job.arrays = {}
            handle.cancel()
            self.waiting -= 1

        job.future.add_done_callback(settle)
        self._queue.put(job)
        return job

    def retry_after(self) -> int:
        """Seconds after which what waits now is likely to have run."""
        batches = self.waiting / max(1, self._most_rows) + 1
        return max(1, min(60, round(batches * self._seconds)))

    def stuck_for(self) -> float:
        """Seconds for which the model has been at the same batch."""
        since = self._running_since
        return 0.0 if since is None else time.monotonic() - since

    def stop(self) -> None:
        self._queue.put(None)

    def _expire(self, job: Job) -> None:
        if not job.future.done():
            job.future.set_exception(Problem("timeout", "the model did not answer in time"))

    def _work(self) -> None:
        while (batch := self._take()) is not None:
            if batch:
                self._running_since = time.monotonic()
                joined, results = self._answers(batch)
                self._seconds += 0.1 * (time.monotonic() - self._running_since - self._seconds)
                self._running_since = None
                try:
                    self._loop.call_soon_threadsafe(self._deliver, batch, results)
                except RuntimeError:
                    # the loop has been closed: the process ends
                    return
                for arrays in joined:
                    self._observe(arrays)

    def _take(self) -> list[tuple[Job, Arrays]] | None:
        """The next batch, perhaps empty; None at the end."""
        first, self._carried = self._carried or self._queue.get(), None
        if first is None:
            return None
        # read once: the event loop takes the arrays of a job away when nobody waits for it any more
        arrays = first.arrays
        batch = [] if self._is_late(first) else [(first, arrays)]
        rows = first.rows
        until = time.monotonic() + self._wait
        while batch and rows < self._most_rows:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                remaining = until - time.monotonic()
                if remaining <= 0 or self.arriving <= 0:
                    break
                try:
                    job = self._queue.get(timeout=min(remaining, 0.0005))
                except queue.Empty:
                    continue
            if job is None:
                # the end comes after what was taken
                self._queue.put(None)
                break
            arrays = job.arrays
            if self._is_late(job):
                continue
            if rows + job.rows > self._most_rows or job.key != first.key:
                self._carried = job
                break
            batch.append((job, arrays))
            rows += job.rows
        return batch

    @staticmethod
    def _is_late(job: Job) -> bool:
        return job.gone or time.monotonic() >= job.deadline

    def _answers(self, batch: Sequence[tuple[Job, Arrays]]) -> tuple[list[Arrays], list[Outputs | Exception]]:
        """What ran without an error, and the answer of each job."""
        if len(batch) > 1:
            joined = {name: np.concatenate([arrays[name] for _, arrays in batch]) for name in batch[0][1]}
            try:
                return [joined], list(self._parts(self._run(joined), [job for job, _ in batch]))
            except Exception:
                # which of them it was is found by running each alone
                pass
        answers = [self._answer(arrays) for _, arrays in batch]
        ran = [arrays for (_, arrays), answer in zip(batch, answers, strict=True) if not isinstance(answer, Exception)]
        return ran, answers

    def _answer(self, arrays: Arrays) -> Outputs | Exception:
        try:
            return self._run(arrays)
        except Exception as error:
            # whatever a model raises is the end of one request only
            return error

    @staticmethod
    def _parts(outputs: Outputs, batch: Sequence[Job]) -> list[Outputs]:
        rows = sum(job.rows for job in batch)
        for name, values in outputs.items():
            if len(values) != rows:
                raise ValueError(f"output {name} has {len(values)} rows of {rows}")
        parts, start = [], 0
        for job in batch:
            parts.append({name: values[start : start + job.rows] for name, values in outputs.items()})
            start += job.rows
        return parts

    @staticmethod
    def _deliver(batch: Sequence[tuple[Job, Arrays]], results: Sequence[Outputs | Exception]) -> None:
        for (job, _), result in zip(batch, results, strict=True):
            if job.future.done():
                continue
            if isinstance(result, Exception):
                job.future.set_exception(result)
            else:
                job.future.set_result(result)
