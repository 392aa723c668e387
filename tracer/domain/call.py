"""Received contacts: what was heard, said and known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracer.domain.fields import Fields
from tracer.domain.line import Line


class ContactKind(StrEnum):
    """How the caller got in touch."""

    CALL = "call"
    SMS = "sms"
    CHAT = "chat"


class Nature(StrEnum):
    """What the contact was. A legitimate one accuses nobody."""

    SCAM = "scam"
    LEGITIMATE = "legitimate"
    UNSURE = "unsure"


class Reached(StrEnum):
    """Which number rang where an order had an alias: the bare line or the alias."""

    UNKNOWN = ""
    LINE = "line"
    ALIAS = "alias"


class CallState(StrEnum):
    """Whether the record counts: an undone or merged one is kept as history only."""

    LOGGED = "logged"
    UNDONE = "undone"
    MERGED = "merged"


SCRIPTS = (
    "order_problem",
    "defect_refund",
    "multiple_compensation",
    "lost_parcel",
    "wrong_membership",
    "wrong_agent",
    "threat",
    "delivery",
    "other",
)
ROLES = ("platform", "merchant", "warehouse", "courier", "station", "payment", "bank", "police", "other")


@dataclass(frozen=True, slots=True)
class Call:
    """A received contact as a person logged it.

    `canary_id` is a person's statement of which canary rang; None leaves it to matching.
    `heard_…` are the values as said; tails are enough for numbers. `erased_at`: when its personal data was erased.
    """

    call_id: str
    received_at: datetime
    dialled: Line | None
    kind: ContactKind = ContactKind.CALL
    caller_number: str = ""
    heard_name: str = ""
    claimed_role: str = ""
    known_fields: Fields = Fields.NONE
    unknown_fields: Fields = Fields.NONE
    script: str = ""
    transcript: str = ""
    canary_id: str | None = None
    heard_item: str = ""
    heard_price: str = ""
    heard_order_no: str = ""
    heard_waybill_no: str = ""
    nature: Nature = Nature.SCAM
    answered: bool = True
    caller_reached: Reached = Reached.UNKNOWN
    notes: str = ""
    tags: tuple[str, ...] = ()
    state: CallState = CallState.LOGGED
    merged_into: str | None = None
    erased_at: datetime | None = None
