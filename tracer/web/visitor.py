"""Who looks at a page: logged in, with what may be done; else they are shown where to log in."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from tracer.bootstrap import Application
from tracer.domain.access import Principal, Scope
from tracer.domain.errors import InvalidValue, NotAuthenticated
from tracer.http.access import cookie_name, refuse_other_site
from tracer.http.asker import Asker
from tracer.http.service import Service, service_of
from tracer.services.access.log_in import csrf_token, principal_of_session, touch_session


class LogInFirst(Exception):  # not an error: the way to the log-in page
    """Nobody is logged in; `next_path` is where they wanted to go."""

    def __init__(self, next_path: str) -> None:
        self.next_path = next_path


@dataclass(frozen=True, slots=True)
class Visitor(Asker):
    """Somebody logged in, on one request."""

    request: Request
    principal: Principal
    csrf: str

    @property
    def service(self) -> Service:
        """What the server's routes share."""
        return service_of(self.request)

    @property
    def app(self) -> Application:
        """The application."""
        return self.service.application

    def may(self, scope: str) -> bool:
        """Whether the scope is granted; for templates by its value."""
        return self.principal.may(Scope(scope))


def _visitor(request: Request) -> Visitor:
    service = service_of(request)
    token = request.cookies.get(cookie_name(request))
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if not token:
        raise LogInFirst(wanted)
    app = service.application
    try:
        with app.reading() as work:
            principal, due = principal_of_session(work, token, rules=app.settings.access_rules)
    except NotAuthenticated:
        raise LogInFirst(wanted) from None
    if due and principal.session_id is not None:
        with app.writing(principal.principal_id) as work:
            touch_session(work, principal.session_id)
            work.commit()
    found = Visitor(request, principal, csrf_token(token))
    request.state.principal = principal
    request.state.visitor = found
    return found


def visiting(*scopes: Scope) -> Any:
    """A dependency that gives the visitor of a page, who holds one of the scopes (any visitor where none is named)."""

    def check(request: Request) -> Visitor:
        visitor = _visitor(request)
        if scopes:
            visitor.require(*scopes)
        return visitor

    return Depends(check)


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that this site's own page sent: text fields and uploads."""

    fields: FormData

    def text(self, name: str) -> str:
        """A field's text, empty where it is missing; line ends as \\n."""
        value = self.fields.get(name, "")
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All values of a field that may be sent several times, without the empty ones."""
        return [value for value in self.fields.getlist(name) if isinstance(value, str) and value]

    def uploads(self, name: str) -> list[UploadFile]:
        """The files of a field that were chosen."""
        return [value for value in self.fields.getlist(name) if isinstance(value, UploadFile) and value.filename]

    def record(self, *names: str) -> dict[str, str]:
        """These fields as a record."""
        return {name: self.text(name) for name in names}

    def values(self) -> Mapping[str, str]:
        """Every text field, to show a form again as it was sent."""
        return {name: value for name, value in self.fields.items() if isinstance(value, str) and name != "csrf"}


_EXPIRED = "this form has expired or did not come from this page. Go back, reload, try again"


def sending(*scopes: Scope) -> Any:
    """A dependency for a form's POST: (visitor, form). Raises 403 for a form that another site's page sent."""

    async def check(request: Request) -> AsyncIterator[tuple[Visitor, Sent]]:
        visitor = await _in_thread(_visitor, request)
        if scopes:
            visitor.require(*scopes)
        refuse_other_site(request)
        try:
            async with request.form(max_files=10, max_fields=500) as fields:  # closes what was uploaded
                given = fields.get("csrf", "")
                if not isinstance(given, str) or not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
                    raise HTTPException(403, _EXPIRED)
                for name, value in fields.items():
                    if isinstance(value, str) and "\0" in value:
                        raise InvalidValue(name, value, "text without control characters")
                yield visitor, Sent(fields)
        except ClientDisconnect:  # a newer look took the place of this one, or the connection was lost
            raise HTTPException(400, "the form did not come whole") from None

    return Depends(check)


async def _in_thread(function: Callable[[Request], Visitor], request: Request) -> Visitor:
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(function, request)


def safe_path(path: str) -> str:
    """A path of this site to go on to, the home page for anything else (no open redirect)."""
    parts = urlsplit(path)
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if fine and path.isprintable() and "\\" not in path else "/"
