"""Who leaked, and where each call came from: ours beside simpler methods, and what could be known at best.

Simulated worlds, every method on the same evidence in one run. `python -m benchmarks` does it with few worlds;
python -m benchmarks.attribution --seeds 5 --page docs/attribution-compared.md with more, and with the limit.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.plots import dots
from benchmarks.section import Plot, Section, Short
from benchmarks.tables import Table, seconds, times
from benchmarks.worlds import LIMIT, METHODS, OURS, Pool, Score, compared
from tracer.domain.simulation.families import FAMILIES

FIRST_SEED = 1000
HEADER = (
    *("leaks' calls right", "calls' ECE", "Brier", "log score", "channels' ECE"),
    *("named rightly", "named wrongly", "missed", "seconds a world"),
)
NOTES = (
    "leaks' calls right: of the calls that a leak caused, the share whose likeliest source is the true one.",
    "ECE: how far a probability is from how often it is right, for calls' likeliest sources and for channels.",
    "Brier: mean (P(leaked) - truth)² over the channels that saw an order; log score: mean -ln of the probability "
    "given to the truth, none taken for less than 0.001. Of both less is better.",
    "named wrongly: sound channels, and groups of sound channels, that are named (peers: with P of 0.95 or more).",
    "missed: leaky channels that caused three calls or more and are not named, alone or in a group of at most six.",
    "seconds: the middle of the worlds; ours with reading the registry, the others after it was read.",
)
METHODS_IN_WORDS = (
    "*Counting* is calls over orders; *guilt* the formula of Papadimitriou and Garcia-Molina; *vote* gives each call "
    "to the channels that saw what it said; *NCOMP* and *DD* are group testing with a call as a positive test."
)
PANELS = {
    "leaks' calls whose likeliest source is right": lambda one: (
        one.right / one.leak_calls if one.leak_calls else float("nan")
    ),
    "mean squared error of P(leaked)": lambda one: one.brier,
}


@dataclass(frozen=True)
class Figures:
    """So many worlds a family; scores of all together, and family by family."""

    worlds: int
    together: tuple[Score, ...]
    by_family: tuple[Score, ...]


def measure(quick: bool, _folder: Path) -> Figures:
    """A few worlds of every family, in quick of three."""
    families = ["shopper", "council", "innocent"] if quick else list(FAMILIES)
    worlds = 1 if quick else 2
    pools = compared(families, range(FIRST_SEED, FIRST_SEED + worlds), with_limit=False)
    by_family = tuple(pool.score(*key) for key, pool in pools.items())
    together = []
    for method in METHODS:
        everything = Pool()
        for family in families:
            everything += pools[family, method]
        together.append(everything.score("all", method))
    return Figures(worlds, tuple(together), by_family)


def section(found: Figures) -> Section:
    """The figures as tables and a plot."""
    families = list(dict.fromkeys(one.family for one in found.by_family))
    return Section(
        "Who leaked",
        (
            f"{len(families)} families of `tracer simulate` ([Simulated worlds](simulate.md)), {found.worlds} "
            f"world{'s' * (found.worlds > 1)} a family, seeds from 1000 on, every method on the same evidence. "
            + METHODS_IN_WORDS,
            "More worlds, and beside what could be known at best: [Attribution compared](attribution-compared.md).",
        ),
        (_together(found), _by_family(found.by_family, families)),
        tuple(_short(found)),
        (
            Plot(
                "attribution",
                "Two panels, a dot for each method and family: calls traced rightly, and the error of P(leaked)",
                partial(draw, scores=found.by_family),
            ),
        ),
    )


def _short(found: Figures) -> Iterator[Short]:
    ours = next(one for one in found.together if one.method == OURS)
    for one in found.together:
        if one is not ours:
            ratio = times(one.brier / ours.brier)
            yield (
                "P(leaked) of simulated channels, Brier score",
                f"{ours.brier:.4f}",
                one.method,
                f"{one.brier:.4f}",
                ratio,
            )
            said = (f"{it.named_rightly:,} and {it.named_wrongly:,}" for it in (ours, one))
            yield "channels named rightly, and wrongly", next(said), one.method, next(said), ""


def _together(found: Figures) -> Table:
    ours = next(one for one in found.together if one.method == OURS)
    rows = [
        [one.method, *_cells(one), times(one.brier / ours.brier), times(ours.seconds.over(one.seconds).median)]
        for one in found.together
    ]
    header = ("method", *HEADER, "Brier × Tracer's", "Tracer takes × this")
    return Table(f"All {len(ours.seconds.values)} worlds together", header, rows, _lines(NOTES))


def _by_family(scores: Sequence[Score], families: Sequence[str]) -> Table:
    brier = {(one.family, one.method): f"{one.brier:.4f}" for one in scores}
    rows = [[family, *(brier[family, method] for method in METHODS)] for family in families]
    return Table("Brier score of P(leaked) by family", ("family", *METHODS), rows)


def _cells(one: Score) -> list[str]:
    return [
        f"{one.right / one.leak_calls:.3f} of {one.leak_calls:,}" if one.leak_calls else "–",
        *(f"{value:.4f}" for value in (one.calls_ece, one.brier, one.log_score, one.channels_ece)),
        *(f"{value:,}" for value in (one.named_rightly, one.named_wrongly, one.missed)),
        seconds(one.seconds.median),
    ]


def _lines(notes: Iterable[str]) -> list[str]:
    return [f"- {note}" for note in notes]


def draw(path: Path, scores: Sequence[Score]) -> None:
    """A dot for each method and family, a panel a measure."""
    families = list(dict.fromkeys(one.family for one in scores))
    methods = list(dict.fromkeys(one.method for one in scores))
    of = {(one.family, one.method): one for one in scores}
    panels = {
        title: {method: [value(of[family, method]) for family in families] for method in methods}
        for title, value in PANELS.items()
    }
    dots(path, families, panels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="worlds of each family")
    parser.add_argument("--family", action="append", help="only this one; repeats")
    parser.add_argument("--page", type=Path, help="write the table and the plot to this Markdown file as well")
    chosen = parser.parse_args()
    families = chosen.family or list(FAMILIES)
    pools = compared(families, range(FIRST_SEED, FIRST_SEED + chosen.seeds), with_limit=True)
    found = _with_limit(families, pools)
    found.show()
    if chosen.page is not None:
        write_page(chosen.page, chosen.seeds, found, [pool.score(*key) for key, pool in pools.items()])


def _with_limit(families: Sequence[str], pools: Mapping[tuple[str, str], Pool]) -> Table:
    methods = (LIMIT, *METHODS)
    rows = [
        [family if method == LIMIT else "", method, *_cells(pools[family, method].score(family, method))]
        for family in families
        for method in methods
    ]
    return Table("By family", ("family", "method", *HEADER), rows, _lines(NOTES), left=2)


def write_page(path: Path, seeds: int, found: Table, scores: Sequence[Score]) -> None:
    """The table and the plot as a page of the docs."""
    plot = path.with_suffix(".svg")
    draw(plot, scores)
    lines = [
        "# Attribution compared",
        "",
        f"Made by `python -m benchmarks.attribution --seeds {seeds} --page {path}`: {seeds} worlds of each",
        "family of `tracer simulate` (see [Simulated worlds](simulate.md)), every method on the same evidence.",
        "",
        "*limit* is what could be known at best: a long run that is told how this world's callers behave, how many",
        "channels leak and how much, but not which; it knows neither of spells nor of campaigns, so that `burst` and",
        "`campaign` worlds can be told better. *Tracer* is told nothing and learns these figures from the world.",
        METHODS_IN_WORDS,
        "",
        f"![Two panels, a dot for each method and family; the table below holds the same figures]({plot.name})",
        "",
        *found.markdown()[2:],
        "",
        "Read the small numbers with care: few worlds, and in some families few calls. In `outside` about a sixth of",
        "the orders leak to somebody on no route, thirty times what is assumed; whoever saw as much gets some blame.",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
