"""Small worlds drawn from the generative model itself, straight as evidence arrays, with their truth.

Written from the model, not from the engine: only the containers and the configured numbers are shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.factories.campaigns import BASE, MODEL
from tracer.domain.attribution.assumptions import Assumptions
from tracer.domain.attribution.evidence import Bools, Calls, Canaries, Evidence, Exposures, Floats, Ints, Lines, Matches
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields

START = 20_000.0
ORDERING_DAYS = 90.0
AS_OF = START + 200.0
ROUTE_ORDER = ("rebate_site", "platform", "crawler", "merchant", "warehouse", "courier", "station")
NAME, PHONE, FIELDS = 0, 1, len(BASE)
EVERY_FIELD = (1 << FIELDS) - 1
CONTACT = int(Fields.NAME | Fields.PHONE)
BACKGROUND = -1


@dataclass(frozen=True, slots=True)
class Setting:
    """What a world is drawn from; the defaults are the model's own prior.

    prior_factor          π of every kind times this (the engine is told)
    background            fixed mean rate per line and day; None: drawn from its prior
    nobody                nobody leaks, whatever the prior says
    calls, delay_shift, mention_shift, epsilon   the truth departs from what the engine is told: ν times `calls`,
                          log median + shift, log odds of every mention + shift, ε times `epsilon`
    campaigns             number of days on which strangers ring many lines at once, share of the lines they ring
    shared                share of the canaries that sit on a line with another
    """

    orders: tuple[int, int] = (30, 60)
    channels: tuple[int, int] = (6, 10)
    prior_factor: float = 1.0
    background: float | None = None
    nobody: bool = False
    calls: float = 1.0
    delay_shift: float = 0.0
    mention_shift: float = 0.0
    epsilon: float = 1.0
    campaigns: tuple[int, float] = (0, 0.0)
    bursts: bool = True
    shared: float = 0.0


@dataclass(frozen=True, slots=True)
class SmallWorld:
    """Evidence and truth: leaky (C,), rate (C,) share of its orders that a channel leaks, source (N,) of each call.

    `source` is a channel's place, the number of channels for `other`, and -1 for background.
    """

    evidence: Evidence
    leaky: Bools
    rate: Floats
    source: Ints


@dataclass(frozen=True, slots=True)
class _Cells:
    canary: Ints
    channel: Ints
    day: Floats
    fields: Ints
    alias_until: Floats


def draw_small_world(
    rng: np.random.Generator, setting: Setting | None = None, assumptions: Assumptions = MODEL.assumptions
) -> SmallWorld:
    """One world from first principles: who leaks, what leaks, who rings, what is said, what is seen of it."""
    setting = setting or Setting()
    profiles = _profiles(rng, setting)
    truths = [_true(profile, setting) for profile in (*profiles, MODEL.other)]
    epsilon = assumptions.epsilon * setting.epsilon
    start, end, line, control, cells = _handed_out(rng, setting, profiles)
    leaky = np.array([not setting.nobody and rng.random() < p.prior_leaky for p in profiles])
    theta = np.where(leaky, [rng.beta(p.rate_a, p.rate_b) for p in profiles], 0.0)
    inside = _spells(rng, cells, len(profiles), assumptions.burst_share if setting.bursts else 0.0)
    a = assumptions.other_mean * assumptions.other_strength
    rare, common = rng.beta(a, assumptions.other_strength - a), rng.beta(1.0, 1.0 / assumptions.other_common_mean - 1.0)
    theta = np.append(theta, common if rng.random() < assumptions.other_common else rare)
    leaked = rng.random(len(cells.canary)) < theta[cells.channel] * inside
    calls = [_leaked_calls(rng, cells, int(i), truths, end, assumptions, epsilon) for i in np.flatnonzero(leaked)]
    calls.append(_strangers(rng, setting, assumptions, start, end, line, epsilon))
    day, canary, known, source = (np.concatenate(part) for part in zip(*calls, strict=True))
    order = np.argsort(day, kind="stable")
    day, canary, known, source = day[order], canary[order], known[order], source[order]
    answered = rng.random(len(day)) < 0.75
    own = cells.channel < len(profiles)
    orders = np.maximum(np.bincount(cells.channel[own], minlength=len(profiles)), 1)
    share = np.bincount(cells.channel[own], inside[own], minlength=len(profiles)) / orders
    evidence = Evidence(
        as_of=AS_OF,
        channel_ids=[f"{profile.kind}-{i}" for i, profile in enumerate(profiles)],
        profiles=profiles,
        canaries=Canaries([f"k{k}" for k in range(len(start))], line, start, end, control),
        exposures=Exposures(
            cells.canary[own],
            np.zeros(int(own.sum()), dtype=np.int64),
            cells.channel[own],
            cells.day[own],
            cells.fields[own],
            cells.alias_until[own],
        ),
        lines=_lines(line, start, end),
        calls=Calls(
            ids=[f"c{i}" for i in range(len(day))],
            day=day,
            line=line[canary],
            known=np.where(answered, known, 0),
            unknown=np.zeros(len(day), dtype=np.int64),
            answered=answered,
            weight=np.ones(len(day)),
            reached=np.zeros(len(day), dtype=np.int64),
            campaign=np.full(len(day), -1),
        ),
        matches=_matches(rng, line, start, end, day, canary, source, known, answered),
    )
    return SmallWorld(evidence, leaky, theta[:-1] * share, source)


def _profiles(rng: np.random.Generator, setting: Setting) -> list[KindProfile]:
    number = int(rng.integers(setting.channels[0], setting.channels[1] + 1))
    chosen = rng.choice(len(ROUTE_ORDER), number, p=[0.08, 0.2, 0.04, 0.26, 0.12, 0.2, 0.1])
    kinds = [MODEL.channels.kind(ROUTE_ORDER[i]) for i in np.sort(chosen)]
    return [replace(kind, prior_leaky=min(kind.prior_leaky * setting.prior_factor, 0.9)) for kind in kinds]


def _true(profile: KindProfile, setting: Setting) -> KindProfile:
    """How callers who hold its data really behave."""
    odds = {field: np.log(q / (1 - q)) + setting.mention_shift for field, q in profile.mention.items()}
    return replace(
        profile,
        calls_per_leak=profile.calls_per_leak * setting.calls,
        delay=replace(profile.delay, log_median_days=profile.delay.log_median_days + setting.delay_shift),
        mention={field: float(1 / (1 + np.exp(-x))) for field, x in odds.items()},
    )


def _handed_out(
    rng: np.random.Generator, setting: Setting, profiles: Sequence[KindProfile]
) -> tuple[Floats, Floats, Ints, Bools, _Cells]:
    """Canaries with their lines and spans, and every (canary, channel) with `other` last."""
    orders = int(rng.integers(setting.orders[0], setting.orders[1] + 1))
    control = np.zeros(orders, dtype=np.bool_)
    control[: int(rng.integers(0, 4))] = True
    start = START + rng.uniform(0, ORDERING_DAYS, orders)
    end = np.where(rng.random(orders) < 0.3, np.minimum(start + rng.uniform(5, 120, orders), AS_OF), AS_OF)
    line = np.arange(orders)
    joined = np.flatnonzero(rng.random(orders) < setting.shared)
    line[joined] = rng.choice(joined, len(joined)) if len(joined) else line[joined]
    line = np.unique(line, return_inverse=True)[1].astype(np.int64)
    rows: list[tuple[int, int, float, int, float]] = []
    for k in range(orders):
        rows.append((k, len(profiles), float(start[k]), CONTACT if control[k] else EVERY_FIELD, np.nan))
        if control[k]:
            continue
        day, size = float(start[k]), min(int(rng.choice([1, 2, 3, 4], p=[0.05, 0.15, 0.4, 0.4])), len(profiles))
        for c in np.sort(rng.choice(len(profiles), size, replace=False)):
            rows.append((k, int(c), day, *_sight(rng, int(profiles[c].fields), day)))
            day += float(rng.exponential(0.7))
    canary, channel, when, fields, alias = zip(*rows, strict=True)
    cells = _Cells(np.array(canary), np.array(channel), np.array(when), np.array(fields), np.array(alias))
    return start, np.maximum(end, start + 1.0), line, control, cells


def _sight(rng: np.random.Generator, fields: int, day: float) -> tuple[int, float]:
    """Most see what their kind sees; some see less of it, or an alias that expires."""
    if rng.random() < 0.2:
        fields &= ~(1 << int(rng.integers(2, FIELDS)))
    if rng.random() < 0.15 and fields & int(Fields.PHONE):
        return (fields & ~int(Fields.PHONE)) | int(Fields.PHONE_ALIAS), day + float(rng.uniform(3, 40))
    return fields, np.nan


def _spells(rng: np.random.Generator, cells: _Cells, channels: int, burst_share: float) -> Floats:
    """(M,) 1 where a leaky channel would leak at that time: all the time, or in one spell of some weeks."""
    shown = cells.day[cells.channel < channels]
    first, days = float(shown.min()), float(shown.max() - shown.min())
    bins = int(np.clip(np.ceil(days / 7.0), 1, 26))
    place = np.clip(np.floor((cells.day - first) / days * bins * (1 - 1e-9)), 0, bins - 1)
    inside = np.ones(len(cells.day))
    lengths = [weeks for weeks in (2, 3, 5, 8) if weeks < bins - 1]
    for c in range(channels):
        if lengths and rng.random() < burst_share:
            weeks = int(rng.choice(lengths))
            begin = int(rng.choice(np.arange(0, bins - weeks + 1, max(1, weeks // 2))))
            mine = cells.channel == c
            inside[mine] = (place[mine] >= begin) & (place[mine] < begin + weeks)
    return inside


def _leaked_calls(
    rng: np.random.Generator,
    cells: _Cells,
    i: int,
    truths: Sequence[KindProfile],
    end: Floats,
    assumptions: Assumptions,
    epsilon: float,
) -> tuple[Floats, Ints, Ints, Ints]:
    """Calls that one leaked cell draws within its observation."""
    profile, canary, channel = truths[cells.channel[i]], int(cells.canary[i]), int(cells.channel[i])
    mean = profile.calls_per_leak
    day = float(cells.day[i]) + _delays(rng, profile, int(rng.poisson(mean)))
    able = np.full(len(day), bool(cells.fields[i] & int(Fields.PHONE)))
    if not np.isnan(cells.alias_until[i]):
        able |= day <= cells.alias_until[i]
    day = day[(day <= end[canary]) & (able | (rng.random(len(day)) < assumptions.reach_without_phone))]
    known = _said(rng, len(day), int(cells.fields[i]), profile, assumptions.masked_share, epsilon)
    return day, np.full(len(day), canary), known, np.full(len(day), channel)


def _delays(rng: np.random.Generator, profile: KindProfile, number: int) -> Floats:
    delay, which = profile.delay, rng.random(number)
    slow = rng.uniform(delay.slow_from_days, delay.slow_until_days, number)
    early = rng.uniform(0, delay.early_days, number)
    fast = rng.lognormal(delay.log_median_days, delay.sigma, number)
    late = np.where(which < delay.slow_share, slow, fast)
    return np.asarray(np.where(which > 1 - delay.early_share, early, late))


def _said(
    rng: np.random.Generator, number: int, fields: int, profile: KindProfile | None, masked: float, epsilon: float
) -> Ints:
    """(number,) field bits that callers say who hold `fields`; every form of a field also by chance."""
    known = np.zeros(number, dtype=np.int64)
    for f, name in enumerate(BASE):
        forms = [1 << f]
        chances = [epsilon]
        q = profile.mention[name] if profile is not None else 0.0
        full = bool(fields & (1 << f))
        if f == NAME:
            part = bool(fields & int(Fields.NAME_MASKED))
            forms.append(int(Fields.NAME_MASKED))
            chances = [epsilon + q * (1 - masked) * full, epsilon + q * (masked if full else part)]
        elif f == PHONE:
            last4, alias = bool(fields & int(Fields.PHONE_LAST4)), bool(fields & int(Fields.PHONE_ALIAS))
            forms += [int(Fields.PHONE_LAST4), int(Fields.PHONE_ALIAS)]
            chances = [
                epsilon + q * (1 - masked) * full,
                epsilon + q * (masked if full else last4),
                epsilon + q * (alias and not full),
            ]
        elif full:
            chances = [epsilon + q]
        total = min(sum(chances), 1 - epsilon) / sum(chances)
        ladder = np.cumsum(np.array(chances) * total)
        which = (rng.random(number)[:, None] > ladder).sum(axis=1)
        known |= np.append(forms, 0)[which]
    return known


def _strangers(
    rng: np.random.Generator,
    setting: Setting,
    assumptions: Assumptions,
    start: Floats,
    end: Floats,
    line: Ints,
    epsilon: float,
) -> tuple[Floats, Ints, Ints, Ints]:
    """Background calls: Poisson at each line's own rate, and campaigns that ring many lines on one day."""
    lines = _lines(line, start, end)
    mean = setting.background
    if mean is None:
        shape = assumptions.background_shape
        mean = float(rng.gamma(shape, assumptions.background_mean / shape))
    spread = float(rng.choice([1.0, 4.0, 50.0]))
    rate = mean * rng.gamma(spread, 1 / spread, len(lines.start))
    rung = np.repeat(np.arange(len(rate)), rng.poisson(rate * (lines.end - lines.start)))
    day = rng.uniform(lines.start[rung], lines.end[rung])
    for _ in range(setting.campaigns[0]):
        when = rng.uniform(START + 10, AS_OF - 10)
        hit = np.flatnonzero((rng.random(len(rate)) < setting.campaigns[1]) & (lines.start < when) & (lines.end > when))
        rung = np.concatenate((rung, hit))
        day = np.concatenate((day, np.minimum(when + rng.uniform(0, 0.3, len(hit)), lines.end[hit])))
    first = np.array([int(np.flatnonzero(line == one)[0]) for one in range(len(rate))])
    known = _said(rng, len(day), 0, None, 0.0, epsilon)
    return day, first[rung], known, np.full(len(day), BACKGROUND)


def _lines(line: Ints, start: Floats, end: Floats) -> Lines:
    number = int(line.max()) + 1
    first, last = np.full(number, np.inf), np.full(number, -np.inf)
    np.minimum.at(first, line, start)
    np.maximum.at(last, line, end)
    return Lines(first, last, np.zeros(number, dtype=np.int64))


def _matches(
    rng: np.random.Generator,
    line: Ints,
    start: Floats,
    end: Floats,
    day: Floats,
    canary: Ints,
    source: Ints,
    known: Ints,
    answered: Bools,
) -> Matches:
    """A call fits every canary that is live on its line; a full name out of fifty tells them apart."""
    pool, right = 50, 0.9
    name = rng.integers(0, pool, len(start))
    heard = rng.integers(0, pool, len(day))
    truly = (source != BACKGROUND) & (rng.random(len(day)) < right)
    heard = np.where(truly, name[canary], heard)
    spoken = answered & ((known & int(Fields.NAME)) > 0)
    rows: list[tuple[int, int, float]] = []
    for i in range(len(day)):
        live = np.flatnonzero((line == line[canary[i]]) & (start <= day[i]) & (end >= day[i]))
        for k in live:
            match = right * (heard[i] == name[k]) + (1 - right) / pool
            rows.append((i, int(k), float(np.log(match * pool)) if spoken[i] and len(live) > 1 else 0.0))
    call, candidate, ratio = zip(*rows, strict=True) if rows else ((), (), ())
    return Matches(
        np.array(call, dtype=np.int64), np.array(candidate, dtype=np.int64), np.array(ratio, dtype=np.float64)
    )
