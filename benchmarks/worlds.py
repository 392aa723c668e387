"""Simulated worlds, every method on the same evidence, scored against the truth."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import product
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import Spread
from benchmarks.limit import limit
from benchmarks.score_worlds import PEERS
from tracer.bootstrap import build
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.model import AttributionModel
from tracer.domain.report import BACKGROUND, Source, Verdict
from tracer.intake.csv_bundle.read import open_bundle
from tracer.intake.csv_bundle.write import write_bundle
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.bundles.simulate_world import simulate_world, world_bundle, world_truth
from tracer.services.reports.build_report import build_report

AS_OF = datetime.fromisoformat("2026-08-29T00:00:00+08:00")
BINS = 10
SURE, LARGEST_GROUP, MANY_CALLS = 0.95, 6, 3
LEAST_P = 0.001
OURS, LIMIT = "Tracer", "limit"
METHODS = (OURS, *PEERS)


@dataclass
class Answer:
    """What one method said of one world."""

    p_leaked: Mapping[str, float]
    named: set[str]
    groups: Sequence[Sequence[str]]
    sources: Mapping[str, Sequence[Source]]
    seconds: float


@dataclass(frozen=True)
class Score:
    """What the worlds of a family gave for one method; NaN-free: without leaks' calls `right` is 0 of 0."""

    family: str
    method: str
    leak_calls: int
    right: int
    calls_ece: float
    channels: int
    brier: float
    log_score: float
    channels_ece: float
    named_rightly: int
    named_wrongly: int
    missed: int
    seconds: Spread


@dataclass
class Pool:
    """What is gathered for a score; pools of one method can be added up."""

    calls: list[tuple[float, bool]] = field(default_factory=list)
    leak_calls: list[bool] = field(default_factory=list)
    channels: list[tuple[float, bool]] = field(default_factory=list)
    named: int = 0
    wrong: int = 0
    missed: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, truth: Mapping[str, Any], answer: Answer) -> None:
        """Score one world's answer."""
        leaky, caused = truth["leaky"], dict[str, int]()
        for call_id, came_from in truth["source"].items():
            best = max(answer.sources[call_id], key=lambda source: source.p)
            self.calls.append((best.p, best.channel_id == came_from))
            caused[came_from] = caused.get(came_from, 0) + 1
            if came_from != BACKGROUND:
                self.leak_calls.append(best.channel_id == came_from)
        self.channels += [(answer.p_leaked[one], one in leaky) for one in truth["exposed"]]
        self.wrong += len(answer.named - leaky.keys()) + sum(not leaky.keys() & set(g) for g in answer.groups)
        named = answer.named.union(*(group for group in answer.groups if len(group) <= LARGEST_GROUP))
        self.named += len(named & leaky.keys())
        self.missed += sum(caused.get(one, 0) >= MANY_CALLS and one not in named for one in leaky)
        self.seconds.append(answer.seconds)

    def __iadd__(self, other: Pool) -> Pool:
        self.calls += other.calls
        self.leak_calls += other.leak_calls
        self.channels += other.channels
        self.named, self.wrong, self.missed = (
            *(self.named + other.named, self.wrong + other.wrong),
            self.missed + other.missed,
        )
        self.seconds += other.seconds
        return self

    def score(self, family: str, method: str) -> Score:
        """Shares and means over all worlds."""
        return Score(
            family,
            method,
            leak_calls=len(self.leak_calls),
            right=sum(self.leak_calls),
            calls_ece=_ece(self.calls),
            channels=len(self.channels),
            brier=float(np.mean([(p - leaky) ** 2 for p, leaky in self.channels])),
            log_score=float(np.mean([_log_score(p, leaky) for p, leaky in self.channels])),
            channels_ece=_ece(self.channels),
            named_rightly=self.named,
            named_wrongly=self.wrong,
            missed=self.missed,
            seconds=Spread(tuple(self.seconds)),
        )


def _log_score(p: float, leaky: bool) -> float:
    """-ln of the probability given to what is true, no probability taken for less than a thousandth."""
    return -log(min(max(p if leaky else 1.0 - p, LEAST_P), 1.0 - LEAST_P))


def _ece(pairs: Sequence[tuple[float, bool]]) -> float:
    p, right = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(place, p - right, minlength=BINS)).sum() / len(p))


def compared(families: Sequence[str], seeds: Sequence[int], *, with_limit: bool) -> dict[tuple[str, str], Pool]:
    """What every family's worlds gave for every method, a process for each processor."""
    methods = (LIMIT, *METHODS) if with_limit else METHODS
    pools = {(family, method): Pool() for family in families for method in methods}
    worlds = list(product(families, seeds))
    with ProcessPoolExecutor() as workers:
        answered = workers.map(partial(compare, with_limit=with_limit), *zip(*worlds, strict=True))
        for (family, _), (truth, answers) in zip(worlds, answered, strict=True):
            for method, answer in answers.items():
                pools[family, method].add(truth, answer)
    return pools


def compare(family: str, seed: int, *, with_limit: bool) -> tuple[Mapping[str, Any], dict[str, Answer]]:
    """Simulate one world, import it, and let every method answer from the same evidence."""
    with tempfile.TemporaryDirectory(prefix="tracer-bench-") as folder:
        app = build(Path(folder) / "home", seed=1)
        world = simulate_world(family, app.model, AS_OF, seed)
        truth = world_truth(world, seed)
        write_bundle(world_bundle(world), Path(folder) / "bundle")
        with open_bundle(Path(folder) / "bundle") as (bundle, _), app.writing() as work:
            import_bundle(work, app.model.channels, bundle)
            work.commit()
        with app.reading() as work:
            evidence = gather_evidence(work, app.model, AS_OF).evidence
            start = time.perf_counter()
            report = build_report(work, app.model, AS_OF, with_sensitivity=False)
            seconds = time.perf_counter() - start
        app.close()
    ours = Answer(
        p_leaked={one.channel_id: one.p_leaked for one in report.channels},
        named={one.channel_id for one in report.channels if one.verdict is Verdict.IMPLICATED},
        groups=[one.channel_ids for one in report.groups if one.verdict is Verdict.IMPLICATED],
        sources={call.call_id: call.sources for call in report.calls},
        seconds=seconds,
    )
    answers = {LIMIT: _limit(evidence, app.model, truth, seed)} if with_limit else {}
    answers[OURS] = ours
    for name, method in PEERS.items():
        start = time.perf_counter()
        said = method(evidence)
        p_leaked = dict(zip(evidence.channel_ids, said.p_leaked.tolist(), strict=True))
        answers[name] = Answer(
            p_leaked=p_leaked,
            named={channel_id for channel_id, p in p_leaked.items() if p >= SURE},
            groups=(),
            sources=dict(zip(evidence.calls.ids, said.sources, strict=True)),
            seconds=time.perf_counter() - start,
        )
    return truth, answers


def _limit(evidence: Evidence, model: AttributionModel, truth: Mapping[str, Any], seed: int) -> Answer:
    start = time.perf_counter()
    known = limit(evidence, model, truth["nuisance"], seed)
    return Answer(
        p_leaked=dict(zip(evidence.channel_ids, known.p_leaked.tolist(), strict=True)),
        named=known.named,
        groups=known.groups,
        sources={call.call_id: call.sources for call in known.calls},
        seconds=time.perf_counter() - start,
    )
