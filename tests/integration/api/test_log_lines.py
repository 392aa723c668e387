"""What a server writes about its work: ids, routes and times, never a name, a number or a secret."""

import io
import json
import logging

import pytest
import structlog

from tests.factories import registry
from tests.house import PLANTED
from tests.serving import client, key_with, serving
from tracer import logs
from tracer.domain.access import ROLE_SCOPES, Role, Scope
from tracer.scheduler.run_jobs import run_one
from tracer.services.access.answer_once import Answer

V1 = "/api/v1"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAME, NUMBER, WORD = "Wilhelmina Quistgaard", "+442079460777", "correct horse battery"
SECRETS = (NAME, "Quistgaard", NUMBER, "2079460777", WORD, *(text for text in PLANTED.values() if len(text) > 8))


@pytest.fixture
def written(monkeypatch):
    """All that structlog and logging write, with the server's own configuration."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    logs.begin_log(logging.DEBUG)
    yield out
    structlog.reset_defaults()
    root.handlers[:], root.level = before


@SQLITE
def test_nothing_that_is_sent_is_written_down(app, written):
    key = key_with(app, *ROLE_SCOPES[Role.OWNER])
    intake = key_with(app, Scope.LOG_CALLS)
    registry.own_number(app, NUMBER)
    with serving(app) as where, client(where, key) as owner, client(where, intake) as forwarder:
        answers = [
            forwarder.post(f"{V1}/calls", json={"heard_name": NAME, "dialled_number": NUMBER, "nature": NAME}),
            forwarder.post(f"{V1}/calls", json={"heard_name": NAME, "dialled_number": NUMBER[:-1] + "8"}),
            forwarder.post(f"{V1}/calls", json={NAME: NUMBER, "heard_name": NAME}),
            forwarder.post(f"{V1}/calls", json={"heard_name": [NAME]}),
            forwarder.post(f"{V1}/calls", content=f'{{"heard_name": "{NAME}'.encode()),
            forwarder.post(f"{V1}/calls", content=NAME.encode(), headers={"Content-Type": NAME}),
            forwarder.post(f"{V1}/calls", json={"heard_name": NAME, "call_id": NAME}),
            forwarder.post(f"{V1}/calls", json={"heard_name": NAME, "canary_id": "Quistgaard"}),
            forwarder.get(f"{V1}/canaries", params={"tag": NAME, "cursor": NUMBER}),
            forwarder.get(f"{V1}/canaries/{NAME}"),
            forwarder.get(f"/{NAME}/{NUMBER}"),
            forwarder.post(f"{V1}/calls", json={"heard_name": NAME}, headers={"Idempotency-Key": f"{NAME}\tx"}),
            forwarder.request("PUT", f"{V1}/calls/{NAME}"),
            forwarder.post(f"{V1}/session", json={"login": NAME, "password": WORD}),
            forwarder.get("/login", params={"token": NAME}),
            forwarder.get(f"{V1}/calls", headers={"Authorization": f"Bearer {NAME}"}),
        ]
        made = [
            owner.post(f"{V1}/calls", json={"heard_name": NAME, "dialled_number": NUMBER, "transcript": NAME}),
            owner.post(f"{V1}/users", json={"login": NAME, "role": "analyst", "password": WORD}),
            owner.get(f"{V1}/calls"),
            owner.post(f"{V1}/identify", json={"heard": NAME, "dialled": NUMBER}),
            owner.post(f"{V1}/jobs", json={"kind": "export"}),
        ]
        assert run_one(app, "worker")
        metrics = owner.get("/metrics").text
    assert all(400 <= answer.status_code < 500 for answer in answers), [answer.status_code for answer in answers]
    assert all(answer.status_code < 300 for answer in made), [answer.text for answer in made]
    lines = written.getvalue()
    assert lines.count('"request"') >= len(answers) + len(made)
    for text in (lines, metrics, *(answer.text for answer in answers)):
        assert not [secret for secret in SECRETS if secret in text or json.dumps(secret)[1:-1] in text]
    assert key.split("_")[2] not in lines
    assert f'"{V1}/calls/{{call_id}}"' in lines


@SQLITE
def test_what_breaks_is_written_down_without_what_was_sent(app, written, monkeypatch):
    def broken(*_: object, **__: object) -> Answer:
        raise RuntimeError(f"{NAME} {NUMBER}")

    monkeypatch.setattr("tracer.api.routes.calls.log_call", broken)
    monkeypatch.setattr("tracer.api.routes.canaries.browse_canaries", broken)
    with serving(app) as where, client(where, key_with(app, *ROLE_SCOPES[Role.OWNER])) as owner:
        answers = [
            owner.post(f"{V1}/calls", json={"heard_name": NAME}, headers={"Idempotency-Key": NAME}),
            owner.get(f"{V1}/canaries", params={"tag": NAME}),
        ]
    for answer in answers:
        assert answer.status_code == 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] in answer.json()["detail"]
        assert answer.headers["x-request-id"] in written.getvalue()
        assert NAME not in answer.text
    lines = written.getvalue()
    assert "RuntimeError" in lines
    assert not [secret for secret in SECRETS if secret in lines]
    assert all(json.loads(line) for line in lines.splitlines())


def test_a_library_that_complains_of_what_was_sent_is_cut_short(written):
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application %s", NAME)
    assert "ValueError" in written.getvalue()
    assert NAME not in written.getvalue()
