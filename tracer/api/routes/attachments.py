"""/calls/{call_id}/attachments: recordings and screenshots that are kept with a call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from email.message import Message
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import done, makes, problems
from tracer.api.asked import Asked, asking
from tracer.api.schemas.calls import AttachedOut
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue, NotPermitted, UnknownId
from tracer.http.file_answer import MEDIA_TYPE, file_answer
from tracer.services.access.answer_once import Answer, Work
from tracer.services.calls.attach_files import MOST_FILES, AttachedNow, attach_files, attachment_object, file_name_of
from tracer.services.calls.fetch_attachment import fetch_attachment
from tracer.services.calls.log_call import AttachedFile, attached

router = APIRouter(prefix=V1, tags=["calls"])
FORM = "multipart/form-data"
Attacher = Annotated[Asked, asking(Scope.LOG_CALLS, Scope.CHANGE_CALLS, media_types=(MEDIA_TYPE, FORM))]
_BINARY = {"type": "string", "format": "binary"}
_FILES = {"type": "object", "required": ["file"], "properties": {"file": {"type": "array", "items": _BINARY}}}


async def _files(request: Request, asked: Attacher) -> list[AttachedFile]:
    """The files of the body: the parts called `file` of a form, or the body itself as one."""
    if not asked.body:
        raise InvalidValue("body", "", f"a file: as {MEDIA_TYPE}, or as parts called file of {FORM}")
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return [attached(file_name_of(_given_name(request)), asked.body)]
    async with request.form(max_files=MOST_FILES) as form:
        uploads = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
        if not uploads:
            raise InvalidValue("file", "", "a file: a part called file, with a file name")
        return [attached(file_name_of(upload.filename or ""), await upload.read()) for upload in uploads]


@router.post(
    "/calls/{call_id}/attachments",
    status_code=201,
    responses={
        **makes(list[AttachedOut], 404),
        **done(200, "The call had all of these files already; nothing was changed.", list[AttachedOut]),
    },
    summary="Add files to a call",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "One file as it is, its name in Content-Disposition; or a form with parts called `file`.",
            "content": {MEDIA_TYPE: {"schema": _BINARY}, FORM: {"schema": _FILES}},
        }
    },
)
def attach(call_id: str, asked: Attacher, files: Annotated[list[AttachedFile], Depends(_files)]) -> Response:
    """Keep recordings or screenshots with a call. The SHA-256 of each becomes a fact at once, its content lies sealed.

    The same file again changes nothing; one whose hash was noted before is kept from now on.
    """

    def do(work: Work) -> Answer:
        made = attach_files(work, call_id, files, asked.app.settings.attachment_megabytes, asked.app.fresh_rng())
        new = any(one.added for one in made)
        return Answer(201 if new else 200, [_told(one) for one in made], address_of("calls", call_id) if new else "")

    # A form has another boundary each time it is sent: the same request is one with the same files.
    return replace(asked, body=_canonical(files)).once(do)


@router.get(
    "/calls/{call_id}/attachments/{attachment_id}",
    responses={
        200: {"description": "The file.", "content": {MEDIA_TYPE: {"schema": _BINARY}}},
        **problems(401, 403, 404, 422, 429, 503),
    },
    summary="Fetch a file of a call",
)
def fetch(call_id: str, attachment_id: str, asked: Annotated[Asked, asking(Scope.READ_CALLS)]) -> Response:
    """A file that was kept with a call, to be saved; the journal notes who fetched it."""
    if not asked.sees_one():
        with asked.app.reading() as work:
            if all(file.attachment_id != attachment_id for file in work.calls.attachments(call_id)):
                raise UnknownId("attachment", attachment_id)
        raise NotPermitted(Scope.REVEAL_ONE.value)
    with asked.app.writing(asked.principal.principal_id) as work:
        asked.count_lookup(work)
        found, content = fetch_attachment(work, call_id, attachment_id)
        work.commit()
    return file_answer(found.file_name, content)


def _told(one: AttachedNow) -> dict[str, object]:
    """What an intake key may read as well: not by which name the call had the file."""
    shown = attachment_object(one.attachment, one.kept)
    return {**{name: value for name, value in shown.items() if name != "file_name"}, "added": one.added}


def _given_name(request: Request) -> str:
    """The file name of a Content-Disposition header, empty where there is none."""
    header = Message()
    header["Content-Disposition"] = request.headers.get("content-disposition", "") or "attachment"
    return header.get_filename("") or ""


def _canonical(files: Sequence[AttachedFile]) -> bytes:
    return json.dumps([[file.file_name, file.sha256] for file in files]).encode()
