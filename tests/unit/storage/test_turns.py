"""Whose turn it is to write to an SQLite file."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from tests.command_line import ROOT
from tracer.storage import engine as engines
from tracer.storage.engine import open_engine
from tracer.storage.process_queue import ProcessQueue
from tracer.storage.turns import Turns

LONG = 30.0
WAITS = """
import sys, time
from pathlib import Path
from tracer.storage.process_queue import ProcessQueue
queue = ProcessQueue(Path(sys.argv[1]), Path(sys.argv[1]))
print("asks", flush=True)
print(queue.take(time.monotonic() + 30), flush=True)
sys.stdin.read()
"""


def soon():
    return time.monotonic() + LONG


@pytest.fixture
def path(tmp_path):
    (tmp_path / "x-turn").touch()
    return tmp_path / "x-turn"


@contextmanager
def queueing(path):
    """A process that queues, and says when it has the turn."""
    command = [sys.executable, "-c", WAITS, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(is_so):
    until = soon()
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.001)


def queue_up(take, give_back, order, names):
    """Threads that wait in this order, and note when they are called."""
    threads = []

    def run(name):
        assert take()
        order.append(name)
        give_back()

    for name in names:
        threads.append(threading.Thread(target=run, args=(name,)))
        threads[-1].start()
        yield threads[-1]


def test_threads_are_called_in_the_order_in_which_they_came():
    turns, order, waiting = Turns(), [], []
    assert turns.take(LONG)
    for n, thread in enumerate(queue_up(lambda: turns.take(LONG), turns.give_back, order, range(20)), 1):
        waiting.append(thread)
        wait_until(lambda n=n: len(turns._threads._waiting) == n)
    turns.give_back()
    for thread in waiting:
        thread.join(LONG)
    assert order == list(range(20))


def test_a_thread_does_not_wait_for_itself():
    turns = Turns()
    assert turns.take(LONG)
    assert not turns.take(LONG)
    turns.give_back()
    assert turns.take(LONG)


def test_a_turn_may_be_given_back_by_another_thread():
    turns = Turns()
    assert turns.take(LONG)
    other = threading.Thread(target=turns.give_back)
    other.start()
    other.join()
    assert turns.take(0)


def test_who_loses_patience_is_not_waited_for():
    turns, refused = Turns(), []
    assert turns.take(LONG)
    impatient = threading.Thread(target=lambda: refused.append(turns.take(0.01)))
    impatient.start()
    impatient.join(LONG)
    assert refused == [False]
    turns.give_back()
    assert turns.take(0)


def test_processes_are_called_in_the_order_in_which_they_came(path):
    queues, order = [ProcessQueue(path, path) for _ in range(8)], []
    first = ProcessQueue(path, path)
    assert first.take(soon())
    threads = []
    for n, queue in enumerate(queues):

        def run(n=n, queue=queue):
            assert queue.take(soon())
            order.append(n)
            queue.give_back()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        wait_until(lambda queue=queue: queue._ticket)
    first.give_back()
    for thread in threads:
        thread.join(LONG)
    assert order == list(range(8))


def test_a_process_that_is_killed_while_it_writes_lets_go(path):
    ours = ProcessQueue(path, path)
    with queueing(path) as writer:
        assert writer.stdout.readline() + writer.stdout.readline() == "asks\nTrue\n"
        assert not ours.take(time.monotonic() + 0.01)
        writer.send_signal(signal.SIGKILL)
        assert ours.take(soon())


def test_processes_that_are_killed_while_they_wait_do_not_let_the_next_in_too_early(path):
    first, last, called = ProcessQueue(path, path), ProcessQueue(path, path), []
    assert first.take(soon())
    with queueing(path) as one, queueing(path) as two:
        wait_until(lambda: int.from_bytes(path.read_bytes(), "little") == first._ticket + 2)
        behind = threading.Thread(target=lambda: called.append(last.take(soon())))
        behind.start()
        wait_until(lambda: last._ticket)
        for waiting in (one, two):
            waiting.send_signal(signal.SIGKILL)
            waiting.wait(LONG)
        behind.join(0.05)
        assert called == []  # the one that writes still does
        first.give_back()
        behind.join(LONG)
    assert called == [True]


def test_the_file_is_made_anew_where_somebody_tidied_up(path):
    queue, other = ProcessQueue(path, path), ProcessQueue(path, path)
    assert queue.take(soon())
    queue.give_back()
    path.unlink()
    path.touch()
    assert queue.take(soon())
    assert not other.take(time.monotonic() + 0.01)


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 8])
def test_whatever_is_in_the_file(path, content):
    path.write_bytes(content)
    queue, other = ProcessQueue(path, path), ProcessQueue(path, path)
    assert queue.take(soon())
    assert not other.take(time.monotonic() + 0.01)
    queue.give_back()
    assert other.take(soon())


def test_where_there_can_be_no_file_nobody_waits(tmp_path):
    queue = ProcessQueue(tmp_path / "no folder" / "x-turn", tmp_path)
    assert queue.take(soon())
    queue.give_back()


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize("end", ["commit", "rollback", "close", "fail"])
def test_a_transaction_gives_its_turn_back_however_it_ends(engine, end):
    connection = engine.connect()
    connection.exec_driver_sql("CREATE TABLE t (x)")
    if end == "fail":
        with pytest.raises(ZeroDivisionError), connection:
            raise ZeroDivisionError
    else:
        getattr(connection, end)()
    other = open_engine(str(engine.url))
    began = threading.Thread(target=lambda: other.begin().__enter__().close())
    began.start()
    began.join(5)
    assert not began.is_alive()
    other.dispose()


def test_a_begin_that_fails_gives_its_turn_back(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.1)
    ordered, foreign = (open_engine(f"sqlite:///{tmp_path / 'x.db'}") for _ in range(2))
    with foreign.connect() as outside:
        outside.connection.dbapi_connection.execute("BEGIN IMMEDIATE")  # a program that knows of no turns
        for _ in range(2):
            with pytest.raises(engines.OperationalError, match="locked"), ordered.begin():
                pass
        outside.connection.dbapi_connection.execute("ROLLBACK")
    with ordered.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    for one in (ordered, foreign):
        one.dispose()


def test_a_stopped_process_in_the_queue_does_not_stop_the_others(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.2)
    asleep = ProcessQueue(tmp_path / "x.db-turn", tmp_path / "x.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    assert asleep.take(soon())
    with engine.begin() as connection:  # without a turn: the database itself is free
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 200


def test_the_file_lies_beside_the_database_with_its_rights(engine, tmp_path):
    with engine.begin():
        pass
    file = tmp_path / "x.db-turn"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_bytes()) == 8


def test_who_only_reads_leaves_no_file(tmp_path):
    writer = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with writer.begin():
        pass
    writer.dispose()
    os.unlink(tmp_path / "x.db-turn")
    for url in (f"sqlite:///{tmp_path / 'x.db'}", f"sqlite:///file:{tmp_path / 'x.db'}?mode=ro&uri=true"):
        reader = open_engine(url)
        with reader.connect().execution_options(tracer_read_only=True) as connection:
            connection.exec_driver_sql("SELECT 1")
        reader.dispose()
    assert not (tmp_path / "x.db-turn").exists()


def test_readers_need_not_wait_for_a_connection_while_many_wait_to_write(engine):
    """More writers than a pool of connections usually has."""
    with engine.connect() as first:
        first.exec_driver_sql("CREATE TABLE t (x)")
        first.commit()
        first.exec_driver_sql("INSERT INTO t VALUES (0)")

        def write():
            with engine.begin() as connection:
                connection.exec_driver_sql("INSERT INTO t VALUES (1)")

        threads = [threading.Thread(target=write) for _ in range(20)]
        for thread in threads:
            thread.start()
        wait_until(lambda: engine.pool.checkedout() == 21)
        with engine.connect().execution_options(tracer_read_only=True) as reader:
            assert reader.exec_driver_sql("SELECT count(*) FROM t").scalar() == 0
        first.commit()
    for thread in threads:
        thread.join(LONG)
    with engine.connect() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM t").scalar() == 21
