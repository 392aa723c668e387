"""The report: at a glance, by channel and by call, its plots, and as a file."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tracer.documents.plots import DARK, LIGHT, PLOTS, call_kinds, calls_over_time, draw_plot, sensitivity_table
from tracer.documents.report_files import report_csv, report_pdf
from tracer.documents.sentences import separating_order
from tracer.documents.words import ENGLISH, percent
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.job import Job, JobKind, JobState
from tracer.services.jobs.queue_job import note_output_fetched, queue_job
from tracer.services.registry.browse import browse_orders
from tracer.services.reports.find_report import calls_since, find_report
from tracer.web.page import go, page
from tracer.web.refusals import in_words
from tracer.web.report_pages import Named, ReportId, Shown, end_of_day, show_report, shown
from tracer.web.shelf import shelf_of
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
Reader = Annotated[Visitor, visiting(Scope.READ_REPORTS)]
AsOf = Annotated[str, Query(max_length=64)]
Tag = Annotated[str, Query(max_length=200)]
CALLS_SHOWN, ORDERS_SHOWN, OPEN_SHOWN = 50, 50, 60


@router.get("/report")
def report(
    request: Request, visitor: Reader, as_of: AsOf = "", tag: Tag = "", report_id: ReportId = "", named: Named = False
) -> Response:
    """The newest report of those asked for, how old it is, and how to make a new one."""
    if report_id:
        return _glance(request, visitor, show_report(visitor, report_id, named))
    try:
        moment = end_of_day(visitor, as_of)
    except InvalidValue as error:
        return _glance(request, visitor, None, form={"as_of": as_of, "tag": tag}, problem=error)
    with visitor.app.reading() as work:
        found = find_report(work, moment, tag)
    form = {"as_of": as_of, "tag": tag}
    latest = shown(visitor, found.shown, named) if found.shown else None
    return _glance(request, visitor, latest, form=form, under_way=found.under_way, failed=found.failed)


@router.post("/report")
def make(request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.READ_REPORTS)]) -> Response:
    """Queue a new report; one that is under way for the same question is not begun twice."""
    visitor, form = sent
    day, tag = form.text("as_of"), form.text("tag")
    asked = {"as_of": day, "tag": tag}
    try:
        moment = end_of_day(visitor, day)
        if len(tag.split()) > 1 or len(tag) > 200:
            raise InvalidValue("tag", tag, "one word of up to 200 characters")
    except InvalidValue as error:
        return _glance(request, visitor, None, form=asked, problem=error)
    with visitor.app.writing(visitor.principal.principal_id) as work:
        if find_report(work, moment, tag).under_way is None:
            parameters = {"as_of": moment, "tag": tag}
            queue_job(work, JobKind.REPORT, visitor.principal.principal_id, parameters, visitor.app.fresh_rng())
            work.commit()
    query = "".join(f"&{name}={quote(value, safe='')}" for name, value in asked.items() if value)
    return go(f"/report?done=job-begun{query}")


def _glance(
    request: Request,
    visitor: Visitor,
    latest: Shown | None,
    *,
    form: dict[str, str] | None = None,
    under_way: Job | None = None,
    failed: Job | None = None,
    problem: InvalidValue | None = None,
) -> Response:
    since = 0
    if latest is not None:
        with visitor.app.reading() as work:
            since = calls_since(work, latest.job)
    running = under_way is not None and under_way.state is JobState.RUNNING
    progress = visitor.app.progress_notes.read(under_way.job_id) if under_way is not None and running else None
    made_for = dict(latest.job.parameters) if latest is not None else {}
    values: dict[str, Any] = {
        "latest": latest,
        "view": latest.view if latest else None,
        "since": since,
        "tag": str(made_for.get("tag") or ""),
        "form": form or {"as_of": "", "tag": ""},
        "under_way": under_way,
        "progress": progress,
        "failed": in_words(request, str(failed.result.get("error", ""))) if failed else "",
        "problem": problem,
        "calls_shown": CALLS_SHOWN,
        "open_shown": OPEN_SHOWN,
    }
    if latest is not None:
        key = (*latest.key, "tables")
        shown_report = latest
        values |= shelf_of(request).made.get(key, lambda: _beside_plots(shown_report))
    return page(request, "report.html", 422 if problem else 200, **values)


def _beside_plots(latest: Shown) -> dict[str, Any]:
    """The figures of the plots, for tables."""
    view = latest.view
    kinds, bars = calls_over_time(view)
    changes = [name for name, one in view.report["sensitivity"].items() if isinstance(one, dict)]
    return {
        "kinds": [call_kinds(view)[kind] for kind in kinds],
        "bars": [(day, [counts[kind] for kind in kinds]) for day, counts in bars],
        "changes": [view.words.retold(name.replace("_", " ").capitalize()) for name in changes],
        "sensitivity": [
            (label, percent(base), [percent(values[name]) if name in values else "" for name in changes])
            for label, base, values in sensitivity_table(view)
        ],
    }


@router.get("/report/plots/{name}.svg")
def plot(
    name: str, request: Request, visitor: Reader, report_id: ReportId = "", named: Named = False,
    dark: bool = False, narrow: bool = False,
) -> Response:  # fmt: skip
    """A plot as SVG, in the visitor's language, light or dark, for a desk or a phone."""
    if name not in PLOTS:
        raise HTTPException(404, "there is no such plot")
    made = show_report(visitor, report_id, named)
    key = (*made.key, "plot", name, dark, narrow)
    ink = DARK if dark else LIGHT
    drawn = shelf_of(request).made.get(key, lambda: draw_plot(name, made.view, ink, narrow=narrow))
    return Response(drawn, media_type="image/svg+xml")


@router.get("/report/channels/{channel_id}")
def dossier(
    channel_id: str, request: Request, visitor: Reader, report_id: ReportId = "", named: Named = False
) -> Response:
    """All that the report says of one channel: orders, calls, when it leaked, and why."""
    made = show_report(visitor, report_id, named)
    row = made.view.by_id.get(channel_id)
    if row is None:
        raise UnknownId("channel", channel_id)
    orders: list[dict[str, Any]] = []
    more = False
    if visitor.may(Scope.READ_REGISTRY.value):
        with visitor.app.reading() as work:
            found = browse_orders(work, "", ORDERS_SHOWN, channel_id=channel_id)
        keep = ("order_id", "canary_id", "placed_at", "state")
        orders, more = [{name: one[name] for name in keep} for one in found.records], found.after is not None
    calls, number = made.view.calls_of(channel_id, CALLS_SHOWN)
    groups = [group for group in made.view.groups if channel_id in dict(group.members)]
    return page(
        request, "report_channel.html", latest=made, view=made.view, row=row, orders=orders, more_orders=more,
        calls=calls, more_calls=max(0, number - CALLS_SHOWN), groups=groups,
        window=made.view.window(channel_id),
    )  # fmt: skip


@router.get("/report/calls/{call_id}")
def evidence(
    call_id: str, request: Request, visitor: Reader, report_id: ReportId = "", named: Named = False
) -> Response:
    """Where one call came from, and the evidence term by term."""
    made = show_report(visitor, report_id, named)
    found = made.view.call(call_id)
    if found is None:
        raise UnknownId("call", call_id, "It is not in this report")
    row, why = found
    return page(request, "report_call.html", latest=made, view=made.view, row=row, why=why)


@router.get("/report.json")
def as_json(visitor: Reader, report_id: ReportId = "", named: Named = False) -> Response:
    """The report as other programs read it."""
    made = show_report(visitor, report_id, named)
    told, names = made.view.report, made.view.names
    channels = [{**one, "name": names[one["channel_id"]]} for one in told["channels"]]
    groups = [
        {**one, "separating_order": separating_order(ENGLISH, one["channel_ids"], names)} for one in told["groups"]
    ]
    whole = {**told, "channels": channels, "groups": groups}
    content = json.dumps(whole, ensure_ascii=False).encode()
    return _file(visitor, made, content, "application/json", "json")


@router.get("/report.csv")
def as_csv(visitor: Reader, report_id: ReportId = "", named: Named = False) -> Response:
    """The channels for a spreadsheet."""
    made = show_report(visitor, report_id, named)
    return _file(visitor, made, report_csv(made.view), "text/csv; charset=utf-8", "csv")


@router.get("/report.pdf")
def as_pdf(request: Request, visitor: Reader, report_id: ReportId = "", named: Named = False) -> Response:
    """The report in print."""
    made = show_report(visitor, report_id, named)
    key = (*made.key, "pdf")
    content = shelf_of(request).made.get(key, lambda: report_pdf(made.view))
    return _file(visitor, made, content, "application/pdf", "pdf")


def _file(visitor: Visitor, made: Shown, content: bytes, media_type: str, ending: str) -> Response:
    with visitor.app.writing(visitor.principal.principal_id) as work:
        note_output_fetched(work, made.job)
        work.commit()
    name = f"tracer-report-{made.job.job_id}.{ending}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
