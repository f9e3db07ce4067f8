"""
Counts what a model is asked: it gets a copy of each request from the Gateway, which waits for no answer, and has the histogram
`model_feature` of the values of each feature of the baseline.

It never holds up a request to the model. Where it has no time for a copy it drops it and counts that; a share of the requests is as
good for a distribution as all of them.

Usage: feature_collector.py BASELINE, the JSON of drift_baseline.py. It listens on PORT for copies and on METRICS_PORT for `/metrics`.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import json
import math
import os
import signal
import sys
from typing import Any, Iterator, Mapping, Sequence

# of one copy; a request that is larger says no more about a distribution than a smaller one
LARGEST = 1024 * 1024
# copies that are read at a time, so that they have a bound of memory together
MOST = 32
# seconds for the whole of a copy
PATIENCE = 10.0
Row = Mapping[str, Any]


class Histograms:
    """A histogram of each feature, with the buckets of the baseline."""

    def __init__(self, bounds: Mapping[str, Sequence[float]]) -> None:
        self.bounds = bounds
        self.counts = {name: [0] * (len(of) + 1) for name, of in bounds.items()}
        self.sums = dict.fromkeys(bounds, 0.0)

    def observe(self, row: Row) -> None:
        for name, of in self.bounds.items():
            value = number(row.get(name))
            if value is not None:
                # a bound belongs to the bucket below it
                self.counts[name][bisect.bisect_left(of, value)] += 1
                self.sums[name] += value

    def lines(self, labels: Mapping[str, str]) -> Iterator[str]:
        yield "# HELP model_feature Values of a feature that the model was asked with."
        yield "# TYPE model_feature histogram"
        for name, of in self.bounds.items():
            own = {**labels, "feature": name}
            cumulated = list(itertools.accumulate(self.counts[name]))
            for bound, count in zip([*map(shown, of), "+Inf"], cumulated, strict=True):
                yield f"model_feature_bucket{text_of({**own, 'le': bound})} {count}"
            yield f"model_feature_count{text_of(own)} {cumulated[-1]}"
            yield f"model_feature_sum{text_of(own)} {self.sums[name]!r}"


def number(value: Any) -> float | None:
    """A finite number; what is missing, or of another type, is not observed."""
    if isinstance(value, list) and len(value) == 1:
        return number(value[0])
    if isinstance(value, bool):
        return float(value)
    try:
        found = float(value) if isinstance(value, (int, float)) else math.nan
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


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


def rows_of(body: Any, names: Sequence[str], order: Sequence[str]) -> Iterator[Row]:
    """
    The rows of a request, as names and values: objects or lists under `instances` (KServe's first protocol), tensors under `inputs` (the
    second), or tables as pandas and MLflow write them. Values without names are those of `order`, where there are as many.
    """
    if not isinstance(body, dict):
        return
    if isinstance(body.get("instances"), list):
        yield from (row for each in body["instances"] for row in named(each, order))
    elif isinstance(body.get("inputs"), list):
        yield from tensors(body["inputs"], names, order)
    elif isinstance(body.get("inputs"), dict):
        yield from columns(body["inputs"])
    for key in ("dataframe_split", "dataframe_records"):
        table = body.get(key)
        if isinstance(table, dict) and isinstance(table.get("data"), list) and isinstance(table.get("columns"), list):
            header = [str(name) for name in table["columns"]]
            yield from (dict(zip(header, row, strict=False)) for row in table["data"] if isinstance(row, list))
        elif isinstance(table, list):
            yield from (row for row in table if isinstance(row, dict))


def named(item: Any, order: Sequence[str]) -> Iterator[Row]:
    if isinstance(item, dict):
        yield item
    elif isinstance(item, list) and order and len(item) == len(order):
        yield dict(zip(order, item, strict=True))
    elif len(order) == 1 and isinstance(item, (int, float)):
        yield {order[0]: item}


def columns(table: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of a table that is written by its columns."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in table.items()}
    for at in range(max(map(len, lists.values()), default=0)):
        yield {name: value[at] for name, value in lists.items() if at < len(value)}


def tensors(inputs: Sequence[Any], names: Sequence[str], order: Sequence[str]) -> Iterator[Row]:
    """A tensor for each feature, by its name, or one with a row of all of them."""
    table: dict[str, list[Any]] = {}
    for tensor in inputs:
        if not isinstance(tensor, dict) or not isinstance(tensor.get("data"), list):
            continue
        data = flat(tensor["data"])
        if tensor.get("name") in names:
            table[str(tensor["name"])] = data
        elif len(inputs) == 1 and order and last_of(tensor) == len(order) and len(data) % len(order) == 0:
            for start in range(0, len(data), len(order)):
                yield dict(zip(order, data[start : start + len(order)], strict=True))
    yield from columns(table)


def last_of(tensor: Mapping[str, Any]) -> Any:
    shape = tensor.get("shape")
    return shape[-1] if isinstance(shape, list) and shape else None


def flat(data: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for item in data:
        if isinstance(item, list):
            found.extend(flat(item))
        else:
            found.append(item)
    return found


class Collector:
    """The two servers, and what they count."""

    def __init__(self, baseline: Mapping[str, Any], labels: Mapping[str, str]) -> None:
        bounds = {str(one["name"]): [float(bound) for bound in one["bounds"]] for one in baseline["features"]}
        self.histograms = Histograms(bounds)
        # values without names are in the order of all features: where some are not known, the order says nothing
        self.order: list[str] = [] if baseline.get("dropped") else list(bounds)
        self.labels = labels
        self.outcomes = dict.fromkeys(("counted", "unread", "dropped"), 0)
        self.busy = 0

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers copies until the connection ends. The answer is read by nobody."""
        try:
            while head := await read_head(reader):
                length = int(head.get("content-length", "0") or "0")
                if self.busy >= MOST or not 0 <= length <= LARGEST or "chunked" in head.get("transfer-encoding", ""):
                    self.outcomes["dropped"] += 1
                    writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    break
                self.busy += 1
                try:
                    body = await asyncio.wait_for(reader.readexactly(length), PATIENCE)
                finally:
                    self.busy -= 1
                writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
                if head[":method"] == "POST":
                    self.count(body)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError, ValueError):
            self.outcomes["unread"] += 1
        finally:
            writer.close()

    def count(self, body: bytes) -> None:
        try:
            rows = list(rows_of(json.loads(body), list(self.histograms.bounds), self.order))
        except (ValueError, RecursionError):
            rows = []
        for row in rows:
            self.histograms.observe(row)
        self.outcomes["counted" if rows else "unread"] += 1

    async def metrics(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(read_head(reader), PATIENCE)
            body = "\n".join([*self.lines(), ""]).encode()
            head = f"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def lines(self) -> Iterator[str]:
        yield from self.histograms.lines(self.labels)
        yield "# HELP model_feature_requests_total Copies of requests by what became of them."
        yield "# TYPE model_feature_requests_total counter"
        for outcome, count in self.outcomes.items():
            yield f"model_feature_requests_total{text_of({**self.labels, 'outcome': outcome})} {count}"


async def read_head(reader: asyncio.StreamReader) -> dict[str, str]:
    """The method and the headers of a request; nothing where the connection has ended."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return {}
    except asyncio.LimitOverrunError as error:
        raise ValueError("the headers are too long") from error
    first, *rest = head.split("\r\n")
    fields = (line.partition(":") for line in rest if line)
    return {":method": first.split(" ")[0], **{name.strip().lower(): value.strip() for name, _, value in fields}}


async def serve(collector: Collector, port: int, metrics_port: int) -> None:
    stop = asyncio.Event()
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number_of_signal, stop.set)
    servers = [
        await asyncio.start_server(collector.copy, None, port),
        await asyncio.start_server(collector.metrics, None, metrics_port),
    ]
    print(f"listening on {port} and {metrics_port}", flush=True)
    await stop.wait()
    for server in servers:
        server.close()
    # what is being read is not worth waiting for: nobody waits for an answer
    print("stopped", flush=True)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        baseline = json.load(file)
    labels = {"model_name": os.environ["MODEL_NAME"], "model_version": os.environ["MODEL_VERSION"]}
    ports = [int(os.environ.get(name, usual)) for name, usual in (("PORT", "8080"), ("METRICS_PORT", "9090"))]
    asyncio.run(serve(Collector(baseline, labels), *ports))


if __name__ == "__main__":
    main()
