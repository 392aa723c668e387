"""docs/benchmarks.md out of the figures of one run, which are kept beside it as docs/benchmarks.json."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pydantic import TypeAdapter

import benchmarks.attribution
import benchmarks.durable
import benchmarks.growth
import benchmarks.imports
import benchmarks.names_heard
import benchmarks.names_issued
import benchmarks.small_worlds
from benchmarks.machine import Machine
from benchmarks.section import Section
from benchmarks.tables import WIDTH

SECTIONS: dict[str, ModuleType] = {
    "names": benchmarks.names_issued,
    "heard": benchmarks.names_heard,
    "attribution": benchmarks.attribution,
    "exact": benchmarks.small_worlds,
    "durable": benchmarks.durable,
    "imports": benchmarks.imports,
    "growth": benchmarks.growth,
}


@dataclass(frozen=True)
class Run:
    """The figures of one run; a section that was not asked for is None."""

    date: str
    quick: bool
    minutes: float
    machine: Machine
    names: benchmarks.names_issued.Figures | None = None
    heard: benchmarks.names_heard.Figures | None = None
    attribution: benchmarks.attribution.Figures | None = None
    exact: benchmarks.small_worlds.Figures | None = None
    durable: benchmarks.durable.Figures | None = None
    imports: benchmarks.imports.Figures | None = None
    growth: benchmarks.growth.Figures | None = None

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Those that were measured, in order."""
        for name, module in SECTIONS.items():
            found = getattr(self, name)
            if found is not None:
                yield name, module.section(found)


RUN = TypeAdapter(Run)


def read_run(file: Path) -> Run:
    """A run as it was kept."""
    return RUN.validate_json(file.read_bytes())


def write(run: Run, path: Path) -> None:
    """The page, its plots, and the figures beside it. The same run gives the same files."""
    path.with_suffix(".json").write_bytes(RUN.dump_json(run, indent=1) + b"\n")
    for _, section in run.sections():
        for plot in section.plots:
            plot.draw(_plot_file(path, plot.name))
    path.write_text(page(run, path), encoding="utf-8")


def page(run: Run, path: Path) -> str:
    """The whole page as Markdown."""
    sections = [section for _, section in run.sections()]
    lines = ["# Benchmarks", "", *_how(run, path), *_short(sections)]
    for section in sections:
        lines += [f"## {section.title}", "", *_words(section.words)]
        for plot in section.plots:
            lines += [f"![{plot.words}]({_plot_file(path, plot.name).name})", ""]
        for table in section.tables:
            lines += [*table.markdown(), ""]
    return "\n".join(lines).rstrip() + "\n"


def _plot_file(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}-{name}.svg")


def _words(paragraphs: tuple[str, ...]) -> list[str]:
    fill: Callable[[str], list[str]] = lambda text: [*textwrap.wrap(text, WIDTH, break_on_hyphens=False), ""]  # noqa: E731
    return [line for paragraph in paragraphs for line in fill(paragraph)]


def _how(run: Run, path: Path) -> list[str]:
    machine = run.machine
    versions = ", ".join(f"{name} {said}" for name, said in machine.versions.items())
    load = ", ".join(f"{one:.2f}" for one in machine.load)
    busy = (
        f"**The machine was busy with other work** (load {load} on {machine.processors} processors before anything was "
        "measured): times are longer than they need be and spreads wide. Read the ratios, which are of one run, and "
        "the exponents, which are of processor time."
        if machine.busy
        else f"The machine was quiet: load {load} before anything was measured."
    )
    quick = "With small sizes (`--quick`): a look, no more. " if run.quick else ""
    return _words(
        (
            f"Made by the program on {run.date}, in {run.minutes:.0f} minutes. {quick}Everything is measured beside "
            "its peers in the same run, in turns, so that whatever slows the machine down slows both; where there are "
            "several rounds the middle is given with the least and the most in brackets, and a ratio is taken round by "
            f"round. The figures themselves are in [{path.stem}.json]({path.stem}.json).",
            f"{machine.processor}, {machine.processors} processors, {machine.memory} GB, {machine.file_system}; "
            f"{machine.system}, Python {machine.python}, SQLite {machine.sqlite}; {versions}.",
            busy,
            "To repeat it: `make bench`, a quarter of an hour on two quiet processors; `python -m benchmarks --quick` "
            "takes three minutes, `--only names heard` some sections, and both print only. "
            f"`python -m benchmarks --again` writes this page anew from {path.stem}.json. What other measurements "
            "there are: [benchmarks](../benchmarks).",
        )
    )


def _short(sections: list[Section]) -> list[str]:
    rows = [("what", "Tracer", "peer", "", "ratio"), ("---", "---:", "---", "---:", "---:")]
    rows += [row for section in sections for row in section.short]
    words = _words(
        ("A ratio above 1 says that Tracer does better: more a second, less time, or a smaller Brier score.",)
    )
    return ["## In short", "", *words, *("| " + " | ".join(row) + " |" for row in rows), ""]
