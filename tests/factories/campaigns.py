"""Campaigns as arrays, drawn from the model itself or laid out by hand, for testing the engine alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.attribution.engine import attribute
from tracer.domain.attribution.evidence import Calls, Canaries, Evidence, Exposures, Lines, Matches
from tracer.domain.attribution.fit import Fitter
from tracer.domain.attribution.model import AttributionModel, build_model
from tracer.domain.channel import KindProfile
from tracer.domain.fields import Fields
from tracer.domain.report import Report
from tracer.settings import config_folder, read_toml

MODEL: AttributionModel = build_model(read_toml(config_folder() / "channels.toml"))
QUICK = replace(MODEL.sampling, chains=4, warmup=80, draws=160, most_draws=160)
START, AS_OF = 20_000.0, 20_240.0
BASE = ("name", "phone", "address", "item", "price", "order_no", "waybill_no", "order_time", "account")


@dataclass(frozen=True)
class Shown:
    """Channel (by place) was shown an order at a day after START; fields None: all that its kind sees."""

    channel: int
    day: float
    fields: Fields | None = None
    order: int = 0
    alias_until: float = np.nan


@dataclass(frozen=True)
class Rang:
    """A call on the line of a canary, or with candidates of its own: (canary, log ratio)."""

    canary: int
    day: float
    known: Fields = Fields.NONE
    unknown: Fields = Fields.NONE
    answered: bool = True
    weight: float = 1.0
    reached: int = 0
    campaign: int = -1
    candidates: tuple[tuple[int, float], ...] | None = None


def campaign(
    kinds: Sequence[str],
    routes: Sequence[Sequence[Shown]],
    calls: Sequence[Rang],
    *,
    controls: Sequence[int] = (),
    lines: Sequence[int] | None = None,
    end: float = AS_OF,
    started: Sequence[float] | None = None,
) -> Evidence:
    """Every route is one canary; without `lines` each has a line of its own, watched from its first exposure."""
    profiles = [MODEL.channels.kind(kind) for kind in kinds]
    first = [min((s.day for s in route), default=0.0) + START for route in routes]
    start = np.array(first if started is None else [START + day for day in started], dtype=np.float64)
    line = np.array(range(len(routes)) if lines is None else lines, dtype=np.int64)
    number = int(line.max(initial=-1)) + 1
    line_start = np.full(number, end)
    np.minimum.at(line_start, line, start)
    rows = [(k, s) for k, route in enumerate(routes) for s in route]
    order = sorted(range(len(calls)), key=lambda i: calls[i].day)
    rang = [calls[i] for i in order]
    pairs = [
        (i, canary, ratio)
        for i, call in enumerate(rang)
        for canary, ratio in (call.candidates if call.candidates is not None else ((call.canary, 0.0),))
        if start[canary] <= START + call.day
    ]
    return Evidence(
        as_of=end,
        channel_ids=[f"{kind}-{i}" for i, kind in enumerate(kinds)],
        profiles=profiles,
        canaries=Canaries(
            ids=[f"k{k}" for k in range(len(routes))],
            line=line,
            start=start,
            end=np.full(len(routes), end),
            control=np.isin(np.arange(len(routes)), list(controls)),
        ),
        exposures=Exposures(
            canary=_ints([k for k, _ in rows]),
            order=_ints([s.order for _, s in rows]),
            channel=_ints([s.channel for _, s in rows]),
            day=_floats([START + s.day for _, s in rows]),
            fields=_ints([int(profiles[s.channel].fields if s.fields is None else s.fields) for _, s in rows]),
            alias_until=_floats([START + s.alias_until for _, s in rows]),
        ),
        lines=Lines(line_start, np.full(number, end), np.zeros(number, dtype=np.int64)),
        calls=Calls(
            ids=[f"c{i}" for i in order],
            day=_floats([START + call.day for call in rang]),
            line=_ints([int(line[call.canary]) for call in rang]),
            known=_ints([int(call.known) for call in rang]),
            unknown=_ints([int(call.unknown) for call in rang]),
            answered=np.array([call.answered for call in rang], dtype=np.bool_),
            weight=_floats([call.weight for call in rang]),
            reached=_ints([call.reached for call in rang]),
            campaign=_ints([call.campaign for call in rang]),
        ),
        matches=Matches(_ints([p[0] for p in pairs]), _ints([p[1] for p in pairs]), _floats([p[2] for p in pairs])),
    )


def report_on(
    evidence: Evidence, *, seed: int = 5, model: AttributionModel = MODEL, with_sensitivity: bool = True
) -> Report:
    """A report by the engine, sampled for a short while."""
    return attribute(
        evidence,
        names={},
        assumptions=model.assumptions,
        thresholds=model.thresholds,
        sampling=replace(QUICK, seed=seed),
        other_profile=model.other,
        as_of_text="then",
        with_sensitivity=with_sensitivity,
    )


def fitted_probabilities(evidence: Evidence, *, seed: int = 5, model: AttributionModel = MODEL) -> dict[str, float]:
    """P(leaked) alone, without the reruns that a whole report makes for its sensitivity."""
    fit = Fitter(evidence, model.other, model.assumptions).fit(QUICK, np.random.default_rng(seed))
    return dict(zip(evidence.channel_ids, fit.draws.p_leaky.tolist(), strict=False))


def leak_probabilities(report: Report) -> dict[str, float]:
    return {finding.channel_id: finding.p_leaked for finding in report.channels}


@dataclass(frozen=True)
class World:
    """A campaign with its truth: who leaked, and the source of every call by id."""

    evidence: Evidence
    leaky: frozenset[str]
    source: dict[str, str]


def draw_world(
    rng: np.random.Generator,
    kinds: Sequence[str],
    orders: int,
    *,
    leaky: Sequence[int] | None = None,
    rate: float | None = None,
    background: float = 0.01,
) -> World:
    """A world drawn from the model: routes of one channel of every second kind, calls of leaks and of strangers.

    Without `leaky` every channel leaks with its kind's prior, at a rate of its kind's Beta.
    """
    profiles = [MODEL.channels.kind(kind) for kind in kinds]
    theta = np.array([_rate(rng, p, rate) if _leaks(rng, i, p, leaky) else 0.0 for i, p in enumerate(profiles)])
    routes, calls, sources = [], [], []
    for k in range(orders):
        day = float(rng.uniform(0, 90))
        route = [
            Shown(int(i), day + 0.3 * hop)
            for hop, i in enumerate(
                np.sort(rng.choice(len(kinds), min(len(kinds), int(rng.integers(1, 4))), replace=False))
            )
        ]
        routes.append(route)
        for shown in route:
            if rng.random() < theta[shown.channel]:
                made = _calls_of(rng, k, shown, profiles[shown.channel])
                calls += made
                sources += [f"{kinds[shown.channel]}-{shown.channel}"] * len(made)
        for _ in range(int(rng.poisson(background * (AS_OF - START - day)))):
            calls.append(Rang(k, float(rng.uniform(day, AS_OF - START)), _mentions(rng, Fields.NONE, profiles[0])))
            sources.append("background")
    keep = [i for i, call in enumerate(calls) if call.day <= AS_OF - START]
    evidence = campaign(kinds, routes, [calls[i] for i in keep])
    names = dict(zip((f"c{n}" for n in range(len(keep))), (sources[i] for i in keep), strict=True))
    return World(evidence, frozenset(f"{kinds[i]}-{i}" for i in np.flatnonzero(theta)), names)


def _leaks(rng: np.random.Generator, place: int, profile: KindProfile, leaky: Sequence[int] | None) -> bool:
    return place in leaky if leaky is not None else bool(rng.random() < profile.prior_leaky)


def _rate(rng: np.random.Generator, profile: KindProfile, rate: float | None) -> float:
    return float(rng.beta(profile.rate_a, profile.rate_b)) if rate is None else rate


def _calls_of(rng: np.random.Generator, canary: int, shown: Shown, profile: KindProfile) -> list[Rang]:
    delay = profile.delay
    made = []
    for _ in range(int(rng.poisson(profile.calls_per_leak))):
        slow = rng.random() < delay.slow_share
        days = (
            rng.uniform(delay.slow_from_days, delay.slow_until_days)
            if slow
            else rng.lognormal(delay.log_median_days, delay.sigma)
        )
        made.append(Rang(canary, shown.day + float(days), _mentions(rng, profile.fields, profile)))
    return made


def _mentions(rng: np.random.Generator, seen: Fields, profile: KindProfile) -> Fields:
    epsilon, said = MODEL.assumptions.epsilon, Fields.NONE
    for name in BASE:
        flag = Fields[name.upper()]
        if rng.random() < (profile.mention[name] if seen & flag else 0.0) + epsilon:
            said |= flag
    return said


def _ints(values: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def _floats(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)
