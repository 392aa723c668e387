"""tracer import, tracer export."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_export
from tracer.cli.output import progress_bar, say, warn


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder, a zip or a single CSV file.")],
) -> None:
    """Import a bundle: all of it or nothing, and a second time without effect.

    Example: tracer import campaign.zip
    """
    from tracer.intake.csv_bundle.read import open_bundle
    from tracer.services.import_bundle import import_bundle

    app = application()
    _collect_garbage_seldom()
    with (
        open_bundle(path) as (bundle, rows),
        app.writing() as work,
        progress_bar("Importing", rows, wanted=app.settings.progress) as bar,
    ):
        summary = import_bundle(work, app.model.channels, bundle, lambda done: bar.advance(bar.task_ids[0], done))
        work.commit()
    for name, added in summary.added.items():
        say(f"{name:<14} {added:>9,} new {summary.unchanged[name]:>9,} unchanged")
    for remark in summary.remarks:
        warn(f"Note: {remark}.")


def _collect_garbage_seldom() -> None:
    """Millions of short-lived objects make no cycles; looking for some took a quarter of an import's time."""
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def export(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")]) -> None:
    """Export everything as a bundle that imports the same again. Its files hold names and numbers in plain text.

    Example: tracer export backup-2026-11
    """
    from tracer.intake.csv_bundle.write import write_bundle
    from tracer.services.export_bundle import export_bundle

    app = application()
    note_export()
    with app.reading() as work, progress_bar("Exporting", None, wanted=app.settings.progress) as bar:
        counts = write_bundle(export_bundle(work), folder, lambda rows: bar.advance(bar.task_ids[0], rows))
    for name, count in counts.items():
        say(f"{name:<14} {count:>9,} rows")
    warn(f"Note: {folder} holds names and numbers in plain text. Keep it as you keep the registry.")
