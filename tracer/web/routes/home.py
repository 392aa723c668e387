"""The home page: what is new and what to do next; from nothing to the first canary in three steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.services.overview import overview
from tracer.web.page import page
from tracer.web.visitor import Visitor, visiting

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, visitor: Annotated[Visitor, visiting()]) -> Response:
    """Counts, the newest calls, what the latest report says, what to do next."""
    with visitor.app.reading() as work:
        found = overview(work)
        user_id = visitor.principal.user_id
        invited = user_id is not None and not work.users.get(user_id).has_password
    return page(request, "home.html", found=found, invited=invited)
