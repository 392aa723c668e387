"""Reports that were read a moment ago, in memory: a page then costs no unsealing and no parsing.

Nothing here is true by itself: a report never changes once its job is done, and is found by its job's id.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import TypeVar, cast

from fastapi import Request

from tracer.bootstrap import Application
from tracer.documents.report_view import ReportView
from tracer.documents.words import Words
from tracer.domain.job import Job
from tracer.services.find_report import StoredReport, read_report
from tracer.web.languages import Language, translations
from tracer.web.page import language_for

T = TypeVar("T")
STORED, VIEWS, MADE = 3, 12, 40


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


class Shelf:
    """Stored reports, their views by language and names, and what was drawn from them."""

    def __init__(self) -> None:
        self._stored, self._views, self.made = Kept(STORED), Kept(VIEWS), Kept(MADE)

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
