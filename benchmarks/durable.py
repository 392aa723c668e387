"""Logging calls, each on the disk before it is acknowledged, beside the bare databases; waits among processes."""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks.figures import Spread, in_turns, timed
from benchmarks.registries import new_database, opened
from benchmarks.section import Section, Short
from benchmarks.tables import Table, seconds, times, whole
from tests.postgresql import own_server
from tracer.bootstrap import Application, build
from tracer.services.calls.log_call import log_call
from tracer.services.registry.add_number import add_number
from tracer.storage import engine as engines

NUMBER = "+442079460000"
RECORD = {"dialled_number": NUMBER, "heard_name": "张三", "known_fields": "name item"}
PROCESSES = WRITERS = 4
WAYS = {"SQLite's own lock": "unordered", "in turns": "turns", "in turns, commits shared": "shared"}


@dataclass(frozen=True)
class Way:
    """Calls a second of one way, and the way it is compared with."""

    name: str
    rate: Spread
    beside: str


@dataclass(frozen=True)
class Waits:
    """What several processes wrote into one SQLite file: calls a second, longest wait, calls of each thread."""

    name: str
    rate: float
    longest: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Figures:
    """Bytes a call adds to the file, every way on both databases, waits; PostgreSQL's version, or why there is none."""

    row_bytes: int
    sqlite: tuple[Way, ...]
    postgresql: tuple[Way, ...]
    no_postgresql: str
    waits: tuple[Waits, ...]
    server: str = ""


def measure(quick: bool, folder: Path) -> Figures:
    """Both databases, with their own disk waits."""
    rounds = 2 if quick else 5
    app = _ready(folder / "home")
    row_bytes = _row_bytes(app, folder / "home" / "tracer.db")
    sqlite = _sqlite(app, folder, row_bytes, rounds, 100 if quick else 400)
    app.close()
    why, server, postgresql = "", "", list[Way]()
    try:
        postgresql, server = _postgresql(folder, row_bytes, rounds, 100 if quick else 400)
    except RuntimeError as error:
        why = str(error)
    return Figures(
        row_bytes, tuple(sqlite), tuple(postgresql), why, _waits(folder / "waits", 1 if quick else 5), server
    )


def _ready(home: Path, url: str = "") -> Application:
    app = opened(home, url)
    with app.writing() as work:
        add_number(work, {"number": NUMBER, "kind": "landline"})
        work.commit()
    return app


def _row_bytes(app: Application, file: Path) -> int:
    """What a call with all its facts adds to the database, indexes included."""
    count = 500

    def size() -> int:
        with sqlite3.connect(file) as connection:
            pages = connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            return int(pages.fetchone()[0])

    _one_by_one(app, 20)
    before = size()
    _shared(app, count, 8)
    return (size() - before) // count


def _sqlite(app: Application, folder: Path, row_bytes: int, rounds: int, calls: int) -> list[Way]:
    file = folder / "bare.db"
    with bare_sqlite(file) as connection:
        connection.execute("CREATE TABLE calls (id TEXT PRIMARY KEY, content BLOB)")
    one, eight = "bare sqlite3, 1 thread", "bare sqlite3, 8 threads"
    ways = {
        one: lambda: _bare_sqlite(file, row_bytes, calls, 1),
        eight: lambda: _bare_sqlite(file, row_bytes, calls, 8),
        "Tracer, call by call, 1 thread": lambda: _one_by_one(app, calls),
        "Tracer, 8 threads": lambda: _shared(app, 2 * calls, 8),
        "Tracer, 32 threads": lambda: _shared(app, 4 * calls, 32),
    }
    return _compared(in_turns(ways, rounds), (one, eight, one, eight, eight))


def _postgresql(folder: Path, row_bytes: int, rounds: int, calls: int) -> tuple[list[Way], str]:
    """A server of our own that waits for the disk, which the tests' does not."""
    with own_server() as server:
        bare = new_database(server)
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute("CREATE TABLE calls (id text PRIMARY KEY, content bytea)")
            version = f"PostgreSQL {connection.info.parameter_status('server_version')}"
        app = _ready(folder / "home-pg", new_database(server))
        one, eight = "bare psycopg, 1 thread", "bare psycopg, 8 threads"
        ways = {
            one: lambda: _bare_postgresql(bare, row_bytes, calls, 1),
            eight: lambda: _bare_postgresql(bare, row_bytes, 2 * calls, 8),
            "Tracer, call by call, 1 thread": lambda: _one_by_one(app, calls),
            "Tracer, 8 threads": lambda: _shared(app, 2 * calls, 8),
        }
        _shared(app, 16, 8)  # the connections are made
        found = _compared(in_turns(ways, rounds), (one, eight, one, eight))
        app.close()
        return found, version


def _compared(found: dict[str, Spread], beside: tuple[str, ...]) -> list[Way]:
    return [Way(name, rate, peer) for (name, rate), peer in zip(found.items(), beside, strict=True)]


@contextmanager
def bare_sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection as durable as Tracer's."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=60)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    try:
        yield connection
    finally:
        connection.close()


def _bare_sqlite(file: Path, row_bytes: int, count: int, threads: int) -> float:
    def run() -> None:
        with bare_sqlite(file) as connection:
            for _ in range(count // threads):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO calls VALUES (?, ?)", (uuid4().hex, b"x" * row_bytes))
                connection.execute("COMMIT")

    return count / timed(lambda: _at_once(run, threads))


def _bare_postgresql(url: str, row_bytes: int, count: int, threads: int) -> float:
    connections = [psycopg.connect(url, autocommit=True) for _ in range(threads)]
    idle = iter(connections)

    def run() -> None:
        connection = next(idle)
        for _ in range(count // threads):
            connection.execute("INSERT INTO calls VALUES (%s, %s)", (uuid4().hex, b"x" * row_bytes))

    taken = timed(lambda: _at_once(run, threads))
    for connection in connections:
        connection.close()
    return count / taken


def _one_by_one(app: Application, count: int) -> float:
    def run() -> None:
        for _ in range(count):
            with app.writing() as work:
                log_call(work, RECORD, [], app.rng)
                work.commit()

    return count / timed(run)


def _shared(app: Application, count: int, threads: int) -> float:
    def run() -> None:
        for _ in range(count // threads):
            _shared_one(app)

    return count / timed(lambda: _at_once(run, threads))


def _shared_one(app: Application) -> None:
    app.write(lambda work: log_call(work, RECORD, [], app.rng))


def _at_once(run: Callable[[], None], threads: int) -> None:
    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def _waits(home: Path, duration: float) -> tuple[Waits, ...]:
    _ready(home).close()
    found = []
    for name, way in WAYS.items():
        command = [sys.executable, "-m", "benchmarks.durable", str(home), way, str(duration), str(WRITERS)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
        told = [json.loads(process.communicate()[0]) for process in started]
        counts = tuple(count for one in told for count in one["counts"])
        found.append(Waits(name, sum(counts) / duration, max(one["longest"] for one in told), counts))
    return tuple(found)


def section(found: Figures) -> Section:
    """The figures as tables."""
    note = (
        f"Left out: {found.no_postgresql}."
        if found.no_postgresql
        else f"{found.server or 'PostgreSQL'}, a server of its own, fsync on."
    )
    tables = (
        _rates("SQLite, synchronous=FULL", found.sqlite, ()),
        _rates("PostgreSQL", found.postgresql, (note,)),
        Table(
            f"{PROCESSES} processes of {WRITERS} threads write one SQLite file",
            ("", "calls a second", "longest wait", "calls a thread"),
            [
                [one.name, whole(one.rate), seconds(one.longest), f"{min(one.counts):,} to {max(one.counts):,}"]
                for one in found.waits
            ],
        ),
    )
    return Section(
        "Calls logged durably",
        (
            "Every call is on the disk before it is acknowledged. The peer is the bare database: one INSERT a commit "
            f"of one row of {found.row_bytes:,} bytes, which is what a call of Tracer's adds to the file with its "
            "sealed fields, its fact in the journal and its indexes. Beside several threads stand as many, each with a "
            "connection of its own; Tracer's threads share the wait for the disk.",
        ),
        tables,
        [
            _short(name, ways, way)
            for name, ways in (("SQLite", found.sqlite), ("PostgreSQL", found.postgresql))
            for way in ways
            if way.beside != way.name
        ],
    )


def _short(database: str, ways: tuple[Way, ...], way: Way) -> Short:
    bare = next(one.rate for one in ways if one.name == way.beside)
    ours, theirs, ratio = way.rate.text(whole), bare.text(whole), way.rate.over(bare).text(times)
    return f"durable calls a second, {database}: {way.name.removeprefix('Tracer, ')}", ours, way.beside, theirs, ratio


def _rates(title: str, ways: tuple[Way, ...], notes: tuple[str, ...]) -> Table:
    of = {way.name: way.rate for way in ways}
    rows = [
        [way.name, way.rate.text(whole), "" if way.name == way.beside else way.rate.over(of[way.beside]).text(times)]
        for way in ways
    ]
    return Table(title, ("", "calls a second", "of the bare one"), rows, notes)


def main() -> None:
    """A process among others; prints what its threads did."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("way", choices=list(WAYS.values()))
    parser.add_argument("seconds", type=float)
    parser.add_argument("threads", type=int)
    chosen = parser.parse_args()
    if chosen.way == "unordered":
        engines._begin_in_turn = lambda connection, _turns: connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[assignment]
    app = build(chosen.home)
    _ = app.registry
    until = time.monotonic() + chosen.seconds
    counts, longest = [0] * chosen.threads, [0.0] * chosen.threads
    places = iter(range(chosen.threads))

    def run() -> None:
        thread = next(places)
        while time.monotonic() < until:
            taken = timed(lambda: _shared_one(app) if chosen.way == "shared" else _one_by_one(app, 1))
            counts[thread] += 1
            longest[thread] = max(longest[thread], taken)

    _at_once(run, chosen.threads)
    print(json.dumps({"counts": counts, "longest": max(longest)}))


if __name__ == "__main__":
    main()
