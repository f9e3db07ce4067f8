"""Values out of events."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Iterator
from urllib.error import HTTPError

import pandas
import pytest

import stream_features as stream
from conftest import Json


def test_the_history_is_bounded(view: Json) -> None:
    event = {"customer_id": 1, "purchase_frequency": 2}
    assert len(stream.advance(view, None, [{"x": 1}] * 9, event, 5)[0]) == 5


def test_a_time_of_the_future_is_now(view: Json) -> None:
    event = {"entity_id": 7, "purchase_frequency": "2.5", "event_timestamp": "2999-01-01"}
    _, row = stream.advance(view, None, [], event, 5)
    assert row is not None
    assert (row["entity_id"], row["purchase_frequency"]) == ("7", 2.5)
    assert pandas.Timestamp(row["event_timestamp"]).year < 2999


def test_an_event_without_an_entity_is_refused(view: Json) -> None:
    with pytest.raises(ValueError, match="no field entity_id"):
        stream.advance(view, None, [], {"purchase_frequency": 1}, 5)


def test_the_newest_row_of_each_entity_is_kept(view: Json) -> None:
    rows = [
        {"entity_id": "a", "purchase_frequency": value, "event_timestamp": f"2024-01-0{value}T00:00:00+00:00"}
        for value in (4, 2)
    ]
    assert stream.newest(view, rows) == rows[:1]


@pytest.mark.parametrize(
    ("value", "kind", "plain"),
    [
        (float("nan"), "float", None),
        (float("inf"), "double", None),
        ("7", "int", 7),
        ([1, "2"], "int-list", [1, 2]),
        (0, "bool", False),
        (pandas.Timedelta(hours=36), "float", 1.5),
        ("2024-01-01", "timestamp", "2024-01-01T00:00:00+00:00"),
        (pandas.NaT, "timestamp", None),
    ],
)
def test_a_value_is_as_json_has_it(value: Any, kind: str, plain: Any) -> None:
    assert stream.plain(value, kind) == plain


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2024-01-01", "2024-01-01T00:00:00+00:00"),
        ("2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00+00:00"),
        (1704153600, "2024-01-02T00:00:00+00:00"),
        (1704153600000, "2024-01-02T00:00:00+00:00"),
    ],
)
def test_a_time_is_a_text_or_seconds_or_milliseconds(given: Any, moment: str) -> None:
    assert stream.moment_of(given).isoformat() == moment


def test_the_function_is_the_one_called_like_the_feature_or_else_the_last(tmp_path: Path) -> None:
    path = tmp_path / "transformation.py"
    assert stream.load(str(path), "frequency") is None
    path.write_text("def frequency(df):\n    return 1\n\n\ndef other(df):\n    return 2\n")
    frame = pandas.DataFrame()
    assert [stream.load(str(path), name)(frame) for name in ("frequency", "unknown")] == [1, 2]  # type: ignore[misc]
    path.write_text("import os\n")
    with pytest.raises(ValueError, match="defines no function"):
        stream.load(str(path), "frequency")


def test_a_function_for_agg_that_asks_for_a_column_gets_the_whole_group() -> None:
    events = stream.Events({"customer": ["a", "a"], "at": [1, 4]})
    found = events.groupby("customer").agg(lambda group: group["at"].max() - group["at"].min())
    assert list(found) == [3]
    assert list(events.groupby("customer").agg("max")["at"]) == [4]


class Server:
    """A feature server that answers with the given codes, one after the other."""

    def __init__(self, codes: list[int]) -> None:
        self.bodies: list[Json] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(codes[len(outer.bodies) - 1])
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    yield found


ROW = {"entity_id": "a", "purchase_frequency": 1.5, "event_timestamp": "2024-01-04T00:00:00+00:00"}


def test_rows_are_pushed_again_while_the_server_is_away(view: Json, pauses: list[float]) -> None:
    server = Server([503, 404, 200])
    stream.push(server.url, view, [ROW, ROW])
    assert pauses == [1, 2]
    assert [body["push_source_name"] for body in server.bodies] == ["purchase_frequency_push"] * 3
    assert server.bodies[2]["df"]["purchase_frequency"] == [1.5, 1.5]


def test_rows_that_the_server_refuses_are_not_pushed_again(view: Json, pauses: list[float]) -> None:
    server = Server([422])
    with pytest.raises(HTTPError):
        stream.push(server.url, view, [ROW])
    assert pauses == []


def test_a_server_that_stays_away_ends_the_job(view: Json, pauses: list[float]) -> None:
    with pytest.raises(HTTPError):
        stream.push(Server([503, 503]).url, view, [ROW], attempts=2)
    assert pauses == [1]


def test_rows_are_stored_with_the_types_of_the_view(view: Json) -> None:
    view["features"] = [{"name": "seen", "type": "timestamp"}]
    table = stream.table_of(view, [{**ROW, "seen": "2024-01-03T00:00:00+00:00"}])
    assert [str(field.type) for field in table.schema] == ["string", "timestamp[us, tz=UTC]", "timestamp[us, tz=UTC]"]
    assert table["seen"].to_pylist()[0].isoformat() == "2024-01-03T00:00:00+00:00"
