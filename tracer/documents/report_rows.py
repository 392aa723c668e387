"""The rows of a report: shown texts beside the figures they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel: shown texts beside the figures they are of."""

    channel_id: str
    label: str
    kind: str
    verdict: str
    verdict_word: str
    p: float
    p_text: str
    mean: float
    lower: float
    upper: float
    rate: str
    interval: str
    orders: int
    called: int
    silent: int
    reason: str
    factor: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Channels that cannot be told apart."""

    members: Sequence[tuple[str, str]]
    verdict: str
    verdict_word: str
    sentence: str
    separating: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call: when, whose, and where from, most probable first."""

    call_id: str
    canary_id: str
    match: str
    received: str
    leaked: bool
    sources: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Why:
    """The evidence terms for one source over background; the factors in powers of e and in words."""

    source: str
    terms: Sequence[tuple[str, str, str]]
    total: str
