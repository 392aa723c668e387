"""make bench: who leaked, and where each call came from: ours beside what could be known at best and simpler methods.

Simulated worlds, every method on the same evidence in one run. With --page FILE the table and a plot are written
there as well (docs/attribution-compared.md).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.limit import limit
from benchmarks.plots import dots
from benchmarks.score_worlds import PEERS
from benchmarks.tables import table
from tracer.bootstrap import build
from tracer.domain.report import BACKGROUND, Source, Verdict
from tracer.domain.simulation.families import FAMILIES
from tracer.intake.csv_bundle.read import open_bundle
from tracer.intake.csv_bundle.write import write_bundle
from tracer.services.attribution.gather_evidence import gather_evidence
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.bundles.simulate_world import simulate_world, world_bundle, world_truth
from tracer.services.reports.build_report import build_report

AS_OF = datetime.fromisoformat("2026-08-29T00:00:00+08:00")
FIRST_SEED = 1000
BINS = 10
SURE, LARGEST_GROUP, MANY_CALLS = 0.95, 6, 3
OURS, LIMIT = "Tracer", "limit"
METHODS = (LIMIT, OURS, *PEERS)
HEADER = (
    *("family", "method", "leaks' calls right", "calls' ECE", "Brier", "channels' ECE"),
    *("named wrongly", "missed", "seconds"),
)
NOTES = (
    "leaks' calls right: of the calls that a leak caused, the share whose likeliest source is the true one.",
    "ECE: how far a probability is from how often it is right, for calls' likeliest sources and for channels.",
    "Brier: mean (P(leaked) - truth)² over the channels that saw an order.",
    "named wrongly: sound channels, and groups of sound channels, that are named (peers: with P of 0.95 or more).",
    "missed: leaky channels that caused three calls or more and are not named, alone or in a group of at most six.",
    "seconds: a world; ours with reading the registry.",
)


@dataclass
class Answer:
    """What one method said of one world."""

    p_leaked: Mapping[str, float]
    named: set[str]
    groups: Sequence[Sequence[str]]
    sources: Mapping[str, Sequence[Source]]
    seconds: float


@dataclass
class Pool:
    """What the worlds of a family gave for one method."""

    calls: list[tuple[float, bool]] = field(default_factory=list)
    leak_calls: list[bool] = field(default_factory=list)
    channels: list[tuple[float, bool]] = field(default_factory=list)
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
        self.missed += sum(caused.get(one, 0) >= MANY_CALLS and one not in named for one in leaky)
        self.seconds.append(answer.seconds)

    @property
    def right(self) -> float:
        """Share of leaks' calls whose likeliest source is the true one."""
        return float(np.mean(self.leak_calls)) if self.leak_calls else float("nan")

    @property
    def brier(self) -> float:
        """Mean squared error of P(leaked)."""
        return float(np.mean([(p - leaky) ** 2 for p, leaky in self.channels]))

    def row(self) -> list[str]:
        """Shares and means over all worlds."""
        return [
            f"{self.right:.3f} of {len(self.leak_calls)}" if self.leak_calls else "–",
            f"{_ece(self.calls):.4f}",
            f"{self.brier:.4f}",
            f"{_ece(self.channels):.4f}",
            str(self.wrong),
            str(self.missed),
            f"{np.mean(self.seconds):.1f}",
        ]


def _ece(pairs: Sequence[tuple[float, bool]]) -> float:
    p, right = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(place, p - right, minlength=BINS)).sum() / len(p))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="worlds of each family")
    parser.add_argument("--family", action="append", help="only this one; repeats")
    parser.add_argument("--page", type=Path, help="write the table and the plot to this Markdown file as well")
    chosen = parser.parse_args()
    families = chosen.family or list(FAMILIES)
    pools = {(family, method): Pool() for family in families for method in METHODS}
    with ProcessPoolExecutor() as workers:
        worlds = list(product(families, range(FIRST_SEED, FIRST_SEED + chosen.seeds)))
        for (family, _), (truth, answers) in zip(worlds, workers.map(compare, *zip(*worlds, strict=True)), strict=True):
            for method, answer in answers.items():
                pools[family, method].add(truth, answer)
    rows = [
        [family if method == METHODS[0] else "", method, *pools[family, method].row()]
        for family in families
        for method in METHODS
    ]
    table(f"{chosen.seeds} simulated worlds a family", HEADER, rows, *NOTES, left=2)
    if chosen.page is not None:
        write_page(chosen.page, chosen.seeds, families, pools, rows)


def compare(family: str, seed: int) -> tuple[Mapping[str, Any], dict[str, Answer]]:
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
    start = time.perf_counter()
    known = limit(evidence, app.model, truth["nuisance"], seed)
    best = Answer(
        p_leaked=dict(zip(evidence.channel_ids, known.p_leaked.tolist(), strict=True)),
        named=known.named,
        groups=known.groups,
        sources={call.call_id: call.sources for call in known.calls},
        seconds=time.perf_counter() - start,
    )
    answers = {LIMIT: best, OURS: ours}
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


def write_page(
    path: Path,
    seeds: int,
    families: Sequence[str],
    pools: Mapping[tuple[str, str], Pool],
    rows: Sequence[Sequence[str]],
) -> None:
    """The table and the plot as a page of the docs."""
    plot = path.with_suffix(".svg")
    dots(
        plot,
        families,
        {
            "leaks' calls whose likeliest source is right": {
                method: [pools[family, method].right for family in families] for method in METHODS
            },
            "mean squared error of P(leaked)": {
                method: [pools[family, method].brier for family in families] for method in METHODS
            },
        },
    )
    lines = [
        "# Attribution compared",
        "",
        f"Made by `python -m benchmarks.attribution --seeds {seeds} --page {path}`: {seeds} worlds of each",
        "family of `tracer simulate` (see [Simulated worlds](simulate.md)), every method on the same evidence.",
        "",
        "*limit* is what could be known at best: a long run that is told how this world's callers behave, how many",
        "channels leak and how much, but not which; it knows neither of spells nor of campaigns, so that `burst` and",
        "`campaign` worlds can be told better. *Tracer* is told nothing and learns these figures from the world.",
        "Counting is calls over orders; guilt the formula of Papadimitriou and Garcia-Molina; vote gives each call to",
        "the channels that saw what it said; NCOMP and DD are group testing with a call as a positive test.",
        "",
        f"![Two panels, a dot for each method and family; the table below holds the same figures]({plot.name})",
        "",
        "| " + " | ".join(HEADER) + " |",
        "| --- | --- | " + " | ".join("---:" for _ in HEADER[2:]) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        *NOTES,
        "",
        "Read the small numbers with care: few worlds, and in some families few calls. In `outside` about a sixth of",
        "the orders leak to somebody on no route, thirty times what is assumed; whoever saw as much gets some blame.",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
