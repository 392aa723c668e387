"""Which canary is meant by what was heard."""

from __future__ import annotations

from pydantic import Field

from tracer.api.schemas.strict import Strict


class HeardIn(Strict):
    """What was heard; at least one of these, or the whole number with its extension."""

    heard: str = Field(default="", max_length=200, description="The name as heard.", examples=["欧阳女士"])
    dialled: str = Field(default="", max_length=64, description="The line that rang.", examples=["+442079460016"])
    item: str = Field(default="", max_length=2_000, description="The goods as said.")
    price: str = Field(default="", max_length=40, description="The price as said.")
    order_no: str = Field(default="", max_length=200, description="As said; a tail is enough.")
    waybill_no: str = Field(default="", max_length=200, description="As said; a tail is enough.")


class HeardBatchIn(Strict):
    """Several questions."""

    heard: list[HeardIn] = Field(min_length=1, max_length=200, description="One question each.")


class Difference(Strict):
    """Where a heard name differs from a canary's."""

    place: int
    heard: str
    said: str
    distance: float = Field(description="How far apart the two sound, from 0 (alike) to 1.")
    alike: bool = Field(description="Whether a telephone does not tell them apart.")


class CandidateOut(Strict):
    """A canary that may be meant; `differs` is null where names may not be seen."""

    canary_id: str
    p: float
    differs: list[Difference] | None


class IdentificationOut(Strict):
    """Who may be meant; `verdict` is a canary id where one is sure enough."""

    candidates: list[CandidateOut]
    not_ours: float = Field(examples=[0.02])
    verdict: str | None
