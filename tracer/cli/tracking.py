"""tracer order track, and what `tracer order show` says of a parcel."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json
from tracer.domain.errors import InvalidValue
from tracer.domain.tracking import parcel_record


def track(
    order_id: Annotated[str, typer.Argument(metavar="ORDER", help="The order.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every parcel that is due, and those of new orders.")] = False,
    carrier: Annotated[str, typer.Option(help="The carrier, such as sf, zto or yunda, where it is not known.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Ask the carrier service for an order's parcel: its scans time the order's route.

    Example: tracer order track o-8k2m4c9xqe
    """
    if bool(order_id) == every:
        raise InvalidValue("ORDER", order_id or "nothing", "an order's id, or --all, and not both")
    app = application()
    if every:
        polled = app.poll_tracking()
        if output is OutputFormat.JSON:
            say_json(polled.record)
            return
        asked = f"Asked for {counted(polled.asked, 'parcel')}, of which {polled.begun} were new"
        say(f"{asked}: {counted(polled.scans, 'new scan')}, {counted(polled.exposures, 'exposure')} made of them.")
        if polled.unassigned:
            say(f"{counted(polled.unassigned, 'scan')} of nobody known: `tracer order expose` says who it was.")
        if polled.failures:
            say(f"{counted(polled.failures, 'parcel')} could not be asked for: {polled.error}")
        return
    record = parcel_record(app.track_order(order_id, carrier))
    note_look("order", [order_id])
    if output is OutputFormat.JSON:
        say_json(record)
        return
    say_parcel(record)


def say_parcel(record: dict[str, Any]) -> None:
    """A parcel for people."""
    say(f"Parcel with {record['carrier'] or 'an unknown carrier'}, by {record['service']}: {record['state']}")
    for scan in record["scans"]:
        say(f"  {scan['at']}  {scan['stage']:<16} {scan['text']}")
    if not record["scans"]:
        say(f"  nothing known yet ({record['problem'] or 'not asked'})")
    if record["problem"] == "unassigned":
        say("Nobody of the registry is certain for one of these: tracer order expose ORDER CHANNEL --at TIME")
    if record["next_look"]:
        say(f"Asked for again after {record['next_look']}.")
