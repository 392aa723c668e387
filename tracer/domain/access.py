"""Who may do what: scopes, the roles that are sets of them, users, keys, log-ins, and the principal who asks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracer.domain.errors import InvalidValue

LOGIN_LIMIT = 64
LABEL_LIMIT = 100
PASSWORD_LEAST, PASSWORD_LIMIT = 10, 200


class Scope(StrEnum):
    """One kind of thing that may be done; each route of the service names the one it needs."""

    LOG_CALLS = "calls:log"
    """Log a call, and nothing else: what an intake key has."""
    READ_CALLS = "calls:read"
    CHANGE_CALLS = "calls:change"
    READ_REGISTRY = "registry:read"
    """Channels, canaries, orders, numbers, without names and numbers of recipients."""
    ISSUE = "registry:issue"
    """Issue a canary, place an order, record an exposure."""
    MANAGE_REGISTRY = "registry:manage"
    """Channels, numbers, batches of canaries, retiring."""
    REVEAL_ONE = "identities:one"
    """See one canary, order or call at a time as it is."""
    REVEAL_ALL = "identities:all"
    """See lists as they are."""
    READ_REPORTS = "reports:read"
    BULK = "bulk"
    """Import and export."""
    BACK_UP = "backups:make"
    """Make backups on the server and list them; they open with the master key alone and are not handed out."""
    MANAGE_JOBS = "jobs:manage"
    """Have recurring jobs run now, pause and resume them."""
    MANAGE_ACCESS = "access:manage"
    """Users, keys, log-in links."""
    READ_LEDGER = "ledger:read"
    ERASE = "erase"
    """Take personal data away for ever."""
    NOTIFY = "notify"
    """Say where oneself is told of things."""


class Role(StrEnum):
    """What a person is in the house."""

    OWNER = "owner"
    ANALYST = "analyst"
    OPERATOR = "operator"
    AUDITOR = "auditor"


ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.ANALYST: frozenset({Scope.READ_CALLS, Scope.READ_REGISTRY, Scope.READ_REPORTS, Scope.NOTIFY}),
    Role.OPERATOR: frozenset(
        {
            Scope.LOG_CALLS,
            Scope.READ_CALLS,
            Scope.CHANGE_CALLS,
            Scope.READ_REGISTRY,
            Scope.ISSUE,
            Scope.REVEAL_ONE,
            Scope.NOTIFY,
        }
    ),
    Role.AUDITOR: frozenset({Scope.READ_LEDGER, Scope.NOTIFY}),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user (`u-…`) or a key (`trc_…` id), and what may be done.

    `user_id` is the person behind it, None for a key made on the command line.
    """

    principal_id: str
    scopes: frozenset[Scope]
    user_id: str | None = None
    session_id: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the scope is among those granted."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in; `disabled_at` None: enabled. Without a password only links let them in."""

    user_id: str
    login: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs, without its secret. `user_id` None: made on the command line; `expires_at` None: never."""

    key_id: str
    label: str
    scopes: frozenset[Scope]
    user_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class LogIn:
    """A session as it begins; `expires_at` is when it ends at the latest."""

    session_id: str
    user_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessRules:
    """How long log-ins last, in hours, and how many may fail in an hour. What is written here are the shipped settings.

    A client may fail `failed_logins_per_hour` times, an account half as often, from wherever it is tried.
    """

    session_hours: int = 720
    idle_hours: int = 168
    failed_logins_per_hour: int = 20

    @property
    def failures_per_account(self) -> int:
        """How many log-ins may fail for one account in an hour."""
        return max(1, self.failed_logins_per_hour // 2)


def fold_login(text: str) -> str:
    """A log-in name in its one form: NFKC, case-folded, no blanks around it.

    Raises InvalidValue, which does not repeat the name, unless 1 to 64 printable characters are left.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if not 1 <= len(folded) <= LOGIN_LIMIT:
        raise InvalidValue("log-in name", f"{len(folded)} characters", f"1 to {LOGIN_LIMIT} characters")
    if not folded.isprintable():
        raise InvalidValue("log-in name", "one with control characters", "printable characters only")
    return folded


def fold_password(text: str) -> str:
    """A password as it is hashed: NFKC, so that every keyboard gives the same (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", text)


def check_password(text: str, login: str) -> None:
    """Raise InvalidValue, which does not repeat it, for a password too short, too long or equal to the log-in name."""
    length = len(fold_password(text))
    if not PASSWORD_LEAST <= length <= PASSWORD_LIMIT:
        expected = f"{PASSWORD_LEAST} to {PASSWORD_LIMIT} characters"
        raise InvalidValue("password", f"{length} characters", expected, "Choose another one")
    if fold_password(text).casefold().strip() == login:
        raise InvalidValue("password", "the log-in name", "something else than the log-in name", "Choose another one")


def check_label(text: str) -> str:
    """What a key is called; raises InvalidValue unless it has 1 to 100 printable characters."""
    label = text.strip()
    if not (1 <= len(label) <= LABEL_LIMIT and label.isprintable()):
        raise InvalidValue("label", f"{len(label)} characters", f"1 to {LABEL_LIMIT} printable characters")
    return label


def parse_role(text: str) -> Role:
    """A role by its name; raises InvalidValue naming all of them."""
    if text not in set(Role):
        raise InvalidValue("role", text, f"one of: {' '.join(Role)}")
    return Role(text)


def parse_scopes(texts: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their names; raises InvalidValue naming all of them for none or an unknown one."""
    given = list(texts)
    for text in given or [""]:
        if text not in set(Scope):
            raise InvalidValue("scope", text, f"one or more of: {' '.join(Scope)}")
    return frozenset(Scope(text) for text in given)
