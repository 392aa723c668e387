"""Log in by password or link, tell who a session is, and log out.

A log-in that fails is counted and written into the journal before NotAuthenticated is raised: the face catches
that, commits, and raises it again. Argon2 takes a tenth of a second, during which a writing unit of work on SQLite
keeps every other writer waiting: so a server calls `try_password` in a reading unit and `finish_log_in` in a
writing one; `log_in` does both in one.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

from tracer.domain.access import ROLE_SCOPES, AccessRules, LogIn, Principal, fold_login
from tracer.domain.errors import InvalidValue, NotAllowed, NotAuthenticated
from tracer.services.access.draw_token import draw_id, draw_token, hash_token
from tracer.services.access.hash_password import hash_password, is_outdated, verify_password
from tracer.services.access.limit_failures import (
    HOUR,
    SHIPPED_RULES,
    UNKNOWN,
    journal_failure,
    record_failure,
)
from tracer.services.access.limit_rate import Limit, peek, spend
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

TOUCH_AFTER = timedelta(minutes=1)
LINK_MINUTES = 10
LONGEST_LINK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """A password that was looked at: whose it may be, whether it fits, and the hash to keep from now on, if another."""

    login: str
    client: str
    user_id: str | None
    fits: bool
    seen_hash: str | None = field(repr=False)
    new_hash: str | None = field(repr=False)


def log_in(
    work: UnitOfWork, login: str, password: str, client: str, *, rules: AccessRules = SHIPPED_RULES
) -> tuple[str, LogIn]:
    """Log in by name and password; gives the session's token, which is kept nowhere, and the session.

    `client` is where the request comes from. Raises NotAuthenticated (see above: commit), and TooManyRequests
    where too many failed for this client or this name.
    """
    return finish_log_in(work, try_password(work, login, password, client, rules=rules), rules=rules)


def try_password(
    work: UnitOfWork, login: str, password: str, client: str, *, rules: AccessRules = SHIPPED_RULES
) -> Attempt:
    """Look at a password, which takes as long for a name that nobody has. Reading is enough.

    Raises TooManyRequests before it is looked at, InvalidValue for what cannot be a log-in name.
    """
    name = fold_login(login)
    for limit, subject in _limits(rules, client, name):
        peek(work, limit, subject)
    user = work.users.with_login(name)
    kept = work.users.password_hash(user.user_id) if user else None
    fits = verify_password(kept, password)
    new_hash = hash_password(password) if fits and kept and is_outdated(kept) else None
    return Attempt(name, client, user.user_id if user else None, fits, kept, new_hash)


def finish_log_in(work: UnitOfWork, attempt: Attempt, *, rules: AccessRules = SHIPPED_RULES) -> tuple[str, LogIn]:
    """What follows from an attempt, in a writing unit of work; as `log_in`.

    The limits are looked at again: of many attempts made at once no more are answered than the limits allow.
    """
    limits = _limits(rules, attempt.client, attempt.login)
    for limit, subject in limits:
        peek(work, limit, subject)
    if attempt.user_id is None or not _still_fits(work, attempt, attempt.user_id):
        for limit, subject in limits:
            spend(work, limit, subject)
        journal_failure(work, attempt.user_id or UNKNOWN, "password")
        raise NotAuthenticated("the log-in name or the password is wrong")
    if attempt.new_hash is not None:
        work.users.change_password_hash(attempt.user_id, attempt.new_hash)
    return _begin(work, attempt.user_id, "password", rules)


def make_login_link(work: UnitOfWork, user_id: str, minutes: int = LINK_MINUTES) -> str:
    """Make a link that logs a user in once, within minutes; gives its token, which is kept nowhere.

    Raises UnknownId, InvalidValue for minutes, NotAllowed for a disabled user.
    """
    if not 1 <= minutes <= LONGEST_LINK_MINUTES:
        raise InvalidValue("minutes", minutes, f"1 to {LONGEST_LINK_MINUTES} (a week)")
    work.users.hold(user_id)
    if work.users.get(user_id).disabled_at is not None:
        raise NotAllowed(f"user {user_id!r} is disabled. `tracer user enable {user_id}` first")
    token = draw_token()
    expires_at = work.now + timedelta(minutes=minutes)
    work.log_ins.add_link(hash_token(token), user_id, work.now, expires_at)
    work.journal.record([Fact("login_link_made", user_id, {"expires_at": expires_at.isoformat()})])
    return token


def use_login_link(
    work: UnitOfWork, token: str, client: str, *, rules: AccessRules = SHIPPED_RULES
) -> tuple[str, LogIn]:
    """Log in by a link, once; gives as `log_in` does.

    Raises NotAuthenticated (see above: commit) for a link used, expired, void or never made, and
    TooManyRequests in its place where too many links and keys of this client failed.
    """
    token_hash = hash_token(token)
    link = work.log_ins.link(token_hash)
    if link is not None and work.now < link.expires_at:
        work.users.hold(link.user_id)
        enabled = work.users.get(link.user_id).disabled_at is None
        if enabled and work.log_ins.use_link(token_hash, work.now):
            return _begin(work, link.user_id, "link", rules)
    record_failure(work, client, subject_id=link.user_id if link else UNKNOWN, rules=rules)
    raise NotAuthenticated("this link was used or has expired. Ask for a new one: `tracer user link USER` makes it")


def principal_of_session(work: UnitOfWork, token: str, *, rules: AccessRules = SHIPPED_RULES) -> tuple[Principal, bool]:
    """Who a session's token is, and whether `touch_session` is due. Reading is enough.

    Raises NotAuthenticated for a session ended, expired, left idle too long or never begun, and for a disabled
    user. That needs no `record_failure`.
    """
    session = work.log_ins.session(hash_token(token))
    if session is None or session.ended_at is not None or work.now >= session.expires_at:
        raise _not_logged_in()
    unseen = work.now - session.seen_at
    user = work.users.get(session.user_id)
    if unseen >= timedelta(hours=rules.idle_hours) or user.disabled_at is not None:
        raise _not_logged_in()
    principal = Principal(user.user_id, ROLE_SCOPES[user.role], user.user_id, session.session_id)
    return principal, unseen >= TOUCH_AFTER


def touch_session(work: UnitOfWork, session_id: str) -> None:
    """Note that a session is in use, which keeps it from falling idle. No time seen before is taken back."""
    work.log_ins.touch(session_id, work.now)


def log_out(work: UnitOfWork, session_id: str) -> None:
    """End a session; nothing happens where it has ended."""
    user_id = work.log_ins.end(session_id, work.now)
    if user_id is not None:
        work.journal.record([Fact("logged_out", user_id, {"session_id": session_id})])


def csrf_token(token: str) -> str:
    """What the forms of a session carry: HMAC-SHA256 of a label under its token, base64url.

    To be compared in constant time.
    """
    made = hmac.digest(token.encode(), b"tracer/csrf", "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _limits(rules: AccessRules, client: str, login: str) -> tuple[tuple[Limit, str], ...]:
    """By the name given, not by user: a name that nobody has is limited alike."""
    return (
        (Limit("failed log-ins", rules.failed_logins_per_hour, HOUR), client),
        (Limit("failed log-ins for this name", rules.failures_per_account, HOUR), login),
    )


def _still_fits(work: UnitOfWork, attempt: Attempt, user_id: str) -> bool:
    """Whether the password fits, and neither it nor the user was changed meanwhile."""
    work.users.hold(user_id)
    user = work.users.get(user_id)
    return attempt.fits and user.disabled_at is None and work.users.password_hash(user_id) == attempt.seen_hash


def _begin(work: UnitOfWork, user_id: str, by: str, rules: AccessRules) -> tuple[str, LogIn]:
    token = draw_token()
    begun = LogIn(draw_id("s-"), user_id, work.now + timedelta(hours=rules.session_hours))
    work.log_ins.begin(hash_token(token), begun, work.now)
    work.journal.record([Fact("logged_in", user_id, {"session_id": begun.session_id, "by": by})])
    return token, begun


def _not_logged_in() -> NotAuthenticated:
    return NotAuthenticated("you are not logged in, or your session has ended. Log in again")
