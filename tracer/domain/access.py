"""Who may do what: scopes, the roles that are sets of them, and the principal who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    MANAGE_ACCESS = "access:manage"
    """Users, keys, log-in links."""
    READ_LEDGER = "ledger:read"


class Role(StrEnum):
    """What a person is in the house."""

    OWNER = "owner"
    ANALYST = "analyst"
    OPERATOR = "operator"
    AUDITOR = "auditor"


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.ANALYST: frozenset({Scope.READ_CALLS, Scope.READ_REGISTRY, Scope.READ_REPORTS}),
    Role.OPERATOR: frozenset(
        {
            Scope.LOG_CALLS,
            Scope.READ_CALLS,
            Scope.CHANGE_CALLS,
            Scope.READ_REGISTRY,
            Scope.ISSUE,
            Scope.REVEAL_ONE,
        }
    ),
    Role.AUDITOR: frozenset({Scope.READ_LEDGER}),
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
