"""The telephone numbers you own: what each carries, how many names are left, and a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.codebook.repertoire import LOCALES
from tracer.domain.records import number_record
from tracer.services.access.answer_once import Work
from tracer.services.canaries.codebook_capacity import NumberCapacity, codebook_capacity
from tracer.services.registry.add_number import add_number
from tracer.web.forms import carry_out, moment_text, new_mark, offset_text, problems_of
from tracer.web.lists import csv_file
from tracer.web.page import go, page
from tracer.web.routes.issue import REFUSED
from tracer.web.shown import shown
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import line_options

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, visiting(Scope.READ_REGISTRY)]
COLUMNS = ("number", "kind", "extension_digits", "owned_from", "owned_until", "notes", "test_line", "canaries", "left")


@router.get("/numbers")
def listing(request: Request, visitor: Reading) -> Response:
    """The pool."""
    return _page(request, visitor, {"kind": "sim"}, {})


@router.get("/numbers.csv")
def file(visitor: Reading) -> Response:
    """The pool for a spreadsheet."""
    with visitor.app.reading() as work:
        rows, ids = _rows(visitor, work)
    if visitor.sees_all():
        visitor.reveal_page("numbers", ids)
    return csv_file("numbers", COLUMNS, ({**row, "canaries": str(row["canaries"])} for row in rows))


@router.post("/numbers")
def add(request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_REGISTRY)]) -> Response:
    """Add a number to the pool."""
    visitor, given = sent
    record = given.record("number", "kind", "extension_digits", "notes")
    record |= {name: moment_text(visitor.app, given.text(name)) for name in ("owned_from", "owned_until")}

    def do(work: Work) -> dict[str, Any]:
        add_number(work, record)
        return {}

    try:
        carry_out(visitor, given, do)
    except REFUSED as error:
        return _page(request, visitor, given.values(), problems_of(request, error))
    return go("/numbers?done=number-added")


def _page(request: Request, visitor: Visitor, values: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    with visitor.app.reading() as work:
        rows, ids = _rows(visitor, work)
    if visitor.sees_all():
        visitor.reveal_page("numbers", ids)
    return page(
        request,
        "numbers.html",
        422 if problems else 200,
        rows=rows,
        values=values,
        problems=problems,
        once=new_mark(),
        lines=line_options(request),
        offset=offset_text(visitor.app),
    )


def _rows(visitor: Visitor, work: Work) -> tuple[list[dict[str, Any]], list[str]]:
    """The pool as it may be seen, and the row ids."""
    stored, live = work.numbers.all(), work.canaries.live_per_number()
    capacity: dict[str, list[NumberCapacity]] = {}
    for one in codebook_capacity(work, LOCALES)[0]:
        capacity.setdefault(one.number, []).append(one)
    rows = []
    for place, item in enumerate(stored, 1):
        of_number = capacity[item.owned.number]
        record = shown("number", number_record(item.owned), raw=visitor.sees_all())
        rows.append(
            {
                **record,
                "place": place,
                "test_line": "yes" if item.owned.test_line else "no",
                "canaries": live.get(item.number_id, 0),
                "left_by_locale": [(one.locale, one.left) for one in of_number],
                "left": " ".join(f"{one.locale}:{one.left}" for one in of_number),
            }
        )
    return rows, [item.number_id for item in stored]
