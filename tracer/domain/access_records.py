"""Users and keys as records, for JSON and for the journal; no secret is in them."""

from __future__ import annotations

from tracer.domain.access import ApiKey, User
from tracer.domain.columns import format_time


def user_record(user: User) -> dict[str, object]:
    """A user: times as ISO 8601, null where there is none."""
    return {
        "user_id": user.user_id,
        "login": user.login,
        "role": user.role.value,
        "created_at": format_time(user.created_at),
        "disabled_at": format_time(user.disabled_at) or None,
        "has_password": user.has_password,
    }


def key_record(key: ApiKey) -> dict[str, object]:
    """A key, without its secret: times as ISO 8601, null where there is none; scopes in order."""
    return {
        "key_id": key.key_id,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "user_id": key.user_id,
        "created_at": format_time(key.created_at),
        "expires_at": format_time(key.expires_at) or None,
        "revoked_at": format_time(key.revoked_at) or None,
        "used_at": format_time(key.used_at) or None,
    }
