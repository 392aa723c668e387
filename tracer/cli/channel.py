"""tracer channel …"""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json, say_records
from tracer.domain.records import channel_record, check_annotations

commands = typer.Typer(no_args_is_help=True, help="Channels: the parties that handle order data.")


@commands.command()
def add(
    kind: Annotated[str, typer.Argument(help="platform, merchant, warehouse, courier, station, …")],
    name: Annotated[str, typer.Argument(help="What people call it.")],
    channel_id: Annotated[str, typer.Option("--id", help="Its id; by default KIND-NUMBER.")] = "",
    parent: Annotated[str, typer.Option("--parent", help="The channel it belongs to.")] = "",
    contact: Annotated[str, typer.Option(help="Whom to write to.")] = "",
    legitimate_number: Annotated[
        list[str] | None, typer.Option("--legitimate-number", help="A number it calls from rightly; repeats.")
    ] = None,
    natural_person: Annotated[
        bool, typer.Option("--natural-person", help="A person, such as a courier: pseudonymised where data leave.")
    ] = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="A tag; repeats.")] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Register a channel.

    Example: tracer channel add merchant "Lanting flagship store" --parent platform-1
    """
    from tracer.services.registry.register_channel import register_channel

    app = application()
    record = {
        "kind": kind,
        "name": name,
        "channel_id": channel_id,
        "parent_id": parent,
        "contact": contact,
        "legitimate_numbers": " ".join(legitimate_number or ()),
        "natural_person": "yes" if natural_person else "no",
        "tags": " ".join(tag or ()),
    }
    check_annotations(tag or ())
    with app.writing() as work:
        channel = register_channel(work, app.model.channels, record)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(channel_record(channel))
    else:
        say(f"Registered {channel.kind} {channel.name} as {channel.channel_id}.")


@commands.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="Only this kind.")] = "",
    tag: Annotated[str, typer.Option(help="Only those that bear this tag.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List channels.

    Example: tracer channel list --kind courier --format json
    """
    with application().reading() as work:
        records = [
            channel_record(channel)
            for channel in work.channels.all()
            if (not kind or channel.kind == kind) and (not tag or tag in channel.tags)
        ]
    nothing = "No channels yet. `tracer channel add KIND NAME` registers one."
    say_records(records, ("channel_id", "kind", "name", "parent_id", "tags"), output, nothing)


@commands.command()
def show(
    channel_id: Annotated[str, typer.Argument(help="The channel.")], output: FormatOption = OutputFormat.TABLE
) -> None:
    """Show one channel and what is assumed of it.

    Example: tracer channel show courier-1
    """
    app = application()
    with app.reading() as work:
        channel = work.channels.get(channel_id)
    profile = app.model.channels.profile(channel)
    record = channel_record(channel)
    if output is OutputFormat.JSON:
        say_json(record)
        return
    for column, value in record.items():
        say(f"{column:<20} {value}")
    say(f"{'shown by default':<20} {profile.fields.text or 'nothing'}")
    say(f"{'prior P(leaked)':<20} {profile.prior_leaky:g}")
