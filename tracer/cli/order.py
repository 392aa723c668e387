"""tracer order …"""

from __future__ import annotations

from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.looks import note_look
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records
from tracer.cli.tracking import say_parcel, track
from tracer.domain.errors import InvalidValue
from tracer.domain.records import exposure_record, order_record
from tracer.domain.tracking import parcel_record

commands = typer.Typer(no_args_is_help=True, help="Canary orders and what channels were shown of them.")
commands.command()(track)


@commands.command()
def add(
    canary: Annotated[str, typer.Option(help="The canary whose name is on the order.")],
    route: Annotated[str, typer.Option(help="The channels it passes, in order, with commas between.")] = "",
    order_id: Annotated[str, typer.Option("--id", help="Its id here; by default a new one.")] = "",
    placed_at: Annotated[str, typer.Option("--at", help="When it was placed (ISO 8601); by default now.")] = "",
    order_no: Annotated[str, typer.Option(help="The platform's order number.")] = "",
    item: Annotated[str, typer.Option(help="The goods.")] = "",
    price: Annotated[str, typer.Option(help="The price, such as 57.30.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency.")] = "CNY",
    waybill_no: Annotated[str, typer.Option(help="The waybill number.")] = "",
    account: Annotated[str, typer.Option(help="The shopping account.")] = "",
    state: Annotated[str, typer.Option(help="One word, such as cancelled, where it ended early.")] = "",
    ended_at: Annotated[str, typer.Option(help="When it ended early.")] = "",
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Record an order and its route. Channels it never reached are left out of the route.

    Example: tracer order add --canary k-4t9xm2c7qe --route platform-1,merchant-1,courier-1 --item 袜子 --price 57.30
    """
    from tracer.services.orders.place_order import place_order

    app = application()
    record = {
        "order_id": order_id,
        "canary_id": canary,
        "order_no": order_no,
        "item": item,
        "price": price,
        "currency": currency if price else "",
        "waybill_no": waybill_no,
        "account": account,
        "state": state,
        "ended_at": ended_at,
        "notes": notes,
    }
    if placed_at:
        record["placed_at"] = placed_at
    with app.writing() as work:
        order, exposures = place_order(work, record, [_leg(text) for text in route.split(",") if text], app.rng)
        work.commit()
    if output is OutputFormat.JSON:
        say_json({**order_record(order), "route": [exposure_record(exposure) for exposure in exposures]})
        return
    say(f"Recorded order {order.order_id} for canary {order.canary_id}, shown to {counted(len(exposures), 'channel')}.")
    say("A channel that sees it later: tracer order expose ORDER CHANNEL --at TIME")


def _leg(text: str) -> dict[str, str]:
    channel_id, at, moment = text.strip().partition("@")
    if at and not moment:
        raise InvalidValue("--route", text, "CHANNEL or CHANNEL@TIME")
    return {"channel_id": channel_id, **({"exposed_at": moment} if moment else {})}


@commands.command()
def expose(
    order_id: Annotated[str, typer.Argument(help="The order.")],
    channel_id: Annotated[str, typer.Argument(help="The channel that was shown it.")],
    exposed_at: Annotated[str, typer.Option("--at", help="When (ISO 8601); by default now.")] = "",
    fields: Annotated[str, typer.Option(help="What it saw; by default what its kind sees.")] = "",
    alias: Annotated[str, typer.Option(help="The platform's virtual number it was given.")] = "",
    alias_expires_at: Annotated[str, typer.Option(help="Until when that reaches you.")] = "",
) -> None:
    """Record that a channel was shown an order.

    Example: tracer order expose o-8k2m4c9xqe courier-1 --fields "name:masked phone:alias address waybill_no"
    """
    from tracer.services.orders.place_order import record_exposure

    app = application()
    record = {
        "order_id": order_id,
        "channel_id": channel_id,
        "exposed_at": exposed_at or app.clock().isoformat(),
        "fields": fields,
        "alias": alias,
        "alias_expires_at": alias_expires_at,
    }
    with app.writing() as work:
        exposure = record_exposure(work, record)
        work.commit()
    say(f"Recorded: {exposure.channel_id} was shown {exposure.order_id} at {exposure.exposed_at.isoformat()}.")


@commands.command()
def show(
    order_id: Annotated[str, typer.Argument(help="The order.")], output: FormatOption = OutputFormat.TABLE
) -> None:
    """Show one order with its route: who was shown what, and when.

    Example: tracer order show o-8k2m4c9xqe
    """
    app = application()
    with app.reading() as work:
        order = work.orders.get(order_id)
        route = work.exposures.route(order_id)
        channels = work.channels.find([exposure.channel_id for exposure in route])
        parcel = work.tracked_parcels.find([order_id]).get(order_id)
    note_look("order", [order_id])
    tracking = parcel_record(parcel) if parcel else None
    if output is OutputFormat.JSON:
        legs = [exposure_record(exposure) for exposure in route]
        say_json({**order_record(order), "route": legs, "tracking": tracking})
        return
    for column, value in order_record(order).items():
        if value:
            say(f"{column:<16} {value}")
    for exposure in route:
        default = app.model.channels.profile(channels[exposure.channel_id]).fields
        shown = exposure.shown(default)
        say(f"{exposure.exposed_at.isoformat()}  {exposure.channel_id}: {shown.text or 'nothing'}")
    if tracking:
        say_parcel(tracking)


@commands.command("list")
def list_(
    canary: Annotated[str, typer.Option(help="Only orders of this canary.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List orders.

    Example: tracer order list --format json
    """
    with application().reading() as work:
        records = [order_record(order) for order in work.orders.all() if not canary or order.canary_id == canary]
    note_look("orders", [record["order_id"] for record in records])
    columns = ("order_id", "canary_id", "placed_at", "order_no", "item", "price", "state")
    say_records(records, columns, output, "No orders. `tracer order add --canary CANARY` records one.")
