"""What all routes of one server process share. Nothing here is true by itself: the database is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from fastapi import Request

from tracer.bootstrap import Application
from tracer.domain.errors import RequestInFlight
from tracer.domain.recurring import Planned
from tracer.http.few_failures import FewFailures
from tracer.http.heavy import Heavy
from tracer.http.metrics import Metrics
from tracer.http.readiness import Readiness
from tracer.services.calls.name_directory import NameDirectory


@dataclass
class Service:
    """The application, the names in memory, the process for heavy work, the recurring jobs as set up, the metrics."""

    application: Application
    heavy: Heavy
    planned: Sequence[Planned] = ()
    metrics: Metrics = field(default_factory=Metrics)
    directory: NameDirectory = field(default_factory=NameDirectory)
    directory_lock: Lock = field(default_factory=Lock)
    forged: FewFailures = field(default_factory=lambda: FewFailures(burst=60, seconds=60))
    readiness: Readiness = field(init=False)
    _in_flight: set[tuple[str, str]] = field(default_factory=set)
    _in_flight_lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.readiness = Readiness(self._look)

    def _look(self) -> None:
        """One small read, as every request makes them first."""
        with self.application.reading() as work:
            work.listings.last_position()

    def close(self) -> None:
        """Let go of the process for heavy work."""
        self.heavy.close()

    @contextmanager
    def alone_with(self, principal: str, key: str) -> Iterator[None]:
        """Carry out a request under an Idempotency-Key; raises RequestInFlight where another thread is at it."""
        mark = (principal, key)
        with self._in_flight_lock:
            if mark in self._in_flight:
                raise RequestInFlight("the first request with this Idempotency-Key is still being carried out. Wait")
            self._in_flight.add(mark)
        try:
            yield
        finally:
            with self._in_flight_lock:
                self._in_flight.discard(mark)


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    return cast("Service", request.app.state.service)
