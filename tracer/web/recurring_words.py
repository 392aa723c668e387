"""Recurring jobs as the page tells of them, in the visitor's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import Request

from tracer.documents.phrases import Phrase, said
from tracer.domain.recurring import Planned
from tracer.domain.schedule import DAYS
from tracer.web.page import translate
from tracer.web.refusals import in_words

NOTE_PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        said("no facts yet"),
        said("nothing new"),
        said("nothing to do"),
        said("tidy"),
        said("%(count)s facts signed"),
        said("stamped already"),
        said("%(count)s facts stamped by %(authority)s"),
        said("%(count)s channels worked out"),
        said("%(count)s lines freed"),
        said("the clock is doubted: nothing was freed"),
        said("the clock is doubted: nothing got older"),
        said("%(calls)s calls and %(canaries)s canaries erased"),
        said("%(name)s.backup, %(size)s bytes"),
        said("it took too long and was given up"),
        said("the folder %(path)s cannot be made: %(reason)s. Set TRACER_HOME"),
        said("no time-stamp authority is configured"),
        said("nothing is limited in age"),
        said("%(count)s messages sent"),
        said("nothing waits"),
        said("%(new)s new calls, %(told)s told more of, %(known)s known, %(held)s held"),
        said(
            "%(new)s new calls, %(told)s told more of, %(known)s known, %(held)s held, "
            "%(passed)s on numbers that are not in the pool"
        ),
        said("no log can be read"),
        said("no telephone service with a log is set up"),
        said("%(begun)s parcels newly followed, %(asked)s asked for, %(failures)s without an answer"),
        said("no carrier service is set up"),
        said("%(count)s that are due could not be erased: the server's log names them"),
    )
]
"""What a run says of itself, and why there is nothing for a job to do."""


def job_row(request: Request, planned: Planned, record: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A recurring job with its words; `comes` is the next run, None where `wait` says what is instead."""
    coming = datetime.fromisoformat(record["next_run"]) if record["next_run"] else None
    return {
        **record,
        "every": every(request, planned),
        "note": _note(request, str(record["note"])),
        "needless": _note(request, str(record["needless"])),
        "started": datetime.fromisoformat(record["last_started"]) if record["last_started"] else None,
        "comes": coming,
        "is_due": coming is not None and coming <= now,
    }


def every(request: Request, planned: Planned) -> str:
    """When it runs."""
    schedule = planned.schedule
    if schedule.is_off:
        return translate(request, "off")
    if schedule.at is None:
        count = schedule.text[:-1]
        return {
            "s": translate(request, "every %(count)s s", count=count),
            "m": translate(request, "every %(count)s min", count=count),
            "h": translate(request, "every %(count)s h", count=count),
            "d": translate(request, "every %(count)s d", count=count),
        }[schedule.text[-1]]
    time = schedule.at.strftime("%H:%M")
    if len(schedule.days) == len(DAYS):
        return translate(request, "daily at %(time)s", time=time)
    names = [_day(request, day) for day in sorted(schedule.days)]
    return translate(request, "%(days)s at %(time)s", days=" ".join(names), time=time)


def _day(request: Request, day: int) -> str:
    return (
        translate(request, "Mon"),
        translate(request, "Tue"),
        translate(request, "Wed"),
        translate(request, "Thu"),
        translate(request, "Fri"),
        translate(request, "Sat"),
        translate(request, "Sun"),
    )[day]


def _note(request: Request, text: str) -> str:
    for phrase in NOTE_PHRASES:
        found = phrase.pattern.fullmatch(text)
        if found:
            return phrase.filled(translate(request, phrase.text), found.groupdict())
    return in_words(request, text)
