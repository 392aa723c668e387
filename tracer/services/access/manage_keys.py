"""Make and revoke API keys, and tell who a key is."""

from __future__ import annotations

import hmac
import os
from collections.abc import Collection
from datetime import datetime, timedelta

from tracer.domain.access import ROLE_SCOPES, AccessRules, ApiKey, Principal, Scope, check_label, parse_scopes
from tracer.domain.access_records import key_record
from tracer.domain.columns import format_time
from tracer.domain.errors import InvalidValue, NotAllowed, NotAuthenticated, NotPermitted
from tracer.domain.key_text import MARK, SECRET_BYTES, read_key, write_key
from tracer.services.access.draw_token import draw_id, hash_token
from tracer.services.access.limit_failures import SHIPPED_RULES, check_failures
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

TOUCH_AFTER = timedelta(minutes=1)


def make_key(
    work: UnitOfWork, label: str, scopes: Collection[str], expires_at: datetime | None, by: Principal | None
) -> tuple[str, ApiKey]:
    """Make a key that may do what the scopes name; gives its text, which is kept nowhere, and the key.

    `expires_at` None: never. `by` None: made on the command line, which may grant everything. Raises
    InvalidValue for label, scopes or expiry, NotPermitted for a scope that `by` lacks.
    """
    name, granted = check_label(label), parse_scopes(scopes)
    if by is not None:
        for scope in sorted(granted - by.scopes):
            raise NotPermitted(scope)
    if expires_at is not None and expires_at <= work.now:
        raise InvalidValue("expires_at", format_time(expires_at), f"a time after now, {format_time(work.now)}")
    key = ApiKey(
        key_id=draw_id(MARK),
        label=name,
        scopes=granted,
        user_id=None if by is None else by.user_id,
        created_at=work.now,
        expires_at=expires_at,
        revoked_at=None,
        used_at=None,
    )
    text = write_key(key.key_id, os.urandom(SECRET_BYTES))
    work.api_keys.add(key, hash_token(read_key(text).secret))
    work.journal.record([Fact("key_made", key.key_id, key_record(key))])
    return text, key


def revoke_key(work: UnitOfWork, key_id: str) -> ApiKey:
    """Revoke a key, for ever. Raises UnknownId, NotAllowed where it was revoked before."""
    revoked = work.api_keys.revoke(key_id, work.now)
    key = work.api_keys.get(key_id)
    if not revoked:
        raise NotAllowed(f"key {key_id!r} was revoked already, on {format_time(key.revoked_at)}")
    work.journal.record([Fact("key_revoked", key_id, {"revoked_at": format_time(key.revoked_at)})])
    return key


def principal_of_key(
    work: UnitOfWork, text: str, client: str, *, rules: AccessRules = SHIPPED_RULES
) -> tuple[Principal, bool]:
    """Who a key is, and whether `touch_key` is due. Reading is enough.

    The scopes are those of the key that its user's role has now. Raises NotAuthenticated, which says what is
    wrong and does not repeat the key: the face then calls `record_failure` in a writing unit of work and commits.
    Where too many links and keys of this client failed, TooManyRequests comes in its place.
    """
    try:
        return _principal(work, text)
    except NotAuthenticated:
        check_failures(work, client, rules)
        raise


def touch_key(work: UnitOfWork, key_id: str) -> None:
    """Note that a key is in use. No time noted before is taken back."""
    work.api_keys.touch(key_id, work.now)


def _principal(work: UnitOfWork, text: str) -> tuple[Principal, bool]:
    given = read_key(text)
    key = work.api_keys.find(given.key_id)
    if key is None or not hmac.compare_digest(work.api_keys.secret_hash(key.key_id), hash_token(given.secret)):
        raise NotAuthenticated("there is no such key. `tracer key list` shows those there are")
    if key.revoked_at is not None:
        raise NotAuthenticated(f"this key was revoked, on {format_time(key.revoked_at)}. Ask for a new one")
    if key.expires_at is not None and work.now >= key.expires_at:
        raise NotAuthenticated(f"this key expired on {format_time(key.expires_at)}. Ask for a new one")
    due = key.used_at is None or work.now - key.used_at >= TOUCH_AFTER
    return Principal(key.key_id, _scopes_now(work, key), key.user_id), due


def _scopes_now(work: UnitOfWork, key: ApiKey) -> frozenset[Scope]:
    if key.user_id is None:
        return key.scopes
    user = work.users.get(key.user_id)
    if user.disabled_at is not None:
        raise NotAuthenticated("the user whose key this is was disabled. An owner can enable them again")
    return key.scopes & ROLE_SCOPES[user.role]
