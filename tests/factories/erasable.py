"""A registry with a call and a canary whose every personal field is planted, in all the places where copies lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.factories import records as rows
from tests.factories import registry
from tracer.bootstrap import Application
from tracer.domain.call import Call
from tracer.domain.job import JobKind, JobState
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.access.answer_once import Answer, Asking, answer_once
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.calls.log_call import attached, merge_call
from tracer.services.calls.settle_call import Settler
from tracer.services.canaries.change_canary import annotate_canary, retire_canary
from tracer.services.canaries.issue_canary import card
from tracer.services.erasure.erase_personal import Erasure, Unsettled, erase_call, erase_canary
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.run_job import claim_job, finish_job
from tracer.storage.sealed_columns import SEALED

CALL = {
    "caller_number": "+447700900666",
    "heard_name": "Wilhelmine Kvistgord",
    "transcript": "Madam Quistgaard, your periwinkle kettle",
    "heard_item": "a violet kettle",
    "heard_order_no": "ends in 00981",
    "heard_waybill_no": "tail 12349",
    "notes": "sounded hurried",
}
"""What is planted in a call; its attachment is named RECORDING and holds SOUND."""
RECORDING, SOUND, MORE = "recording-of-quistgaard.ogg", b"the voice of somebody", "also a saucepan"
ORDER = {
    "order_no": "ORD-77123400981",
    "item": "periwinkle saucer",
    "waybill_no": "WB-5550012349",
    "account": "shopper-quistgaard",
    "notes": "left at the neighbour's",
}
ALIAS, CANARY_NOTES, BETTER_NOTES = "+447700900555", "moved in spring", "moved in autumn"


@dataclass(frozen=True)
class Planted:
    """Ids, and the texts that must be gone after the call's, the canary's erasure."""

    call_id: str
    other_id: str
    canary_id: str
    order_id: str
    of_call: tuple[str, ...]
    of_canary: tuple[str, ...]


def plant(app: Application, number: str = registry.LANDLINE) -> Planted:
    """Services only: every kind of fact about a call and a canary, an answer that was kept, an export."""
    merchant = registry.add_channel(app)
    courier = registry.add_channel(app, "courier", "白杨快递")
    registry.own_number(app, number)
    (canary,) = registry.issue(app, merchant, number=number, notes=CANARY_NOTES)
    order = registry.place(app, canary.canary_id, merchant, **ORDER)
    registry.expose(
        app,
        order_id=order.order_id,
        channel_id=courier,
        exposed_at=(order.placed_at + timedelta(minutes=1)).isoformat(),
        alias=ALIAS,
    )
    first = {column: text for column, text in CALL.items() if column != "heard_item"}
    call = registry.log(app, attached(RECORDING, SOUND), canary_id=canary.canary_id, known_fields="name item", **first)
    registry.correct(app, call.call_id, notes="the caller laughed", nature="unsure")
    other = registry.log(
        app, canary_id=canary.canary_id, known_fields="price", heard_item=CALL["heard_item"], notes=MORE
    )
    with app.writing() as work:
        annotate_canary(work, canary.canary_id, ["spring"], [], BETTER_NOTES)
        merge_call(work, other.call_id, call.call_id)
        work.commit()
    copies(app, call, canary.canary_id)
    of_call = (*CALL.values(), RECORDING, SOUND.decode(), "the caller laughed", MORE)
    of_canary = (canary.recipient_name, *ORDER.values(), ALIAS, CANARY_NOTES, BETTER_NOTES)
    return Planted(call.call_id, other.call_id, canary.canary_id, order.order_id, of_call, of_canary)


def copies(app: Application, call: Call, canary_id: str) -> None:
    """An answer kept for ever, one kept for a while, the output of an export, the bad rows of an import."""
    with app.writing() as work:
        found = work.canaries.get(canary_id)
        told = {"call_id": call.call_id, "heard_name": CALL["heard_name"], "known_fields": "name item"}
        answer_once(work, Asking("u-1", "a", "POST /calls", b""), lambda _: Answer(201, told), for_ever=True)
        cards = [card(found)]
        answer_once(work, Asking("u-1", "b", "POST /canaries", b""), lambda _: Answer(201, cards))
        for kind, state, result, output in (
            (JobKind.EXPORT, JobState.DONE, {}, [found.recipient_name.encode(), CALL["heard_name"].encode()]),
            (JobKind.IMPORT, JobState.FAILED, {"error": "bad", "rows": [CALL["heard_name"], found.recipient_name]}, []),
        ):
            queue_job(work, kind, "u-1", {}, app.rng)
            job = claim_job(work, "w")
            assert job is not None
            finish_job(work, job, "w", state, result, output)
        work.commit()


def erase(app: Application, call_id: str, unsettled: Unsettled = Unsettled.REFUSE, reason: str = "asked") -> Erasure:
    with app.writing() as work:
        done = erase_call(work, call_id, reason, Settler(work, app.settings.canary_prior), unsettled)
        work.commit()
    return done


def give_up(app: Application, canary_id: str) -> None:
    with app.writing() as work:
        retire_canary(work, canary_id)
        work.commit()


def erase_one(app: Application, canary_id: str, reason: str = "asked") -> Erasure:
    with app.writing() as work:
        done = erase_canary(work, canary_id, reason, app.model.channels)
        work.commit()
    return done


def bring(app: Application, folder: Path, tables: dict[str, list[rows.Record]]) -> None:
    with open_bundle(rows.write_bundle(folder, tables)) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle)
        work.commit()


def opened(app: Application) -> str:
    """Everything that the key opens, and all plain columns, as one text."""
    told = []
    with app.reading() as work:
        cipher, connection = work.session.cipher, work.session.connection
        for sealed in SEALED:
            for row in connection.execute(sealed.stored.select()).mappings():
                values = dict(row)
                for column in sealed.columns:
                    if values[column] is not None:
                        place = (sealed.stored.name, column, sealed.row_id(row))
                        values[column] = cipher.open_bytes(*place, bytes(values[column])).decode("utf-8", "replace")
                told += [str(value) for value in values.values()]
    return "\n".join(told)
