"""Seal what came into the ledger: every few seconds, so that a time stamp can follow within the minute."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.scheduler.recurring.job import Done, InOne, RecurringJob
from tracer.services.access.answer_once import Work
from tracer.services.ledger.seal_ledger import seal_ledger


def _seal(app: Application, work: Work) -> Done:
    before = work.ledger.latest_checkpoint()
    signed = seal_ledger(work, app.ledger_head)
    if signed is None:
        return Done("no facts yet")
    note = "nothing new" if signed == before else f"{signed.size} facts signed"
    return Done(note, lambda: app.ledger_head.remember(signed.note))


SEAL = RecurringJob("seal", "Seal new facts into the ledger and sign it", InOne(_seal))
