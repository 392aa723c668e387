"""What the pages on reports have in common: which report is meant, in whose names, and until when it is good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from tracer.documents.report_view import ReportView
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.job import Job
from tracer.services.registry.name_channels import persons
from tracer.services.reports.find_report import find_report, finished_report
from tracer.web.page import language_for
from tracer.web.shelf import shelf_of
from tracer.web.visitor import Visitor

ReportId = Annotated[str, Query(max_length=64, alias="report")]
Named = Annotated[bool, Query(alias="names")]


@dataclass(frozen=True, slots=True)
class Shown:
    """A report for a visitor: `named` where natural persons are shown by name."""

    job: Job
    view: ReportView
    named: bool
    persons: frozenset[str]

    @property
    def has_persons(self) -> bool:
        """Whether natural persons are among the channels."""
        return bool(self.persons)

    @property
    def key(self) -> tuple[object, ...]:
        """What a thing made of it is kept by: a channel may become known as a natural person later."""
        return (self.job.job_id, self.view.words.key, self.named, self.persons)

    def link(self, path: str, **more: str) -> str:
        """An address that stays with this report and these names."""
        asked = {"report": self.job.job_id, **({"names": "1"} if self.named else {}), **more}
        return f"{path}?{urlencode(asked)}"

    def with_names(self, path: str, named: bool) -> str:
        """The same page with natural persons by name, or without."""
        asked = {"report": self.job.job_id, **({"names": "1"} if named else {})}
        return f"{path}?{urlencode(asked)}"


def show_report(visitor: Visitor, report_id: str, named: bool) -> Shown:
    """A report by its id, by default the newest of everything. Raises UnknownId where there is none."""
    with visitor.app.reading() as work:
        if report_id:
            job = finished_report(work, report_id)
        else:
            found = find_report(work).shown
            if found is None:
                raise UnknownId("report", "latest", "Make one on the page /report")
            job = found
    return shown(visitor, job, named)


def shown(visitor: Visitor, job: Job, named: bool) -> Shown:
    """A report for this visitor. Natural persons are named only for those who may see all, and the journal notes it."""
    with visitor.app.reading() as work:
        people = persons(work)
    stored = shelf_of(visitor.request).stored(visitor.app, job)
    mine = {one["channel_id"] for one in stored.report["channels"]} & people.keys()
    raw = visitor.sees_all(named)
    if raw:
        visitor.reveal_page("channels", sorted(mine))
    names: Mapping[str, str] = {one: people[one] if raw else one for one in mine}
    language = language_for(visitor.request)
    view = shelf_of(visitor.request).view(visitor.app, job, language, dict(names))
    return Shown(job, view, raw, frozenset(mine))


def end_of_day(visitor: Visitor, text: str) -> str:
    """The end of a day written 2026-08-29, in this house's time, as ISO 8601; empty for none."""
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day, time(23, 59, 59), visitor.app.clock().tzinfo).isoformat()
    except ValueError:
        raise InvalidValue("as_of", text, "a day such as 2026-08-29") from None
