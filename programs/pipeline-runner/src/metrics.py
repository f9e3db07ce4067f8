"""Prometheus metrics of the run, on a port that the job's Pod names `metrics`."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional

_log = logging.getLogger("pipeline")


@dataclass
class Counts:
    """What the run has done so far."""

    read: int = 0
    written: int = 0
    quarantined: int = 0
    failed_checks: int = 0


class Metrics:
    """
    Serves `pipeline_records_processed_total`, the rows that Spark's tasks have written so far, `pipeline_records_read_total`,
    `pipeline_records_quarantined_total` and `pipeline_failed_checks`. The labels come from the Pod, by the PodMonitor.
    """

    def __init__(self, port: int, linger: float) -> None:
        self.counts = Counts()
        self.spark: Any = None
        self._linger = linger
        self._server: Optional[ThreadingHTTPServer] = None
        if port < 0:
            return
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path.split("?")[0] == "/metrics"
                body = metrics.text().encode() if found else b"not found\n"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """A scrape is no event."""

        try:
            self._server = ThreadingHTTPServer(("", port), Handler)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        except OSError as error:
            _log.warning("metrics are not served on port %d: %s", port, error)

    @property
    def port(self) -> Optional[int]:
        """The port that is served."""
        return self._server.server_address[1] if self._server else None

    def text(self) -> str:
        """The metrics in Prometheus' text format."""
        counts = self.counts
        series = [
            (
                "pipeline_records_processed_total",
                "counter",
                "Rows that the run wrote.",
                max(counts.written, self._live()),
            ),
            ("pipeline_records_read_total", "counter", "Rows that the run read.", counts.read),
            ("pipeline_records_quarantined_total", "counter", "Rows that broke a quality check.", counts.quarantined),
            ("pipeline_failed_checks", "gauge", "Quality checks that failed.", counts.failed_checks),
        ]
        lines = [
            f"# HELP {name} {about}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, about, value in series
        ]
        return "".join(lines)

    def _live(self) -> int:
        """Rows written by tasks so far, so that the rate is right while a long write is under way."""
        if self.spark is None:
            return 0
        try:
            context = self.spark.sparkContext
            store = context._jsc.sc().statusStore()
            quantiles = context._gateway.new_array(context._jvm.double, 0)
            stages = store.stageList(None, False, False, quantiles, None)
            return sum(int(stages.apply(place).outputRecords()) for place in range(stages.size()))
        except Exception:
            return 0

    def close(self) -> None:
        """Leaves the last figures up for the time that a scrape needs, then ends."""
        if self._server:
            time.sleep(self._linger)
            self._server.shutdown()
            self._server.server_close()
