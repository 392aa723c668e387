"""Writers of one SQLite file take turns, first come first served, among threads and among processes.

SQLite's own way of waiting is to look again after ever longer sleeps, so that whoever came last often
goes first and a few starve. The turn only puts writers in order: SQLite's lock still decides. Where the
turn cannot be had (a folder that may not be written, another program that is stopped while it waits) a
writer goes on without and meets SQLite's lock as before.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from pathlib import Path

from tracer.storage.process_queue import ProcessQueue, has_tickets


class Turns:
    """The queue of the writers of one engine, and its place in the queue of processes."""

    def __init__(self) -> None:
        self._threads = _ThreadQueue()
        self._processes: ProcessQueue | None = None

    def among_processes(self, database: str) -> None:
        """From now on take turns with the other processes that have this database file open."""
        if self._processes is None and database and has_tickets():
            self._processes = ProcessQueue(Path(f"{database}-turn"), like=Path(database))

    def take(self, patience: float) -> bool:
        """Wait for the turn, at most `patience` seconds; whether it was given, and so must be given back.

        A thread that has the turn already is not kept waiting for itself: it gets no second one, at once.
        """
        until = time.monotonic() + patience
        if not self._threads.take(patience):
            return False
        taken = False
        try:
            taken = self._processes is None or self._processes.take(until)
        finally:
            if not taken:
                self._threads.give_back()
        return taken

    def give_back(self) -> None:
        """Let the next one write; may be called by another thread than took the turn."""
        if self._processes is not None:
            self._processes.give_back()
        self._threads.give_back()

    def close(self) -> None:
        """Close the file of the queue; it is opened again when it is needed."""
        if self._processes is not None:
            self._processes.close()


class _ThreadQueue:
    """A lock that goes to whoever waits longest, never to a thread that just let go of it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[tuple[threading.Lock, int]] = deque()
        self._owner: int | None = None

    def take(self, patience: float) -> bool:
        """Wait for it; False after `patience` seconds, and at once where this thread has it."""
        me = threading.get_ident()
        with self._guard:
            if self._owner is None:
                self._owner = me
                return True
            if self._owner == me:
                return False
            called = threading.Lock()
            called.acquire()
            place = called, me
            self._waiting.append(place)
        taken = False
        try:
            taken = called.acquire(timeout=patience)
        finally:
            with self._guard:
                if not taken and place in self._waiting:
                    self._waiting.remove(place)
                elif not taken:  # called in the very moment in which the patience ended
                    self._hand_on()
        return taken

    def give_back(self) -> None:
        """To the next in the queue."""
        with self._guard:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._waiting:
            called, self._owner = self._waiting.popleft()
            called.release()
        else:
            self._owner = None
