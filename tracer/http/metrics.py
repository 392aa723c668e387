"""Counts and times for a monitoring system: by route and status, never by name, number or id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from tracer.domain.recurring import RunState
from tracer.services.upkeep.count_waiting import Waiting

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

    def text(self, states: Sequence[RunState], waiting: Waiting | None, now: datetime) -> bytes:
        """All of them in the text format of Prometheus; what the database tells is of all processes together.

        `waiting` is None where the database does not answer: no figure is better than a 0 that is none.
        """
        together = CollectorRegistry()
        together.register(RecurringRuns(states, now))
        if waiting is not None:
            together.register(WhatWaits(waiting))
        return generate_latest(self._registry) + generate_latest(together)


class WhatWaits(Collector):
    """What waits in the database."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The families, a sample each."""
        found = self._waiting
        jobs = GaugeMetricFamily("tracer_jobs", "Jobs that wait for a worker, and that are at work", labels=["state"])
        jobs.add_metric(["queued"], found.jobs_queued)
        jobs.add_metric(["running"], found.jobs_running)
        yield jobs
        yield GaugeMetricFamily("tracer_messages_held", "Messages that wait for a person", found.messages_held)
        yield GaugeMetricFamily("tracer_notices_waiting", "Notifications that are not sent yet", found.notices)
        yield GaugeMetricFamily(
            "tracer_facts_unsealed", "Facts that no signed checkpoint covers yet", found.facts_unsealed
        )


class RecurringRuns(Collector):
    """How the recurring jobs stand in the database."""

    def __init__(self, states: Sequence[RunState], now: datetime) -> None:
        self._states = states
        self._now = now

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        """The families, with a sample a job."""
        runs = CounterMetricFamily("tracer_recurring_job_runs", "Runs of a recurring job that ended", labels=["job"])
        failed = CounterMetricFamily("tracer_recurring_job_failures", "Those that failed", labels=["job"])
        in_a_row = GaugeMetricFamily(
            "tracer_recurring_job_failures_in_a_row", "Failures since the last success", labels=["job"]
        )
        since = GaugeMetricFamily(
            "tracer_recurring_job_seconds_since_success", "Seconds since the last run that went well", labels=["job"]
        )
        for state in self._states:
            runs.add_metric([state.job], state.runs)
            failed.add_metric([state.job], state.failed_runs)
            in_a_row.add_metric([state.job], state.failures)
            if state.succeeded_at is not None:
                since.add_metric([state.job], max((self._now - state.succeeded_at).total_seconds(), 0.0))
        return runs, failed, in_a_row, since
