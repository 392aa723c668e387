"""What goes around every request: an id, safe headers, a line in the log, a count; and nothing falls through."""

from __future__ import annotations

import asyncio
import os
import traceback
from time import perf_counter
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from tracer.http.problems import RETRY_STORE, problem
from tracer.http.service import Service

log = structlog.get_logger("tracer.http")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer a form of ours would name no origin either
    (b"x-frame-options", b"DENY"),
)
_STORAGE = (b"cache-control", b"no-store")
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_CLOSING = ((b"connection", b"close"),)  # who comes again over this connection would find it gone
_CUT_OFF = (
    "this process ended before the request was done, and whether anything was kept is not known. "
    "Send it again under the same Idempotency-Key, to another"
)
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Around:
    """ASGI middleware. The log and the metrics know the route, never the address: that might hold a name."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = perf_counter(), 0
        request_id = uuid7().hex

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    *_more_headers(message["headers"], request_id, scope["scheme"]),
                    *(_CLOSING if self._service.readiness.is_leaving else ()),
                ]
            await send(message)

        metrics = self._service.metrics
        metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_with_headers)
        except asyncio.CancelledError:  # the process ends before it; a thread at work on it may yet have kept it
            if status:
                raise
            cut_off = problem("leaving", 503, _CUT_OFF, {"Retry-After": str(RETRY_STORE)})
            await cut_off(scope, receive, send_with_headers)
        except Exception as error:  # the last line: whoever asked gets an answer, the log the place
            # The message of an error may hold what was sent; where it happened holds nothing.
            log.error("broke", request_id=request_id, error=type(error).__name__, places=_places(error))
            if status:  # the answer has begun: all that is left is to cut it off
                raise
            detail = f"please report this with the request id {request_id}"
            await problem("internal-error", 500, detail)(scope, receive, send_with_headers)
        finally:
            metrics.in_flight.dec()
            self._note(scope, request_id, status, perf_counter() - begun)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._service.metrics.requests.labels(method, route, str(status)).inc()
        self._service.metrics.seconds.labels(route).observe(seconds)
        principal: Any = scope.get("state", {}).get("principal")
        log.info(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1_000, 1),
            principal=principal.principal_id if principal else None,
        )


def _more_headers(present: list[tuple[bytes, bytes]], request_id: str, scheme: str) -> list[tuple[bytes, bytes]]:
    more = [*_HEADERS, (b"x-request-id", request_id.encode())]
    given = {name.lower() for name, _ in present}
    more += [header for header in (_STORAGE, _POLICY) if header[0] not in given]
    if scheme == "https":
        more.append(_TRANSPORT)
    return more


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def _places(error: BaseException) -> list[str]:
    """Where it happened, innermost last: file, line, function; no text of the source."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
