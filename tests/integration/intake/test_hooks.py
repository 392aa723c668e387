"""Signed messages over HTTP: kept before they are answered, forged ones not at all."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook
from starlette.requests import Request

from tests.conftest import NOW
from tests.factories import registry
from tests.integration.intake.conftest import OLDER, SECRET
from tests.serving import client, serving
from tracer.api.routes.hooks import signed_url
from tracer.domain.delivery import DeliveryState

CALL = {"caller_number": "+447700900123", "received_at": "2026-11-20T09:30:00+08:00", "gateway": {"trunk": 3}}


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: what is stored, test_take_in tells."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


def signed(body, message_id="msg_1", secret=SECRET, at=NOW):
    """Headers by the official client."""
    text = body if isinstance(body, str) else json.dumps(body)
    at = at.astimezone(UTC)
    signature = Webhook(secret).sign(message_id, at, text)
    headers = {"webhook-id": message_id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return {"content": text.encode(), "headers": headers}


def calls(app):
    with app.reading() as work:
        return list(work.calls.all())


def held(app):
    with app.reading() as work:
        return work.deliveries.faulty()


def test_a_signed_message_is_a_call_and_the_journal_says_whose(hooked):
    app, sender = hooked
    for _ in range(2):
        assert sender.post("/hooks/webhook", **signed(CALL)).status_code == 204
    (call,) = calls(app)
    assert call.caller_number == "+447700900123"
    with app.reading() as work:
        (entry,) = work.journal.about(call.call_id)
        (kept,) = work.deliveries.of_call(call.call_id)
    assert (entry.event, entry.actor, kept.extra) == ("call_taken_in", "hook:webhook", {"gateway": {"trunk": 3}})


def test_any_of_several_secrets_and_signatures_will_do(hooked):
    app, sender = hooked
    assert sender.post("/hooks/webhook", **signed(CALL, "a", OLDER)).status_code == 204
    request = signed(CALL, "b")
    request["headers"]["webhook-signature"] = "v1a,x v1,AAAA " + request["headers"]["webhook-signature"]
    assert sender.post("/hooks/webhook", **request).status_code == 204
    assert len(calls(app)) == 2


@pytest.mark.parametrize("spoil", ["body", "id", "timestamp", "signature", "old", "ahead", "missing", "other secret"])
def test_a_forged_message_leaves_no_trace_but_a_count(hooked, spoil):
    app, sender = hooked
    request = signed(CALL)
    headers = request["headers"]
    match spoil:
        case "body":
            request["content"] += b" "
        case "id" | "timestamp":
            headers[f"webhook-{spoil}"] += "1"
        case "signature":
            headers["webhook-signature"] = headers["webhook-signature"].swapcase()
        case "old" | "ahead":
            minutes = 6 if spoil == "ahead" else -6
            request = signed(CALL, at=NOW + timedelta(minutes=minutes))
        case "missing":
            del headers["webhook-signature"]
        case _:
            request = signed(CALL, secret="whsec_" + "A" * 32)
    answer = sender.post("/hooks/webhook", **request)
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#not-permitted")
    assert (calls(app), held(app)) == ([], [])
    assert 'tracer_hook_messages_total{outcome="forged",source="webhook"} 1.0' in sender.get("/metrics").text


def test_who_forges_many_waits_and_who_signs_does_not(hooked):
    app, sender = hooked
    request = signed(CALL)
    headers = {**request["headers"], "webhook-signature": "v1,AAAA"}
    statuses = [sender.post("/hooks/webhook", content=b"{}", headers=headers).status_code for _ in range(70)]
    assert (statuses[0], statuses[-1]) == (403, 429)
    assert sender.post("/hooks/webhook", **request).status_code == 204
    assert len(calls(app)) == 1


@pytest.mark.parametrize(
    "body",
    ["[1]", "{", '"x"', '{"transcript": {"a": 1}}', '{"stage": "2"}', '{"received_at": "soon"}', "\x00", "[" * 9_999],
)
def test_content_that_is_bad_and_signed_is_kept_and_answered_well(hooked, body):
    app, sender = hooked
    assert sender.post("/hooks/webhook", **signed(body)).status_code == 204
    assert sender.post("/hooks/webhook", **signed(body)).status_code == 204
    (one,) = held(app)
    assert one.state is DeliveryState.HELD
    assert one.reason
    assert calls(app) == []


def test_a_source_that_is_not_set_up_or_does_not_exist_is_not_there(app):
    with serving(app) as address, client(address) as sender:
        for path in ("/hooks/webhook", "/hooks/webhook/more", "/hooks/nobody"):
            assert sender.post(path, **signed(CALL)).status_code == 404
        assert sender.post("/hooks/webhook", content=b"x" * (1 << 20) + b"x").status_code == 413


def test_get_and_paths_below_reach_the_source_too(hooked):
    _, sender = hooked
    assert sender.get("/hooks/webhook").status_code == 403
    assert sender.post("/hooks/webhook/voice/status?x=%2F", **signed(CALL)).status_code == 204
    assert sender.put("/hooks/webhook").status_code == 405


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KEYS = st.sampled_from(["received_at", "dialled_number", "canary_id", "known_fields", "call_id", "stage", "contact_id"])


@given(
    body=st.binary() | st.dictionaries(KEYS | st.text(), JSON).map(lambda one: json.dumps(one).encode()),
    number=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_signed_body_breaks_the_route(hooked, body, number):
    _, sender = hooked
    request = signed(body.decode("latin-1"), f"m{number}")
    try:
        at = NOW.astimezone(UTC)
        content = body.decode()
        request = signed(content, f"m{number}", at=at)
    except UnicodeDecodeError:
        pass
    assert sender.post("/hooks/webhook", **request).status_code == 204


def test_the_ledger_holds_after_hooks(hooked):
    app, sender = hooked
    registry.own_number(app)
    sender.post(
        "/hooks/webhook", **signed({**CALL, "contact_id": "x", "stage": 1, "dialled_number": registry.LANDLINE})
    )
    sender.post("/hooks/webhook", **signed({"contact_id": "x", "stage": 2, "known_fields": ["name", "item"]}, "m2"))
    (call,) = calls(app)
    assert call.known_fields.text == "name item"
    assert app.audit_ledger(lambda share: None).problems == []


def test_times_are_by_our_clock(hooked):
    _, sender = hooked
    assert sender.post("/hooks/webhook", **signed(CALL, at=datetime(2020, 1, 1, tzinfo=UTC))).status_code == 403


@pytest.mark.parametrize(
    ("public_url", "scheme", "expected"),
    [
        ("", "http", "http://127.0.0.1:80/hooks/webhook/a%2Fb?x=%20&y"),
        ("", "https", "https://127.0.0.1:80/hooks/webhook/a%2Fb?x=%20&y"),
        ("https://tracer.example/", "http", "https://tracer.example/hooks/webhook/a%2Fb?x=%20&y"),
    ],
)
def test_the_address_is_as_its_sender_wrote_it(public_url, scheme, expected):
    scope = {
        "type": "http",
        "scheme": scheme,
        "server": ("127.0.0.1", 80),
        "path": "/hooks/webhook/a/b",
        "raw_path": b"/hooks/webhook/a%2Fb",
        "query_string": b"x=%20&y",
        "headers": [(b"host", b"127.0.0.1:80"), (b"x-forwarded-host", b"evil.example")],
    }
    assert signed_url(Request(scope), public_url) == expected
