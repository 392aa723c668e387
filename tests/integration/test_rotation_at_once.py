"""Rotation of the key while others write, and while it is killed: nothing is lost, nothing seen half."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from itertools import cycle

import pytest
from sqlalchemy import text

from tests.command_line import ROOT
from tests.factories import registry
from tests.factories.sealed_rows import fill_everything, misfits, opened
from tests.integration.test_rotation import Killed, claims_by_name, keys, rotate, versions_seen
from tracer.domain.errors import CapacityExhausted
from tracer.services.calls.log_call import log_call
from tracer.storage import engine, reindex, reseal, rotation
from tracer.storage.crypto import header

_STRAY = text(
    "SELECT count(*) FROM calls WHERE line_key IS NOT NULL AND line_key NOT IN (SELECT line_key FROM canaries)"
)
_SLOWLY = """
import sys, time
from pathlib import Path
from tracer.bootstrap import build
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import reseal
reseal.ROWS_AT_ONCE = 1
app = build(Path(sys.argv[1]))
rotate_key(app.registry, app.actor, app.clock, lambda done, total: time.sleep(0.02))
"""


@pytest.fixture
def filled(app, database_url):
    fill_everything(app, database_url)
    return app


def killed(*_):
    raise Killed


class Worker(threading.Thread):
    """Does something, once or until it is told to stop; what it raises is raised by `end`."""

    def __init__(self, act, *, once=False):
        super().__init__()
        self._act = act
        self._once = once
        self._over = threading.Event()
        self.done = []
        self._raised = None
        self.start()

    def run(self):
        try:
            while not self._over.is_set():
                self.done.append(self._act())
                if self._once:
                    return
                time.sleep(0.02)  # others want their turn
        except BaseException as error:  # noqa: BLE001  # raised again by `end`
            self._raised = error

    def end(self):
        if not self._once:
            self._over.set()
        self.join()
        if self._raised:
            raise self._raised
        assert self.done
        return self.done


def test_others_log_issue_and_read_all_the_while(filled, make_app, database_url, monkeypatch):
    monkeypatch.setattr(reseal, "ROWS_AT_ONCE", 20)
    monkeypatch.setattr(reindex, "_AT_ONCE", 20)
    monkeypatch.setattr(rotation, "_FEW", 1)
    with filled.reading() as work:
        lines = [canary.phone.text for canary in work.canaries.all()]
    logging, issuing, reading = (make_app(database_url) for _ in range(3))
    for app in (logging, issuing, reading):
        app.open()  # with the old key alone

    turns = cycle(lines)

    def log():
        return registry.log(logging, dialled_number=next(turns), heard_name="王伟").call_id

    def issue():
        try:
            return [one.recipient_name for one in registry.issue(issuing, count=1, number=registry.SHARED)]
        except CapacityExhausted:
            return []

    def stray():
        with reading.reading() as work:
            return work.session.connection.execute(_STRAY).scalar_one()

    logs = Worker(log)
    others = [Worker(issue), Worker(stray)]
    try:
        ended = [rotate(make_app(database_url)), rotate(make_app(database_url))]
    finally:
        logged = logs.end()
        issued, strays = (worker.end() for worker in others)
    assert [(one.old, one.new) for one in ended] == [(1, 2), (2, 3)]
    assert set(strays) == {0}
    fresh = make_app(database_url)
    found = registry.everything(fresh)
    assert {call.call_id for call in found["calls"]} >= set(logged)
    names = [canary.recipient_name for canary in found["canaries"]]
    assert set(names) >= {name for batch in issued for name in batch}
    assert len(set(names)) == len(names)
    assert versions_seen(fresh) == {header(3)}
    assert misfits(fresh) == []
    possible, there = claims_by_name(fresh)
    assert there <= possible
    assert len(keys(fresh)) == 1


@pytest.mark.parametrize("before", ["key", "switch"])
def test_who_began_before_is_waited_for(postgresql_url, make_app, monkeypatch, before):
    """Such a transaction knows the old key only, or the old indexes: what it meets is of them to its end."""
    app, rotating = make_app(postgresql_url), make_app(postgresql_url)
    fill_everything(app, postgresql_url)
    if before == "switch":
        with monkeypatch.context() as patch:
            patch.setattr(rotation.KeyRotation, "_switched", killed)
            with pytest.raises(Killed):
                rotate(rotating)
    refused = threading.Event()

    def is_busy(error):
        refused.set()
        return engine.is_busy(error)

    monkeypatch.setattr(rotation, "is_busy", is_busy)
    with app.writing() as work:
        state = work.keys.state().standing
        rotator = Worker(lambda: rotate(rotating), once=True)
        assert refused.wait(60)
        assert work.keys.state().standing == state == ((1, 1, 1) if before == "key" else (2, 1, 2))
        canary = next(one for one in work.canaries.all() if one.phone.extension)
        call = log_call(work, {"dialled_number": canary.phone.text}, [], app.rng)
        work.commit()
    (ended,) = rotator.end()
    assert (ended.old, ended.new) == (1, 2)
    fresh = make_app(postgresql_url)
    assert misfits(fresh) == []
    with fresh.reading() as work:
        met = work.calls.facts_concerning([work.canaries.line_key(canary.phone)], [], fresh.clock())
    assert call.call_id in {one.call_id for one in met}


def test_two_that_rotate_at_once_make_one_key(filled, make_app, database_url):
    apps = [make_app(database_url) for _ in range(2)]
    for app in apps:
        app.open()
    workers = [Worker(partial(rotate, app), once=True) for app in apps]
    ended = [one for worker in workers for one in worker.end()]
    newest = max(one.new for one in ended)  # who comes when the first is through begins the next
    fresh = make_app(database_url)
    assert registry.everything(fresh)["calls"]
    assert versions_seen(fresh) == {header(newest)}
    assert len(keys(fresh)) == 1


def test_killed_it_goes_on(filled, database_url):
    """A process killed when so much is left of what the old key sealed; twice, and then brought to its end."""
    before, all_of_it = registry.everything(filled), sum(map(len, opened(filled).values()))
    environment = {**os.environ, "TRACER_DATABASE_URL": database_url}
    for share in (0.8, 0.4):
        command = [sys.executable, "-c", _SLOWLY, str(filled.settings.home)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment)
        deadline = time.monotonic() + 60
        while not (begun(filled) and left(filled) <= share * all_of_it):
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert left(filled) > 0
        assert registry.everything(filled) == before
    ended = rotate(filled)
    assert (ended.old, ended.new) == (1, 2)
    assert registry.everything(filled) == before
    assert versions_seen(filled) == {header(2)}


def begun(app):
    with app.reading() as work:
        return work.keys.state().standing.in_force == 2


def left(app):
    with app.reading() as work:
        return sum(work.keys.status().left.values())
