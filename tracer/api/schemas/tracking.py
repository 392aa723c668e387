"""What the tracking of a parcel takes and answers, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tracer.api.schemas.strict import Strict
from tracer.domain.tracking import Stage, TrackState
from tracer.domain.waybill import CARRIERS


class TrackingIn(Strict):
    """Whom to ask about, where nothing else tells."""

    carrier: str = Field(
        "",
        max_length=32,
        json_schema_extra={"enum": ["", *CARRIERS]},
        description="Empty: the courier of the route, else what the number's form allows.",
    )


class ScanOut(Strict):
    """A scan event; what the carrier wrote is null where it may not be seen: it names people and places."""

    at: str = Field(examples=["2026-02-11T18:03:11+08:00"])
    stage: Stage
    code: str = Field(description="The service's own word for it.")
    text: str | None
    place: str | None


class TrackingOut(Strict):
    """What is known of an order's parcel, and when it is asked for again."""

    order_id: str
    service: str = Field(examples=["kuaidi100"])
    carrier: str
    state: TrackState
    stage: Stage | Literal[""]
    last_scan_at: str
    since: str
    looked_at: str
    next_look: str = Field(description="Empty: it is not asked for any more.")
    pushed: bool = Field(description="Whether the service tells by itself.")
    failures: int
    problem: str = Field(
        description="Empty, or why nothing is known: no_record, phone_needed, unreachable, unassigned."
    )
    candidates: list[str] = Field(description="The carriers whose numbers have this form.")
    scans: list[ScanOut]
