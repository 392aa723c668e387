"""What goes in and out where it is about users, keys and sessions."""

from __future__ import annotations

from pydantic import Field

from tracer.api.schemas.strict import Strict
from tracer.domain.access import Role, Scope


class UserIn(Strict):
    """A person who may log in; without a password only by a log-in link."""

    login: str = Field(min_length=1, max_length=64, description="The log-in name.", examples=["mei"])
    role: Role = Field(description="What the user is.")
    password: str | None = Field(default=None, max_length=200, description="Null: log-in links only.")


class UserChanges(Strict):
    """What to change of a user; what is left out stays."""

    role: Role | None = Field(default=None, description="Another role, at once.")
    disabled: bool | None = Field(default=None, description="true: sessions end, links and keys stop.")
    password: str | None = Field(default=None, max_length=200, description="A new one, which ends their sessions.")


class UserOut(Strict):
    """A person who may log in."""

    user_id: str = Field(examples=["u-3f8k2m9xqa"])
    login: str
    role: Role
    has_password: bool
    created_at: str
    disabled_at: str | None


class LinkOut(Strict):
    """A link that logs the user in once; null where an answer is given again: it is shown once."""

    path: str | None = Field(examples=["/login?token=…"])
    minutes: int


class KeyIn(Strict):
    """A key for a program: what it may do, and until when."""

    label: str = Field(min_length=1, max_length=100, description="What it is for.", examples=["call forwarder"])
    scopes: list[Scope] = Field(min_length=1, max_length=20, description="What it may do.")
    expires_at: str = Field(
        default="",
        max_length=64,
        description="ISO 8601 with offset; empty: never.",
        examples=["2027-01-01T00:00:00+08:00"],
    )


class KeyOut(Strict):
    """A key as it stands; its secret is not kept."""

    key_id: str
    label: str
    scopes: list[Scope]
    user_id: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None


class NewKeyOut(KeyOut):
    """A new key with its secret, shown this once; null where an answer is given again."""

    key: str | None = Field(examples=["trc_4t9xm2c7qe_…_1b2c3d4e"])


class PasswordIn(Strict):
    """A log-in name and its password."""

    login: str = Field(max_length=200, description="The log-in name.")
    password: str = Field(max_length=1_000, description="Its password.")


class WhoOut(Strict):
    """Who asks, and what may be done; `csrf_token` goes into X-CSRF-Token of every change made with a cookie."""

    principal_id: str
    user_id: str | None
    scopes: list[Scope]
    csrf_token: str | None
