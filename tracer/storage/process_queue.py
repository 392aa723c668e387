"""A first-come-first-served queue of processes, on a small file; who dies leaves it.

A ticket is a number, drawn from a counter in the file, and a lock on the byte of that number. It is
one's turn when no byte below is locked. The locks belong to an open file description: the kernel lets go
of them when the process ends, however it ends, and two queues in one process do not share them.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

if sys.platform == "linux":
    import fcntl

_FLOCK = struct.Struct("hhqqi4x")  # struct flock of 64-bit Linux: type, whence, start, length, pid
_COUNTER = struct.Struct("<Q")
_DISPENSER = 1 << 61  # the byte that is locked while a ticket is drawn; tickets lie below it
_SHORT_NAP, _LONG_NAP, _LONGEST_NAP = 0.000_05, 0.000_5, 0.005


def has_tickets() -> bool:
    """Whether this system has the locks that the queue is made of: Linux, 64 bits."""
    return sys.platform == "linux" and sys.maxsize > 1 << 32


class ProcessQueue:
    """This process's place in the queue on the file at `path`; one ticket at a time.

    The file is made like the one at `like`: whoever may write that may queue.
    """

    def __init__(self, path: Path, like: Path) -> None:
        self._path = path
        self._like = like
        self._file = -1
        self._ticket = 0

    def take(self, until: float) -> bool:
        """Draw a ticket and wait until it is called, or until that time of the monotonic clock.

        True also where there can be no tickets (the file cannot be made, the file system has no such
        locks): then there is no queue to wait in.
        """
        called = False
        try:
            self._open()
            if self._draw(until):
                # In two steps: who is not next yet may sleep longer, and leaves the processor to who is.
                called = _nap_until(lambda: _is_free_below(self._file, self._ticket - 1), until, _LONG_NAP)
                called = called and _nap_until(lambda: _is_free_below(self._file, self._ticket), until)
        except OSError:
            return True
        finally:
            if not called:
                self.give_back()
        return called

    def give_back(self) -> None:
        """Let go of the ticket, where there is one."""
        if self._ticket:
            ticket, self._ticket = self._ticket, 0
            with suppress(OSError):
                _lock(self._file, fcntl.F_UNLCK, ticket)

    def close(self) -> None:
        """Close the file, and leave the queue; it is opened again when it is needed."""
        if self._file >= 0:
            os.close(self._file)
            self._file, self._ticket = -1, 0

    def _open(self) -> None:
        if self._file >= 0 and os.fstat(self._file).st_nlink == 0:  # somebody tidied up
            self.close()
        if self._file < 0:
            mode = self._like.stat().st_mode & 0o666
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)

    def _draw(self, until: float) -> bool:
        if not _nap_until(lambda: _lock(self._file, fcntl.F_WRLCK, _DISPENSER), until):
            return False
        try:
            stored = os.pread(self._file, _COUNTER.size, 0)
            last = _COUNTER.unpack(stored)[0] if len(stored) == _COUNTER.size else 0
            ticket = 1 + last % (_DISPENSER - 1)
            os.pwrite(self._file, _COUNTER.pack(ticket), 0)
            self._ticket = ticket if _lock(self._file, fcntl.F_WRLCK, ticket) else 0
        finally:
            _lock(self._file, fcntl.F_UNLCK, _DISPENSER)
        return self._ticket > 0


def _lock(file: int, kind: int, byte: int) -> bool:
    """Lock one byte, or let go of it, without waiting; False where another has it."""
    try:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, byte, 1, 0))
    except BlockingIOError:
        return False
    return True


def _is_free_below(file: int, ticket: int) -> bool:
    """Whether nobody holds an earlier ticket."""
    if ticket == 0:
        return True
    asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, ticket, 0)
    found: int = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_OFD_GETLK, asked))[0]
    return found == fcntl.F_UNLCK


def _nap_until(is_so: Callable[[], bool], until: float, shortest: float = _SHORT_NAP) -> bool:
    """Wait for something, looking again after a tenth of the time waited so far; False where it does not come.

    In a queue nobody loses their place by a nap, and the wait gets longer by a tenth at most.
    """
    began = time.monotonic()
    while not is_so():
        now = time.monotonic()
        if now >= until:
            return False
        time.sleep(min(max((now - began) / 10, shortest), _LONGEST_NAP))
    return True
