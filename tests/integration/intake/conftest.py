"""A served registry with a secret for the generic webhook."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.serving import client, serving
from tracer.bootstrap import Application

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@pytest.fixture
def hooked(app: Application, make_app, database_url, monkeypatch) -> Iterator[tuple[Application, httpx.Client]]:
    """The application with two secrets, and who sends to it."""
    monkeypatch.setenv("TRACER_WEBHOOK_SECRETS", f'["{OLDER}", "{SECRET}"]')
    made = make_app(database_url)
    with serving(made) as address, client(address) as sender:
        yield made, sender
