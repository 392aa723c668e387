"""Worlds so small that the answer can be worked out exactly, by code that shares nothing with the engine."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import log
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.figures import Spread, timed
from benchmarks.score_worlds import PEERS
from benchmarks.section import Section
from benchmarks.tables import Table, seconds, times
from benchmarks.worlds import LEAST_P, SURE
from tests.factories.campaigns import MODEL, QUICK, draw_world
from tests.oracles.exact_posterior import NO_BURSTS, exact_posterior
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.fit import Fitter

KINDS = ("platform", "merchant", "courier")
PRIOR, ORDERS, FIRST_SEED = 0.35, 16, 2000
NODES = 12
EXACT, OURS = "exact", "Tracer"


@dataclass(frozen=True)
class Score:
    """Mean scores of P(leaked), how far it is from the exact one on the average and at most, accusations, seconds."""

    method: str
    brier: float
    log_score: float
    apart: float
    most_apart: float
    named_rightly: int
    named_wrongly: int
    seconds: Spread


@dataclass(frozen=True)
class Figures:
    """So many worlds, so many channels of them leaky, and what each method said."""

    worlds: int
    leaky: int
    scores: tuple[Score, ...]


def measure(quick: bool, _folder: Path) -> Figures:
    """Worlds of three channels and sixteen orders, each channel leaky with a prior of 0.35."""
    worlds = 10 if quick else 40
    said: dict[str, list[list[float]]] = {name: [] for name in (EXACT, OURS, *PEERS)}
    taken: dict[str, list[float]] = {name: [] for name in said}
    truth = []
    with ProcessPoolExecutor() as workers:
        for leaky, answers in workers.map(_answered, range(FIRST_SEED, FIRST_SEED + worlds)):
            truth.append(leaky)
            for name, (p, spent) in answers.items():
                said[name].append(p)
                taken[name].append(spent)
    true, exact = np.array(truth), np.array(said[EXACT])
    scores = tuple(_score(name, np.array(said[name]), true, exact, taken[name]) for name in said)
    return Figures(worlds, int(true.sum()), scores)


def _answered(seed: int) -> tuple[list[bool], Mapping[str, tuple[list[float], float]]]:
    evidence, leaky = _world(seed)
    with threadpool_limits(limits=1, user_api="blas"):
        return leaky, _answers(evidence)


def _world(seed: int) -> tuple[Evidence, list[bool]]:
    rng = np.random.default_rng(seed)
    chosen = [i for i in range(len(KINDS)) if rng.random() < PRIOR]
    drawn = draw_world(rng, KINDS, ORDERS, leaky=chosen)
    profiles = [replace(profile, prior_leaky=PRIOR) for profile in drawn.evidence.profiles]
    return replace(drawn.evidence, profiles=profiles), [i in chosen for i in range(len(KINDS))]


def _answers(evidence: Evidence) -> Mapping[str, tuple[list[float], float]]:
    """P(leaked) by each method, and its seconds. The exact sum takes the background's rate from the engine's fit."""
    found: dict[str, list[float]] = {}

    def ours() -> None:
        fitter = Fitter(evidence, MODEL.other, NO_BURSTS, learn=False)
        fit = fitter.fit(replace(QUICK, warmup=200, draws=600, most_draws=600), np.random.default_rng(3))
        found[OURS] = fit.draws.p_leaky[: len(KINDS)].tolist()
        rates.append(fit.background.call_rate)

    def exact() -> None:
        found[EXACT] = exact_posterior(evidence, rates[0], NODES)

    rates: list[np.ndarray] = []
    spent = {OURS: timed(ours), EXACT: timed(exact)}
    for name, method in PEERS.items():
        spent[name] = timed(lambda name=name, method=method: found.update({name: method(evidence).p_leaked.tolist()}))  # type: ignore[misc]
    return {name: (found[name], spent[name]) for name in found}


def _score(name: str, p: np.ndarray, true: np.ndarray, exact: np.ndarray, taken: list[float]) -> Score:
    given = np.clip(np.where(true, p, 1 - p), LEAST_P, 1 - LEAST_P)
    apart, named = np.abs(p - exact), p >= SURE
    return Score(
        name,
        brier=float(np.mean((p - true) ** 2)),
        log_score=float(np.mean([-log(one) for one in given.ravel().tolist()])),
        apart=float(apart.mean()),
        most_apart=float(apart.max()),
        named_rightly=int((named & true).sum()),
        named_wrongly=int((named & ~true).sum()),
        seconds=Spread(tuple(taken)),
    )


def section(found: Figures) -> Section:
    """The figures as a table."""
    exact, ours = found.scores[:2]
    rows = [
        [
            one.method,
            *(f"{value:.4f}" for value in (one.brier, one.log_score)),
            *(("", "") if one is exact else (f"{one.apart:.4f}", f"{one.most_apart:.4f}")),
            *(f"{value:,}" for value in (one.named_rightly, one.named_wrongly)),
            seconds(one.seconds.median),
            times(one.brier / exact.brier),
        ]
        for one in found.scores
    ]
    header = (
        *("method", "Brier", "log score", "from exact, mean", "from exact, most", "named rightly", "named wrongly"),
        *("seconds a world", "Brier × exact's"),
    )
    title = f"{found.worlds} worlds of {len(KINDS)} channels and {ORDERS} orders, {found.leaky} channels leaky"
    return Section(
        "Beside the exact answer",
        (
            "Where a world is small its answer can be summed over every set of leakers, every rate and every source of "
            "every call, by code that shares nothing with the engine (tests/oracles/exact_posterior.py). *Named* is "
            "who gets P(leaked) of 0.95 or more. No method can do better than the exact one on the average; what it "
            "still "
            "errs is what so few orders do not tell.",
        ),
        (Table(title, header, rows),),
        [
            (
                "P(leaked) in small worlds, Brier score",
                *(f"{ours.brier:.4f}", EXACT, f"{exact.brier:.4f}", times(exact.brier / ours.brier)),
            )
        ],
    )
