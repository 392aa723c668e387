"""Twilio's logs, read from a server on this machine that pages, tires and lies."""

import base64
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories.telephony import ACCOUNT, CALLER, LINE, call_fields, set_up, signed
from tracer.domain.errors import OutboundFailed
from tracer.domain.incoming import Unreadable
from tracer.intake.twilio import SOURCE
from tracer.outbound.client import GuardedClient
from tracer.outbound.rules import OutboundRules
from tracer.outbound.target import read_allowed
from tracer.outbound.telephony.twilio import OVERLAP, pull_calls, pull_messages, pull_since
from tracer.outbound.telephony.twilio_account import TwilioAccount

SINCE = datetime(2026, 2, 10, tzinfo=UTC)
FOLDER = f"/2010-04-01/Accounts/{ACCOUNT}/"


class Twilio:
    """What the server answers, in turn, and what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.waits = []
        self.url = ""

    def account(self):
        return TwilioAccount(ACCOUNT, "SK1", "the-secret", self.url)

    def pull(self, pull=pull_calls, **given):
        client = GuardedClient(OutboundRules(allowed=read_allowed(("127.0.0.1/32",)), seconds=5.0))
        return list(pull(client, self.account(), SINCE, wait=self.waits.append, **given))


@contextmanager
def twilio(*answers):
    told = Twilio(*answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            told.asked.append((self.path, self.headers["authorization"]))
            status, headers, body = told.answers.pop(0) if told.answers else (200, {}, {"calls": [], "messages": []})
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Not on the tests' terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(*calls, more=None, log="calls"):
    return 200, {}, {log: list(calls), "next_page_uri": more, "page_size": 200}


def call(sid="CA" + "1" * 32, **given):
    usual = {
        "sid": sid,
        "account_sid": ACCOUNT,
        "from": CALLER,
        "to": LINE,
        "direction": "inbound",
        "status": "completed",
        "start_time": "Tue, 10 Feb 2026 07:04:02 +0000",
        "date_created": "Tue, 10 Feb 2026 07:04:01 +0000",
        "duration": "48",
        "stir_verstat": "TN-Validation-Failed-C",
        "subresource_uris": {"events": "/x"},
        "price": None,
    }
    return {**usual, **given}


def message(**given):
    usual = {
        "sid": "SM" + "2" * 32,
        "from": f"whatsapp:{CALLER}",
        "to": f"whatsapp:{LINE}",
        "direction": "inbound",
        "status": "received",
        "date_sent": None,
        "date_created": "Tue, 10 Feb 2026 07:04:01 +0000",
        "body": "您好",
    }
    return {**usual, **given}


def test_received_calls_come_page_by_page():
    second = f"{FOLDER}Calls.json?PageToken=PACA2&Page=1"
    with twilio(page(call("CA1"), call("CA2", direction="outbound-api"), more=second), page(call("CA3"))) as told:
        found = told.pull()
    assert [item.contact_id for item in found] == ["CA1", "CA3"]
    first, again = told.asked
    assert urlsplit(first[0]).path == f"{FOLDER}Calls.json"
    assert parse_qs(urlsplit(first[0]).query) == {"StartTime>": ["2026-02-10T00:00:00Z"], "PageSize": ["200"]}
    assert again[0] == second
    assert {one for _, one in told.asked} == {"Basic " + base64.b64encode(b"SK1:the-secret").decode()}


def test_what_the_log_tells_of_a_call():
    with twilio(page(call())) as told:
        (item,) = told.pull()
    assert item.record == {
        "kind": "call",
        "received_at": "2026-02-10T07:04:02+00:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "answered": "yes",
    }
    assert item.extra["stir_verstat"] == "TN-Validation-Failed-C"
    assert not {"price", "subresource_uris"} & set(item.extra)


def test_a_call_that_a_webhook_told_of_is_the_same_and_the_webhook_knows_better():
    (told_before,) = SOURCE.receive(signed(call_fields()), set_up()).items
    with twilio(page(call(told_before.contact_id))) as told:
        (item,) = told.pull()
    assert (item.source, item.contact_id) == (told_before.source, told_before.contact_id)
    assert item.event_id != told_before.event_id
    assert item.stage < told_before.stage


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress"])
def test_a_call_that_goes_on_is_left_for_the_next_pull(status):
    with twilio(page(call(status=status))) as told:
        assert told.pull() == []


def test_messages():
    with twilio(page(message(), message(sid="SM3", direction="outbound-reply"), log="messages")) as told:
        (item,) = told.pull(pull_messages)
    assert told.asked[0][0].startswith(f"{FOLDER}Messages.json?DateSent%3E=2026-02-10T00%3A00%3A00Z&")
    assert item.record == {
        "kind": "chat",
        "received_at": "2026-02-10T07:04:01+00:00",
        "dialled_number": LINE,
        "caller_number": CALLER,
        "transcript": "您好",
    }


def test_line_by_line_where_lines_are_named():
    with twilio(page(call("CA1")), page(call("CA2"))) as told:
        found = told.pull(lines=[LINE, "+442079460017"])
    assert [item.contact_id for item in found] == ["CA1", "CA2"]
    assert [parse_qs(urlsplit(path).query)["To"] for path, _ in told.asked] == [[LINE], ["+442079460017"]]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_it_waits_while_twilio_is_busy(status):
    with twilio((status, {"retry-after": "7"}, b""), (status, {}, b""), page(call())) as told:
        assert len(told.pull()) == 1
    assert told.waits == [7.0, 2.0]


@pytest.mark.parametrize("retry_after", ["1", "3600", "soon", "-5"])
def test_it_gives_up_after_some_tries_or_where_it_would_be_too_long(retry_after):
    with (
        twilio(*[(429, {"retry-after": retry_after}, b"")] * 9) as told,
        pytest.raises(OutboundFailed, match="429: it is busy"),
    ):
        told.pull()
    assert len(told.asked) == (1 if retry_after == "3600" else 4)
    assert sum(told.waits) < 60


def test_wrong_credentials_are_named_without_being_shown():
    with twilio((401, {}, b"{}")) as told, pytest.raises(OutboundFailed, match="twilio_api_key_sid") as caught:
        told.pull()
    assert "the-secret" not in str(caught.value) + repr(told.account())


@pytest.mark.parametrize("more", ["https://elsewhere.example/", "/2010-04-01/Accounts/AC9/Calls.json", "//elsewhere/"])
def test_a_next_page_elsewhere_is_not_followed_with_the_password(more):
    with twilio(page(call(), more=more)) as told, pytest.raises(OutboundFailed, match="another address"):
        told.pull()
    assert len(told.asked) == 1


def test_pages_in_a_circle_end():
    here = f"{FOLDER}Calls.json?Page=1"
    with twilio(page(call("CA1"), more=here), page(call("CA2"), more=here)) as told:
        assert len(told.pull()) == 2


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"[" * 5000])
def test_an_answer_that_is_no_page_is_refused(body):
    with twilio((200, {}, body)) as told, pytest.raises(OutboundFailed):
        told.pull()


@pytest.mark.parametrize(
    "entry", [7, None, {}, call(start_time="yesterday"), call(sid=None), call(to=None), call(status=[]), call(to=[])]
)
def test_an_entry_that_cannot_be_read_hides_no_other(entry):
    with twilio(page(entry, call("CA2"))) as told:
        unread, read = told.pull()
    assert isinstance(unread, Unreadable)
    assert json.loads(unread.content) == entry
    assert read.contact_id == "CA2"


def test_each_pull_looks_back_for_as_long_as_a_call_may_last():
    now = SINCE + timedelta(days=3)
    assert pull_since(None, now) == now - timedelta(days=30)
    assert pull_since(SINCE, now) == SINCE - OVERLAP
    assert pull_since(now + timedelta(days=400), now) == now - timedelta(days=30), "a clock that ran ahead"
    assert timedelta(hours=24) < OVERLAP


def test_who_reads_comes_from_the_settings():
    assert set_up(twilio_account_sid="").twilio_account is None
    assert set_up(twilio_auth_tokens=[]).twilio_account is None
    assert set_up().twilio_account.user == ACCOUNT
    with_key = set_up(twilio_api_key_sid="SK2", twilio_api_key_secret="s")
    assert (with_key.twilio_account.user, with_key.twilio_account.password) == ("SK2", "s")
