"""/healthz, /readyz, /metrics: for those who keep it running."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tracer import __version__
from tracer.api.answers import problems
from tracer.api.asked import Asked
from tracer.domain.errors import StoreError
from tracer.http.problems import problem
from tracer.http.service import service_of
from tracer.services.upkeep.count_waiting import count_waiting

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """That it is there, and which version."""

    status: str = Field(examples=["ok"])
    version: str = Field(examples=[__version__])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", responses={200: {"model": Health, "description": "The process lives."}}, summary="Alive?")
async def alive() -> Response:
    """Whether the process lives; nothing else is looked at."""
    return Asked.json(200, {"status": "ok", "version": __version__})


@router.head("/readyz", include_in_schema=False)
@router.get(
    "/readyz",
    responses={
        200: {"model": Health, "description": "The database answers, with a schema and key that fit."},
        **problems(503),
    },
    summary="Ready?",
)
async def ready(request: Request) -> Response:
    """Whether to send requests here: the database answers within 3 s, has a schema that fits and opens with the key.

    A process that was told to end is not ready (`leaving`) while it still answers: send new requests to others.
    """
    readiness = service_of(request).readiness
    if readiness.is_leaving:
        return problem("leaving", 503, "this process was told to end and answers only a little longer. Ask another")
    await readiness.check()
    return Asked.json(200, {"status": "ok", "version": __version__})


@router.get(
    "/metrics",
    responses={200: {"description": "The text format of Prometheus.", "content": {"text/plain": {}}}},
    summary="Metrics",
)
def metrics(request: Request) -> Response:
    """Counts and times of this process by route, how recurring jobs stand, what waits; no names, numbers or ids."""
    service = service_of(request)
    app = service.application
    try:
        with app.reading() as work:
            states, waiting = list(work.recurring.all().values()), count_waiting(work)
    except StoreError:  # the other figures are wanted then most of all
        states, waiting = [], None
    text = service.metrics.text(states, waiting, app.clock())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
