"""Families of synthetic worlds: what is hard about each, and the figures it is drawn with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracer.domain.errors import InvalidValue

ROUTE_KINDS = ("rebate_site", "platform", "merchant", "warehouse", "courier", "station")
"""Kinds of channels in the order in which they come to see an order."""


def _parties(platforms: int, merchants: int, warehouses: int, couriers: int, stations: int) -> dict[str, int]:
    return dict(zip(ROUTE_KINDS[1:], (platforms, merchants, warehouses, couriers, stations), strict=True))


@dataclass(frozen=True, slots=True)
class Family:
    """One family. Where a figure is None the configured model's holds.

    orders       how many unless said otherwise
    parties      channels of each kind at that many orders; more orders bring more channels
    planned      a council shares its orders out evenly instead of shopping where everybody shops
    cut          share of orders with a truncated route
    controls     canaries given to nobody, a hundred orders
    leaks        False: no channel leaks, and nobody outside does
    burst_share  P(a leaky channel leaks during one spell only)
    other_mean   mean of P(an order leaks outside its route)
    background   times the configured mean rate of background calls
    shared       canaries share bare numbers, so that the name must tell them apart
    tied         shop with warehouse and courier with station are only ever seen together
    campaigns    callers work through many lines in sessions of a few hours
    privacy      share of orders with number protection
    unanswered   share of calls that nobody picks up
    asked        P(the person called asks for a field that the caller did not say)
    """

    name: str
    about: str
    orders: int
    parties: Mapping[str, int] = field(default_factory=lambda: _parties(5, 50, 18, 9, 8))
    planned: bool = False
    cut: float = 0.15
    controls: float = 0.04
    leaks: bool = True
    burst_share: float | None = None
    other_mean: float | None = None
    background: float = 1.0
    shared: bool = False
    tied: bool = False
    campaigns: bool = False
    privacy: float = 0.0
    unanswered: float = 0.0
    asked: float = 0.0


_ALL = (
    Family("shopper", "one person's tens of orders at a few dozen shops", 40, _parties(3, 12, 7, 5, 3), controls=0.05),
    Family("thin", "more channels than the orders can tell apart", 150, _parties(6, 60, 20, 10, 8)),
    Family(
        "council",
        "a consumer council's planned campaign: every channel as often as the next, many routes cut short on purpose",
        600,
        _parties(6, 40, 15, 8, 6),
        planned=True,
        cut=0.4,
        controls=0.1,
    ),
    Family(
        "shared",
        "thirty canaries on each bare number: the name, misheard, and the goods must say who is meant",
        600,
        _parties(5, 40, 15, 8, 6),
        background=5.0,
        shared=True,
    ),
    Family("burst", "leaky channels leak during a few weeks only", 1_000, burst_share=1.0),
    Family(
        "tied",
        "each shop with its own warehouse and each courier with its own station, never one without the other",
        800,
        _parties(5, 24, 24, 8, 8),
        tied=True,
    ),
    Family("innocent", "nobody leaks: every call is background", 800, leaks=False, background=2.0),
    Family("outside", "orders leak outside every route as well", 800, other_mean=0.15),
    Family(
        "campaign",
        "callers work in sessions: one number, one script, many lines within hours, buyers of data and strangers alike",
        600,
        background=3.0,
        campaigns=True,
    ),
    Family("heavy", "background as on numbers known to strangers: a call a week and line", 300, background=15.0),
    Family(
        "masked",
        "number protection, masked names, rebate sites, callers asked in vain, calls that nobody picks up",
        600,
        {**_parties(5, 40, 15, 8, 6), "rebate_site": 4},
        privacy=0.6,
        unanswered=0.25,
        asked=0.15,
    ),
)  # fmt: skip
FAMILIES: Mapping[str, Family] = {family.name: family for family in _ALL}


def require_family(name: str) -> Family:
    """The family of that name; raises InvalidValue naming all."""
    try:
        return FAMILIES[name]
    except KeyError:
        raise InvalidValue("--family", name, "one of: " + " ".join(FAMILIES)) from None
