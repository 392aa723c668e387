"""make bench: who leaked, and where each call came from: ours beside simpler methods, on simulated worlds in one run.

With --page FILE the table is written there as well (docs/attribution-compared.md).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.score_worlds import PEERS
from benchmarks.tables import table
from tracer.bootstrap import build
from tracer.domain.report import BACKGROUND, Source, Verdict
from tracer.domain.simulation.families import FAMILIES
from tracer.intake.csv_bundle.read import open_bundle
from tracer.intake.csv_bundle.write import write_bundle
from tracer.services.build_report import build_report
from tracer.services.gather_evidence import gather_evidence
from tracer.services.import_bundle import import_bundle
from tracer.services.simulate_world import simulate_world, world_bundle, world_truth

AS_OF = datetime.fromisoformat("2026-08-29T00:00:00+08:00")
BINS = 10
HEADER = ("family", "method", "leaks' calls right", "calls' ECE", "Brier", "named wrongly", "seconds")
NOTES = (
    "leaks' calls right: of the calls that a leak caused, the share whose likeliest source is the true one.",
    "ECE: how far the probability of a call's likeliest source is from how often it is right.",
    "Brier: mean (P(leaked) - truth)² over the channels that saw an order.",
    "Named wrongly: sound channels with P of 0.95 or more (ours: implicated).",
)


@dataclass
class Pool:
    """What the worlds of a family gave for one method."""

    hits: list[bool] = field(default_factory=list)
    tops: list[tuple[float, bool]] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    wrong: int = 0
    seconds: float = 0.0

    def add(
        self,
        truth: Mapping[str, Any],
        p_leaked: Mapping[str, float],
        named: set[str],
        sources: Mapping[str, Sequence[Source]],
    ) -> None:
        """Score one world's answer."""
        leaky = truth["leaky"]
        for call_id, came_from in truth["source"].items():
            best = max(sources[call_id], key=lambda source: source.p)
            self.tops.append((best.p, best.channel_id == came_from))
            if came_from != BACKGROUND:
                self.hits.append(best.channel_id == came_from)
        self.errors += [(p_leaked[one] - (one in leaky)) ** 2 for one in truth["exposed"]]
        self.wrong += len(named - leaky.keys())

    def row(self) -> list[str]:
        """Shares and means over all worlds."""
        p, right = np.array([top for top, _ in self.tops]), np.array([hit for _, hit in self.tops])
        place = np.minimum((p * BINS).astype(int), BINS - 1)
        off = np.bincount(place, p - right, minlength=BINS)
        found = f"{np.mean(self.hits):.3f} of {len(self.hits)}" if self.hits else "–"
        error = f"{np.abs(off).sum() / len(p):.4f}" if len(p) else "–"
        return [found, error, f"{np.mean(self.errors):.4f}", str(self.wrong), f"{self.seconds:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="worlds of each family")
    parser.add_argument("--family", action="append", help="only this one; repeats")
    parser.add_argument("--page", type=Path, help="write the table to this Markdown file as well")
    chosen = parser.parse_args()
    rows = []
    for family in chosen.family or list(FAMILIES):
        pools: dict[str, Pool] = defaultdict(Pool)
        for seed in range(chosen.seeds):
            compare(family, 1000 + seed, pools)
        rows += [[family if i == 0 else "", name, *pool.row()] for i, (name, pool) in enumerate(pools.items())]
    table(f"{chosen.seeds} simulated worlds a family", HEADER, rows, *NOTES, left=2)
    if chosen.page is not None:
        write_page(chosen.page, chosen.seeds, rows)


def compare(family: str, seed: int, pools: dict[str, Pool]) -> None:
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
            pools["Tracer"].seconds += time.perf_counter() - start
        app.close()
    named = {one.channel_id for one in report.channels if one.verdict is Verdict.IMPLICATED}
    p_leaked = {one.channel_id: one.p_leaked for one in report.channels}
    pools["Tracer"].add(truth, p_leaked, named, {call.call_id: call.sources for call in report.calls})
    for name, method in PEERS.items():
        start = time.perf_counter()
        answer = method(evidence)
        pools[name].seconds += time.perf_counter() - start
        p_leaked = dict(zip(evidence.channel_ids, answer.p_leaked.tolist(), strict=True))
        named = {channel_id for channel_id, p in p_leaked.items() if p >= 0.95}
        pools[name].add(truth, p_leaked, named, dict(zip(evidence.calls.ids, answer.sources, strict=True)))


def write_page(path: Path, seeds: int, rows: Sequence[Sequence[str]]) -> None:
    """The table as a page of the docs."""
    lines = [
        "# Attribution compared",
        "",
        f"Made by `python -m benchmarks.attribution --seeds {seeds} --page {path}`: {seeds} worlds of each",
        "family of `tracer simulate` (see [Simulated worlds](simulate.md)), every method on the same evidence.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "| --- | --- | " + " | ".join("---:" for _ in HEADER[2:]) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        " ".join(NOTES),
        "",
        "Counting is calls over orders; guilt the formula of Papadimitriou and Garcia-Molina; vote gives each call to",
        "the channels that saw what it said; NCOMP and DD are group testing with a call as a positive test.",
        "",
        "Read the small numbers with care: few worlds, and in some families few calls. In `outside` about a sixth of",
        "the orders leak to somebody on no route, thirty times what is assumed; whoever saw as much gets the blame.",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
