"""What Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from .features import FeatureHistograms

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """The metrics of the service, each with the labels `model` and `version`."""

    def __init__(self, model: str, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        labels = ["model", "version"]
        own = {"model": model, "version": version}
        requests = Counter(
            "inference_requests", "Requests for predictions by status.", [*labels, "status"], registry=self.registry
        )
        predictions = Counter("inference_predictions", "Rows that were predicted.", labels, registry=self.registry)
        errors = Counter(
            "inference_errors", "Requests that failed, by reason.", [*labels, "reason"], registry=self.registry
        )
        latency = Histogram(
            "inference_latency_seconds",
            "Seconds from the request's headers to its answer.",
            labels,
            buckets=BUCKETS,
            registry=self.registry,
        )
        ready = Gauge("inference_ready", "Whether the model can be asked.", labels, registry=self.registry)
        self._requests, self._errors, self._own = requests, errors, own
        self.predictions = predictions.labels(**own)
        self.latency = latency.labels(**own)
        self.ready = ready.labels(**own)
        self._statuses: dict[int, Counter] = {}
        self.features: FeatureHistograms | None = None
        self._feature_labels = {"model_name": model, "model_version": version}
        # a series that begins with its first increase has no rate there
        self._status(200)

    def _status(self, status: int) -> Counter:
        counter = self._statuses.get(status)
        if counter is None:
            counter = self._statuses[status] = self._requests.labels(**self._own, status=str(status))
        return counter

    def answered(self, status: int, seconds: float) -> None:
        self._status(status).inc()
        self.latency.observe(seconds)

    def failed(self, reason: str) -> None:
        self._errors.labels(**self._own, reason=reason).inc()

    def text(self) -> bytes:
        own = generate_latest(self.registry)
        if self.features is None or not self.features.names:
            return own
        return own + "\n".join([*self.features.lines(self._feature_labels), ""]).encode()
