"""What a route may answer, for the OpenAPI document: everything it may refuse is documented with it."""

from __future__ import annotations

from typing import Any

from tracer.http.problems import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]
_MEANINGS = {
    400: "The request cannot be read.",
    401: "Nobody known asks: log in, or send a key.",
    403: "Whoever asks may not, or a browser was made to ask by another site.",
    404: "Nothing has this id.",
    409: "A rule forbids it now, the id is taken, or the same request is being carried out.",
    413: "The body is too large.",
    415: "The content type is not one that is read here.",
    422: "A value is not what its field allows, or the Idempotency-Key came with another request before.",
    429: "Too many requests; Retry-After says when to try again.",
    502: "A service outside was asked, and gave no usable answer.",
    503: "The database does not answer; Retry-After says when to try again. Nothing was kept.",
}
ALWAYS = (400, 401, 403, 422, 429, 503)
BODIED = (413, 415)


def problems(*statuses: int) -> Responses:
    """The refusals of these statuses."""
    return {
        status: {
            "model": Problem,
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def reads(model: Any, *more: int) -> Responses:
    """A route that answers 200 with the model."""
    return {200: {"model": model, "description": "As asked."}, **problems(*ALWAYS, *more)}


def done(status: int, description: str, model: Any = None) -> Responses:
    """One good answer."""
    return {status: {"model": model, "description": description} if model else {"description": description}}


def makes(model: Any, *more: int, status: int = 201) -> Responses:
    """A POST that answers with the model; the same again when it is sent again under its Idempotency-Key."""
    again = {"Idempotency-Replayed": {"schema": {"type": "string"}, "description": "true for a repeated answer."}}
    answer = {"model": model, "description": "Done, and durable.", "headers": again}
    return {status: answer, **problems(*ALWAYS, *BODIED, 409, *more)}
