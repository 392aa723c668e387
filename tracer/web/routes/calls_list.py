"""The list of calls: by filter, page by page, as CSV, and several changed at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.call import CallState
from tracer.domain.errors import InvalidValue, NotAllowed, TracerError
from tracer.domain.records import CALL_COLUMNS, check_annotations
from tracer.services.calls.log_call import correct_call, undo_call
from tracer.services.registry.browse import Page, browse_calls
from tracer.web.call_words import call_words
from tracer.web.lists import csv_file
from tracer.web.page import go, page, translate
from tracer.web.refusals import told
from tracer.web.shown import shown
from tracer.web.visitor import Sent, Visitor, safe_path, sending, visiting

router = APIRouter(include_in_schema=False)
SHOWN, WRITTEN = 50, 500
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Reader = Annotated[Visitor, visiting(Scope.READ_CALLS)]
_PLACE = re.compile(r"(\d{1,19})\.([^\x00-\x1f\x7f]{1,128})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter of a list as it stands in the address."""

    nature: str
    script: str
    tag: str
    canary_id: str
    since: str
    until: str
    everything: bool

    def query(self, **more: str) -> str:
        """The filter as the query of an address."""
        given = {name: getattr(self, name) for name in ("nature", "script", "tag", "canary_id", "since", "until")}
        given["everything"] = "yes" if self.everything else ""
        return urlencode({name: value for name, value in {**given, **more}.items() if value})


def _wanted(
    nature: Annotated[Literal["", "scam", "legitimate", "unsure"], Query()] = "",
    script: Word = "",
    tag: Word = "",
    canary_id: Word = "",
    since: Word = "",
    until: Word = "",
    everything: Annotated[Literal["", "yes"], Query()] = "",
) -> Wanted:
    return Wanted(nature, script, tag.strip(), canary_id.strip(), since, until, bool(everything))


Filter = Annotated[Wanted, Depends(_wanted)]


@router.get("/calls")
def calls(request: Request, visitor: Reader, wanted: Filter, after: Word = "") -> Response:
    """Calls, the newest first."""
    return _list(request, visitor, wanted, after)


@router.get("/calls.csv")
def as_csv(visitor: Reader, wanted: Filter) -> Response:
    """What is filtered, as a file for a spreadsheet."""
    columns = (*CALL_COLUMNS, "state", "merged_into")
    first = _browse(visitor, wanted, None, WRITTEN)  # a bad filter is refused before the file begins
    return csv_file("calls", columns, _records(visitor, wanted, first))


@router.post("/calls/bulk")
def change_several(
    request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.CHANGE_CALLS, Scope.READ_CALLS)]
) -> Response:
    """Tag or undo the calls that were ticked: all of them or, where one cannot be, none."""
    visitor, form = sent
    visitor.require(Scope.CHANGE_CALLS)
    back = safe_path(form.text("back") or "/calls")
    chosen, tags = form.texts("call"), form.text("tags").split()
    try:
        if not chosen:
            raise NotAllowed(translate(request, "Tick the calls first"))
        with visitor.app.writing(visitor.principal.principal_id) as work:
            if form.text("action") == "tag":
                if not tags:
                    raise InvalidValue("tags", "", "a word", "Write the tag first")
                check_annotations(tags)
                for call_id in chosen:
                    merged = dict.fromkeys([*work.calls.get(call_id).tags, *tags])
                    correct_call(work, call_id, {"tags": " ".join(merged)})
            else:
                for call_id in chosen:
                    if work.calls.get(call_id).state is CallState.LOGGED:
                        undo_call(work, call_id)
            work.commit()
    except TracerError as error:
        return _list(
            request, visitor, *_behind(back), problem=told(request, error), ticked=chosen, tags=form.text("tags")
        )
    return go(f"{back}{'&' if '?' in back else '?'}done=changed")


def _list(
    request: Request,
    visitor: Visitor,
    wanted: Wanted,
    after: str,
    *,
    problem: str = "",
    ticked: list[str] | None = None,
    tags: str = "",
) -> Response:
    found = _browse(visitor, wanted, _place(after), SHOWN)
    raw = visitor.sees_all()
    if raw:
        visitor.reveal_page("call", found.ids)
    next_url = f"/calls?{wanted.query(after=f'{found.after[0]}.{found.after[1]}')}" if found.after else ""
    return page(
        request,
        "calls_list.html",
        422 if problem else 200,
        records=[shown("call", record, raw=raw) for record in found.records],
        wanted=wanted,
        words=call_words(request),
        next_url=next_url,
        csv_url=f"/calls.csv?{wanted.query()}",
        back=f"/calls?{wanted.query(after=after)}",
        problem=problem,
        ticked=ticked or [],
        new_tags=tags,
    )


def _behind(address: str) -> tuple[Wanted, str]:
    """The filter and the place of a list, from its address."""
    given = dict(parse_qsl(urlsplit(address).query))
    nature, script, tag, canary_id, since, until = (
        given.get(name, "")[:200] for name in ("nature", "script", "tag", "canary_id", "since", "until")
    )
    wanted = Wanted(nature, script, tag, canary_id, since, until, bool(given.get("everything")))
    return wanted, given.get("after", "")


def _browse(visitor: Visitor, wanted: Wanted, after: tuple[int, str] | None, limit: int) -> Page:
    now = visitor.app.clock()
    since, until = _day(wanted.since, "since", now), _day(wanted.until, "until", now)
    with visitor.app.reading() as work:
        return browse_calls(
            work,
            after,
            limit,
            newest_first=True,
            since=since,
            until=until + timedelta(days=1, microseconds=-1) if until else None,
            everything=wanted.everything,
            nature=wanted.nature,
            script=wanted.script,
            tag=wanted.tag,
            canary_id=wanted.canary_id,
        )


def _records(visitor: Visitor, wanted: Wanted, first: Page) -> Iterator[Mapping[str, object]]:
    raw, found = visitor.sees_all(), first
    while True:
        if raw:
            visitor.reveal_page("call", found.ids)
        yield from (shown("call", record, raw=raw) for record in found.records)
        if not found.after:
            return
        found = _browse(visitor, wanted, (int(found.after[0]), str(found.after[1])), WRITTEN)


def _place(after: str) -> tuple[int, str] | None:
    found = _PLACE.fullmatch(after)
    if after and (found is None or int(found[1]) >= 2**63):
        raise InvalidValue("after", after, "the end of the page before", "Begin again at the first page")
    return (int(found[1]), found[2]) if found else None


def _day(text: str, field: str, now: datetime) -> datetime | None:
    """The beginning of a day where this program runs."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(field, text, "a day such as 2026-01-31") from None
    if not 1971 <= day.year <= 2110:
        raise InvalidValue(field, text, "a year from 1971 to 2110")
    return datetime.combine(day, time(), now.tzinfo)
