"""tracer number …"""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records
from tracer.domain.line import NumberKind
from tracer.domain.records import number_record

commands = typer.Typer(no_args_is_help=True, help="The telephone numbers you own.")


@commands.command()
def add(
    number: Annotated[str, typer.Argument(help="A number you own, with its country code: +86 …")],
    kind: Annotated[NumberKind, typer.Option(help="What it is.")] = NumberKind.SIM,
    extensions: Annotated[
        str, typer.Option("--extensions", help="Digits of its extensions, one canary each; without: shared by many.")
    ] = "",
    owned_from: Annotated[str, typer.Option("--from", help="Since when it is yours (ISO 8601).")] = "",
    owned_until: Annotated[str, typer.Option("--until", help="Until when it is yours.")] = "",
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Add a number you own to the pool. Never somebody else's: a stranger would get the calls.

    Example: tracer number add +442079460016 --kind landline --extensions 4
    """
    from tracer.services.incoming.browse_deliveries import lacking_line
    from tracer.services.registry.add_number import add_number

    record = {
        "number": number,
        "kind": kind.value,
        "extension_digits": extensions,
        "owned_from": owned_from,
        "owned_until": owned_until,
        "notes": notes,
    }
    with application().writing() as work:
        owned = add_number(work, record)
        lacking = lacking_line(work)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(number_record(owned))
        return
    digits = owned.extension_digits
    use = "shared by the canaries put on it" if digits is None else f"with {digits}-digit extensions, one canary each"
    say(f"Added {owned.number}, {use}.")
    if owned.test_line:
        say("It lies in a range kept for fiction: a test line, which never rings.")
    if lacking:
        say(
            f"{counted(lacking, 'call')} came in on numbers that were not in the pool. "
            "`tracer intake rerun --fault unknown_number` gives those of this number their line."
        )


@commands.command("list")
def list_(output: FormatOption = OutputFormat.TABLE) -> None:
    """List the pool with what each number carries.

    Example: tracer number list
    """
    with application().reading() as work:
        live = work.canaries.live_per_number()
        stored = work.numbers.all()
    note_look("numbers", [item.number_id for item in stored])
    if output is OutputFormat.JSON:
        say_json([number_record(item.owned) for item in stored])
        return
    rows = [
        {
            "number": item.owned.number,
            "kind": item.owned.kind.value,
            "extensions": item.owned.extension_digits or "shared",
            "canaries": live.get(item.number_id, 0),
            "remark": "test line" if item.owned.test_line else "",
        }
        for item in stored
    ]
    columns = ("number", "kind", "extensions", "canaries", "remark")
    say_records(rows, columns, output, "No numbers yet. `tracer number add NUMBER` adds one you own.")
