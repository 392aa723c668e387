"""Letters: a draft of facts to edit, released only by somebody who says to have checked it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tracer.documents.letters import AT_LEAST, draft_letter, letter_title
from tracer.documents.report_files import letter_pdf
from tracer.documents.report_view import ReportView
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue, NotAllowed, UnknownId
from tracer.services.reports.gather_facts import gather_facts
from tracer.services.reports.release_letter import ADDRESSEES, release_letter
from tracer.web.languages import LANGUAGES, Language
from tracer.web.page import language_for, page
from tracer.web.report_pages import Named, ReportId, Shown, show_report
from tracer.web.shelf import shelf_of, words_of
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
_KEYS = {"zh": "zh_Hans", "en": "en"}


@router.get("/letters/new")
def new(
    request: Request,
    visitor: Annotated[Visitor, visiting(Scope.READ_REPORTS)],
    channel: Annotated[str, Query(max_length=128)],
    to: Annotated[str, Query(max_length=20)] = "shop",
    language: Annotated[str, Query(max_length=10)] = "",
    report_id: ReportId = "",
    named: Named = False,
) -> Response:
    """A draft on one channel, in Chinese or English. With names: those of recipients, and order numbers."""
    if to not in ADDRESSEES:
        raise InvalidValue("to", to, "one of: " + " ".join(ADDRESSEES))
    made = show_report(visitor, report_id, named=False)
    chosen = _language(request, language)
    view = _view(visitor, made, chosen)
    row = view.by_id.get(channel)
    if row is None:
        raise UnknownId("channel", channel)
    calls = view.probable_calls(channel, AT_LEAST)
    raw = visitor.sees_all(named)
    with visitor.app.reading() as work:
        facts = gather_facts(work, channel, calls)
    if raw:
        visitor.reveal_page("canaries", sorted({one.canary_id for one in facts.handed}))
    text = draft_letter(view, row, to, facts, visitor.app.clock(), named=raw)
    fields = {"channel": channel, "to": to, "language": _short(chosen), "report": made.job.job_id, "text": text}
    return page(request, "letter.html", fields=fields, label=row.label, named=raw, problem="")


@router.post("/letters")
def release(request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.READ_REPORTS)]) -> Response:
    """Release a letter: its text is noted in the journal by its hash, and handed out as PDF or text."""
    visitor, form = sent
    fields = form.record("channel", "to", "language", "report", "text")
    made = show_report(visitor, fields["report"], named=False)
    chosen = _language(request, fields["language"])
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            release_letter(
                work,
                fields["channel"],
                fields["to"],
                fields["text"],
                report_id=made.job.job_id,
                language=_short(chosen),
                checked=form.text("checked") == "yes",
            )
            work.commit()
    except (InvalidValue, NotAllowed) as error:
        problem = "unchecked" if isinstance(error, NotAllowed) else "text"
        row = made.view.by_id.get(fields["channel"])
        label = row.label if row else fields["channel"]
        return page(request, "letter.html", 422, fields=fields, label=label, named=False, problem=problem)
    title = letter_title(words_of(chosen), fields["to"])
    if form.text("format") == "text":
        content, media_type, ending = (fields["text"] + "\n").encode(), "text/plain; charset=utf-8", "txt"
    else:
        content = letter_pdf(fields["text"], title, chosen.html[:2], title, visitor.app.clock())
        media_type, ending = "application/pdf", "pdf"
    name = quote(f"letter-{fields['to']}-{fields['channel']}.{ending}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=media_type, headers=headers)


def _language(request: Request, asked: str) -> Language:
    return LANGUAGES[_KEYS[asked]] if asked in _KEYS else language_for(request)


def _short(language: Language) -> str:
    return next(short for short, key in _KEYS.items() if key == language.key)


def _view(visitor: Visitor, made: Shown, language: Language) -> ReportView:
    """The report in the letter's language, natural persons by their ids."""
    names = {one: made.view.names[one] for one in made.persons}
    return shelf_of(visitor.request).view(visitor.app, made.job, language, names)
