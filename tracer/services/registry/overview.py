"""What there is, at a glance: counts, the newest calls, and what is missing for the first canary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracer.services.registry.browse import browse_calls
from tracer.storage.unit_of_work import UnitOfWork

NEWEST = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of channels, numbers, canaries by state, orders and calls; the newest calls as records."""

    channels: int
    numbers: int
    canaries: Mapping[str, int]
    orders: int
    calls: int
    newest_calls: Sequence[Mapping[str, Any]]

    @property
    def live(self) -> int:
        """Canaries that may still be called."""
        return self.canaries.get("issued", 0) + self.canaries.get("used", 0)


def overview(work: UnitOfWork) -> Overview:
    """The registry at a glance."""
    counts = work.listings.counts()
    return Overview(
        channels=counts.channels,
        numbers=counts.numbers,
        canaries=counts.canaries,
        orders=counts.orders,
        calls=counts.calls,
        newest_calls=browse_calls(work, None, NEWEST, newest_first=True).records,
    )
