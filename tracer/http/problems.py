"""Refusals over HTTP: problem+json (RFC 9457), one per class of domain error.

A problem tells the person who asked what was expected and what to do. It repeats no value that was
sent, and nothing out of the registry but ids: an intake key must learn nothing from a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from tracer.domain.errors import (
    AlreadyExists,
    BackupRejected,
    BundleRejected,
    CapacityExhausted,
    EvidenceRejected,
    InvalidRecord,
    InvalidValue,
    NotAllowed,
    NotAuthenticated,
    NoTimeStamp,
    NotPermitted,
    OutboundFailed,
    OutboundRefused,
    RequestInFlight,
    RequestReused,
    StoreError,
    TimeTokenRejected,
    TooManyRequests,
    TracerError,
    UnknownId,
)

MEDIA_TYPE = "application/problem+json"
RETRY_STORE = 5

_STATUS: Sequence[tuple[type[TracerError], int, str]] = (
    (InvalidValue, 422, "invalid-value"),
    (InvalidRecord, 422, "invalid-value"),
    (BundleRejected, 422, "bundle-rejected"),
    (EvidenceRejected, 422, "evidence-rejected"),
    (BackupRejected, 422, "backup-rejected"),
    (UnknownId, 404, "unknown-id"),
    (AlreadyExists, 409, "already-exists"),
    (RequestInFlight, 409, "request-in-flight"),
    (RequestReused, 422, "idempotency-key-reused"),
    (CapacityExhausted, 409, "capacity-exhausted"),
    (NotAllowed, 409, "not-allowed"),
    (NotAuthenticated, 401, "not-authenticated"),
    (NotPermitted, 403, "not-permitted"),
    (TooManyRequests, 429, "too-many-requests"),
    (StoreError, 503, "store-unavailable"),
    (OutboundRefused, 422, "not-let-out"),
    (OutboundFailed, 502, "no-answer-from-outside"),
    (NoTimeStamp, 502, "no-answer-from-outside"),
    (TimeTokenRejected, 422, "time-stamp-rejected"),
)
_TITLES = {
    "invalid-value": "A value is not what its field allows",
    "bundle-rejected": "Nothing was imported: rows are bad",
    "evidence-rejected": "The evidence pack does not hold",
    "backup-rejected": "The backup cannot be restored",
    "unknown-id": "Nothing has this id",
    "already-exists": "The id is taken",
    "request-in-flight": "The same request is being carried out",
    "idempotency-key-reused": "The Idempotency-Key came with another request before",
    "capacity-exhausted": "Nothing is left to issue",
    "not-allowed": "A rule forbids it now",
    "not-authenticated": "Log in, or send a key",
    "not-permitted": "You may not do this",
    "too-many-requests": "Too many requests",
    "store-unavailable": "The database does not answer",
    "leaving": "This process is about to end",
    "not-let-out": "No request is sent to this address",
    "no-answer-from-outside": "Another service gave no usable answer",
    "time-stamp-rejected": "The time stamp does not prove what it should",
    "invalid-request": "The request cannot be read",
    "not-found": "There is no such address",
    "method-not-allowed": "This address knows no such method",
    "body-too-large": "The body is too large",
    "unsupported-media-type": "The content type is not one that is read here",
    "internal-error": "Something is wrong with this program",
}
_OF_STATUS = {
    400: "invalid-request",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}

_FIELD = re.compile(r"\w{1,40}", re.ASCII)  # whatever else was sent as a field's name is not repeated
_ID = re.compile(r"[a-z]{1,20}[-_][0-9a-z-]{1,40}")  # nor what is no id as this program makes them


class FieldProblem(BaseModel):
    """One bad value."""

    field: str = Field(examples=["received_at"])
    expected: str = Field(examples=["an ISO 8601 time with offset such as 2026-01-05T04:24:12+08:00"])
    hint: str = ""


class Problem(BaseModel):
    """A refusal as RFC 9457 has it; `errors` names each bad value, `rows` each bad row of an import."""

    type: str = Field(examples=["/docs#invalid-value"])
    title: str = Field(examples=["A value is not what its field allows"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["received_at: expected an ISO 8601 time with offset"])
    errors: list[FieldProblem] | None = None


def problem(kind: str, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """A problem response of one of the kinds above."""
    body = {"type": f"/docs#{kind}", "title": _TITLES[kind], "status": status, "detail": detail, **more}
    content = json.dumps(body, ensure_ascii=False)
    return Response(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def titles() -> Mapping[str, str]:
    """Every kind of problem with what it means."""
    return _TITLES


def status_of(error: TracerError) -> int:
    """The HTTP status of a domain error."""
    return next(status for known, status, _ in _STATUS if isinstance(error, known))


def refuse(request: Request, error: TracerError) -> Response:
    """The response to a domain error."""
    status, kind = next((status, kind) for known, status, kind in _STATUS if isinstance(error, known))
    headers: dict[str, str] = {}
    more: dict[str, object] = {}
    detail = str(error)
    if isinstance(error, InvalidRecord):
        more["errors"] = [_field_problem(one) for one in error.problems]
        detail = "; ".join(_described(one) for one in error.problems)
    elif isinstance(error, InvalidValue):
        more["errors"] = [_field_problem(error)]
        detail = _described(error)
    elif isinstance(error, UnknownId):
        detail = _unknown(error)
        if error.given not in request.path_params.values():  # it stood in the body or the query: the address is right
            status, more = 422, {"errors": [{"field": f"{error.noun}_id", "expected": f"a {error.noun} that exists"}]}
    elif isinstance(error, BundleRejected):
        more["rows"] = [str(row) for row in error.problems]
    elif isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    elif isinstance(error, StoreError):
        headers["Retry-After"] = str(RETRY_STORE)
    return problem(kind, status, detail, headers, **more)


def refuse_request(error: RequestValidationError) -> Response:
    """The response to a request that does not fit its schema: 400 where it cannot be read at all."""
    found = error.errors()
    unreadable = [one for one in found if one["type"] in {"json_invalid", "value_error.jsondecode"}]
    if unreadable:
        return problem("invalid-request", 400, "the body is not JSON. Send an object in UTF-8")
    errors = [
        {"field": _place(one["loc"]), "expected": one["msg"].removeprefix("Value error, "), "hint": ""} for one in found
    ]
    detail = "; ".join(f"{one['field']}: {one['expected']}" for one in errors[:5])
    return problem("invalid-value", 422, detail, errors=errors)


def refuse_http(request: Request, error: HTTPException) -> Response:
    """The response to what the framework refuses: unknown address, method, size."""
    kind = _OF_STATUS.get(error.status_code, "invalid-request")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _methods(request) or headers.get("Allow", "")
    return problem(kind, error.status_code, str(error.detail), headers)


def _methods(request: Request) -> str:
    """All that an address knows; the framework names those of the first route alone that fits."""
    paths = request.app.openapi()["paths"].items()
    fitting = (operations for path, operations in paths if compile_path(path)[0].fullmatch(request.url.path))
    return ", ".join(sorted({method.upper() for operations in fitting for method in operations}))


def _place(loc: Sequence[Any]) -> str:
    where, *path = loc
    return ".".join(str(part) if _FIELD.fullmatch(str(part)) else "…" for part in path) or str(where)


def _field_problem(error: InvalidValue) -> dict[str, str]:
    return {"field": _field(error), "expected": error.expected, "hint": error.hint}


def _field(error: InvalidValue) -> str:
    """The field as it is called here; services name some as the command line does."""
    return error.field.removeprefix("--").replace("-", "_")


def _described(error: InvalidValue) -> str:
    text = f"{_field(error)}: expected {error.expected}"
    return f"{text}. {error.hint}" if error.hint else text


def _unknown(error: UnknownId) -> str:
    if error.noun == "number":  # neither what was sent nor what would be near it
        return "the number that rang is not in the pool. Check its digits, or leave it out and give the name"
    shown = repr(error.given) if _ID.fullmatch(error.given) else "with the id that was sent"
    return f"there is no {error.noun} {shown}"
