"""/hooks/<source>: where vendors send what they have to tell. Their signature lets them in, not a key.

Whatever a request brings is durable before it is answered: who gets no good answer sends it again. So content that
cannot be read is kept, and answered like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from tracer.domain.errors import NotAuthenticated, TooManyRequests, UnknownId
from tracer.domain.incoming import Incoming
from tracer.http.access import client_of
from tracer.http.problems import problem, refuse
from tracer.http.service import Service, service_of
from tracer.intake.registry import HOOKS
from tracer.intake.sources import HookAnswer, HookRequest, HookSource, Item
from tracer.services.access.answer_once import Work
from tracer.services.incoming.take_in import TakenIn, take_in

router = APIRouter(include_in_schema=False)


@router.api_route("/hooks/{source}", methods=["GET", "POST"])
@router.api_route("/hooks/{source}/{rest:path}", methods=["GET", "POST"])
async def receive(request: Request, source: str) -> Response:
    """One request of a vendor."""
    body = await request.body()
    return await run_in_threadpool(_answer, request, source, body)


def _answer(request: Request, name: str, body: bytes) -> Response:
    service = service_of(request)
    app, source = service.application, HOOKS.get(name)
    if source is None:
        raise UnknownId("source", name)
    headers = {key.lower(): value for key, value in request.headers.items()}
    sent = HookRequest(signed_url(request, app.settings.public_url), headers, body, app.clock())
    try:
        answer = source.receive(sent, app.settings)
    except NotAuthenticated as error:
        return _forged(request, service, source, str(error))
    if answer.items or answer.carry_out:
        taken = app.write(lambda work: _taken(service, work, answer), f"hook:{source.name}")
        _count(service, source, answer.items, taken)
    media_type = answer.media_type if answer.body else None
    return Response(answer.body, answer.status, media_type=media_type)


def _taken(service: Service, work: Work, answer: HookAnswer) -> TakenIn:
    taken = take_in(work, answer.items, service.application.fresh_rng())
    if answer.carry_out is not None:
        answer.carry_out(work)
    return taken


def signed_url(request: Request, public_url: str) -> str:
    """The address as its sender wrote it, path and query untouched; `public_url` says how it reaches us.

    Without that it is as the Host header and the scheme say, the latter forwarded by a proxy that is trusted.
    """
    host = request.headers.get("host", "")
    base = public_url.rstrip("/") or f"{request.url.scheme}://{host}"
    path = bytes(request.scope.get("raw_path") or request.scope["path"].encode())
    query = bytes(request.scope.get("query_string", b""))
    return base + path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")


def _forged(request: Request, service: Service, source: HookSource, detail: str) -> Response:
    """Nothing is kept of it, and whoever sends many is told to wait."""
    service.metrics.hooks.labels(source.name, "forged").inc()
    wait = service.forged.too_many(client_of(request))
    if wait:
        return refuse(request, TooManyRequests("requests whose signature does not fit", wait))
    return problem("not-permitted", 403, detail)


def _count(service: Service, source: HookSource, items: Sequence[Item], taken: TakenIn) -> None:
    hooks = service.metrics.hooks
    for outcome in ("new", "told_more", "known", "held"):
        if number := getattr(taken, outcome):
            hooks.labels(source.name, outcome).inc(number)
    if any(isinstance(item, Incoming) for item in items):
        service.metrics.calls.inc(taken.new)
