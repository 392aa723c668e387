"""Reports that were read a moment ago, in memory: a page then costs no unsealing and no parsing.

Nothing here is true by itself: a report never changes once its job is done, and is found by its job's id.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import RLock as Lock
from time import monotonic
from typing import Any, TypeVar, cast

from fastapi import Request

from tracer.bootstrap import Application
from tracer.documents.catalogues import translations
from tracer.documents.report_view import ReportView
from tracer.documents.words import Words
from tracer.domain.job import Job
from tracer.services.reports.find_report import StoredReport, read_report
from tracer.web.languages import Language
from tracer.web.page import language_for

T = TypeVar("T")
STORED, VIEWS, MADE = 2, 8, 40
WAIT_SECONDS, FRESH_SECONDS = 1.5, 120.0


class Kept:
    """The last few things that were made, by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing for a key, made where it is not there."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return cast("T", self._things[key])
        made = make()  # two may make it at once: they make the same
        with self._lock:
            self._things[key] = made
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return made


class Begun:
    """Answers that take long: worked out one after the other, asked for again until they are there."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "begun")
        self._answers: OrderedDict[Hashable, tuple[int, float, Future[Any]]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, position: int, make: Callable[[], T]) -> T | None:
        """The answer for the journal's position, None while it is worked out. What it raises is raised here, once.

        One that came a moment ago is shown even if something happened meanwhile: else a busy house would see none.
        """
        with self._lock:
            found = self._answers.get(key)
            if found is None or (found[2].done() and found[0] != position and monotonic() - found[1] > FRESH_SECONDS):
                found = (position, monotonic(), self._pool.submit(make))
                found[2].add_done_callback(lambda _: self._came(key, found))
                self._answers[key] = found
                while len(self._answers) > MADE:
                    self._answers.popitem(last=False)
        try:
            return cast("T", found[2].result(timeout=WAIT_SECONDS))
        except TimeoutError:
            if found[2].done():
                raise
            return None
        except BaseException:
            self.forget(key)
            raise

    def forget(self, key: Hashable) -> None:
        """Let it be worked out anew."""
        with self._lock:
            self._answers.pop(key, None)

    def _came(self, key: Hashable, found: tuple[int, float, Future[Any]]) -> None:
        """It is fresh from now on."""
        with self._lock:
            if self._answers.get(key) is found:
                self._answers[key] = (found[0], monotonic(), found[2])


class Shelf:
    """Stored reports, their views by language and names, what was drawn from them, and what is being worked out."""

    def __init__(self) -> None:
        self._stored, self._views, self.made = Kept(STORED), Kept(VIEWS), Kept(MADE)
        self.begun = Begun()

    def stored(self, app: Application, job: Job) -> StoredReport:
        """A report with the times of its calls."""

        def read() -> StoredReport:
            with app.reading() as work:
                return read_report(work, job)

        return self._stored.get(job.job_id, read)

    def view(self, app: Application, job: Job, language: Language, names: dict[str, str]) -> ReportView:
        """A report in a language; `names` stand over those of the report."""

        def make() -> ReportView:
            stored = self.stored(app, job)
            return ReportView(stored.report, words_of(language), stored.received, names)

        return self._views.get((job.job_id, language.key, tuple(sorted(names.items()))), make)


_WORDS: dict[str, Words] = {}


def words_of(language: Language) -> Words:
    """The words of reports in a language of the pages."""
    if language.key not in _WORDS:
        _WORDS[language.key] = Words(translations(language.key).gettext, language.key, language.html)
    return _WORDS[language.key]


def words_for(request: Request) -> Words:
    """The words of reports in the visitor's language."""
    return words_of(language_for(request))


def shelf_of(request: Request) -> Shelf:
    """The shelf of the server that a request came to."""
    state = request.app.state
    if not hasattr(state, "report_shelf"):
        state.report_shelf = Shelf()
    return cast("Shelf", state.report_shelf)
