"""Counts and times for a monitoring system: by route and status, never by name, number or id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one process; where several serve, each tells its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "tracer_http_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "tracer_http_request_seconds", "Time to the answer", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self.in_flight = Gauge("tracer_http_requests_in_flight", "Requests at work", registry=self._registry)
        self.calls = Counter("tracer_calls_logged", "Calls logged over HTTP", registry=self._registry)
        self.hooks = Counter(
            "tracer_hook_messages",
            "Messages of sources over /hooks, by what became of them",
            ("source", "outcome"),
            registry=self._registry,
        )
        self.refused = Counter(
            "tracer_credentials_refused", "Log-ins and keys that were refused", registry=self._registry
        )

    def text(self) -> bytes:
        """All of them in the text format of Prometheus."""
        return generate_latest(self._registry)
