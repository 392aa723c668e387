"""Many threads write at once with `app.write`: all of each piece or nothing, and often one commit for several."""

import threading
import time
from contextvars import ContextVar

import pytest
from sqlalchemy import event

from tests.storage_dump import execute
from tracer.domain.errors import AlreadyExists, DatabaseTooNew, NotAllowed, StoreUnavailable
from tracer.services.calls.log_call import log_call
from tracer.storage.tables import ChannelRow

LONG = 30.0
who = ContextVar("who", default="nobody")


@pytest.fixture
def sqlite(tmp_path, make_app):
    return make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")


def log(app, call_id, **record):
    return app.write(lambda work: log_call(work, {"call_id": call_id, "heard_name": "张三", **record}, [], app.rng))


def ids(app):
    with app.reading() as work:
        return sorted(call.call_id for call in work.calls.all())


class Together:
    """Runs pieces by threads of their own, on SQLite all in one transaction, in the order given."""

    def __init__(self, app):
        self._app = app
        self._go = threading.Event()
        self._queue = app.registry._shared
        self._threads = []
        self.results = {}
        self.start("leader", lambda work: self._go.wait(LONG))
        self._until(lambda: self._queue._leader)
        self._until(lambda: not self._queue._waiting)

    def start(self, name, do, caller="nobody"):
        def run():
            who.set(caller)
            try:
                self.results[name] = self._app.write(do)
            except BaseException as error:  # noqa: BLE001  # looked at by the test
                self.results[name] = error

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def add(self, name, do, caller="nobody"):
        before = len(self._queue._waiting)
        self.start(name, do, caller)
        self._until(lambda: len(self._queue._waiting) > before)

    def add_call(self, name, call_id, **record):
        record = {"call_id": call_id, "heard_name": "张三", **record}
        self.add(name, lambda work: log_call(work, record, [], self._app.rng))

    def finish(self):
        self._go.set()
        for thread in self._threads:
            thread.join(LONG)
            assert not thread.is_alive()
        return self.results

    @staticmethod
    def _until(is_so):
        until = time.monotonic() + LONG
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.001)


@pytest.fixture
def together(sqlite, monkeypatch):
    monkeypatch.setattr("tracer.storage.shared_commits.AT_MOST_SECONDS", LONG)
    return Together(sqlite)


@pytest.fixture
def commits(sqlite):
    """How often was committed since."""
    seen = []
    event.listen(sqlite.registry._engine, "commit", lambda connection: seen.append(connection))
    return seen


def test_it_is_kept_when_write_returns(app, make_app, database_url):
    assert log(app, "c-1").call_id == "c-1"
    assert ids(make_app(database_url)) == ["c-1"]


def test_what_fails_is_not_kept(app):
    def add_and_fail(work):
        log_call(work, {"call_id": "c-1"}, [], app.rng)
        raise NotAllowed("no")

    with pytest.raises(NotAllowed, match="no"):
        app.write(add_and_fail)
    assert ids(app) == []
    with pytest.raises(AlreadyExists):
        [log(app, "c-2"), log(app, "c-2")]
    assert ids(app) == ["c-2"]


def test_threads_write_all_they_have_each_once(app):
    def run(thread):
        for n in range(10):
            log(app, f"c-{thread}-{n}")

    threads = [threading.Thread(target=run, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert ids(app) == sorted(f"c-{thread}-{n}" for thread in range(8) for n in range(10))
    with app.reading() as work:
        assert all(len(work.journal.about(call_id)) == 1 for call_id in ids(app))


def test_several_share_a_commit_and_one_that_fails_fails_alone(sqlite, together, commits):
    for n in range(5):
        together.add_call(n, f"c-{n}")
    together.add_call("again", "c-3")
    together.add_call("last", "c-9")
    results = together.finish()
    assert isinstance(results.pop("again"), AlreadyExists)
    assert {name: call.call_id for name, call in results.items() if name != "leader"} == {
        **{n: f"c-{n}" for n in range(5)},
        "last": "c-9",
    }
    assert ids(sqlite) == ["c-0", "c-1", "c-2", "c-3", "c-4", "c-9"]
    assert len(commits) == 1


def test_an_error_of_the_database_fails_alone_and_in_plain_words(sqlite, together):
    row = {"channel_id": "x", "kind": "courier", "natural_person": False, "tags": ""}
    together.add_call("before", "c-1")
    together.add("twice", lambda work: work.session.insert(ChannelRow, [row, row]))
    together.add_call("after", "c-2")
    results = together.finish()
    assert isinstance(results["twice"], StoreUnavailable)
    assert ids(sqlite) == ["c-1", "c-2"]


def test_where_the_whole_transaction_fails_each_is_done_by_itself(sqlite, commits):
    """One piece finds the disk full, upon which SQLite takes back what others wrote before it."""
    log(sqlite, "c-0")
    pages = {}

    @event.listens_for(sqlite.registry._engine, "begin")
    def few_pages(connection):
        if not pages:
            pages["most"] = connection.exec_driver_sql("PRAGMA page_count").scalar() + 10
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages['most']}")

    together = Together(sqlite)
    together.add_call("small", "c-1")
    together.add_call("large", "c-2", transcript="您好" * 60_000)
    together.add_call("again", "c-1")
    together.add_call("last", "c-3")
    results = together.finish()
    assert isinstance(results["large"], StoreUnavailable)
    assert "disk is full" in str(results["large"])
    assert isinstance(results["again"], AlreadyExists)
    assert ids(sqlite) == ["c-0", "c-1", "c-3"]


def test_where_the_commit_fails_each_is_done_by_itself(sqlite, together, commits):
    together.add_call("one", "c-1")
    together.add_call("two", "c-2")

    @event.listens_for(sqlite.registry._engine, "commit")
    def refuse_once(connection):
        if len(commits) == 1:
            raise StoreUnavailable("not now")

    results = together.finish()
    assert not [result for result in results.values() if isinstance(result, BaseException)]
    assert ids(sqlite) == ["c-1", "c-2"]
    assert len(commits) == 3 + 1


def test_an_interrupted_leader_tells_the_others_that_it_does_not_know(sqlite):
    def interrupt(work):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sqlite.write(interrupt)
    assert log(sqlite, "c-1").call_id == "c-1"  # the queue is not stuck
    together = Together(sqlite)
    together.add_call("one", "c-2")
    together.add("interrupted", interrupt)
    together.add_call("after", "c-3")
    results = together.finish()
    assert isinstance(results["leader"], KeyboardInterrupt)
    assert "See whether it was kept" in str(results["one"])
    assert ids(sqlite) == ["c-1", "c-3"]


def test_an_interruption_where_each_is_done_by_itself_claims_nothing(sqlite, together, commits):
    tries = []

    def interrupt(work):
        tries.append(work)
        if len(tries) == 2:
            raise KeyboardInterrupt

    @event.listens_for(sqlite.registry._engine, "commit")
    def refuse_once(connection):
        if len(commits) == 1:
            raise StoreUnavailable("not now")

    together.add_call("one", "c-1")
    together.add("interrupted", interrupt)
    together.add_call("after", "c-2")
    results = together.finish()
    assert isinstance(results["leader"], KeyboardInterrupt)
    assert results["one"].call_id == "c-1"
    assert "See whether it was kept" in str(results["after"])
    assert ids(sqlite) == ["c-1"]


def test_a_piece_does_not_commit_and_does_not_wait_for_another(sqlite):
    with pytest.raises(RuntimeError, match="committed with others"):
        sqlite.write(lambda work: work.commit())
    with pytest.raises(RuntimeError, match="wait for itself"):
        sqlite.write(lambda work: log(sqlite, "c-1"))
    assert ids(sqlite) == []


def test_each_piece_runs_in_the_context_it_came_from(together):
    together.add("ann", lambda work: who.get(), caller="ann")
    together.add("eve", lambda work: who.get(), caller="eve")
    results = together.finish()
    assert (results["ann"], results["eve"]) == ("ann", "eve")


def test_where_the_database_cannot_be_had_all_who_wait_are_told(sqlite, together):
    """The leader's round is still at work when another program's version takes the database over."""
    together.add_call("one", "c-1")
    results = together.finish()
    assert not isinstance(results["one"], BaseException)
    execute(sqlite.settings.url, "UPDATE alembic_version SET version_num = '9999'")
    threads, refused = [], []

    def run():
        try:
            log(sqlite, "c-2")
        except DatabaseTooNew as error:
            refused.append(str(error))

    for _ in range(5):
        threads.append(threading.Thread(target=run))
        threads[-1].start()
    for thread in threads:
        thread.join(LONG)
    assert len(refused) == 5
