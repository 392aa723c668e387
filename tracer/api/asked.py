"""One request on its way through: who asks, and how its answer is made, once and only once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tracer.api.texts import holds_control
from tracer.bootstrap import Application
from tracer.domain.access import Principal, Scope
from tracer.domain.errors import InvalidValue
from tracer.domain.personal import redacted
from tracer.http.access import permitted
from tracer.http.asker import Asker
from tracer.http.service import Service, service_of
from tracer.services.access.answer_once import Answer, Asking, Work, answer_once
from tracer.services.registry.browse import history_objects
from tracer.services.registry.reveal_identities import reveal_one

_JSON = "application/json"
_KEY_LIMIT = 200
_BODIED = frozenset(("POST", "PATCH", "PUT"))


@dataclass(frozen=True, slots=True)
class Asked(Asker):
    """A request of a known principal."""

    request: Request
    service: Service
    principal: Principal
    body: bytes
    key: str

    @property
    def app(self) -> Application:
        """The application behind the service."""
        return self.service.application

    def answer(self, value: Any, status: int = 200) -> Response:
        """A JSON answer."""
        return _response(Answer(status, value), {})

    @staticmethod
    def json(status: int, value: Any) -> Response:
        """A JSON answer to somebody unknown."""
        return _response(Answer(status, value), {})

    def change(self, do: Callable[[Work], Answer]) -> Response:
        """Carry out a change, all or nothing; without an Idempotency-Key."""
        return _response(self.app.write(do, self.principal.principal_id), {})

    def once(self, do: Callable[[Work], Answer], *, for_ever: bool = False) -> Response:
        """Carry out a POST: once per Idempotency-Key, however often it is sent; the answer is kept with what it did.

        Raises RequestInFlight while the first is at work, RequestReused where the key came with something else.
        """
        if not self.key:
            return self.change(do)
        principal = self.principal.principal_id
        asking = Asking(principal, self.key, f"{self.request.method} {self.request.url.path}", self.body)
        with self.service.alone_with(principal, self.key):
            made, again = self.app.write(lambda work: answer_once(work, asking, do, for_ever=for_ever), principal)
        return _response(made, {"Idempotency-Replayed": "true"} if again else {})

    def seen(self, work: Work, noun: str, subject_id: str, record: Mapping[str, Any], *, raw: bool) -> dict[str, Any]:
        """One record as it may be seen after a change; the journal notes it where it is shown as it is."""
        if raw:
            reveal_one(work, noun, subject_id)
        return dict(record) if raw else redacted(noun, record)

    def history(self, entries: Iterable[Any], *, raw: bool) -> list[dict[str, Any]]:
        """Facts of the journal, oldest first; earlier values are null where they may not be seen."""
        told = history_objects(entries)
        return told if raw else [{**fact, "before": None} for fact in told]

    def shown(self, noun: str, records: Iterable[Mapping[str, Any]], *, raw: bool) -> list[dict[str, Any]]:
        """Records as they may be seen."""
        return [dict(record) if raw else redacted(noun, record) for record in records]


async def _whole_body(request: Request) -> bytes:
    return await request.body()


def asking(*scopes: Scope, media_types: tuple[str, ...] = (_JSON,)) -> Any:
    """A dependency that gives the Asked of a principal who holds one of the scopes, and sends such a body."""
    who = permitted(*scopes)

    def dependency(
        request: Request,
        principal: Principal = Depends(who),  # noqa: B008  # first: nobody unknown sends us an upload
        body: bytes = Depends(_whole_body),
        idempotency_key: Annotated[
            str,
            Header(
                max_length=_KEY_LIMIT,
                description="On POST: a text of your own, the same when you send the same request again. It is carried "
                "out once, and the first answer is given again.",
            ),
        ] = "",
    ) -> Asked:
        _refuse_control(request)
        _refuse_other_media(request, body, media_types)
        if idempotency_key and not idempotency_key.isprintable():
            raise InvalidValue("Idempotency-Key", idempotency_key, "printable characters")
        return Asked(request, service_of(request), principal, body, idempotency_key)

    return Depends(dependency)


async def only_json(request: Request) -> None:
    """A dependency of routes that anybody may ask: the body is JSON. Raises HTTPException 415."""
    _refuse_other_media(request, await request.body(), (_JSON,))


def _refuse_other_media(request: Request, body: bytes, media_types: tuple[str, ...]) -> None:
    if request.method in _BODIED and body and media_type(request) not in media_types:
        raise HTTPException(415, f"the body must be {' or '.join(media_types)}")


def _refuse_control(request: Request) -> None:
    """Ids and filters are text."""
    for name, value in (*request.path_params.items(), *request.query_params.multi_items()):
        if holds_control(name) or holds_control(str(value)):
            raise InvalidValue("query" if holds_control(name) else name, value, "text without control characters")


def media_type(request: Request) -> str:
    """What the body is said to be, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _response(answer: Answer, headers: Mapping[str, str]) -> Response:
    text = json.dumps(answer.value, ensure_ascii=False, allow_nan=False)
    more = {"Location": answer.location} if answer.location else {}
    return Response(text, answer.status, headers={**headers, **more}, media_type=_JSON)
