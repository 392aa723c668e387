"""A registry with something in it, made through the services."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.domain.call import Call
from tracer.domain.canary import Canary
from tracer.domain.order import Order
from tracer.services.attribution.refresh_attribution import keep_state, refreshed_state
from tracer.services.calls.log_call import AttachedFile, correct_call, log_call
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.orders.place_order import place_order, record_exposure
from tracer.services.registry.add_number import add_number
from tracer.services.registry.register_channel import register_channel

SHARED = "+447700900123"
LANDLINE = "+442079460016"


def add_channel(app: Application, kind: str = "merchant", name: str = "兰亭旗舰店", **record: str) -> str:
    with app.writing() as work:
        made = register_channel(work, app.model.channels, {"kind": kind, "name": name, **record})
        work.commit()
    return made.channel_id


def own_number(app: Application, number: str = LANDLINE, extensions: str = "4", **record: str) -> str:
    with app.writing() as work:
        owned = add_number(work, {"number": number, "kind": "landline", "extension_digits": extensions, **record})
        work.commit()
    return owned.number


def issue(app: Application, *channel_ids: str, quarantine_days: int = 90, **request: object) -> list[Canary]:
    wanted = CanaryRequest(issued_for=channel_ids, **{"control": not channel_ids, **request})
    with app.writing() as work:
        made = issue_canaries(work, wanted, quarantine_days, app.rng)
        work.commit()
    return made


def place(app: Application, canary_id: str, *route: str, **record: str) -> Order:
    with app.writing() as work:
        legs = [{"channel_id": channel_id} for channel_id in route]
        order, _ = place_order(work, {"canary_id": canary_id, **record}, legs, app.rng)
        work.commit()
    return order


def expose(app: Application, **leg: str) -> None:
    with app.writing() as work:
        record_exposure(work, leg)
        work.commit()


def correct(app: Application, call_id: str, **changes: str) -> None:
    with app.writing() as work:
        correct_call(work, call_id, changes)
        work.commit()


def log(app: Application, *files: AttachedFile, **record: str) -> Call:
    with app.writing() as work:
        call = log_call(work, record, files, app.rng)
        work.commit()
    return call


def refresh(app: Application) -> None:
    with app.reading() as work:
        state = refreshed_state(work, app.model, app.clock())
    with app.writing() as work:
        keep_state(work, state)
        work.commit()


def everything(app: Application) -> dict[str, list[object]]:
    """All that the registry holds, journal positions included: to see that nothing was changed."""
    with app.reading() as work:
        return {
            "channels": list(work.channels.all()),
            "numbers": list(work.numbers.all()),
            "canaries": list(work.canaries.all()),
            "orders": list(work.orders.all()),
            "exposures": list(work.exposures.all()),
            "calls": list(work.calls.all()),
        }
