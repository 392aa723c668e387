"""The routes that a next order could take: whole ones as seen before, their truncations, and controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.channel import Channel

MOST_WHOLE = 2_000
PLATFORM, MERCHANT, COURIER, STATION = "platform", "merchant", "courier", "station"
CARRYING = frozenset((COURIER, STATION, "discarded_label"))


class RouteKind(StrEnum):
    """How an order is placed, by what it exposes."""

    ORDER = "order"
    CANCELLED = "cancelled"
    DIRECT = "direct"
    PICKUP = "pickup"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of order and the channels it passes, as places; `subject` is who notices it, -1 for a control.

    Places from the number of channels on stand for shops that are not registered yet.
    """

    kind: RouteKind
    channels: tuple[int, ...]
    subject: int


def seen_routes(evidence: Evidence) -> list[tuple[int, ...]]:
    """The distinct routes of past orders, in order of exposure, the commonest first."""
    shown = evidence.exposures
    real = np.flatnonzero((shown.order >= 0) & ~evidence.canaries.control[shown.canary])
    rank = real[np.lexsort((shown.channel[real], shown.day[real], shown.order[real], shown.canary[real]))]
    canary, order, channel = shown.canary[rank], shown.order[rank], shown.channel[rank].tolist()
    new = np.flatnonzero((np.diff(canary, prepend=-1) != 0) | (np.diff(order, prepend=-1) != 0))
    bound = [*new.tolist(), len(rank)]
    count = Counter(tuple(dict.fromkeys(channel[first:stop])) for first, stop in pairwise(bound))
    return [route for route, _ in count.most_common(MOST_WHOLE)]


def last_shown(evidence: Evidence) -> tuple[Ints, Floats]:
    """(C,) what each channel was shown last, and for how many days its alias lived; its default where never."""
    shown = evidence.exposures
    fields = np.array([int(profile.fields) for profile in evidence.profiles], dtype=np.int64)
    alias = np.zeros(len(fields))
    latest = np.argsort(shown.day, kind="stable")
    latest = latest[shown.order[latest] >= 0]
    channel = shown.channel[latest]
    fields[channel] = shown.fields[latest]
    alias[channel] = np.maximum(np.nan_to_num(shown.alias_until[latest] - shown.day[latest], posinf=np.inf), 0.0)
    return fields, alias


def routes_to_try(evidence: Evidence, channels: Sequence[Channel]) -> tuple[list[Route], list[int]]:
    """Every route worth weighing, and the platforms of the shops yet to be registered that some of them use.

    A platform with at most one shop gets a shop yet to be registered: no other route tells the two apart.
    """
    kind = [channel.kind for channel in channels]
    seen = seen_routes(evidence)
    found: dict[Route, None] = {}
    for route in [*seen, *_never_ordered(channels, seen)]:
        found.update(dict.fromkeys(_variants(route, kind)))
    for i in range(len(kind)):
        if kind[i] == COURIER:
            found[Route(RouteKind.DIRECT, (i,), i)] = None
    lonely = _lonely_platforms(channels, seen)
    for place, platform in enumerate(lonely, start=len(kind)):
        found[Route(RouteKind.CANCELLED, (platform, place), place)] = None
    found[Route(RouteKind.CONTROL, (), -1)] = None
    return list(found), lonely


def _variants(route: tuple[int, ...], kind: Sequence[str]) -> Iterable[Route]:
    """The whole route where it goes beyond the shop, then what remains of it when it is cut short."""
    shop = next((c for c in route if kind[c] == MERCHANT), None)
    carriers = [c for c in route if kind[c] in CARRYING]
    if shop is None:
        courier = next((c for c in route if kind[c] == COURIER), None)
        straight = courier is not None and len(carriers) == len(route)
        yield Route(RouteKind.DIRECT if straight else RouteKind.ORDER, route, route[0] if courier is None else courier)
    elif carriers:
        yield Route(RouteKind.ORDER, route, shop)
    if shop is not None:
        yield Route(RouteKind.CANCELLED, tuple(c for c in route if kind[c] in (PLATFORM, MERCHANT)), shop)
        yield Route(RouteKind.PICKUP, tuple(c for c in route if c not in carriers), shop)
    for c in carriers:
        for d in carriers:
            if kind[c] == COURIER and kind[d] == STATION:
                yield Route(RouteKind.DIRECT, (c, d), c)


def _never_ordered(channels: Sequence[Channel], seen: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Shops without an order so far, with the platform they belong to."""
    place = {channel.channel_id: i for i, channel in enumerate(channels)}
    known = {c for route in seen for c in route}
    found: list[tuple[int, ...]] = []
    for i, channel in enumerate(channels):
        if channel.kind == MERCHANT and i not in known:
            parent = place.get(channel.parent_id or "")
            on_platform = parent is not None and channels[parent].kind == PLATFORM
            found.append((parent, i) if on_platform and parent is not None else (i,))
    return found


def _lonely_platforms(channels: Sequence[Channel], seen: Sequence[tuple[int, ...]]) -> list[int]:
    """Platforms that at most one registered shop was used with or belongs to."""
    shops: dict[int, set[int]] = {i: set() for i, channel in enumerate(channels) if channel.kind == PLATFORM}
    for route in [*seen, *_never_ordered(channels, seen)]:
        for platform in route:
            if platform in shops:
                shops[platform].update(c for c in route if channels[c].kind == MERCHANT)
    return [platform for platform, used in shops.items() if len(used) <= 1]


def chances(routes: Sequence[Route], channels: Floats, order_silent: Floats, control_silent: Floats) -> Floats:
    """(S, K) P(called) of every route in every world.

    channels (C', K) is P(called for a leak by this channel); order_silent and control_silent (K,) are
    P(nobody else rings) for an order and for a control.
    """
    silent = 1.0 - channels
    found = np.empty((len(routes), len(order_silent)))
    for place, route in enumerate(routes):
        alone = control_silent if route.kind is RouteKind.CONTROL else order_silent
        found[place] = 1.0 - alone * silent[list(route.channels)].prod(axis=0)
    return found


def unreachable(routes: Sequence[Route], count: int) -> list[int]:
    """Channels that no route passes."""
    reached = {c for route in routes for c in route.channels}
    return [c for c in range(count) if c not in reached]


def subjects(routes: Sequence[Route]) -> Ints:
    """(S,) whose orders count together: one number for each subject."""
    number: Mapping[int, int] = {s: n for n, s in enumerate(dict.fromkeys(route.subject for route in routes))}
    return np.array([number[route.subject] for route in routes], dtype=np.int64)
