"""Work that takes seconds of a whole processor: done in a process of its own, so that calls are logged meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any, Protocol, TypeVar

from tracer.bootstrap import Application, build
from tracer.domain.errors import StoreUnavailable

T = TypeVar("T")
Task = Callable[..., T]


class Heavy(Protocol):
    """Runs a task, a function of an application and plain values, and gives what it returns."""

    def run(self, task: Task[T], *arguments: object) -> T:
        """The task's result; what it raises is raised here."""
        ...

    def close(self) -> None:
        """Let go of what was taken."""
        ...


class InThisProcess:
    """For tests and small homes: no second process."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def run(self, task: Task[T], *arguments: object) -> T:
        """Run it here and now."""
        return task(self._application, *arguments)

    def close(self) -> None:
        """Nothing was taken."""


class InOneProcess:
    """One other process, made at the first use and again when it died; tasks wait for each other."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._is_closed = False

    def run(self, task: Task[T], *arguments: object) -> T:
        """Run it there. Raises StoreUnavailable where that process died, as under the hand of the memory's keeper."""
        pool = self._ready()
        try:
            return pool.submit(_run, task, arguments).result()
        except BrokenProcessPool as error:
            with self._lock:
                if self._pool is pool:
                    self._pool = None
            pool.shutdown(wait=False)
            raise StoreUnavailable("the process that works things out ended early. Try again") from error

    def close(self) -> None:
        """End that process, also one that is at work: it only reads, and this one could not end before it."""
        with self._lock:
            self._is_closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            working = [*pool._processes.values()]  # the pool itself kills only as of Python 3.14
            pool.shutdown(wait=False, cancel_futures=True)
            for process in working:
                process.kill()

    def _ready(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._is_closed:
                raise StoreUnavailable("this process ends, and works nothing out any more. Ask another")
            if self._pool is None:
                context = get_context("spawn")
                self._pool = ProcessPoolExecutor(1, context, initializer=_begin, initargs=(str(self._home),))
            return self._pool


_application: Application


def _begin(home: str) -> None:
    global _application
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # sent to all processes at once: the server decides when this one ends
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    os.nice(5)  # whoever logs a call goes first
    _application = build(Path(home))
    _application.beside_newer = True  # it only reads


def _end_with(server: int) -> None:
    """A server that was killed takes this process with it: nobody else would end it."""
    while os.getppid() == server:
        sleep(1)
    os._exit(0)


def _run(task: Callable[..., T], arguments: tuple[object, ...]) -> T:
    return task(_application, *arguments)


def moment_or_now(app: Application, text: str) -> datetime:
    """The time that was asked for, else now."""
    from tracer.domain.columns import parse_time

    return parse_time(text, "as_of") if text else app.clock()


def report_task(app: Application, as_of: str, tag: str, persons_named: bool = False) -> Mapping[str, object]:
    """The report as its JSON object; natural persons by id unless they are to be named."""
    from tracer.domain.report import report_object
    from tracer.services.reports.build_report import build_report

    with app.reading() as work:
        moment = moment_or_now(app, as_of)
        return report_object(
            build_report(work, app.model, moment, tag or None, persons_named=persons_named, tasks=app.tasks)
        )


def explain_task(app: Application, call_id: str, as_of: str, full: bool) -> Mapping[str, object]:
    """Where one call came from, from the kept state where that can tell."""
    from tracer.domain.report import call_object
    from tracer.services.attribution.attribute_call import attribute_call
    from tracer.services.reports.build_report import explain_call

    moment = moment_or_now(app, as_of)
    with app.reading() as work:
        quick = None if full else attribute_call(work, app.model, call_id, moment)
        return call_object(quick.finding if quick else explain_call(work, app.model, call_id, moment, tasks=app.tasks))


def plan_task(app: Application, asked: Mapping[str, Any], persons_named: bool = False) -> Mapping[str, object]:
    """The next orders to place, for the fields of the API's PlanIn; persons by id unless they are to be named."""
    from tracer.domain.attribution.planning import MOST_ORDERS, Limits
    from tracer.domain.attribution.proposals import costs_of
    from tracer.services.attribution.plan_orders import plan_object, plan_orders

    moment, watch, costs = moment_or_now(app, asked["as_of"]), asked["watch_days"], costs_of(asked["costs"])
    limits = Limits(asked["orders"] or MOST_ORDERS, asked["budget"], asked["most_per_shop"], asked["batch"])
    with app.reading() as work:
        made = plan_orders(work, app.model, moment, limits, watch, costs, persons_named=persons_named, tasks=app.tasks)
    return plan_object(made, moment, watch, limits, costs)


def power_task(app: Application, asked: Mapping[str, Any]) -> Mapping[str, object]:
    """How many orders a leak takes to show, for the fields of the API's PowerIn."""
    from tracer.services.attribution.plan_orders import leak_power, power_object

    moment, rate, sure, watch = (
        moment_or_now(app, asked["as_of"]),
        asked["leak_rate"],
        asked["sure"],
        asked["watch_days"],
    )
    with app.reading() as work:
        found = leak_power(work, app.model, moment, rate, sure, watch, tasks=app.tasks)
    return power_object(found, moment, rate, sure, watch)
