"""/report, /plan, /power, /codebook: what the data say, and what to do next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.parameters import Moment, Tag, time_or_none
from tracer.api.schemas.reports import CapacityOut, PlanIn, PlanOut, PowerIn, PowerOut, ReportOut
from tracer.domain.access import Scope
from tracer.domain.codebook.repertoire import LOCALES, require_locale
from tracer.domain.errors import InvalidValue
from tracer.http.heavy import plan_task, power_task, report_task
from tracer.services.access.answer_once import Answer
from tracer.services.canaries.codebook_capacity import codebook_capacity

router = APIRouter(prefix=V1, tags=["reports"])
Reader = Annotated[Asked, asking(Scope.READ_REPORTS)]


@router.get("/report", responses=reads(ReportOut), summary="The leak attribution report")
def report(asked: Reader, as_of: Moment = "", tag: Tag = "") -> Response:
    """Which channels, how sure, why, and what is not resolved.

    It may take from seconds to minutes: a job of kind `report` does not keep you waiting.
    """
    time_or_none(as_of, "as_of")
    return asked.answer(asked.service.heavy.run(report_task, as_of, tag, asked.sees_all()))


@router.post("/plan", responses=makes(PlanOut, status=200), summary="The next orders to place")
def plan(body: PlanIn, asked: Reader) -> Response:
    """The orders that tell most about who leaks, for a number of orders or a budget."""
    if (body.orders is None) == (body.budget is None):
        raise InvalidValue("orders", body.orders, "exactly one of orders and budget")
    time_or_none(body.as_of, "as_of")
    made = asked.service.heavy.run(plan_task, body.model_dump(), asked.sees_all())
    return asked.once(lambda work: Answer(200, made))


@router.post("/power", responses=makes(PowerOut, status=200), summary="How many orders a leak takes to show")
def power(body: PowerIn, asked: Reader) -> Response:
    """How many orders of each kind of route show a channel that leaks this share of them."""
    time_or_none(body.as_of, "as_of")
    made = asked.service.heavy.run(power_task, body.model_dump())
    return asked.once(lambda work: Answer(200, made))


@router.get("/codebook/capacity", responses=reads(CapacityOut), summary="How many names there are left")
def capacity(
    asked: Annotated[Asked, asking(Scope.MANAGE_REGISTRY)],
    locale: Annotated[tuple[str, ...], Query(max_length=10, description="Only of these; repeats.")] = (),
) -> Response:
    """How many names there are, number by number and over the registry; the numbers themselves for those who may see
    identities."""
    locales = [require_locale(one) for one in dict.fromkeys(locale)] or LOCALES
    with asked.app.reading() as work:
        numbers, registry = codebook_capacity(work, locales)
    told = [asdict(one) for one in numbers]
    if asked.sees_all():
        asked.reveal_page("numbers", sorted({one.number for one in numbers}))
    else:
        told = [{**one, "number": None} for one in told]
    return asked.answer({"numbers": told, "registry": [asdict(one) for one in registry]})
