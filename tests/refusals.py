"""What a refusal over HTTP looks like."""

from __future__ import annotations

from typing import Any

import httpx


def is_problem(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """Its JSON, where it is a problem of one of these statuses."""
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"].startswith("/docs#")
    assert told["title"]
    assert told["detail"]
    return dict(told)


def answered(answer: httpx.Response) -> None:
    """Done or refused, in its form."""
    if answer.status_code >= 400:
        is_problem(answer, 400, 401, 403, 404, 409, 413, 415, 422)
    else:
        assert answer.headers["content-type"].split(";")[0] in {"application/json", "text/plain"}
