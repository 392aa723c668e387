"""Calls, their attachments, and the stories that callers tell."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tracer.api.schemas.columns import Changed, Sent, Told, erased_at, history
from tracer.api.schemas.ledger import HistoryEntry
from tracer.api.schemas.strict import IdText, Strict
from tracer.domain.records import CALL_COLUMNS


class AttachmentIn(Strict):
    """A file that belongs to a call, by its hash; POST …/attachments keeps the file itself, then or later."""

    file_name: str = Field(min_length=1, max_length=255, description="Its name.", examples=["recording.ogg"])
    size: int = Field(ge=0, le=2**53, description="In bytes.", examples=[48_213])
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="Of its content, in hexadecimal.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class AttachmentOut(Strict):
    """A file that belongs to a call; `kept`: the file itself can be fetched, else only its hash was noted."""

    attachment_id: str
    file_name: str | None
    size: int
    sha256: str
    kept: bool


class AttachedOut(Strict):
    """What became of a file that was sent; `added` is false where the call had it already."""

    attachment_id: str
    size: int
    sha256: str
    kept: bool
    added: bool


class CallOut(Told, noun="call", columns=CALL_COLUMNS):
    """A received contact as it was logged."""

    state: str
    merged_into: str
    erased_at: str = erased_at()


class CallDetail(CallOut):
    """A received contact with its files, what sources said of it, and its whole history."""

    attachments: list[AttachmentOut]
    deliveries: list[dict[str, Any]] = Field(description="What sources said of it, as GET /intake/{delivery_id}.")
    history: list[HistoryEntry] = history()


class CallChanges(Changed, noun="call", columns=tuple(column for column in CALL_COLUMNS if column != "call_id")):
    """Columns to change; those left out stay as they are."""


class CallIn(Sent, noun="call", columns=CALL_COLUMNS):
    """A received contact: first what is known now, the rest later."""

    attachments: list[AttachmentIn] = Field(default=[], max_length=50, description="Files that belong to it.")
    read_transcript: bool = Field(
        default=False, description="Fill what is left empty with what the transcript tells, as POST …/calls/parse does."
    )


class MergeIn(Strict):
    """The record that stays."""

    into: IdText = Field(description="The call that stays.", examples=["c-8d3hx6w0zr"])


class ScriptOut(Strict):
    """A story that callers tell."""

    script: str
    en: str
    zh: str
