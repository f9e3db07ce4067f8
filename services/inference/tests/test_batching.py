"""How requests become batches, and what becomes of one where another of its batch fails, is late or is given up."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any, Awaitable, Callable

import numpy as np
import pytest

from inference_service.batching import Batcher, Outputs
from inference_service.decode import Arrays
from inference_service.problems import Problem


class Model:
    """Doubles its input; the first element says what else becomes of a batch."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.held = threading.Event()
        self.held.set()

    def run(self, arrays: Arrays) -> Outputs:
        self.held.wait(30)
        [values] = arrays.values()
        self.sizes.append(len(values))
        if (values == 666).any():
            raise ValueError("a row that the model cannot do")
        return {"Y": values * 2}


def batcher(model: Model, **options: Any) -> Batcher:
    given = {"is_joinable": True, "most_rows": 8, "wait": 0.0, "most_waiting": 100, **options}
    return Batcher(model.run, **given)


def rows(*values: float, width: int = 2) -> Arrays:
    return {"X": np.array([[value] * width for value in values], dtype=float)}


async def ask(one: Batcher, arrays: Arrays, timeout: float = 30) -> list[Any]:
    outputs = await one.submit(arrays, timeout).future
    found: list[Any] = outputs["Y"].tolist()
    return found


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await test()

    asyncio.run(whole())


def test_what_waits_is_one_batch_and_each_has_its_own_answer() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model)
        model.held.clear()
        asked = [asyncio.ensure_future(ask(one, rows(*range(at, at + 1 + at % 2)))) for at in range(8)]
        await asyncio.sleep(0.1)
        model.held.set()
        answers = await asyncio.gather(*asked)
        for at, answer in enumerate(answers):
            assert answer == [[value * 2.0] * 2 for value in range(at, at + 1 + at % 2)]
        # the first alone, and then as many as fit
        assert sum(model.sizes) == 12 and len(model.sizes) < 5 and max(model.sizes) <= 8
        assert one.waiting == 0
        one.stop()

    run(test)


def test_arrays_of_other_lengths_are_other_batches() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model)
        model.held.clear()
        asked = [asyncio.ensure_future(ask(one, rows(at, width=2 + at % 2))) for at in range(6)]
        await asyncio.sleep(0.05)
        model.held.set()
        for at, answer in enumerate(await asyncio.gather(*asked)):
            assert answer == [[at * 2.0] * (2 + at % 2)]
        one.stop()

    run(test)


def test_a_row_that_fails_fails_alone() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model)
        model.held.clear()
        asked = [asyncio.ensure_future(ask(one, rows(value))) for value in (1, 2, 666, 3)]
        await asyncio.sleep(0.05)
        model.held.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [list, list, ValueError, list]
        assert one.waiting == 0
        one.stop()

    run(test)


def test_a_model_with_another_number_of_rows_is_asked_one_by_one() -> None:
    async def test() -> None:
        held = threading.Event()
        one = Batcher(
            lambda arrays: held.wait(30) and {"Y": np.array([len(arrays["X"])])} or {},
            is_joinable=True,
            most_rows=8,
            wait=0,
            most_waiting=10,
        )
        asked = [asyncio.ensure_future(ask(one, rows(at))) for at in range(4)]
        await asyncio.sleep(0.05)
        held.set()
        assert await asyncio.gather(*asked) == [[1]] * 4
        one.stop()

    run(test)


def test_no_more_wait_than_may() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model, most_waiting=3)
        model.held.clear()
        jobs = [one.submit(rows(at), 30) for at in range(3)]
        with pytest.raises(Problem) as refused:
            one.submit(rows(9), 30)
        assert refused.value.type.status == 429 and int(refused.value.headers["Retry-After"]) >= 1
        model.held.set()
        await asyncio.gather(*(job.future for job in jobs))
        assert one.waiting == 0
        await ask(one, rows(1))
        one.stop()

    run(test)


def test_what_is_late_or_given_up_is_not_run_and_keeps_no_memory() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model)
        model.held.clear()
        first = asyncio.ensure_future(ask(one, rows(1)))
        await asyncio.sleep(0.05)
        late = one.submit(rows(2), 0.05)
        gone = one.submit(rows(3), 30)
        gone.future.cancel()
        with pytest.raises(Problem, match="in time"):
            await late.future
        await asyncio.sleep(0.01)
        assert (late.arrays, gone.arrays, one.waiting) == ({}, {}, 1)
        model.held.set()
        await first
        await ask(one, rows(4))
        assert sum(model.sizes) == 2
        one.stop()

    run(test)


def test_nobody_waits_for_others_longer_than_the_bound() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model, wait=0.2)
        began = time.monotonic()
        await ask(one, rows(1))
        # nobody is on the way
        alone = time.monotonic() - began
        one.arriving = 1
        began = time.monotonic()
        asked = asyncio.ensure_future(ask(one, rows(1)))
        await asyncio.sleep(0.02)
        other = asyncio.ensure_future(ask(one, rows(2)))
        await asyncio.gather(asked, other)
        together = time.monotonic() - began
        assert alone < 0.2 <= together
        assert model.sizes == [1, 2]
        # a full batch waits for nobody
        began = time.monotonic()
        await asyncio.gather(*(ask(one, rows(*range(4))) for _ in range(2)))
        assert time.monotonic() - began < together
        one.stop()

    run(test)


def test_a_model_that_hangs_is_noticed() -> None:
    async def test() -> None:
        model = Model()
        one = batcher(model)
        assert one.stuck_for() == 0
        model.held.clear()
        asked = asyncio.ensure_future(ask(one, rows(1)))
        while one.stuck_for() < 0.05:
            await asyncio.sleep(0.01)
        model.held.set()
        await asked
        while one.stuck_for() > 0:
            await asyncio.sleep(0.01)
        one.stop()

    run(test)
