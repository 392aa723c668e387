"""The home page: what is new and what to do next; from nothing to the first canary in three steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.services.ledger.read_ledger import ledger_alarm
from tracer.services.registry.overview import overview
from tracer.services.reports.find_report import calls_since, find_report
from tracer.web.page import go, page
from tracer.web.refusals import in_words
from tracer.web.report_pages import shown
from tracer.web.visitor import Visitor, visiting

router = APIRouter(include_in_schema=False)
NAMED = 3


@router.get("/")
def home(request: Request, visitor: Annotated[Visitor, visiting()]) -> Response:
    """Counts, the newest calls, what the latest report says, what to do next."""
    if visitor.may(Scope.READ_LEDGER) and not visitor.may(Scope.READ_REGISTRY):  # an auditor has the ledger only
        return go("/ledger")
    reads_reports = visitor.principal.may(Scope.READ_REPORTS)
    head = visitor.app.ledger_head.now()
    with visitor.app.reading() as work:
        found = overview(work)
        user_id = visitor.principal.user_id
        invited = user_id is not None and not work.users.get(user_id).has_password
        newest = find_report(work) if reads_reports else None
        alarm = ledger_alarm(work, head) if visitor.may(Scope.READ_LEDGER) else ""
        held = work.deliveries.waiting() if visitor.may(Scope.READ_CALLS) else 0
        since = calls_since(work, newest.shown) if newest and newest.shown else 0
    report = shown(visitor, newest.shown, False) if newest and newest.shown else None
    return page(
        request,
        "home.html",
        found=found,
        invited=invited,
        alarm=in_words(request, alarm),
        report=report,
        since=since,
        held=held,
        under_way=bool(newest and newest.under_way),
        most=NAMED,
    )
