"""Explanations that take longer than a page waits: worked out once, however many pages ask for them meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from math import inf
from threading import Lock, Thread
from time import monotonic

from fastapi import Request

from tracer.domain.errors import TracerError
from tracer.http.heavy import explain_task
from tracer.http.service import service_of

SHORT, LONG = 0.1, 55.0
"""Seconds that a page waits where it can come again, and where it was asked to wait."""
_KEPT = 20.0
Explanation = Mapping[str, object]


@dataclass
class _Begun:
    """One under way, or done since then."""

    future: Future[Explanation] = field(default_factory=Future)
    done_at: float = inf

    def fill(self, make: Callable[[], Explanation]) -> None:
        try:
            self.future.set_result(make())
        except BaseException as error:  # noqa: BLE001  # whoever waits is told
            self.future.set_exception(error)
        self.done_at = monotonic()


class Explanations:
    """Those under way, and for a moment those that are done; by call and how often it changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun: dict[tuple[str, int], _Begun] = {}

    def wait(self, key: tuple[str, int], make: Callable[[], Explanation], seconds: float) -> Explanation | None:
        """The explanation, None where it is not there in so many seconds. Raises what `make` raises."""
        with self._lock:
            old = monotonic() - _KEPT
            self._begun = {known: one for known, one in self._begun.items() if one.done_at > old}
            begun = self._begun.get(key)
            if begun is None:
                begun = self._begun[key] = _Begun()
                # No pool: its threads would keep the server from ending while one waits for a full run.
                Thread(target=begun.fill, args=(make,), daemon=True).start()
        try:
            return begun.future.result(seconds)
        except NotYet:
            return None


def explanation_of(
    request: Request, call_id: str, changes: int, seconds: float
) -> tuple[Explanation | None, TracerError | None]:
    """Where a call came from; (None, None) where it takes longer, (None, refusal) where it is not attributed."""
    service = service_of(request)
    explanations: Explanations = request.app.state.explanations
    try:
        found = explanations.wait(
            (call_id, changes), lambda: service.heavy.run(explain_task, call_id, "", False), seconds
        )
    except TracerError as error:
        return None, error
    return found, None
