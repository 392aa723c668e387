"""Promise: an acknowledged call is never lost when the program is killed, or finds no room on the disk."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests.soak.findings import Findings, inspect
from tests.soak.writer import Writing, acknowledged, writing

THREADS = 4


def kill_writers(home: Path, url: str, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    """kill -9 a process that logs calls, `rounds` times at random moments; what is found after each.

    The next one is started before the last one is killed: starting takes longest, and the two of them write
    at once for a while.
    """
    notes = home.parent / "acknowledged"
    next_writer = Writing(home, notes, url, THREADS)
    for left in reversed(range(rounds)):
        writer = next_writer
        writer.wait_for_more()
        if left:
            next_writer = Writing(home, notes, url, THREADS)
        time.sleep(rng.uniform(0, 0.5))
        writer.kill()
        yield inspect(url, acknowledged(notes))
    writer = Writing(home, notes, url, THREADS)  # nothing stands in the way of the next one
    writer.wait_for_more()
    writer.stop()
    yield inspect(url, acknowledged(notes))


def fill_disks(home: Path, url: str, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    """Let a process log calls until no file may grow any more, and another go on afterwards, `rounds` times."""
    notes = home.parent / "acknowledged"
    for _ in range(rounds):
        sizes = [path.stat().st_size for path in home.glob("tracer.db*") if not path.name.endswith("-shm")]
        room = max([*sizes, 600_000]) + int(rng.integers(10_000, 400_000))
        with writing(home, notes, url, THREADS, preexec_fn=_limit_files_to(room)) as writer:
            writer.wait_for_more()
            _until_it_stands_still(writer)
            yield inspect(url, acknowledged(notes))
            resource.prlimit(
                writer.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            )
            writer.wait_for_more()  # the same process goes on once there is room
            writer.stop()
        yield inspect(url, acknowledged(notes))


def _until_it_stands_still(writer: Writing) -> None:
    size = -1
    while size != writer.size():
        size = writer.size()
        time.sleep(0.3)


def _limit_files_to(size: int) -> Callable[[], None]:
    """For a child process: no file may grow beyond this; the write fails, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    return limit
