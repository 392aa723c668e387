"""tracer call …"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from tracer.cli.call_files import HashOnly, attach, fetch, read_files
from tracer.cli.call_options import HeardOptions
from tracer.cli.call_reading import parse, read_text, settled
from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.options import spread
from tracer.cli.output import FormatOption, OutputFormat, erased_on, say, say_json, say_records
from tracer.domain.call import Call, CallState
from tracer.domain.columns import format_time
from tracer.domain.errors import InvalidValue
from tracer.domain.records import call_record, check_annotations, read_call, standing

commands = typer.Typer(no_args_is_help=True, help="Received calls, messages and chats.")
CallArgument = Annotated[str, typer.Argument(help="The call.")]


@commands.command()
@spread
def log(
    heard: HeardOptions,
    transcript: Annotated[
        str, typer.Option(help="A text file with what was said, - for standard input. It fills what you leave out.")
    ] = "",
    unread: Annotated[bool, typer.Option("--unread", help="Keep the transcript and take nothing from it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the transcript was read rightly.")] = False,
    attach: Annotated[
        list[Path] | None, typer.Option(help="A recording or screenshot, kept sealed with its SHA-256. Repeats.")
    ] = None,
    hash_only: HashOnly = False,
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeats.")] = None,
    call_id: Annotated[str, typer.Option("--id", help="Its id; by default a new one.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Log a call: first what you know now, the rest later with `tracer call correct`.

    With --transcript the text is read first: what it tells fills what you leave out, is shown with how sure it is and,
    on a terminal, asked about. What you give yourself stays.

    Example: tracer call log --dialled +442079460016 --name 张女士 --knew "name:masked item price"
    """
    from tracer.services.calls.log_call import check_received, check_something_said, log_call

    record = {
        **heard.columns(),
        "call_id": call_id,
        "transcript": read_text(transcript) if transcript else "",
        "notes": notes,
        "tags": " ".join(tag or ()),
    }
    files = read_files(attach or (), hash_only=hash_only)
    app = application()
    check_something_said(record, files)
    check_annotations(tag or ())
    check_received(heard.received_at, app.clock(), "--at")
    if record["transcript"].strip() and not unread:
        read_call(
            {**record, "call_id": call_id or "c-new", "received_at": heard.received_at or app.clock().isoformat()}
        )
        record = settled(record, yes=yes, from_input=transcript == "-")
    with app.writing() as work:
        call = log_call(work, record, files, app.rng)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(call_record(call))
        return
    say(f"Logged {call.kind.value} {call.call_id} ({call.nature.value}).")
    say(f"Where it came from: tracer explain {call.call_id}")
    say(f"Mislogged? tracer call undo {call.call_id}")


@commands.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Undone and merged ones too.")] = False,
    tag: Annotated[str, typer.Option(help="Only those that bear this tag.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List calls, oldest first.

    Example: tracer call list --format json
    """
    with application().reading() as work:
        calls = work.calls.all() if everything else work.calls.counting()
        shown = [call for call in calls if not tag or tag in call.tags]
    records = [{**call_record(call), **(standing(call) if everything else {})} for call in shown]
    gone = {call.call_id: call.erased_at.isoformat() for call in shown if call.erased_at is not None}
    note_look("calls", [record["call_id"] for record in records])
    if output is OutputFormat.TABLE:  # to the minute is enough for reading
        records = [
            {
                **record,
                "received_at": record["received_at"][:16].replace("T", " "),
                **({"heard_name": erased_on(gone[record["call_id"]])} if record["call_id"] in gone else {}),
            }
            for record in records
        ]
    columns = ("call_id", "received_at", "dialled_number", "heard_name", "known_fields", "script", "nature")
    say_records(
        records,
        (*columns, "state") if everything else columns,
        output,
        "No calls. `tracer call log --dialled NUMBER` logs one.",
    )


@commands.command()
def show(call_id: CallArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """Show one call with its attachments and its whole history.

    Example: tracer call show c-2f7k9m4xqe
    """
    from tracer.services.calls.attach_files import attachment_objects
    from tracer.services.incoming.browse_deliveries import deliveries_of
    from tracer.services.registry.browse import erased, history_objects

    with application().reading() as work:
        call = work.calls.get(call_id)
        files = attachment_objects(work, call_id)
        history = work.journal.about(call_id)
        told = deliveries_of(work, call_id, raw=True)
    note_look("call", [call_id])
    if output is OutputFormat.JSON:
        say_json(
            {
                **call_record(call),
                **standing(call),
                **(erased(call.erased_at) if call.erased_at else {}),
                "attachments": files,
                "deliveries": told,
                "history": history_objects(history),
            }
        )
        return
    _say_call(call, files, told)
    for entry in history:
        before = entry.payload.get("before")
        what = ": " + ", ".join(f"{key} was {value!r}" for key, value in before.items()) if before else ""
        say(f"{entry.recorded_at.isoformat()}  {entry.event} by {entry.actor}{what}")


@commands.command()
def correct(
    call_id: CallArgument,
    change: Annotated[list[str], typer.Option("--set", help="COLUMN=VALUE, a column of calls.csv; repeats.")],
) -> None:
    """Change what was logged. The earlier values stay in its history.

    Example: tracer call correct c-2f7k9m4xqe --set "known_fields=name item" --set nature=unsure
    """
    from tracer.services.calls.log_call import check_received, correct_call

    changes = {}
    for text in change:
        column, equals, value = text.partition("=")
        if not equals:
            raise InvalidValue("--set", text, "COLUMN=VALUE, such as nature=unsure")
        changes[column.strip()] = value
    app = application()
    check_received(changes.get("received_at", ""), app.clock())
    with app.writing() as work:
        call = correct_call(work, call_id, changes)
        work.commit()
    say(f"Corrected {call.call_id}.")


@commands.command()
def undo(call_id: CallArgument) -> None:
    """Take a mislogged call out of every count; `tracer call restore` brings it back.

    Example: tracer call undo c-2f7k9m4xqe
    """
    from tracer.services.calls.log_call import undo_call

    with application().writing() as work:
        call = undo_call(work, call_id)
        work.commit()
    say(f"{call.call_id} no longer counts. To count it again: tracer call restore {call.call_id}")


@commands.command()
def restore(call_id: CallArgument) -> None:
    """Count an undone or merged call again.

    Example: tracer call restore c-2f7k9m4xqe
    """
    from tracer.services.calls.log_call import restore_call

    with application().writing() as work:
        call = restore_call(work, call_id)
        work.commit()
    say(f"{call.call_id} counts again.")


@commands.command()
def merge(call_id: CallArgument, into: Annotated[str, typer.Argument(help="The record that stays.")]) -> None:
    """Say that two records are one contact; the second gains what only the first knew.

    Example: tracer call merge c-2f7k9m4xqe c-8d3hx6w0zr
    """
    from tracer.services.calls.log_call import merge_call

    with application().writing() as work:
        call: Call = merge_call(work, call_id, into)
        work.commit()
    say(f"{call_id} is part of {call.call_id} now.")


@commands.command()
def scripts(output: FormatOption = OutputFormat.TABLE) -> None:
    """List the stories that callers tell, by the id that --script takes.

    Example: tracer call scripts
    """
    records = [{"script": script, **texts} for script, texts in application().scripts.items()]
    say_records(records, ("script", "en", "zh"), output, "No scripts.")


def _say_call(call: Call, files: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> None:
    """A call for people, with its files and what sources said of it."""
    for column, value in call_record(call).items():
        if value:
            say(f"{column:<16} {value}")
    if call.erased_at is not None:
        say(f"{'personal data':<16} {erased_on(call.erased_at.isoformat())}")
    if call.state is not CallState.LOGGED:
        say(f"{'state':<16} {call.state.value} {call.merged_into or ''}")
    for file in files:
        kept = "" if file["kept"] else "; only its hash was noted"
        name = file["file_name"] or erased_on(format_time(call.erased_at))
        say(f"{'attachment':<16} {file['attachment_id']} {name} ({file['size']:,} bytes{kept})")
        say(f"{'':<16} sha256 {file['sha256']}")
    for one in told:
        say(f"{'told by':<16} {one['source']} {one['contact_id']} {one['event_id']}".rstrip())
        for name, value in one["extra"].items():
            say(f"{'':<16} {name}: {value}")
        if one["reason"]:
            say(f"{'':<16} {one['reason']}")


commands.command()(parse)
commands.command()(attach)
commands.command()(fetch)
