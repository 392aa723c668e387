"""What goes in and out where the data are asked what they say: identification, report, plan."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tracer.api.schemas import Strict


class HeardIn(Strict):
    """What was heard; at least one of these, or the whole number with its extension."""

    heard: str = Field(default="", max_length=200, examples=["欧阳女士"])
    dialled: str = Field(default="", max_length=64, examples=["+442079460016"])
    item: str = Field(default="", max_length=2_000)
    price: str = Field(default="", max_length=40)
    order_no: str = Field(default="", max_length=200)
    waybill_no: str = Field(default="", max_length=200)


class HeardBatchIn(Strict):
    """Several questions."""

    heard: list[HeardIn] = Field(min_length=1, max_length=200)


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


class TranscriptIn(Strict):
    """What was said or written in a contact, and where known the line that rang or the canary."""

    transcript: str = Field(max_length=200_000, examples=["您好，张女士，您买的面膜质检不合格，给您三倍赔付。"])
    dialled: str = Field(default="", max_length=64, examples=["+442079460016"])
    canary_id: str = Field(default="", max_length=128)


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


class SourceOut(Strict):
    """A channel id, "background" or "other"."""

    channel_id: str
    p: float


class EvidenceOut(Strict):
    """One reason, in nats over "background"."""

    term: str
    channel_id: str
    log_likelihood_ratio: float


class ExplanationOut(Strict):
    """Where one call's knowledge came from; the sources sum to 1."""

    call_id: str
    canary_id: str | None
    match_p: float
    sources: list[SourceOut]
    evidence: list[EvidenceOut]


class ReportOut(Strict):
    """The leak attribution report; docs/ and README tell how to read it."""

    as_of: str
    channels: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    calls: list[ExplanationOut]
    background: dict[str, Any]
    sensitivity: dict[str, Any]
    diagnostics: dict[str, Any]
    assumptions: list[str]


class PlanOut(Strict):
    """The orders to place next, best first, in batches, with what each costs and is expected to tell (bits)."""

    as_of: str
    watch_days: float
    budget: float | None
    most_per_shop: int
    batch_size: int
    costs: dict[str, float]
    background_per_line_day: float
    proposals: list[dict[str, Any]]
    total_cost: float
    total_gain_bits: float
    remarks: list[str]


class PowerOut(Strict):
    """Per kind of channel how many orders show a leak, and what is assumed."""

    as_of: str
    leak_rate: float
    sure: float
    watch_days: float
    background_per_line_day: float
    kinds: list[dict[str, Any]]
    assumptions: list[str]


class PlanIn(Strict):
    """How many orders to propose, or what they may cost: exactly one of `orders` and `budget`."""

    orders: int | None = Field(default=None, ge=1, le=500, examples=[6])
    budget: float | None = Field(default=None, gt=0, le=1e9)
    most_per_shop: int = Field(default=3, ge=1, le=500)
    batch: int = Field(default=10, ge=1, le=500)
    watch_days: float = Field(default=30, gt=0, le=365)
    costs: dict[str, float] = Field(default={}, max_length=10, description="What an order of each kind costs.")
    as_of: str = Field(default="", max_length=64)


class PowerIn(Strict):
    """How many orders show a channel that leaks `leak_rate` of its orders, with probability `sure`."""

    leak_rate: float = Field(gt=0, lt=1, examples=[0.3])
    sure: float = Field(default=0.9, gt=0, lt=1)
    watch_days: float = Field(default=30, gt=0, le=365)
    as_of: str = Field(default="", max_length=64)


class CapacityOut(Strict):
    """How many names there are, number by number and over the registry."""

    numbers: list[dict[str, Any]]
    registry: list[dict[str, Any]]
