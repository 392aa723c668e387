"""What the evidence routes take and answer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tracer.api.schemas.strict import IdText, Strict
from tracer.domain.evidence.opening import CLOSED


class PackIn(Strict):
    """A pack on one call, canary or channel; `open` names fields that else stay closed."""

    kind: Literal["call", "canary", "channel"] = Field(description="What it is about.", examples=["call"])
    id: IdText = Field(description="Its id.", examples=["c-2f7k9m4xqe"])
    open: list[str] = Field(default=[], max_length=len(CLOSED), description=f"Out of: {' '.join(CLOSED)}.")
    name_persons: bool = Field(default=False, description="Name natural persons, too.")


class PackCheckpointOut(Strict):
    """A signed state of a ledger; `root` in hexadecimal."""

    origin: str
    size: int
    root: str


class StampOut(Strict):
    """A time token; `time` and `authority` are null where it was not looked into."""

    member: str
    checked: bool
    time: str | None
    authority: str | None
    authority_trusted: bool


class PackStampOut(StampOut):
    """A time token of the pack with the checkpoint that it is over."""

    checkpoint: PackCheckpointOut


class ProvedFactOut(Strict):
    """A fact that lies under the signed root: what was opened, and the fields kept closed."""

    member: str
    index: int
    event: str
    subject_id: str
    recorded_at: str
    fields: dict[str, Any]
    closed: list[str]
    erased: int
    erased_at: str | None
    time_stamps: list[StampOut]


class SubjectOut(Strict):
    """What a pack is about."""

    kind: str
    id: str


class VerdictOut(Strict):
    """An intact pack; `origin_proven` only where it was signed by the key that you trust."""

    verdict: str = Field(examples=["intact, origin not proven"])
    intact: bool
    origin_proven: bool
    subject: SubjectOut
    made_at: str
    fingerprint: str
    verifier_key: str
    checkpoint: PackCheckpointOut
    facts: list[ProvedFactOut]
    time_stamps: list[PackStampOut]
    kept_closed: int
    erased: int
