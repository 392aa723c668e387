"""Promise: an acknowledged call survives power loss. Checked on images of what a crash could leave of the files."""

from __future__ import annotations

import pickle
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import run

import numpy as np
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.command_line import ROOT
from tests.soak.findings import Findings, inspect
from tests.soak.power import Event, Recorder
from tests.soak.writer import log_once
from tracer.bootstrap import build

SECTORS = (512, 4096)  # what a disk writes whole or not at all
THREADS = 3


def crash(
    folder: Path, rounds: int, rng: np.random.Generator, calls: int = 150, synchronous: str = ""
) -> Iterator[Findings]:
    """Record a process that logs calls, then look at `rounds` images of crashes at random moments of it.

    `synchronous` sets another level than the program's own, to see that this finds losses where there are some.
    """
    recorded = folder / "recorded"
    command = [sys.executable, "-m", "tests.soak.images", str(folder / "home"), str(recorded), str(calls), synchronous]
    run(command, cwd=ROOT, check=True)
    events: list[Event] = pickle.loads(recorded.read_bytes())  # noqa: S301  # written just now, by ourselves
    disk, at = Disk(), 0
    place = folder / "image"
    place.mkdir()
    known: list[str] = []
    for until in _moments(events, rounds, rng):
        for one in events[at:until]:
            disk.do(one)
            if one.what == "acknowledged":
                known.append(one.name)
        at = until
        for name in ("tracer.db", "tracer.db-wal", "tracer.db-shm", "tracer.db-journal"):
            (place / name).unlink(missing_ok=True)
        for name, content in disk.image(rng).items():
            (place / name).write_bytes(content)
        yield inspect(f"sqlite:///{place / 'tracer.db'}", known)


def _moments(events: Sequence[Event], rounds: int, rng: np.random.Generator) -> list[int]:
    """When to crash: after the first call; one half anywhere, the other while the database file itself is written."""
    first = next(n for n, one in enumerate(events) if one.what == "acknowledged") + 1
    checkpoints = [n for n, one in enumerate(events) if one.name == "tracer.db" and n >= first]
    anywhere = rng.integers(first, len(events) + 1, rounds - rounds // 2)
    return sorted([*map(int, anywhere), *map(int, rng.choice(checkpoints, rounds // 2))])


class Disk:
    """Files as they are for sure, and what was done to them since and may or may not be there."""

    def __init__(self) -> None:
        self._sure: dict[str, bytes] = {}
        self._pending: dict[str, list[Event]] = {}

    def do(self, one: Event) -> None:
        """Take note of an event."""
        if one.what in {"write", "truncate", "delete"}:
            self._pending.setdefault(one.name, []).append(one)
        elif one.what == "sync":
            content: bytearray | None = _content(self._sure, one.name)
            for done in self._pending.pop(one.name, []):
                content = _apply(content, done)
            _keep(self._sure, one.name, content)
        elif one.what == "folder":
            for name, pending in self._pending.items():
                gone = [n for n, done in enumerate(pending, 1) if done.what == "delete"]
                if gone:
                    self._sure.pop(name, None)
                    del pending[: gone[-1]]

    def image(self, rng: np.random.Generator) -> dict[str, bytes]:
        """What may be found afterwards."""
        found = dict(self._sure)
        share = float(rng.choice([0, 0.1, 0.5, 0.9, 1]))
        sector = int(rng.choice(SECTORS)) if rng.random() < 0.7 else 0
        for name, pending in self._pending.items():
            content = _content(self._sure, name)
            for done in _in_any_order(pending, rng):
                for piece in _torn(done, sector) if sector else [done]:
                    if rng.random() < share:
                        content = _apply(content, piece)
            _keep(found, name, content)
        return found


def _content(files: dict[str, bytes], name: str) -> bytearray | None:
    return bytearray(files[name]) if name in files else None


def _keep(files: dict[str, bytes], name: str, content: bytearray | None) -> None:
    files.pop(name, None)
    if content is not None:
        files[name] = bytes(content)


def _apply(content: bytearray | None, one: Event) -> bytearray | None:
    if one.what == "delete":
        return None
    content = bytearray() if content is None else content
    if one.what == "truncate":
        del content[one.offset :]
        return content
    content.extend(bytes(max(0, one.offset - len(content))))
    content[one.offset : one.offset + len(one.data)] = one.data
    return content


def _in_any_order(pending: Sequence[Event], rng: np.random.Generator) -> Iterator[Event]:
    """Shuffled, but for deletions: what comes after one concerns another file of the same name."""
    part: list[Event] = []
    for one in (*pending, None):
        if one is not None and one.what != "delete":
            part.append(one)
            continue
        yield from (part[n] for n in rng.permutation(len(part)))
        part = []
        if one is not None:
            yield one


def _torn(one: Event, sector: int) -> Iterator[Event]:
    if one.what != "write":
        yield one
        return
    start, end = one.offset, one.offset + len(one.data)
    while start < end:
        stop = min(end, (start // sector + 1) * sector)
        yield Event("write", one.name, start, one.data[start - one.offset : stop - one.offset])
        start = stop


def main(home: str, recorded: str, calls: str, synchronous: str) -> None:
    """Log calls by several threads, with a recorder under the database, and write down what it saw."""
    recorder = Recorder()
    if synchronous:

        @event.listens_for(Pool, "checkout")
        def weaken(connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
            connection.execute(f"PRAGMA synchronous={synchronous}")

    app = build(Path(home), seed=1)

    def write(thread: int) -> None:
        for n in range(int(calls) // THREADS):
            call_id = f"c-{thread}-{n}"
            log_once(app, call_id, shared=thread > 0)
            recorder.acknowledged(call_id)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    app.close()
    Path(recorded).write_bytes(pickle.dumps(recorder.events))


if __name__ == "__main__":
    main(*sys.argv[1:])
