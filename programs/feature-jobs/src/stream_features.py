"""
Computes a streaming feature, on Flink: reads JSON events from a topic, keeps the latest events of each entity, gives them to
the tenant's transformation as a DataFrame, and pushes the values to the feature server; it also appends them to the offline
store.

- The entity is the field called like the join key, or else the first field whose name ends in `_id`.
- The transformation is the function called like the feature, or else the last one that it defines. The last value of what
  it gives counts. A timedelta becomes a number of days. Without a transformation the value is the field called like the
  feature.
- An event that cannot be read, or that the transformation refuses, is counted and left out.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import math
import os
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone
from typing import Any, Callable, Iterator

import pandas
import pyarrow

from redaction import guard, redact

ARROW = {
    "float": pyarrow.float32(),
    "double": pyarrow.float64(),
    "int": pyarrow.int64(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "string": pyarrow.string(),
    "bool": pyarrow.bool_(),
    "bytes": pyarrow.binary(),
    "timestamp": pyarrow.timestamp("us", tz="UTC"),
    "float-list": pyarrow.list_(pyarrow.float32()),
    "int-list": pyarrow.list_(pyarrow.int64()),
    "string-list": pyarrow.list_(pyarrow.string()),
}


class Groups:
    """Groups of events. A function for `agg` that asks for a column gets the whole group, as one for `apply` does."""

    def __init__(self, groups: Any) -> None:
        self.groups = groups

    def __getattr__(self, name: str) -> Any:
        return getattr(self.groups, name)

    def __getitem__(self, key: Any) -> Any:
        return self.groups[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.groups)

    def agg(self, func: Any = None, *args: Any, **options: Any) -> Any:
        try:
            return self.groups.agg(func, *args, **options)
        except KeyError:
            if not callable(func):
                raise
            return self.groups[[c for c in self.groups.obj.columns if c not in self.groups.keys]].apply(func)

    aggregate = agg


class Events(pandas.DataFrame):
    """Events of one entity, oldest first."""

    def groupby(self, by: Any = None, *args: Any, **options: Any) -> Groups:
        groups = super().groupby(by, *args, **options)
        groups.keys = [by] if isinstance(by, str) else (by if isinstance(by, list) else [])
        return Groups(groups)


def moment_of(value: Any) -> pandas.Timestamp:
    """A time, of a text or of seconds or milliseconds since 1970."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return pandas.Timestamp(value, unit="ms" if abs(value) > 1e11 else "s", tz="UTC")
    moment = pandas.Timestamp(value)
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def entity_of(view: dict[str, Any], event: dict[str, Any]) -> str | int:
    if event.get(view["joinKey"]) is not None:
        value = event[view["joinKey"]]
    else:
        value = next((event[each] for each in event if each.endswith("_id") and event[each] is not None), None)
    if value is None:
        raise ValueError(f"no field {view['joinKey']}")
    return str(value) if view["keyType"] == "string" else int(value)


def time_of(view: dict[str, Any], event: dict[str, Any]) -> pandas.Timestamp:
    """Time of an event: its timestamp field, or else its field `timestamp`, or else now."""
    now = pandas.Timestamp.now(tz="UTC")
    for field in (view["timestampField"], "timestamp"):
        if event.get(field) is not None:
            # what is dated in the future would never be served
            return min(moment_of(event[field]), now)
    return now


def load(path: str, name: str) -> Callable[[pandas.DataFrame], Any] | None:
    """The tenant's function, or None where there is none."""
    if not os.path.exists(path):
        return None
    spec = importlib.util.spec_from_file_location("transformation", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own = [each for each in vars(module).values() if inspect.isfunction(each) and each.__module__ == module.__name__]
    if not own:
        raise ValueError("the transformation defines no function")
    return next((each for each in own if each.__name__ == name), own[-1])


def value_of(
    view: dict[str, Any], function: Callable[[pandas.DataFrame], Any] | None, events: list[dict[str, Any]]
) -> Any:
    """The value after the last of the events, or None where there is none."""
    feature = view["features"][0]
    if function is None:
        result: Any = events[-1].get(feature["name"])
    else:
        frame = pandas.DataFrame(events)
        for field in {view["timestampField"], "timestamp"} & set(frame.columns):
            frame[field] = [None if each is None else moment_of(each) for each in frame[field]]
        result = function(Events(frame))
    if isinstance(result, pandas.DataFrame):
        result = result[feature["name"]] if feature["name"] in result.columns else result.iloc[:, -1]
    if isinstance(result, pandas.Series):
        result = result.iloc[-1] if len(result) > 0 else None
    return plain(result, feature["type"])


def plain(value: Any, kind: str) -> Any:
    """A value as JSON has it, or None for what is no value."""
    if kind.endswith("-list"):
        convert: Callable[[Any], Any] = {"float-list": float, "int-list": int, "string-list": str}[kind]
        return None if value is None else [convert(each) for each in value]
    if value is None or value is pandas.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pandas.Timedelta):
        value = value / pandas.Timedelta(days=1)
    if kind in ("float", "double"):
        number = float(value)
        return number if math.isfinite(number) else None
    if kind in ("int", "int32", "int64"):
        return int(value)
    if kind == "bool":
        return bool(value)
    if kind == "timestamp":
        return moment_of(value).isoformat()
    return str(value)


def advance(
    view: dict[str, Any],
    function: Callable[[pandas.DataFrame], Any] | None,
    history: list[dict[str, Any]],
    event: dict[str, Any],
    limit: int,
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """The events of an entity after one more, and its row, or None where it has no value yet."""
    history = [*history, event][-limit:]
    value = value_of(view, function, history)
    if value is None:
        return history, None
    return history, {
        view["joinKey"]: entity_of(view, event),
        view["features"][0]["name"]: value,
        view["timestampField"]: time_of(view, event).isoformat(),
    }


def newest(view: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last row of each entity."""
    return list(
        {row[view["joinKey"]]: row for row in sorted(rows, key=lambda row: row[view["timestampField"]])}.values()
    )


def push(url: str, view: dict[str, Any], rows: list[dict[str, Any]], attempts: int = 6) -> None:
    """Gives rows to the feature server. Raises when it stays away, so that Flink begins again at its checkpoint."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    # Feast asks for it where the source has it
    columns["created_timestamp"] = [datetime.now(timezone.utc).isoformat()] * len(rows)
    body = json.dumps({"push_source_name": f"{view['name']}_push", "df": columns, "to": "online"}).encode()
    for attempt in range(attempts):
        try:
            request = urllib.request.Request(url + "/push", body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30):
                return
        except urllib.error.HTTPError as error:
            if (error.code < 500 and error.code not in (404, 429)) or attempt == attempts - 1:
                raise
        except OSError:
            if attempt == attempts - 1:
                raise
        time.sleep(2**attempt)


def table_of(view: dict[str, Any], rows: list[dict[str, Any]]) -> pyarrow.Table:
    """Rows as the offline store keeps them."""
    feature = view["features"][0]
    key = {"string": pyarrow.string(), "int32": pyarrow.int32(), "int64": pyarrow.int64()}[view["keyType"]]
    values = [row[feature["name"]] for row in rows]
    if feature["type"] == "timestamp":
        values = [datetime.fromisoformat(value) for value in values]
    if feature["type"] == "bytes":
        values = [value.encode() for value in values]
    return pyarrow.table(
        {
            view["joinKey"]: pyarrow.array([row[view["joinKey"]] for row in rows], key),
            feature["name"]: pyarrow.array(values, ARROW[feature["type"]]),
            view["timestampField"]: pyarrow.array(
                [datetime.fromisoformat(row[view["timestampField"]]).astimezone(timezone.utc) for row in rows],
                pyarrow.timestamp("us", tz="UTC"),
            ),
        }
    )


def main() -> None:
    from pyflink.common import Types, WatermarkStrategy
    from pyflink.common.serialization import SimpleStringSchema
    from pyflink.datastream import StreamExecutionEnvironment
    from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource
    from pyflink.datastream.functions import KeyedProcessFunction, RuntimeContext
    from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor

    from feature_data import append, read_job

    job = read_job(sys.argv[1])
    view = job["view"]

    def parse(text: str) -> list[tuple[str, str]]:
        try:
            event = json.loads(text)
            return [(str(entity_of(view, event)), text)]
        except (ValueError, AttributeError, TypeError):
            return [("", text)]

    class Compute(KeyedProcessFunction):
        """Keeps the latest events of an entity."""

        def open(self, context: RuntimeContext) -> None:
            self.history = context.get_state(ValueStateDescriptor("history", Types.STRING()))
            self.rejected = context.get_metrics_group().counter("feature_events_rejected")
            self.function = load(job["transformation"], view["features"][0]["name"])

        def process_element(self, value: tuple[str, str], context: Any) -> Iterator[str]:
            entity, text = value
            if entity == "":
                self.rejected.inc()
                return
            history = json.loads(self.history.value() or "[]")
            try:
                history, row = advance(view, self.function, history, json.loads(text), job["historySize"])
            except Exception as error:  # the tenant's code may raise anything
                print(redact(f"rejected: {type(error).__name__}: {error}"), flush=True)
                self.rejected.inc()
                return
            self.history.update(json.dumps(history))
            if row is not None:
                yield json.dumps(row)

    class Store(KeyedProcessFunction):
        """Collects rows for some seconds, then stores them. They are in the checkpoint until then."""

        def open(self, context: RuntimeContext) -> None:
            self.rows = context.get_list_state(ListStateDescriptor("rows", Types.STRING()))
            self.timer = context.get_state(ValueStateDescriptor("timer", Types.LONG()))

        def process_element(self, value: str, context: Any) -> None:
            self.rows.add(value)
            if self.timer.value() is None:
                at = context.timer_service().current_processing_time() + job["flushSeconds"] * 1000
                context.timer_service().register_processing_time_timer(at)
                self.timer.update(at)

        def on_timer(self, timestamp: int, context: Any) -> None:
            rows = [json.loads(each) for each in self.rows.get()]
            push(job["server"], view, newest(view, rows))
            append(job, view, table_of(view, rows))
            self.rows.clear()
            self.timer.clear()

    environment = StreamExecutionEnvironment.get_execution_environment()
    environment.enable_checkpointing(60_000)
    builder = (
        KafkaSource.builder()
        .set_topics(view["topic"])
        .set_group_id(job["group"])
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(SimpleStringSchema())
    )
    for key, value in job["kafkaProperties"].items():
        builder = builder.set_property(key, os.path.expandvars(value))
    events = environment.from_source(builder.build(), WatermarkStrategy.no_watermarks(), view["topic"])
    pairs = events.flat_map(parse, output_type=Types.TUPLE([Types.STRING(), Types.STRING()]))
    rows = pairs.key_by(lambda pair: pair[0], key_type=Types.STRING()).process(Compute(), output_type=Types.STRING())
    rows.key_by(lambda _: "all", key_type=Types.STRING()).process(Store(), output_type=Types.STRING()).name("store")
    environment.execute(job["group"])


if __name__ == "__main__":
    guard()
    main()
