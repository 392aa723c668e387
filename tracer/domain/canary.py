"""Canaries: decoy recipients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracer.domain.line import Line

CONTROL = "control"


class CanaryState(StrEnum):
    """Where a canary stands in its life: issued → used → quarantined → retired."""

    ISSUED = "issued"
    USED = "used"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


LIVE_STATES = frozenset({CanaryState.ISSUED, CanaryState.USED})


@dataclass(frozen=True, slots=True)
class Canary:
    """A decoy recipient: a unique name on a line, and the channels it was handed to."""

    canary_id: str
    recipient_name: str
    phone: Line
    issued_at: datetime
    locale: str = ""
    gender: str = ""
    issued_for: tuple[str, ...] = ()
    purpose: str = ""
    state: CanaryState = CanaryState.ISSUED
    tags: tuple[str, ...] = ()
    notes: str = ""
    erased_at: datetime | None = None

    @property
    def is_erased(self) -> bool:
        """Its name is gone: erased here, or before it was imported (then `erased_at` is None)."""
        return not self.recipient_name

    @property
    def is_control(self) -> bool:
        """Marked as a control; one with neither an order nor issued_for is one in fact as well."""
        return self.purpose == CONTROL
