"""Several threads' writes in one transaction: on SQLite a commit that survives a power cut is what costs.

Whoever comes first leads: it waits for its turn to write, does what has queued up by then, its own and the
others', each behind a savepoint, commits once and tells everybody. Nobody is told anything before the
commit that makes it true, and there is no thread for this alone that could die unnoticed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Any, Generic, NoReturn, TypeVar

from sqlalchemy import Connection

from tracer.domain.errors import StoreUnavailable

AT_MOST = 64
AT_MOST_SECONDS = 0.02  # what comes later waits for the next commit, and lets other processes in between
T = TypeVar("T")


class _Piece(Generic[T]):
    """One thread's work, and what came of it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._context = copy_context()
        self._found: Callable[[], T] = _stopped  # what came of it, if the transaction is kept
        self.outcome: Callable[[], T] = _stopped  # returns or raises what came of it
        self.is_settled = False
        self.leads = False
        self.called = threading.Lock()  # let go of when the piece is settled, or is to lead
        self.called.acquire()

    def run(self, connection: Connection) -> None:
        """Do the work, in the context of the thread that brought it."""
        try:
            result = self._context.run(self._work, connection)
        except Exception as error:
            self._found = _raising(error)
            raise
        self._found = lambda: result

    def settle(self) -> None:
        """The transaction was kept: what came of the work may be told, and nothing else from now on."""
        self.outcome = self._found
        self.is_settled = True

    def fail(self, error: Exception) -> None:
        """The transaction was not kept, unless it was and something else went wrong afterwards."""
        if not self.is_settled:
            self.outcome = _raising(error)


def _raising(error: Exception) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise error

    return refuse


def _stopped() -> NoReturn:
    raise StoreUnavailable("the program was stopped in the middle of this. See whether it was kept, else do it again")


class SharedCommits:
    """The queue; `begin` gives a connection that may write, in a transaction as soon as it is used."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._begin = begin
        self._guard = threading.Lock()
        self._waiting: deque[_Piece[Any]] = deque()
        self._is_led = False
        self._leader: int | None = None

    def run(self, work: Callable[[Connection], T]) -> T:
        """What the work returns, once it is durable; raises what it raised, and then nothing of it is kept.

        The work must not commit, and may be done again: where a shared transaction fails as a whole, each
        piece of it is done anew by itself.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("one piece of writing inside another would wait for itself")
        piece = _Piece(work)
        with self._guard:
            self._waiting.append(piece)
            piece.leads, self._is_led = not self._is_led, True
        if not piece.leads:
            self._wait(piece)
        if piece.leads:
            self._lead()
        return piece.outcome()

    def _wait(self, piece: _Piece[Any]) -> None:
        try:
            piece.called.acquire()
        except BaseException:  # interrupted
            with self._guard:
                if piece in self._waiting:
                    self._waiting.remove(piece)
            if piece.leads:
                self._call_next()
            raise

    def _lead(self) -> None:
        batch: list[_Piece[Any]] = []
        self._leader = threading.get_ident()
        try:
            self._do_together(batch)
        except Exception as error:  # noqa: BLE001  # it is raised where the pieces came from
            if len(batch) > 1:
                for piece in batch:
                    if not piece.is_settled:
                        self._do_apart(piece)
            else:  # with none, the database could not be had, for whoever waits
                for piece in batch or self._all_waiting(batch):
                    piece.fail(error)
        finally:
            self._leader = None
            for piece in batch:
                if not piece.leads:
                    piece.called.release()
            self._call_next()

    def _call_next(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].called.release()
            else:
                self._is_led = False

    def _next(self, batch: list[_Piece[Any]], until: float) -> _Piece[Any] | None:
        with self._guard:
            if not self._waiting or len(batch) >= AT_MOST or (batch and time.monotonic() > until):
                return None
            batch.append(self._waiting.popleft())
            return batch[-1]

    def _all_waiting(self, batch: list[_Piece[Any]]) -> list[_Piece[Any]]:
        with self._guard:
            batch.extend(self._waiting)
            self._waiting.clear()
        return batch

    def _do_together(self, batch: list[_Piece[Any]]) -> None:
        with self._begin() as connection:
            until = time.monotonic() + AT_MOST_SECONDS
            first = self._next(batch, until)
            if first is not None:
                first.run(connection)  # it needs no savepoint: if it fails there is nobody else yet
            while (piece := self._next(batch, until)) is not None:
                connection.exec_driver_sql("SAVEPOINT piece")
                try:
                    piece.run(connection)
                except Exception:  # noqa: BLE001  # it is raised where the piece came from
                    # Raises where the whole transaction is gone, as after a full disk.
                    connection.exec_driver_sql("ROLLBACK TO piece")
                connection.exec_driver_sql("RELEASE piece")
            connection.commit()
            for piece in batch:
                piece.settle()

    def _do_apart(self, piece: _Piece[Any]) -> None:
        try:
            with self._begin() as connection:
                piece.run(connection)
                connection.commit()
                piece.settle()
        except Exception as error:  # noqa: BLE001  # it is raised where the piece came from
            piece.fail(error)
