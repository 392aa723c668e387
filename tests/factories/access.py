"""Users, log-ins and keys, as a face makes them: one unit of work each, committed also where a log-in failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.conftest import NOW
from tracer.bootstrap import Application
from tracer.domain.access import Principal, User
from tracer.domain.errors import NotAuthenticated
from tracer.services.access.log_in import make_login_link, principal_of_session, touch_session, use_login_link
from tracer.services.access.manage_keys import principal_of_key
from tracer.services.access.manage_users import add_user

PASSWORD = "correct horse battery"
CLIENT = "192.0.2.7"


def do(app: Application, service: Callable[..., Any], *arguments: object, **options: object) -> Any:
    with app.writing() as work:
        try:
            made = service(work, *arguments, **options)
        except NotAuthenticated:
            work.commit()
            raise
        work.commit()
    return made


def person(app: Application, login: str = "wenjing", role: str = "owner", password: str | None = None) -> User:
    user: User = do(app, add_user, login, role, password)
    return user


def log_in_by_link(app: Application, user: User) -> str:
    """A session's token."""
    token: str = do(app, use_login_link, do(app, make_login_link, user.user_id), CLIENT)[0]
    return token


def ask(app: Application, token: str) -> Principal:
    """A request of a session: who it is; it is touched where that is due."""
    with app.reading() as work:
        principal, due = principal_of_session(work, token, rules=app.settings.access_rules)
    if due:
        do(app, touch_session, principal.session_id)
    return principal


def ask_with_key(app: Application, text: str) -> tuple[Principal, bool]:
    with app.reading() as work:
        return principal_of_key(work, text, CLIENT)


def set_clock(app: Application, **later: float) -> None:
    """The clock stands so much later than NOW."""
    moment = NOW + timedelta(**later)
    app.clock = lambda: moment


def facts(app: Application, subject_id: str) -> list[str]:
    with app.reading() as work:
        return [entry.event for entry in work.journal.about(subject_id)]
