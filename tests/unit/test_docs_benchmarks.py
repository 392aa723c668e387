"""docs/benchmarks.md is what the program makes of its figures, and holds every section that it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.document import SECTIONS, Run, page, read_run, write
from benchmarks.figures import Spread, exponent
from benchmarks.growth import Curve, Figures
from benchmarks.machine import Machine
from benchmarks.tables import times

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
QUIET = Machine("a processor", 2, 8, "ext4", "Linux", "3.11.9", "3.46", {"faker": "40.1"}, (0.1, 0.2, 0.3))


def curve(what: str, power: float, beside: str) -> Curve:
    sizes = (500, 5_000, 50_000)
    return Curve("Importing", what, beside, sizes, tuple(Spread((size**power / 1e3,)) for size in sizes))


GROWTH = Figures((curve("Tracer", 1.25, "bare"), curve("bare", 1.0, "bare")), {50_000: 512.0})
RUN = Run("2026-02-10", False, 14.2, QUIET, growth=GROWTH)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 1.15, 2.0])
def test_an_exponent_is_the_power_that_the_times_were_made_with(power: float) -> None:
    sizes = (500, 5_000, 50_000)
    assert exponent(sizes, [3e-4 * size**power for size in sizes]) == pytest.approx(power, abs=1e-9)


def test_an_exponent_is_the_least_squares_line_through_the_logarithms() -> None:
    assert exponent((1, 10, 100), (1.0, 20.0, 100.0)) == pytest.approx(1.0)
    assert exponent((1, 10, 100), (1.0, 1.0, 100.0)) == pytest.approx(1.0)
    assert exponent((10, 100), (1.0, 2.0)) == pytest.approx(0.30103, abs=1e-5)


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything takes ten times as long does not change the ratio."""
    ours, peer = Spread((2.0, 20.0, 2.0)), Spread((1.0, 10.0, 1.0))
    assert ours.over(peer).text(times) == "2.0× (2.0×–2.0×)"
    assert Spread((4.0, 2.0, 8.0)).per_second(8).values == (2.0, 4.0, 1.0)


def test_a_page_is_written_from_figures_and_again_from_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    write(RUN, path)
    written = path.read_text(encoding="utf-8")
    assert "| Tracer | 2.36 s | 42 s | 748 s | 1.25 | 1.25 | 15× |" in written
    assert "Of Tracer, steeper than 1.15 at the last step: Tracer (1.25)." in written
    assert "512 MB at 50,000 orders" not in written  # that belongs to the panel of reports
    assert "The machine was quiet" in written
    assert "Tracer" in (tmp_path / "benchmarks-growth.svg").read_text(encoding="utf-8")
    kept = read_run(tmp_path / "benchmarks.json")
    assert kept == RUN
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    write(kept, path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_busy_machine_is_said_plainly() -> None:
    busy = replace(RUN, machine=replace(QUIET, load=(6.0, 5.0, 4.0)))
    assert "**The machine was busy with other work** (load 6.00, 5.00, 4.00 on 2 processors" in page(busy, PAGE)


def test_the_page_is_what_the_program_makes_of_the_figures_beside_it() -> None:
    """Wording or headings changed? `python -m benchmarks --again` writes it anew without measuring."""
    run = read_run(PAGE.with_suffix(".json"))
    assert PAGE.read_text(encoding="utf-8") == page(run, PAGE)
    for name in SECTIONS:
        assert getattr(run, name) is not None, f"docs/benchmarks.md lacks the section {name}: make bench"
    for _, section in run.sections():
        for plot in section.plots:
            assert PAGE.with_name(f"benchmarks-{plot.name}.svg").is_file()
