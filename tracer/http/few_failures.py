"""How often somebody may fail, counted in this process alone: a forged request must not cost the database anything."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from time import monotonic

_MOST_KNOWN = 10_000


class FewFailures:
    """Failures by address, by the generic cell rate algorithm: `burst` at once, and as many again in `seconds`."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._pause = seconds / burst
        self._seconds = seconds
        self._empty_at: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def too_many(self, address: str) -> float:
        """Count one; how long to wait, in seconds, where it is one too many, else 0."""
        now = monotonic()
        with self._lock:
            empty_at = max(self._empty_at.pop(address, now), now) + self._pause
            if empty_at - now <= self._seconds:
                self._empty_at[address] = empty_at
                wait = 0.0
            else:
                self._empty_at[address] = empty_at - self._pause
                wait = empty_at - now - self._seconds
            while len(self._empty_at) > _MOST_KNOWN:
                self._empty_at.popitem(last=False)
        return wait
