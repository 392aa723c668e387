"""SIGTERM: not ready at once, answering a while longer so that a balancer notices, and only then the end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog

log = structlog.get_logger("tracer.serving")


@contextmanager
def draining(seconds: float, leave: Callable[[], None]) -> Iterator[None]:
    """Within it SIGTERM calls `leave` at once, and only `seconds` later the handler that was there before.

    That one stops listening, lets requests at work end, and ends the process. SIGINT (Ctrl-C) goes to its own handler
    as ever, so it ends a process at once, a draining one too. Signals reach the main thread only: elsewhere, as in a
    test, nothing is done.
    """
    end = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(end):
        yield
        return
    left = threading.Event()
    begun = False

    def wait_and_end(number: int) -> None:
        log.info("draining", seconds=seconds)
        if not left.wait(seconds):
            end(number, None)

    def begin(number: int, _frame: FrameType | None) -> None:
        nonlocal begun
        leave()
        if not begun:  # a parent and a service manager may both say so, one while this is at it
            begun = True
            threading.Thread(target=wait_and_end, args=(number,), daemon=True).start()

    signal.signal(signal.SIGTERM, begin)
    try:
        yield
    finally:
        left.set()
        signal.signal(signal.SIGTERM, end)
