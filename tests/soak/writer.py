"""A process that logs calls as fast as it can and notes each id once it is acknowledged; made to be killed.

    python -m tests.soak.writer HOME NOTES THREADS

The database comes from TRACER_DATABASE_URL. It ends when its input does.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from uuid import uuid4

from tests.command_line import ROOT
from tracer.bootstrap import Application, build
from tracer.domain.errors import AlreadyExists, StoreUnavailable
from tracer.domain.ids import new_id
from tracer.services.calls.log_call import log_call

AGAIN = " again"
PAUSE = 0.02  # before a refused call is tried again


class Writing:
    """A writer that was started; it notes in a file of its own, in the folder `notes`."""

    def __init__(self, home: Path, notes: Path, url: str, threads: int = 4, **options: object) -> None:
        notes.mkdir(exist_ok=True)
        self._notes = notes / uuid4().hex
        self._known = 0
        environment = {**os.environ, "TRACER_DATABASE_URL": url, "TRACER_ACTOR": "soak"}
        command = [sys.executable, "-m", "tests.soak.writer", str(home), str(self._notes), str(threads)]
        self.process = Popen(command, cwd=ROOT, env=environment, stdin=PIPE, **options)

    def size(self) -> int:
        """How much is noted by now, in bytes."""
        return self._notes.stat().st_size if self._notes.exists() else 0

    def wait_for_more(self, patience: float = 60) -> None:
        """Until something was acknowledged since it was started or last waited for."""
        until = time.monotonic() + patience
        while self.size() <= self._known:
            assert self.process.poll() is None, f"the writer ended by itself: {self.process.returncode}"
            assert time.monotonic() < until, f"nothing was acknowledged for {patience} s"
            time.sleep(0.002)
        self._known = self.size()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        """Let it finish what it is at; it must end well."""
        self.process.communicate()
        assert self.process.returncode == 0, f"the writer ended with {self.process.returncode}"


@contextmanager
def writing(home: Path, notes: Path, url: str, threads: int = 4, **options: object) -> Iterator[Writing]:
    """A writer for the time of a block, stopped or killed at its end."""
    writer = Writing(home, notes, url, threads, **options)
    try:
        yield writer
    finally:
        if writer.process.poll() is None:
            writer.kill()


def acknowledged(notes: Path) -> list[str]:
    """The ids that were noted in a folder."""
    return [line.split()[0] for file in notes.iterdir() for line in file.read_text("ascii").splitlines()]


def answers_lost(notes: Path) -> int:
    """How many calls were found kept when they were tried again."""
    return sum(file.read_text("ascii").count(AGAIN) for file in notes.iterdir())


def log_once(app: Application, call_id: str, *, shared: bool) -> bool:
    """Log a call under its id, again and again until it is acknowledged: the way a client with retries does.

    False where it turned out to be kept already, and only the answer was lost.
    """
    record = {"call_id": call_id, "heard_name": "张晓萌", "transcript": "您好，您的快递丢失，给您三倍赔偿" * 3}
    tried = False
    while True:
        try:
            if shared:
                app.write(lambda work: log_call(work, record, [], app.rng))
            else:
                with app.writing() as work:
                    log_call(work, record, [], app.rng)
                    work.commit()
        except AlreadyExists:
            if not tried:
                raise
            return False
        except StoreUnavailable:
            tried = True
            time.sleep(PAUSE)
        else:
            return True


def main(home: str, notes: str, threads: str) -> None:
    app = build(Path(home))
    while True:
        try:
            _ = app.registry
            break
        except StoreUnavailable:
            time.sleep(PAUSE)
    stopped = threading.Event()
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def run(shared: bool) -> None:
        while not stopped.is_set():
            call_id = new_id("c", app.rng)
            told = log_once(app, call_id, shared=shared)
            os.write(file, f"{call_id}{'' if told else AGAIN}\n".encode())

    started = [threading.Thread(target=run, args=(n % 2 == 0,), daemon=True) for n in range(int(threads))]
    for thread in started:
        thread.start()
    sys.stdin.read()
    stopped.set()
    for thread in started:
        thread.join(30)
    app.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
