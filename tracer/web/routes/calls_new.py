"""Log a call, while the caller is still talking: tap what is known, look whose name it was, save once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from time import monotonic, sleep
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from tracer.domain.access import Scope
from tracer.domain.call import Call
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import InvalidValue, RequestInFlight, RequestReused, TooManyRequests, TracerError, UnknownId
from tracer.domain.heard_values import Heard
from tracer.domain.records import check_annotations
from tracer.services.access.answer_once import Answer, Asking, Work, answer_once
from tracer.services.calls.attach_files import check_files, check_size, file_name_of
from tracer.services.calls.identify_call import Identification, Identifier
from tracer.services.calls.log_call import AttachedFile, attached, check_received, check_something_said, log_call
from tracer.services.registry.lines_in_use import NumberInUse, numbers_in_use
from tracer.services.registry.reveal_identities import reveal_list
from tracer.web.call_form import CANNOT_SAY, EMPTY, HELP, ROWS, dialled_number, filled, problems_of, record_of
from tracer.web.call_reading import WANTED, Shown, read_for
from tracer.web.call_words import call_words
from tracer.web.page import go, page, translate
from tracer.web.refusals import in_words
from tracer.web.refusals import told as refusal_told
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
SAVE = "POST /calls/new"
PATIENCE = 10.0
NUMBERS_SHOWN = 8
LEAST_P = 0.005
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.LOG_CALLS)]


@dataclass(frozen=True, slots=True)
class Looked:
    """Whom the name as heard may mean: suspects, or a word on why there are none."""

    found: Identification | None = None
    note: str = ""


@router.get("/calls/new")
def empty_form(request: Request, visitor: Annotated[Visitor, visiting(Scope.LOG_CALLS)]) -> Response:
    """The form."""
    return _form(request, visitor, {**EMPTY, "request_key": token_urlsafe(16)})


@router.post("/calls/candidates")
def candidates(request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.LOG_CALLS)]) -> Response:
    """Whom the name as heard may mean, as a piece of the page. Such look-ups are counted."""
    visitor, form = sent
    visitor.require(Scope.READ_CALLS)
    values = filled(form)
    looked = _look(request, visitor, values)
    return page(request, "calls_candidates.html", looked=looked, values=values, names=visitor.sees_one())


@router.post("/calls/new")
def save(request: Request, sent: Sending) -> Response:
    """Log the call once, however often the form is sent; the page of the call tells where it came from."""
    visitor, form = sent
    values = filled(form)
    if form.text("action") == "read":
        return _read(request, visitor, values)
    if form.text("action") == "look":
        visitor.require(Scope.READ_CALLS)
        return _form(request, visitor, values, looked=_look(request, visitor, values))
    try:
        location = _save(request, visitor, form, values)
    except RequestReused:
        again = translate(
            request,
            "A call was saved from this form before, with other content: look at the list of calls. To save this as "
            "another call, press Save again.",
        )
        return _form(request, visitor, {**values, "request_key": token_urlsafe(16)}, {"": again})
    except (TooManyRequests, RequestInFlight):
        raise
    except TracerError as error:
        problems = {field: told(request, field, one) for field, one in problems_of(error).items()}
        return _form(request, visitor, values, problems)
    if "application/json" in request.headers.get("accept", ""):  # the page's own script, which goes there itself
        return JSONResponse({"location": location}, 201)
    return go(location)


def _save(request: Request, visitor: Visitor, form: Sent, values: Mapping[str, str]) -> str:
    app = visitor.app
    with app.reading() as work:
        record = record_of(values, numbers_in_use(work), app.clock())
    files = chosen_files(form, app.settings.attachment_megabytes)
    check_something_said(record, files)
    check_annotations(record["tags"].replace(",", " ").split())
    check_received(record["received_at"], app.clock())

    def do(work: Work) -> Answer:
        call: Call = log_call(work, record, files, app.fresh_rng())
        return Answer(201, {"call_id": call.call_id}, f"/calls/{call.call_id}")

    body = json.dumps([record, [[file.file_name, file.sha256] for file in files]], sort_keys=True).encode()
    key = values["request_key"][:200] or token_urlsafe(16)
    made = _once(visitor, Asking(visitor.principal.principal_id, f"page:{key}", SAVE, body), do)
    visitor.service.metrics.calls.inc()
    return f"{made.location if visitor.may(Scope.READ_CALLS) else '/calls/new'}?done=call-logged"


def _once(visitor: Visitor, asking: Asking, do: Callable[[Work], Answer]) -> Answer:
    """Carry it out; a second tap waits for the first and gets its answer."""
    until = monotonic() + PATIENCE
    while True:
        try:
            with (
                visitor.service.alone_with(asking.principal, asking.key),
                visitor.app.writing(asking.principal) as work,
            ):
                made, _ = answer_once(work, asking, do, for_ever=True)
                work.commit()
                return made
        except RequestInFlight:
            if monotonic() > until:
                raise
            sleep(0.05)


def chosen_files(form: Sent, megabytes: int) -> list[AttachedFile]:
    """The files that were chosen. Raises InvalidValue where one is empty, or they are too large together."""
    uploads = form.uploads("attachments")
    check_size(sum(upload.size or 0 for upload in uploads), megabytes)
    files = [attached(file_name_of(upload.filename or ""), upload.file.read()) for upload in uploads]
    check_files(files, megabytes)
    return files


def _look(request: Request, visitor: Visitor, values: Mapping[str, str]) -> Looked:
    app, service = visitor.app, visitor.service
    heard = Heard(*(values[f"heard_{name}"].strip()[:200] for name in ("name", "item", "price", "order_no")))
    heard = heard._replace(waybill_no=values["heard_waybill_no"].strip()[:200])
    try:
        with app.writing(visitor.principal.principal_id) as work:
            visitor.count_lookup(work)
            work.commit()
        with service.directory_lock, app.reading() as work:  # the names in memory are for one thread at a time
            dialled = dialled_number(values, numbers_in_use(work))
            line = parse_line(dialled) if dialled else None
            found = Identifier(work, app.settings.canary_prior, service.directory).identify(heard, line)
    except TooManyRequests:
        return Looked(note=translate(request, "Too many look-ups for now. The call can be saved all the same."))
    except UnknownId:
        return Looked(note=translate(request, HELP["number"]))
    except InvalidValue as error:
        return Looked(note=translate(request, HELP["dialled_number" if error.field == "phone" else "heard_name"]))
    shown = tuple(one for one in found.candidates if one.p >= LEAST_P)
    if visitor.sees_one() and shown:
        with app.writing(visitor.principal.principal_id) as work:
            reveal_list(work, "canary", [one.canary_id for one in shown])
            work.commit()
    return Looked(Identification(shown, found.not_ours, found.verdict))


def _read(request: Request, visitor: Visitor, values: Mapping[str, str]) -> Response:
    """The form with what the transcript tells filled in where nothing stood, and the text with its findings marked."""
    problems: dict[str, str] = {}
    read: Shown | None = None
    try:
        read = read_for(visitor, values)
    except TooManyRequests:
        problems["transcript"] = translate(request, "Too many look-ups for now. The call can be saved all the same.")
    except TracerError as error:
        problems |= {field: told(request, field, one) for field, one in problems_of(error).items()}
    return _form(request, visitor, read.values if read else values, problems, read=read)


def _form(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    looked: Looked | None = None,
    read: Shown | None = None,
) -> Response:
    with visitor.app.reading() as work:
        numbers: Sequence[NumberInUse] = numbers_in_use(work)[:NUMBERS_SHOWN]
    return page(
        request,
        "calls_new.html",
        422 if problems else 200,
        values=values,
        problems=problems or {},
        looked=looked,
        read=read,
        wanted={key: translate(request, text) for key, text in WANTED.items()},
        names=visitor.sees_one(),
        numbers=numbers,
        words=call_words(request),
        rows=[(row, translate(request, row.label)) for row in ROWS],
        cannot_say=CANNOT_SAY,
        megabytes=visitor.app.settings.attachment_megabytes,
        now=visitor.app.clock(),
    )


def told(request: Request, field: str, error: TracerError) -> str:
    """What is said beside a field."""
    key = "number" if isinstance(error, UnknownId) and error.noun == "number" else field
    if key in HELP:
        return translate(request, HELP[key])
    if isinstance(error, InvalidValue):
        return in_words(request, f"{error.expected}. {error.hint}" if error.hint else error.expected)
    return refusal_told(request, error)
