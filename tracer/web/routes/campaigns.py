"""Campaigns: the tags of canaries and calls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.web.page import page
from tracer.web.visitor import Visitor, visiting

router = APIRouter(include_in_schema=False)


@router.get("/campaigns")
def campaigns(request: Request, visitor: Annotated[Visitor, visiting(Scope.READ_REGISTRY)]) -> Response:
    """Every tag with how much bears it."""
    with visitor.app.reading() as work:
        found = work.listings.tags()
    return page(request, "campaigns.html", tags=found)
