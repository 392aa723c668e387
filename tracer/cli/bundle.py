"""tracer import, tracer export."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_export
from tracer.cli.output import FormatOption, OutputFormat, progress_bar, say, say_json, warn

if TYPE_CHECKING:
    from tracer.intake.sources import FileOptions, FileSource
    from tracer.intake.take_files import FileTaken

_MOST_WHYS = 20


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder, a zip or a file.")],
    source: Annotated[str, typer.Option(help="Whose files these are, where they do not tell by themselves.")] = "",
    line: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE_LINE=NUMBER", help="Which number of yours a line of theirs is; repeatable."),
    ] = None,
    zone: Annotated[str, typer.Option(help="The zone of times without one: Asia/Shanghai or +08:00.")] = "",
    column: Annotated[
        list[str] | None, typer.Option(metavar="THEIRS=OURS", help="Which column of a CSV is which; repeatable.")
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Import a bundle (all of it or nothing), or calls out of other programs' files; a second time without effect.

    Whose file it is shows in its content: docs/intake.md lists the sources. Of such a file every good row becomes a
    call, and a bad one is held with its reason (`tracer intake list`).

    Example: tracer import campaign.zip
    """
    from tracer.intake.file_options import file_source, read_options
    from tracer.intake.take_files import is_of_another_program

    options, its = read_options(line or (), zone, column or ()), file_source(source)
    _collect_garbage_seldom()
    if is_of_another_program(path, its):
        _import_calls(path, its, options, output)
    else:
        _import_bundle(path, output)


def _import_calls(path: Path, source: FileSource | None, options: FileOptions, output: OutputFormat) -> None:
    from tracer.intake.take_files import take_path, taken_record, together

    app = application()
    with progress_bar("Importing", None, wanted=app.settings.progress and output is OutputFormat.TABLE) as bar:
        files = take_path(app, path, source, options, lambda rows: bar.advance(bar.task_ids[0], rows))
    if output is OutputFormat.JSON:
        say_json(taken_record(files))
    else:
        _say_files(files)
    total = together(files)
    if total.held or total.left_out:
        warn(
            "Note: `tracer intake list` shows what is held and what lacks its line, `tracer intake rerun` tries again."
        )
    if all(one.refused for one in files):
        raise typer.Exit(1)


def _say_files(files: Sequence[FileTaken]) -> None:
    for one in files:
        if one.refused:
            warn(f"{one.name}: {one.refused}")
        for why, count in one.left_alone.most_common(_MOST_WHYS):
            warn(f"{one.name}: {count:,} left alone: {why}")
        if one.source:
            done = one.taken
            say(
                f"{one.name} ({one.source}): {done.new:,} new calls, {done.told_more:,} told more, "
                f"{done.known:,} already there, {done.held:,} held, {done.not_received:,} not received"
            )


def _import_bundle(path: Path, output: OutputFormat) -> None:
    from tracer.intake.csv_bundle.read import open_bundle
    from tracer.services.bundles.import_bundle import import_bundle

    app = application()
    with (
        open_bundle(path) as (bundle, rows),
        app.writing() as work,
        progress_bar("Importing", rows, wanted=app.settings.progress) as bar,
    ):
        summary = import_bundle(work, app.model.channels, bundle, lambda done: bar.advance(bar.task_ids[0], done))
        work.commit()
    if output is OutputFormat.JSON:
        say_json({"added": summary.added, "unchanged": summary.unchanged, "remarks": summary.remarks})
        return
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
    from tracer.services.bundles.export_bundle import export_bundle

    app = application()
    note_export()
    with app.reading() as work, progress_bar("Exporting", None, wanted=app.settings.progress) as bar:
        counts = write_bundle(export_bundle(work), folder, lambda rows: bar.advance(bar.task_ids[0], rows))
    for name, count in counts.items():
        say(f"{name:<14} {count:>9,} rows")
    warn(f"Note: {folder} holds names and numbers in plain text. Keep it as you keep the registry.")
