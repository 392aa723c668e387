"""tracer intake …"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records
from tracer.domain.delivery import Fault, delivery_record
from tracer.domain.errors import NotAllowed

commands = typer.Typer(
    no_args_is_help=True, help="Calls that come in by themselves: sources, and what is held of them."
)
SourceOption = Annotated[str, typer.Option(help="Of this source only.")]
FaultOption = Annotated[Fault | None, typer.Option(help="With this wrong only.")]


@commands.command()
def sources(output: FormatOption = OutputFormat.TABLE) -> None:
    """List the sources: which read files, which are sent to and where, and how many messages each brought.

    Example: tracer intake sources
    """
    from tracer.intake.sources_here import sources_here
    from tracer.services.incoming.browse_deliveries import source_counts

    app = application()
    with app.reading() as work:
        found = sources_here(app, source_counts(work))
    if output is OutputFormat.JSON:
        say_json(found)
        return
    rows = [{**one, "takes": _takes(one)} for one in found]
    say_records(rows, ("source", "takes", "taken", "held", "left_out", "dismissed"), output, "No sources.")


def _takes(source: dict[str, Any]) -> str:
    ways = ["files"] if source["reads_files"] else []
    if source["hook"]:
        ways.append(source["hook"] if source["is_set_up"] else f"{source['hook']} (not set up)")
    return ", ".join(ways) or "no longer"


@commands.command("list")
def list_(
    source: SourceOption = "",
    everything: Annotated[bool, typer.Option("--all", help="Dismissed ones too.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List messages with something wrong: held ones, and those whose call was logged without its line or canary.

    Example: tracer intake list --source csv
    """
    with application().reading() as work:
        found = work.deliveries.faulty(source, dismissed=everything)
    note_look("deliveries", [one.delivery_id for one in found])
    if output is OutputFormat.JSON:
        say_json([delivery_record(one) for one in found])
        return
    rows = [
        {
            "delivery_id": one.delivery_id,
            "source": one.source,
            "state": one.state.value,
            "call_id": one.call_id or "",
            "place": one.place,
            "reason": one.reason,
        }
        for one in found
    ]
    columns = ("delivery_id", "source", "state", "call_id", "place", "reason")
    say_records(rows, columns, output, "Nothing waits.")


@commands.command()
def show(
    delivery_id: Annotated[str, typer.Argument(metavar="ID", help="Of the message, as `tracer intake list` shows it.")],
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show one message: what its source said, and what is wrong with it.

    Example: tracer intake show d-2f7k9m4xqe
    """
    with application().reading() as work:
        found = work.deliveries.get(delivery_id)
    note_look("delivery", [delivery_id])
    record = delivery_record(found)
    if output is OutputFormat.JSON:
        say_json(record)
        return
    for name, value in record.items():
        if isinstance(value, dict):
            for column, text in value.items():
                say(f"{name + ' ' + column:<24} {text}")
        elif value not in ("", []):
            say(f"{name:<24} {' '.join(value) if isinstance(value, list) else value}")


@commands.command()
def rerun(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="None: all that wait.")] = None,
    source: SourceOption = "",
    fault: FaultOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Try messages again, after a number, a canary or a newer version joined: what holds now becomes or mends a call.

    Example: tracer intake rerun --fault unknown_number
    """
    from tracer.intake.sources_here import rerun_all
    from tracer.services.incoming.browse_deliveries import faulty_ids

    app = application()
    chosen = list(ids or ())
    if not chosen:
        with app.reading() as work:
            chosen = faulty_ids(work, source, fault.value if fault else "")
    done = rerun_all(app, chosen)
    if output is OutputFormat.JSON:
        say_json({"mended": done.mended, "waiting": done.waiting})
        return
    say(f"{counted(done.mended, 'message')} mended, {done.waiting:,} as before.")


@commands.command()
def dismiss(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Of the messages.")] = None,
    source: SourceOption = "",
    fault: FaultOption = None,
    erase: Annotated[bool, typer.Option("--erase", help="Take away what held ones said, for ever.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Wait for messages no longer: those named, or all of a source or with a fault. Calls stay as they are.

    Example: tracer intake dismiss d-2f7k9m4xqe
    """
    from tracer.services.incoming.browse_deliveries import faulty_ids
    from tracer.services.incoming.rerun_deliveries import dismiss as dismiss_these

    if not ids and not source and fault is None:
        raise NotAllowed("say which: ids, or --source or --fault for all of these")
    with application().writing() as work:
        done = dismiss_these(work, ids or faulty_ids(work, source, fault.value if fault else ""), erase=erase)
        work.commit()
    if output is OutputFormat.JSON:
        say_json({"dismissed": done})
        return
    say(f"{counted(done, 'message')} dismissed.")
