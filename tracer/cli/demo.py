"""tracer demo: the main job, from nothing to a report, in a temporary home."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.demo_story import (
    CALLS,
    CHANNELS,
    CONTROL_RINGS,
    CONTROLS,
    ISSUED_ONLY,
    LEGITIMATE_NUMBERS,
    NATURAL_PERSONS,
    NUMBERS,
    ORDERS,
    PlannedCall,
    PlannedOrder,
)
from tracer.cli.output import FormatOption, OutputFormat, console, say, say_json
from tracer.cli.report_text import print_report
from tracer.domain.canary import Canary
from tracer.domain.report import Report, report_object

if TYPE_CHECKING:
    from tracer.bootstrap import Application

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
AS_OF = datetime.fromisoformat("2026-09-01T00:00:00+08:00")
SEED = 7
_STEP = timedelta(hours=7)


def demo(
    keep: Annotated[Path | None, typer.Option(help="Keep the registry in this new folder, to play with.")] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """A whole story in a temporary home: shops, orders, scam calls after reported cases, and the report on them.

    Example: tracer demo --keep /tmp/tracer-demo
    """
    with tempfile.TemporaryDirectory(prefix="tracer-demo-") as folder:
        home = keep if keep is not None else Path(folder)
        report = tell(home)
    if output is OutputFormat.JSON:
        say_json(report_object(report))
        return
    print_report(report, console())
    say()
    say("WHAT TO TYPE NEXT")
    if keep is not None:
        say(f"  export TRACER_HOME={keep}             # this story's registry")
        say(f"  tracer report --as-of {AS_OF.isoformat()}")
    else:
        say("  tracer demo --keep DIR            keep this story, then: TRACER_HOME=DIR tracer call list")
    say("  tracer number add NUMBER          a telephone number of your own; --extensions 4 if it has them")
    say("  tracer channel add merchant NAME  a shop you want to test")
    say("  tracer canary issue --for SHOP    a name and number for its checkout form")
    say("  tracer call log --dialled NUMBER  when it rings")


def tell(home: Path) -> Report:
    """Play the whole story through the same services as every other command, and build its report."""
    from tracer.bootstrap import build
    from tracer.services.reports.build_report import build_report

    now = [START]
    app = build(home, clock=lambda: now[0], seed=SEED)
    try:
        _set_up(app)
        canaries: dict[str, Canary] = {}
        for planned in sorted(ORDERS, key=lambda order: order.day):
            now[0] = START + timedelta(days=planned.day)
            canaries[planned.order_id] = _order(app, planned)
        now[0] = START
        extra = _issue_extra(app)
        for call in CALLS:
            placed = next(order for order in ORDERS if order.order_id == call.order_id)
            _call(app, call, canaries[call.order_id], START + timedelta(days=placed.day + call.days))
        for place, day in CONTROL_RINGS:
            _ring(app, extra[place], START + timedelta(days=day))
        with app.reading() as work:
            return build_report(work, app.model, AS_OF)
    finally:
        app.close()


def _set_up(app: Application) -> None:
    from tracer.services.registry.add_number import add_number
    from tracer.services.registry.register_channel import register_channel

    with app.writing() as work:
        for kind, channel_id, name, parent in CHANNELS:
            record = {"kind": kind, "channel_id": channel_id, "name": name, "parent_id": parent}
            record["natural_person"] = "yes" if channel_id in NATURAL_PERSONS else "no"
            record["legitimate_numbers"] = LEGITIMATE_NUMBERS.get(channel_id, "")
            register_channel(work, app.model.channels, record)
        for number, kind, digits in NUMBERS:
            add_number(work, {"number": number, "kind": kind, "extension_digits": digits})
        work.commit()


def _order(app: Application, planned: PlannedOrder) -> Canary:
    """Issue a canary for the first channel of the route and order with it; later channels see it hours later."""
    from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
    from tracer.services.orders.place_order import place_order

    number = NUMBERS[2][0] if planned.shared_line else NUMBERS[int(planned.day) % 2][0]
    with app.writing() as work:
        request = CanaryRequest(issued_for=planned.route[:1], number=number, tags=("demo",))
        (canary,) = issue_canaries(work, request, app.settings.quarantine_days, app.rng)
        legs = [
            {"channel_id": channel_id, "exposed_at": (work.now + place * _STEP).isoformat()}
            for place, channel_id in enumerate(planned.route)
        ]
        serial = 26_000_000_000 + 104_729 * (ORDERS.index(planned) + 1)
        record = {
            "order_id": planned.order_id,
            "canary_id": canary.canary_id,
            "item": planned.item,
            "price": planned.price,
            "currency": "CNY" if planned.price else "",
            "order_no": str(serial) if planned.price else "",
            "waybill_no": "" if planned.state == "cancelled" else f"SF{serial * 37}",
            "state": planned.state,
        }
        place_order(work, record, legs, app.rng)
        work.commit()
    return canary


def _issue_extra(app: Application) -> list[Canary]:
    """Controls that nobody is given, and canaries handed over without an order."""
    from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries

    with app.writing() as work:
        days = app.settings.quarantine_days
        requests = [CanaryRequest(control=True, count=CONTROLS, tags=("demo",))]
        requests += [CanaryRequest(issued_for=(channel_id,), tags=("demo",)) for channel_id in ISSUED_ONLY]
        issued = [canary for request in requests for canary in issue_canaries(work, request, days, app.rng)]
        work.commit()
    return issued


def _call(app: Application, planned: PlannedCall, canary: Canary, received_at: datetime) -> None:
    from tracer.services.calls.log_call import log_call

    known = planned.known.split()
    heard = canary.recipient_name if "name" in known else f"{canary.recipient_name[0]}女士"
    record = {
        "received_at": received_at.isoformat(),
        "kind": planned.kind,
        "dialled_number": canary.phone.text,
        "caller_number": planned.caller,
        "heard_name": heard if planned.name_said else "",
        "claimed_role": planned.role if planned.known else "",
        "known_fields": planned.known,
        "unknown_fields": planned.unknown,
        "script": planned.script if planned.known else "",
        "transcript": planned.transcript.format(name=heard),
        "nature": planned.nature,
        "notes": planned.notes,
        "tags": f"demo case-{planned.case.replace('/', '-')}" if planned.case else "demo",
    }
    with app.writing() as work:
        log_call(work, record, [], app.rng)
        work.commit()


def _ring(app: Application, control: Canary, received_at: datetime) -> None:
    from tracer.services.calls.log_call import log_call

    record = {"received_at": received_at.isoformat(), "dialled_number": control.phone.text, "tags": "demo"}
    with app.writing() as work:
        log_call(work, record, [], app.rng)
        work.commit()
