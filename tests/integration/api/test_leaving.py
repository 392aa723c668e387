"""A process that was told to end is not ready, and still answers; readiness is told in time."""

import asyncio
import json
import signal
import threading
from contextlib import contextmanager

import pytest
import uvicorn

from tests.refusals import is_problem
from tests.serving import client, key_with
from tracer.domain.access import Scope
from tracer.domain.errors import StoreUnavailable
from tracer.http.around import Around
from tracer.http.heavy import InThisProcess
from tracer.http.readiness import Readiness
from tracer.serving import drain
from tracer.serving.app import create_app
from tracer.serving.drain import draining

CALLS = "/api/v1/calls"


@contextmanager
def served(app):
    """The ASGI application and its address; its service can be reached."""
    asgi = create_app(app, InThisProcess(app))
    server = uvicorn.Server(uvicorn.Config(asgi, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.005)
    try:
        yield asgi.state.service, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)


def test_it_is_not_ready_and_still_answers(make_app, sqlite_url):
    app = make_app(sqlite_url)
    with served(app) as (service, address), client(address, key_with(app, Scope.LOG_CALLS)) as caller:
        assert "connection" not in caller.get("/readyz").headers
        service.readiness.is_leaving = True
        answer = caller.get("/readyz")
        assert is_problem(answer, 503)["type"] == "/docs#leaving"
        assert answer.headers["connection"] == "close"
        assert caller.get("/healthz").status_code == 200
        assert caller.post(CALLS, json={"heard_name": "张女士"}).status_code == 201


def test_a_database_that_says_nothing_is_not_waited_for(make_app, sqlite_url):
    hangs = threading.Event()
    with served(make_app(sqlite_url)) as (service, address), client(address) as caller:
        service.readiness = Readiness(hangs.wait, patience=0.05)
        for _ in range(2):  # the second shares the look of the first, which has the only thread
            assert "has not answered for 0.05 s" in is_problem(caller.get("/readyz"), 503)["detail"]
        (looking,) = (one for one in threading.enumerate() if one.name == "ready")
        assert looking.daemon  # else the process could not end before the database answers
        hangs.set()
        service.readiness = Readiness(lambda: None)
        assert caller.get("/readyz").status_code == 200


def test_what_the_look_finds_is_told(make_app, sqlite_url):
    def refuse():
        raise StoreUnavailable("the server's disk is full")

    with served(make_app(sqlite_url)) as (service, address), client(address) as caller:
        service.readiness = Readiness(refuse)
        assert is_problem(caller.get("/readyz"), 503)["detail"] == "the server's disk is full"


def test_a_request_that_takes_longer_than_the_end_is_told_that_it_is_not_known(make_app, sqlite_url):
    sent = []

    async def hear(message):
        sent.append(message)

    async def cut_off():
        hangs = asyncio.Event()
        service = create_app(make_app(sqlite_url), InThisProcess(None)).state.service
        around = Around(lambda *_: hangs.wait(), service)
        task = asyncio.create_task(around({"type": "http", "method": "POST", "scheme": "http"}, None, hear))
        await asyncio.sleep(0)
        task.cancel()  # as uvicorn does in the end
        await task

    alone = threading.Thread(target=lambda: asyncio.run(cut_off()))  # a browser's tests leave a loop in this one
    alone.start()
    alone.join()
    begun, body = sent
    assert (begun["status"], dict(begun["headers"])[b"retry-after"]) == (503, b"5")
    told = json.loads(body["body"])
    assert told["type"] == "/docs#leaving"
    assert "not known" in told["detail"]


@pytest.fixture
def told():
    """What the handlers were told; the handler of before stays in place."""
    before, heard = signal.getsignal(signal.SIGTERM), []
    ended = threading.Event()

    def end(number, _frame):
        heard.append(number)
        ended.set()

    signal.signal(signal.SIGTERM, end)
    yield heard, ended
    signal.signal(signal.SIGTERM, before)


def test_the_end_comes_after_leaving(told):
    heard, ended = told
    with draining(0, lambda: heard.append("leaving")):
        signal.raise_signal(signal.SIGTERM)
        assert ended.wait(30)
    assert heard == ["leaving", signal.SIGTERM]


def test_one_that_ended_otherwise_meanwhile_is_not_told_to(told):
    heard, ended = told
    with draining(600, lambda: heard.append("leaving")):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # a service manager and the parent both say so
    assert heard == ["leaving", "leaving"]
    assert not ended.is_set()
    signal.raise_signal(signal.SIGTERM)
    assert heard[-1] == signal.SIGTERM


def test_one_that_is_told_again_while_it_begins_to_leave_begins_once(told, monkeypatch):
    heard, _ = told

    class Begun(threading.Thread):
        def start(self):
            heard.append("begun")
            if heard.count("begun") == 1:
                signal.raise_signal(signal.SIGTERM)
            super().start()

    monkeypatch.setattr(drain.threading, "Thread", Begun)
    with draining(600, lambda: None):
        signal.raise_signal(signal.SIGTERM)
    assert heard == ["begun"]
