"""What came of a round of asking for parcels."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tracer.services.orders.take_scans import TakenScans

MOST_LOOKS = 100
"""Parcels asked for in one round."""
MOST_FAILURES = 3
"""Failures running after which a round ends: the service is down, and asking on would be rude."""


@dataclass(slots=True)
class Polled:
    """How many parcels were begun, asked for, and could not be asked for; scans and exposures that came of it.

    `running`: failures since the last answer. `error`: the last failure, in words that name no parcel.
    """

    begun: int = 0
    asked: int = 0
    failures: int = 0
    scans: int = 0
    exposures: int = 0
    unassigned: int = 0
    running: int = 0
    error: str = ""

    def count(self, taken: TakenScans | None) -> None:
        """One was asked for, and this came of it; None: it was too early."""
        if taken is not None:
            self.asked += 1
            self.running = 0
            self.scans += taken.scans
            self.exposures += taken.exposures
            self.unassigned += taken.unassigned

    def failed(self, error: Exception) -> None:
        """One could not be asked for."""
        self.failures += 1
        self.running += 1
        self.error = str(error)

    @property
    def record(self) -> dict[str, int | str]:
        """The same as a JSON object."""
        return asdict(self)
