"""tracer simulate: synthetic worlds, whose truth is known."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, progress_bar, say, say_json
from tracer.domain.columns import parse_time
from tracer.domain.report import BACKGROUND, OTHER
from tracer.domain.simulation.families import FAMILIES

if TYPE_CHECKING:
    from tracer.domain.simulation.world import World


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    family: Annotated[str, typer.Option(help="What is hard about the world: " + " ".join(FAMILIES) + ".")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another world; the same seed, the same bytes.")] = 1,
    orders: Annotated[int | None, typer.Option(help="How many orders; by default as many as suit the family.")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help="When the world ends (ISO 8601 with offset).")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Draw a made-up campaign from the model: DIR/bundle to import, and DIR/truth.json to judge a report by.

    Example: tracer simulate /tmp/world --family council --seed 7
    """
    from tracer.domain.simulation.draw import AS_OF
    from tracer.intake.csv_bundle.write import new_folder, write_files
    from tracer.services.bundles.simulate_world import simulate_world, world_bundle, world_truth

    app = application()
    until = parse_time(as_of or AS_OF, "--as-of")
    with (
        new_folder(folder) as aside,
        progress_bar("Simulating", None, wanted=app.settings.progress) as bar,
    ):
        world = simulate_world(family, app.model, until, seed, orders)
        (aside / "bundle").mkdir()
        counts = write_files(world_bundle(world), aside / "bundle", lambda rows: bar.advance(bar.task_ids[0], rows))
        truth = json.dumps(world_truth(world, seed), ensure_ascii=False, indent=1)
        (aside / "truth.json").write_text(truth + "\n", "utf-8")
    _tell(folder, world, counts, output)


def _tell(folder: Path, world: World, counts: dict[str, int], output: OutputFormat) -> None:
    """What was made: sizes, and how many calls came from where; who leaked stays in truth.json."""
    names = Counter(world.source_name(source) for source in world.calls.source.tolist())
    background, other = names.pop(BACKGROUND, 0), names.pop(OTHER, 0)
    made: dict[str, Any] = {
        "bundle": str(folder / "bundle"),
        "truth": str(folder / "truth.json"),
        "family": world.family,
        "as_of": world.as_of.isoformat(),
        "rows": counts,
        "calls": {"channels": sum(names.values()), OTHER: other, BACKGROUND: background},
    }
    if output is OutputFormat.JSON:
        say_json(made)
        return
    for name, count in counts.items():
        say(f"{name:<14} {count:>9,} rows")
    by_channels = counted(made["calls"]["channels"], "call")
    say(f"{by_channels} from channels that leak, {other:,} from elsewhere, {background:,} background.")
    say()
    say(f"  tracer import {folder / 'bundle'}")
    say(f"  tracer report --as-of {world.as_of.isoformat()}")
