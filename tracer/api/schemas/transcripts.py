"""What a transcript tells."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tracer.api.schemas.strict import Strict


class TranscriptIn(Strict):
    """What was said or written in a contact, and where known the line that rang or the canary."""

    transcript: str = Field(
        max_length=200_000,
        description="The text.",
        examples=["您好，张女士，您买的面膜质检不合格，给您三倍赔付。"],
    )
    dialled: str = Field(default="", max_length=64, description="The line that rang.", examples=["+442079460016"])
    canary_id: str = Field(default="", max_length=128, description="The canary, where it is known.")


class SpanOut(Strict):
    """A finding at [start, end) of the text, in Unicode code points; `p`: how sure it is.

    `what`: a field the caller knew, `unknown:` and a field, `claimed_role`, `script`, or `asked_for:` and an id.
    """

    what: str = Field(examples=["name:masked"])
    text: str = Field(examples=["张女士"])
    start: int
    end: int
    p: float


class ReadingOut(Strict):
    """What a transcript tells; null where it tells nothing."""

    nature: Literal["scam", "legitimate", "unsure"]
    heard_name: str | None
    known_fields: list[str]
    unknown_fields: list[str]
    claimed_role: str | None
    script: str | None
    asked_for: list[str]
    spans: list[SpanOut]
