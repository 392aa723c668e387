"""The HTTP API: its routes, its OpenAPI document, and the page that shows it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response

from tracer.api.addresses import V1
from tracer.api.docs_page import STYLE_POLICY, docs_page, style
from tracer.api.routes import (
    attachments,
    backups,
    calls,
    calls_parse,
    canaries,
    channels,
    erasures,
    evidence,
    health,
    hooks,
    identify,
    intake,
    jobs,
    ledger,
    notifications,
    numbers,
    orders,
    recurring,
    reports,
    tracking,
    users,
)
from tracer.api.routes import session as sessions

DESCRIPTION = (
    "Register decoy recipients, log scam calls, and read which link of the chain leaked. Records have the columns of "
    "the CSV bundle; every refusal is a problem (RFC 9457) that says what was expected and what to do. Send a key as "
    "Authorization: Bearer trc_…, or log in. Every POST takes an Idempotency-Key: sent again, it is done once."
)


def upload_limits(upload_bytes: int, attached_bytes: int) -> Mapping[str, int]:
    """The paths that take larger bodies than usual, in bytes.

    Twice what may be attached: of files that are a little too large the route itself tells.
    """
    whole = dict.fromkeys((f"{V1}/imports", f"{V1}/evidence/verify"), upload_bytes)
    return {**whole, f"{V1}/calls/*/attachments": 2 * attached_bytes + (1 << 20)}


def add_api(app: FastAPI) -> None:
    """Put the API on an application whose state holds the service."""
    for part in (
        *(channels, numbers, canaries, orders, calls_parse, calls, attachments, identify, reports, jobs, users),
        *(sessions, ledger, evidence, backups, erasures, intake, notifications, tracking, recurring),
    ):
        app.include_router(part.router)
    app.include_router(health.router)
    app.include_router(hooks.router)
    policy = STYLE_POLICY.format(base64.b64encode(sha256(style().encode()).digest()).decode())

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()), headers={"Content-Security-Policy": policy})

    original = app.openapi

    def openapi() -> dict[str, Any]:
        document = original()
        schemes = {"key": {"type": "http", "scheme": "bearer"}}
        document.setdefault("components", {})["securitySchemes"] = schemes
        for path, operations in document["paths"].items():
            if path.startswith(V1):
                for method, operation in operations.items():
                    operation.setdefault("security", [{"key": []}])
                    if method != "post":  # what is asked for twice does no harm there
                        _drop_parameter(operation, "idempotency-key")
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _drop_parameter(operation: dict[str, Any], name: str) -> None:
    kept = [one for one in operation.get("parameters", []) if one["name"].lower() != name]
    operation.pop("parameters", None)
    if kept:
        operation["parameters"] = kept
