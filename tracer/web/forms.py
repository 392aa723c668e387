"""Forms: what was wrong with them, beside the fields; sent twice, carried out once; times as people pick them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from fastapi import Request

from tracer.bootstrap import Application
from tracer.domain.errors import InvalidRecord, InvalidValue, RequestInFlight, TracerError, UnknownId
from tracer.services.access.answer_once import Answer, Asking, Work, answer_once
from tracer.services.access.draw_token import draw_token
from tracer.web.page import translate
from tracer.web.refusals import in_word, in_words, told
from tracer.web.visitor import Sent, Visitor

ONCE = "once"
PATIENCE = 20.0
"""So many seconds the second of two taps waits for the first."""


def new_mark() -> str:
    """What a form carries so that a double tap does once what it asks for."""
    return draw_token()


def carry_out(
    visitor: Visitor, sent: Sent, do: Callable[[Work], dict[str, Any]], *, upload: bytes = b""
) -> dict[str, Any]:
    """What `do` gives for a form, in one transaction: done once for the form as it was shown and filled in.

    The same form filled in otherwise (after a step back), or with another file, is another request.
    """
    principal = visitor.principal.principal_id
    mark = sent.text(ONCE)
    if not mark:
        with visitor.app.writing(principal) as work:
            made = do(work)
            work.commit()
        return made
    body = json.dumps(sorted((name, value) for name, value in sent.fields.multi_items() if isinstance(value, str)))
    key = hashlib.sha256(
        f"{mark}\n{body}".encode("utf-8", "surrogatepass") + hashlib.sha256(upload).digest()
    ).hexdigest()
    asking = Asking(
        principal, f"form {key}", f"{visitor.request.method} {visitor.request.url.path}"[:128], body.encode()
    )
    until = monotonic() + PATIENCE
    while True:  # the browser shows the answer to the second tap only: it waits for the first one's
        try:
            return _once(visitor, asking, do)
        except RequestInFlight:
            if monotonic() > until:
                raise
            sleep(0.05)


def _once(visitor: Visitor, asking: Asking, do: Callable[[Work], dict[str, Any]]) -> dict[str, Any]:
    with (
        visitor.service.alone_with(asking.principal, asking.key),
        visitor.app.writing(asking.principal) as work,
    ):
        answer, _ = answer_once(work, asking, lambda unit: Answer(200, do(unit)))
        work.commit()
    return dict(answer.value)


def problems_of(request: Request, error: TracerError) -> Mapping[str, str]:
    """What was wrong, by field; under "" what belongs to none."""
    if isinstance(error, InvalidRecord):
        return {_name(one): _said(request, one) for one in error.problems}
    if isinstance(error, InvalidValue):
        return {_name(error): _said(request, error)}
    if isinstance(error, UnknownId):
        said = translate(
            request, "There is no such %(noun)s: %(given)s", noun=in_word(request, error.noun), given=error.given
        )
        return {f"{error.noun}_id": said, "": said}
    return {"": told(request, error)}


def _name(error: InvalidValue) -> str:
    return error.field.removeprefix("--").replace("-", "_")


def _said(request: Request, error: InvalidValue) -> str:
    told = translate(request, "Expected here: %(expected)s.", expected=in_words(request, error.expected))
    return f"{told} {in_words(request, error.hint)}" if error.hint else told


def moment_text(app: Application, text: str) -> str:
    """A time as a form's picker sends it, without offset, with this server's offset; anything else as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=app.clock().tzinfo).isoformat()


def offset_text(app: Application) -> str:
    """This server's offset from UTC, such as +08:00."""
    return app.clock().isoformat()[-6:]
