"""tracer canary …"""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.output import (
    FormatOption,
    OutputFormat,
    counted,
    erased_on,
    say,
    say_json,
    say_records,
    say_table,
)
from tracer.domain.canary import CanaryState
from tracer.domain.columns import format_time
from tracer.domain.records import canary_record

commands = typer.Typer(no_args_is_help=True, help="Canaries: decoy recipients.")


@commands.command()
def issue(
    for_: Annotated[
        list[str] | None, typer.Option("--for", help="The channel it is handed to; repeats for a canary known to all.")
    ] = None,
    count: Annotated[int, typer.Option(help="How many.")] = 1,
    locale: Annotated[str, typer.Option(help="zh_CN, en_US or en_GB; by default the setting.")] = "",
    gender: Annotated[str, typer.Option(help="male or female; by default either.")] = "",
    number: Annotated[str, typer.Option(help="Put it on this number of the pool.")] = "",
    control: Annotated[bool, typer.Option("--control", help="Give it to nobody: it measures background.")] = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeats.")] = None,
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Issue canaries: name and telephone, ready to paste into a checkout form.

    Example: tracer canary issue --for merchant-1 --count 3
    """
    from tracer.domain.codebook.phone_number import parse_line
    from tracer.services.canaries.issue_canary import CanaryRequest, card, issue_canaries

    app = application()
    request = CanaryRequest(
        issued_for=tuple(dict.fromkeys(for_ or ())),
        count=count,
        locale=locale or app.settings.locale,
        gender=gender,
        number=parse_line(number).number if number else None,
        control=control,
        tags=tuple(tag or ()),
        notes=notes,
    )
    with app.writing() as work:
        canaries = issue_canaries(work, request, app.settings.quarantine_days, app.rng)
        work.commit()
    cards = [card(canary) for canary in canaries]
    if output is OutputFormat.JSON:
        say_json(cards)
        return
    say_table(
        ("canary", "recipient name", "telephone for the form", "line"),
        [[str(c["canary_id"]), str(c["recipient_name"]), str(c["written_phone"]), str(c["phone"])] for c in cards],
    )
    say("\nUse each for one order only. Next: tracer order add --canary CANARY --route CHANNEL,CHANNEL,…")


@commands.command("list")
def list_(
    tag: Annotated[str, typer.Option(help="Only those that bear this tag.")] = "",
    state: Annotated[CanaryState | None, typer.Option(help="Only those in this state.")] = None,
    alike: Annotated[bool, typer.Option("--alike", help="Only imported ones that sound like an earlier one.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List canaries.

    Example: tracer canary list --state used
    """
    with application().reading() as work:
        sounding = work.canaries.alike() if alike else set()
        shown = [
            canary
            for canary in work.canaries.all()
            if (not tag or tag in canary.tags)
            and (state is None or canary.state is state)
            and (not alike or canary.canary_id in sounding)
        ]
    records = [canary_record(canary) for canary in shown]
    note_look("canaries", [record["canary_id"] for record in records])
    if output is OutputFormat.TABLE:
        names = [canary.recipient_name or erased_on(format_time(canary.erased_at)) for canary in shown]
        records = [{**record, "recipient_name": name} for record, name in zip(records, names, strict=True)]
    columns = ("canary_id", "recipient_name", "phone", "issued_for", "state", "tags")
    say_records(records, columns, output, "No canaries. `tracer canary issue --for CHANNEL` makes one.")


@commands.command()
def show(
    canary_id: Annotated[str, typer.Argument(help="The canary.")], output: FormatOption = OutputFormat.TABLE
) -> None:
    """Show one canary with its history.

    Example: tracer canary show k-4t9xm2c7qe
    """
    from tracer.services.registry.browse import erased, history_objects

    with application().reading() as work:
        canary = work.canaries.get(canary_id)
        history = work.journal.about(canary_id)
        alike = canary_id in work.canaries.alike()
    note_look("canary", [canary_id])
    if output is OutputFormat.JSON:
        more = {"sounds_like_another": alike, **(erased(canary.erased_at) if canary.erased_at else {})}
        say_json({**canary_record(canary), **more, "history": history_objects(history)})
        return
    if alike:
        say("Its name sounds like that of a canary that was there before: a call may mean either.")
    for column, value in canary_record(canary).items():
        gone = column == "recipient_name" and canary.is_erased
        say(f"{column:<16} {erased_on(format_time(canary.erased_at)) if gone else value}")
    for entry in history:
        say(f"{entry.recorded_at.isoformat()}  {entry.event} by {entry.actor}")


@commands.command()
def retire(canary_id: Annotated[str, typer.Argument(help="The canary.")]) -> None:
    """Give a canary up. Its line is still listened to, and comes free after the quarantine.

    Example: tracer canary retire k-4t9xm2c7qe
    """
    from tracer.services.canaries.change_canary import retire_canary

    app = application()
    with app.writing() as work:
        canary = retire_canary(work, canary_id)
        work.commit()
    say(
        f"Canary {canary.canary_id} is {canary.state.value}; "
        f"its line comes free in {counted(app.settings.quarantine_days, 'day')}."
    )


@commands.command()
def note(
    canary_id: Annotated[str, typer.Argument(help="The canary.")],
    text: Annotated[str | None, typer.Option("--notes", help="New notes.")] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag to add; repeats.")] = None,
    untag: Annotated[list[str] | None, typer.Option("--untag", help="A tag to take away; repeats.")] = None,
) -> None:
    """Change the notes and tags of a canary.

    Example: tracer canary note k-4t9xm2c7qe --tag spring --notes "box kept"
    """
    from tracer.services.canaries.change_canary import annotate_canary

    with application().writing() as work:
        canary = annotate_canary(work, canary_id, tag or (), untag or (), text)
        work.commit()
    say(f"Canary {canary.canary_id}: tags {' '.join(canary.tags) or 'none'}.")
