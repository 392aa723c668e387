"""What the operations on what came in by itself take and answer, as models."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tracer.api.schemas.strict import IdText, Strict


class ImportOptions(Strict):
    """What is to be known of a file of calls."""

    name: str = Field(default="", max_length=255, description="What the file is called.")
    source: str = Field(default="", max_length=64, description="What wrote it, as GET /intake/sources says.")
    zone: str = Field(default="", max_length=64, description="Of times without an offset, such as +08:00.")
    lines: list[str] = Field(default=[], max_length=100, description="SOURCE_LINE=NUMBER.")
    columns: list[str] = Field(default=[], max_length=100, description="THEIRS=OURS.")


class SourceOut(Strict):
    """A source of calls, and how many of its messages stand how."""

    source: str = Field(examples=["twilio"])
    reads_files: bool
    hook: str = Field(description="Where its vendor sends to; empty for none.", examples=["https://host/hooks/twilio"])
    is_set_up: bool
    taken: int
    held: int
    left_out: int = Field(description="Taken, with a call that lacks its line or canary.")
    dismissed: int
    newest: str = Field(description="When the last one came; empty for none.")


class DeliveryOut(Strict):
    """A message of a source; null what it said, where that may not be seen."""

    delivery_id: str = Field(examples=["d-2f7k9m4xqe"])
    source: str
    contact_id: str | None
    event_id: str | None
    stage: int
    received_at: str
    state: str = Field(examples=["held"])
    call_id: str
    faults: list[str] = Field(examples=[["unknown_number"]])
    reason: str | None
    place: str | None
    told: dict[str, Any] | None
    extra: dict[str, Any] | None
    unread: str | None
    erased: bool


class RerunIn(Strict):
    """Which messages to try again: those named, else those of the source, with the fault, or all, behind `after`."""

    ids: list[IdText] = Field(default=[], max_length=200, description="These only.")
    source: str = Field(default="", max_length=64, description="Of this source only.")
    fault: str = Field(default="", max_length=64, description="With this wrong only.", examples=["unknown_number"])
    after: str = Field(default="", max_length=128, description="The `last` of the answer before, to go on behind it.")


class RerunOut(Strict):
    """How many are well now, how many are as they were, how many were not looked at; `last` is the last that was."""

    mended: int
    waiting: int
    left: int
    last: str


class DismissIn(Strict):
    """Which messages nobody waits for any longer; `erase`: what they said is taken away for ever."""

    ids: list[IdText] = Field(min_length=1, max_length=200, description="Of the messages.")
    erase: bool = Field(default=False, description="Take away what held ones said, for ever.")


class DismissOut(Strict):
    """How many were dismissed."""

    dismissed: int
