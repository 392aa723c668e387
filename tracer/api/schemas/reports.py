"""What the data say: explanations, reports, plans."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tracer.api.schemas.strict import Strict


class CallSourceOut(Strict):
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
    sources: list[CallSourceOut]
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

    orders: int | None = Field(default=None, ge=1, le=500, description="How many to propose.", examples=[6])
    budget: float | None = Field(default=None, gt=0, le=1e9, description="What they may cost in all.")
    most_per_shop: int = Field(default=3, ge=1, le=500, description="At most so many at one shop.")
    batch: int = Field(default=10, ge=1, le=500, description="So many at a time; the next wait for what these bring.")
    watch_days: float = Field(default=30, gt=0, le=365, description="How long each is listened for.")
    costs: dict[str, float] = Field(default={}, max_length=10, description="What an order of each kind costs.")
    as_of: str = Field(default="", max_length=64, description="By events up to this time.")


class PowerIn(Strict):
    """How many orders show a channel that leaks `leak_rate` of its orders, with probability `sure`."""

    leak_rate: float = Field(gt=0, lt=1, description="The share of its orders that leaks.", examples=[0.3])
    sure: float = Field(default=0.9, gt=0, lt=1, description="How probable it shall be that it shows.")
    watch_days: float = Field(default=30, gt=0, le=365, description="How long each is listened for.")
    as_of: str = Field(default="", max_length=64, description="By events up to this time.")


class CapacityOut(Strict):
    """How many names there are, number by number and over the registry."""

    numbers: list[dict[str, Any]]
    registry: list[dict[str, Any]]
