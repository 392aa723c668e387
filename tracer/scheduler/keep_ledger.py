"""Seal and stamp the ledger again and again, so that no registration waits longer than a minute for its time."""

from __future__ import annotations

from threading import Event
from time import monotonic

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import LedgerForked, NoTimeStamp, StoreError

SEAL_SECONDS = 5.0
STAMP_SECONDS = 15.0
LONGEST_WAIT = 600.0
log = structlog.get_logger("tracer.ledger")


def keep_ledger(app: Application, stop: Event) -> None:
    """Seal what came every five seconds, and have it stamped every fifteen, until `stop` is set.

    An authority that gives no stamp is asked less and less often, ten minutes apart at most. A database that was
    set back is an alarm in the log, and nothing is signed.
    """
    stamps = _Pace(STAMP_SECONDS)
    while not stop.is_set():
        try:
            app.seal_ledger()
            if stamps.is_due():
                _stamp(app, stamps)
        except LedgerForked as error:
            log.critical("ledger_forked", error=str(error))
        except StoreError as error:
            log.warning("ledger_waits", error=type(error).__name__)
        stop.wait(SEAL_SECONDS)


def _stamp(app: Application, stamps: _Pace) -> None:
    try:
        token = app.stamp_ledger()
    except NoTimeStamp as error:
        stamps.failed()
        log.warning("no_time_stamp", reasons=[f"{authority}: {why}" for authority, why in error.reasons])
        return
    stamps.done()
    if token is not None:
        log.info("ledger_stamped", size=token.size, authority=token.authority)


class _Pace:
    """When something is due: at a steady pace, and after failures twice as late each time."""

    def __init__(self, seconds: float) -> None:
        self._usual = self._wait = seconds
        self._next = monotonic()

    def is_due(self) -> bool:
        return monotonic() >= self._next

    def done(self) -> None:
        self._wait = self._usual
        self._next = monotonic() + self._wait

    def failed(self) -> None:
        self._next = monotonic() + self._wait
        self._wait = min(2 * self._wait, LONGEST_WAIT)
