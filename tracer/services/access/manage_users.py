"""Add users, change what they may do, set their passwords."""

from __future__ import annotations

from dataclasses import replace

from tracer.domain.access import Role, User, check_password, fold_login, parse_role
from tracer.domain.access_records import user_record
from tracer.domain.errors import AlreadyExists, NotAllowed, UnknownId
from tracer.services.access.draw_token import draw_id
from tracer.services.access.hash_password import hash_password
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def add_user(work: UnitOfWork, login: str, role: str, password: str | None) -> User:
    """Add a user; without a password only log-in links let them in.

    Raises InvalidValue (which repeats neither name nor password), AlreadyExists for a name that is taken.
    """
    name, wanted = fold_login(login), parse_role(role)
    if password is not None:
        check_password(password, name)
    work.users.hold_all()
    taken = work.users.with_login(name)
    if taken is not None:
        raise AlreadyExists("user", taken.user_id, "this log-in name is theirs. Choose another name")
    user = User(draw_id("u-"), name, wanted, work.now, None, password is not None)
    work.users.add(user, None if password is None else hash_password(password))
    work.journal.record([Fact("user_added", user.user_id, user_record(user))])
    return user


def ensure_owner(work: UnitOfWork, login: str) -> User:
    """The eldest enabled owner; where there is no user at all, one is made under the name given.

    Raises NotAllowed where there are users and none of them is an owner.
    """
    work.users.hold_all()
    users = work.users.all()
    if not users:
        return add_user(work, login, Role.OWNER, None)
    owners = [user for user in users if _is_owner(user)]
    if not owners:
        raise NotAllowed("there are users, but no owner among them. `tracer user add NAME --role owner` adds one")
    return owners[0]


def change_user(work: UnitOfWork, user_id: str, *, role: str | None = None, disabled: bool | None = None) -> User:
    """Give a user another role, disable or enable them; what is None stays.

    Disabling ends the user's sessions, voids their links and stops their keys, which work again when the user
    is enabled. Raises UnknownId, InvalidValue for a role, NotAllowed where no enabled owner would be left.
    """
    wanted = None if role is None else parse_role(role)
    work.users.hold_all()
    user = work.users.get(user_id)
    disabled_at = user.disabled_at
    if disabled is not None and disabled != (disabled_at is not None):
        disabled_at = work.now if disabled else None
    changed = replace(user, role=wanted or user.role, disabled_at=disabled_at)
    if changed == user:
        return user
    if _is_owner(user) and not _is_owner(changed) and sum(map(_is_owner, work.users.all())) == 1:
        raise NotAllowed(f"user {user_id!r} is the last enabled owner. Make another user an owner first")
    work.users.change(user_id, changed.role, changed.disabled_at)
    if disabled:
        work.log_ins.end_all(user_id, work.now)
        work.log_ins.void_links(user_id, work.now)
    before = {name: value for name, value in user_record(user).items() if user_record(changed)[name] != value}
    work.journal.record([Fact("user_changed", user_id, {**user_record(changed), "before": before})])
    return changed


def set_password(work: UnitOfWork, user_id: str, password: str, *, keep_session: str | None = None) -> None:
    """Set a user's password, which ends their sessions, but for the one to keep, and voids their links.

    Raises UnknownId, InvalidValue (which does not repeat the password).
    """
    check_password(password, work.users.get(user_id).login)
    work.users.change_password_hash(user_id, hash_password(password))
    ended = work.log_ins.end_all(user_id, work.now, keep_session)
    work.log_ins.void_links(user_id, work.now)
    work.journal.record([Fact("password_set", user_id, {"sessions_ended": ended})])


def find_user(work: UnitOfWork, text: str) -> User:
    """The user of an id or a log-in name; raises UnknownId, which does not repeat a name."""
    if text in {user.user_id for user in work.users.all()}:
        return work.users.get(text)
    user = work.users.with_login(fold_login(text))
    if user is None:
        shown = text if text.startswith("u-") else ""
        raise UnknownId("user", shown, "`tracer user list` shows them")
    return user


def _is_owner(user: User) -> bool:
    return user.role is Role.OWNER and user.disabled_at is None
