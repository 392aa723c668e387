"""What a carrier service is to Tracer: it is asked for a parcel, and may be asked to tell by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tracer.domain.tracking import ParcelScans


@dataclass(frozen=True, slots=True)
class Question:
    """A parcel to ask for. `carrier` is an id of domain.waybill; `phone_tail` the last four digits of the line."""

    waybill_no: str = field(repr=False)
    carrier: str
    phone_tail: str = field(default="", repr=False)


class TrackingService(Protocol):
    """A service that knows of parcels. Both verbs wait for the network, outside any transaction."""

    @property
    def carriers(self) -> frozenset[str]:
        """The carriers it can be asked about."""

    @property
    def pushes(self) -> bool:
        """Whether it can be asked to tell by itself: it knows where to."""

    def look(self, question: Question) -> ParcelScans:
        """What it knows now; raises OutboundRefused and OutboundFailed."""

    def subscribe(self, question: Question) -> None:
        """Have it tell of this parcel from now on; raises OutboundRefused and OutboundFailed."""


Credentials = Mapping[str, str]
"""What a service's settings say, by the name after the service's own: {"customer": …, "key": …}."""
