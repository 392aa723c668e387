"""Contacts whose personal data is marked in every field, in all the places where copies of it lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tests.factories import registry
from tracer.bootstrap import Application
from tracer.domain.job import JobKind, JobState
from tracer.domain.records import call_record
from tracer.services.access.answer_once import Answer, Asking, answer_once
from tracer.services.bundles.export_bundle import export_bundle
from tracer.services.calls.attach_files import attach_files
from tracer.services.calls.log_call import attached, log_call, merge_call
from tracer.services.canaries.change_canary import annotate_canary
from tracer.services.canaries.issue_canary import CanaryRequest, card, issue_canaries
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.run_job import claim_job, finish_job
from tracer.storage.unit_of_work import UnitOfWork

OWN_NUMBER = "+447700900999"
MOST = 999
"""The fictional ranges have so many numbers to mark with."""
MARKED = re.compile(r"mark-\d+-(?:call|canary)-[a-z]+|\+447700900\d{3}|\+442079460\d{3}")
"""A marked text says whose it is, and of which side. Telephone numbers cannot: each is given to one contact."""
_CALL = ("name", "transcript", "item", "order", "waybill", "notes", "better", "more", "file", "sound", "later")
_CANARY = ("order", "item", "waybill", "account", "ordered", "notes", "better")


@dataclass(frozen=True, slots=True)
class Contact:
    """A canary with its order, and the calls it had."""

    number: int
    canary_id: str
    recipient_name: str
    call_ids: tuple[str, ...] = ()

    @property
    def caller(self) -> str:
        """Who called, by number."""
        return f"+447700900{self.number:03d}"

    @property
    def alias(self) -> str:
        """The number that the courier saw."""
        return f"+442079460{self.number:03d}"

    def mark(self, side: str, what: str) -> str:
        """The text that is planted for something of a side."""
        return f"mark-{self.number}-{side}-{what}"

    def marks(self, side: str) -> frozenset[str]:
        """All that may stand anywhere of the side "call" or "canary"."""
        texts = {self.mark(side, what) for what in (_CALL if side == "call" else _CANARY)}
        return frozenset(texts | ({self.caller} if side == "call" else {self.alias, self.recipient_name}))


def plant(app: Application, number: int, shop: str, courier: str, rng: np.random.Generator) -> list[Contact]:
    """Two contacts, whose canaries were issued in one request: its kept answer holds both."""
    with app.writing() as work:
        wanted = CanaryRequest(issued_for=(shop,), count=2, number=OWN_NUMBER)
        made: list[Contact] = []

        def issue(work: UnitOfWork) -> Answer:
            canaries = issue_canaries(work, wanted, 90, app.rng)
            made.extend(Contact(number + at, one.canary_id, one.recipient_name) for at, one in enumerate(canaries))
            return Answer(201, [card(one) for one in canaries])

        answer_once(work, Asking("u-1", f"issue-{number}", "POST /canaries", b""), issue)
        work.commit()
    return [_fill(app, one, shop, courier, rng) for one in made]


def _fill(app: Application, contact: Contact, shop: str, courier: str, rng: np.random.Generator) -> Contact:
    _order(app, contact, shop, courier, rng)
    call_ids = [_log(app, contact, rng)]
    if rng.random() < 0.6:
        registry.correct(app, call_ids[0], notes=contact.mark("call", "better"), nature="unsure")
    if rng.random() < 0.5:
        second = {"notes": contact.mark("call", "more"), "caller_number": contact.caller, "known_fields": "price"}
        call_ids.append(registry.log(app, canary_id=contact.canary_id, **second).call_id)
        with app.writing() as work:
            merge_call(work, call_ids[1], call_ids[0])
            work.commit()
    if rng.random() < 0.3:
        later = attached(contact.mark("call", "later"), rng.bytes(int(rng.integers(1, 3_000))))
        with app.writing() as work:
            attach_files(work, call_ids[0], [later], 25, app.rng)
            work.commit()
    return replace(contact, call_ids=tuple(call_ids))


def _order(app: Application, contact: Contact, shop: str, courier: str, rng: np.random.Generator) -> None:
    with app.writing() as work:
        annotate_canary(work, contact.canary_id, ["spring"], [], contact.mark("canary", "notes"))
        if rng.random() < 0.5:
            annotate_canary(work, contact.canary_id, [], [], contact.mark("canary", "better"))
        work.commit()
    told = {"order_no": "order", "item": "item", "waybill_no": "waybill", "account": "account", "notes": "ordered"}
    record = {column: contact.mark("canary", what) for column, what in told.items()}
    order = registry.place(app, contact.canary_id, shop, **record)
    leg = {"order_id": order.order_id, "channel_id": courier, "exposed_at": order.placed_at.isoformat()}
    registry.expose(app, **leg, alias=contact.alias)


def _log(app: Application, contact: Contact, rng: np.random.Generator) -> str:
    """A call as the API logs it: the answer is kept for ever, in the transaction of the call."""
    mark = partial(contact.mark, "call")
    told = {
        "heard_name": mark("name"),
        "transcript": mark("transcript") + " word" * int(rng.integers(1_500)),
        "heard_item": mark("item"),
        "heard_order_no": mark("order"),
        "heard_waybill_no": mark("waybill"),
        "notes": mark("notes"),
    }
    file = attached(mark("file"), mark("sound").encode() + b"|" + rng.bytes(int(rng.integers(9_000))))
    with app.writing() as work:
        line = work.canaries.get(contact.canary_id).phone.text
        whose = {"canary_id": contact.canary_id} if rng.random() < 0.7 else {"dialled_number": line}

        def log(work: UnitOfWork) -> Answer:
            call = log_call(work, {**told, **whose, "caller_number": contact.caller}, [file], app.rng)
            return Answer(201, call_record(call), f"/calls/{call.call_id}")

        asking = Asking("u-1", f"log-{contact.number}", "POST /calls", b"")
        answer, _ = answer_once(work, asking, log, for_ever=True)
        work.commit()
    return str(answer.value["call_id"])


def copy_out(app: Application, contacts: Sequence[Contact]) -> None:
    """An export of the whole registry, and an import that failed and names rows of these contacts."""
    with app.writing() as work:
        lines = [str(dict(record)).encode() for _, records in export_bundle(work) for record in records]
        rows = [contact.mark(side, "notes") for contact in contacts for side in ("call", "canary")]
        for kind, state, result, output in (
            (JobKind.EXPORT, JobState.DONE, {}, lines),
            (JobKind.IMPORT, JobState.FAILED, {"error": "bad", "rows": rows}, []),
        ):
            queue_job(work, kind, "u-1", {}, app.rng)
            job = claim_job(work, "w")
            assert job is not None
            finish_job(work, job, "w", state, result, output)
        work.commit()
