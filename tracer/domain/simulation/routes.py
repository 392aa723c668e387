"""Canaries, their orders and the routes that these take: who was shown what, and when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracer.domain.attribution.model import AttributionModel
from tracer.domain.codebook.allocate import Allocator
from tracer.domain.codebook.borne_names import IssuedName
from tracer.domain.fields import Fields
from tracer.domain.simulation.families import ROUTE_KINDS, Family
from tracer.domain.simulation.parties import NOBODY, Market
from tracer.domain.simulation.values import draw_orders
from tracer.domain.simulation.world import (
    CAMPAIGN_DAYS,
    CONTACT_FIELDS,
    CONTROL,
    DAY,
    END,
    HANDED_OVER,
    NEVER,
    ORDERED,
    Bools,
    Canaries,
    Exposures,
    Ints,
    Orders,
)

LOCALE = "zh_CN"
_ON_A_NUMBER, _ON_A_BASE, _BASE_NUMBERS = 30, 100, 100
_SHARED_NUMBERS, _CONTROL_NUMBERS = 1_000, 100
_HANDED_SHARE = 0.02
_FAITHFUL, _STATION_SHARE, _REBATE_SHARE = 0.85, 0.4, 0.3
_ALIAS_DAYS = (10, 40)
_DAYS_TO_NEXT = {"platform": 0.0, "merchant": 0.02, "warehouse": 0.3, "courier": 0.6, "station": 2.0}
"""Mean days by which a kind sees an order after the one before it on the route."""


def draw_canaries(family: Family, orders: int, rng: np.random.Generator) -> Canaries:
    """So many canaries that order, and those handed over without an order or given to nobody."""
    controls, handed = round(orders * family.controls), round(orders * _HANDED_SHARE)
    purpose = rng.permutation(np.repeat([ORDERED, HANDED_OVER, CONTROL], [orders, handed, controls]))
    issued = np.sort(rng.integers(0, CAMPAIGN_DAYS * DAY, len(purpose)))
    if family.shared:
        line = _shared_lines(purpose == CONTROL)
        lines: Sequence[str] = [f"+447700900{n:03d}" for n in range(int(line.max()) + 1)]
    else:
        line = np.arange(len(purpose))
        base = min(-(-len(line) // _ON_A_BASE), _BASE_NUMBERS)
        lines = [f"+4420794600{n % base:02d};ext={n // base:04d}" for n in range(len(line))]
    return Canaries(_names(line, family.shared, rng), issued, purpose, line, lines, not family.shared)


def _shared_lines(control: Bools) -> Ints:
    """Numbers for thirty each, or more where numbers end; controls have numbers of their own, which measure."""
    line = np.zeros(len(control), dtype=np.int64)
    begin = 0
    for here, most in ((control, _CONTROL_NUMBERS), (~control, _SHARED_NUMBERS - _CONTROL_NUMBERS)):
        size = int(here.sum())
        numbers = min(-(-size // _ON_A_NUMBER), most)
        line[here] = begin + np.arange(size) % max(numbers, 1)
        begin += numbers
    return line


def _names(line: Ints, shared: bool, rng: np.random.Generator) -> Sequence[IssuedName]:
    """Names from the codebook: those on one number are told apart by ear."""
    allocator = Allocator(LOCALE, rng)
    if not shared:
        return allocator.issue(len(line))
    waiting = [iter(allocator.issue(int(size), allocator.line())) for size in np.bincount(line)]
    return [next(waiting[number]) for number in line.tolist()]


def draw_routes(
    family: Family,
    canaries: Canaries,
    market: Market,
    model: AttributionModel,
    kinds: Sequence[str],
    rng: np.random.Generator,
) -> tuple[Orders, Exposures]:
    """An order for every canary that is to order, and all exposures."""
    size = len(canaries.issued)
    placed = canaries.issued + rng.integers(300, DAY, size)
    route = _route(family, market, size, rng)
    kept = _cut_short(family, route, size, rng)
    protected = rng.random(size) < family.privacy
    at = _seen_at(family, placed, kept, rng)
    ordered = canaries.purpose == ORDERED
    default = np.array([int(model.channels.kind(kind).fields) for kind in kinds])
    rows = []
    for hop, kind in enumerate(ROUTE_KINDS):
        canary = np.flatnonzero(ordered & kept[hop])
        if len(canary):
            channel = market.first[kind] + route[hop][canary]
            fields, alias = _shown(kind, default[channel], at[hop][canary], protected[canary], rng)
            rows.append((canary, channel, at[hop][canary], fields, alias))
    handed = np.flatnonzero(canaries.purpose == HANDED_OVER)
    shop = market.first["merchant"] + market.choose("merchant", len(handed), rng, evenly=family.planned)
    contact, never = np.full(len(handed), CONTACT_FIELDS), np.full(len(handed), NEVER)
    rows.append((handed, shop, canaries.issued[handed], contact, never))
    canary, channel, when, fields, alias = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.lexsort((when, canary))
    order = order[when[order] <= END]
    sent = kept[ROUTE_KINDS.index("warehouse")] | kept[ROUTE_KINDS.index("courier")]
    shown = Exposures(canary[order], channel[order], when[order], fields[order], alias[order])
    return draw_orders(placed, sent, rng), shown


def _route(family: Family, market: Market, size: int, rng: np.random.Generator) -> list[Ints]:
    """For each kind of channel on the way the one each order would pass, NOBODY where there is none."""

    def usual(own: Ints, kind: str) -> Ints:
        strange = market.choose(kind, size, rng, evenly=family.planned)
        loyal = family.tied or rng.random(size) < _FAITHFUL
        return np.where((own == NOBODY) | loyal, own, strange)

    shop = market.choose("merchant", size, rng, evenly=family.planned)
    courier = market.choose("courier", size, rng, evenly=family.planned)
    station = usual(market.station[courier], "station")
    rebate = np.full(size, NOBODY)
    if market.size("rebate_site"):
        chosen = market.choose("rebate_site", size, rng, evenly=family.planned)
        rebate = np.where(rng.random(size) < _REBATE_SHARE, chosen, NOBODY)
    if not family.tied:
        station[rng.random(size) >= _STATION_SHARE] = NOBODY
    return [
        rebate,
        usual(market.platform[shop], "platform"),
        shop,
        usual(market.warehouse[shop], "warehouse"),
        courier,
        station,
    ]


def _cut_short(family: Family, route: Sequence[Ints], size: int, rng: np.random.Generator) -> list[Bools]:
    """Which stops an order makes, kind by kind.

    Truncated routes are cancelled before dispatch, sent straight through a courier, picked up by the
    shopper, or go without the warehouse.
    """
    way = rng.integers(0, 4, size)
    way[rng.random(size) >= family.cut] = NOBODY
    cancelled, direct, fetched, from_shop = (way == n for n in range(4))
    if family.tied:  # no cut may part a pair
        fetched, cancelled, from_shop = cancelled | fetched | from_shop, np.zeros_like(direct), np.zeros_like(direct)
    left_out = {
        "rebate_site": direct,
        "platform": direct,
        "merchant": direct,
        "warehouse": direct | cancelled | from_shop,
        "courier": cancelled | fetched,
        "station": cancelled | fetched,
    }
    return [(there != NOBODY) & ~left_out[kind] for kind, there in zip(ROUTE_KINDS, route, strict=True)]


def _seen_at(family: Family, placed: Ints, kept: Sequence[Bools], rng: np.random.Generator) -> list[Ints]:
    """When each stop sees the order: the first at once, every later one a while after the one before."""
    when = [placed]
    for hop in range(1, len(ROUTE_KINDS)):
        kind = ROUTE_KINDS[hop]
        days = _DAYS_TO_NEXT[kind]
        if family.tied and kind in {"warehouse", "station"}:
            days = 0.01
        wait = np.ceil(rng.exponential(days, len(placed)) * DAY).astype(np.int64) if days else 0
        started = np.any(kept[:hop], axis=0)
        when.append(np.where(started, when[-1] + wait, placed))
    return when


def _shown(kind: str, default: Ints, at: Ints, protected: Bools, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Fields, and the end of the alias (NEVER without).

    Number protection hides the number from all behind the platform, save every second shop, and the name
    from the courier.
    """
    hides = protected & ((default & int(Fields.PHONE)) > 0) & (kind not in {"platform", "rebate_site"})
    if kind == "merchant":
        hides &= rng.random(len(at)) < 0.5
    fields = np.where(hides, default & ~int(Fields.PHONE) | int(Fields.PHONE_ALIAS), default)
    if kind == "courier":
        masked = fields & ~int(Fields.NAME) | int(Fields.NAME_MASKED)
        fields = np.where(hides, masked, fields)
    until = at + rng.integers(_ALIAS_DAYS[0] * DAY, _ALIAS_DAYS[1] * DAY, len(at))
    return fields, np.where(hides, until, NEVER)
