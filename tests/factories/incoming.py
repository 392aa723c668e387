"""Messages of a source that is called twilio, taken in by a short way, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracer.bootstrap import Application
from tracer.domain.call import Call
from tracer.domain.delivery import Delivery
from tracer.domain.incoming import Incoming, NotReceived, Unreadable
from tracer.services.incoming.rerun_deliveries import Rerun, rerun
from tracer.services.incoming.take_in import TakenIn, take_in

RANG = "2026-11-20T09:30:00+08:00"
CALLER = "+447700900123"


def told(event: str = "", stage: int = 0, contact: str = "A1", extra: Any = None, **record: str) -> Incoming:
    return Incoming("twilio", contact, event, stage, record, extra or {})


def taken(app: Application, *items: Incoming | NotReceived | Unreadable) -> TakenIn:
    with app.writing("hook:twilio") as work:
        done = take_in(work, items, app.rng)
        work.commit()
    return done


def calls(app: Application) -> list[Call]:
    with app.reading() as work:
        return list(work.calls.all())


def deliveries(app: Application) -> list[Delivery]:
    with app.reading() as work:
        return work.deliveries.faulty(dismissed=True)


def facts(app: Application, subject_id: str) -> list[tuple[str, Mapping[str, Any]]]:
    with app.reading() as work:
        return [(entry.event, entry.payload) for entry in work.journal.about(subject_id)]


def again(app: Application, *ids: str, read: Callable[[Unreadable], Sequence[Any]] = lambda unread: ()) -> Rerun:
    with app.writing() as work:
        done = rerun(work, ids, read, app.rng)
        work.commit()
    return done
