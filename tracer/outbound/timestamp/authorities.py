"""Asking time-stamp authorities (RFC 3161 over HTTP), one after the other, until one gives a stamp that holds."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tracer.domain.errors import NoTimeStamp, OutboundFailed, OutboundRefused, TimeTokenRejected
from tracer.domain.ledger.certificate_chain import TrustedRoots
from tracer.domain.ledger.signed_token import read_reply
from tracer.domain.ledger.time_token import TimeToken, build_request, verify_time_token
from tracer.outbound.client import GuardedClient
from tracer.outbound.target import named

_HEADERS = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
_OK = 200


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """Where to ask, and whom to trust for it; without roots its stamps are kept as intact, not trusted."""

    url: str = field(repr=False)
    """May hold a secret in path or query."""
    trusted: TrustedRoots | None = None

    @property
    def name(self) -> str:
        """How it is called in messages and records: scheme and host."""
        return named(self.url)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that holds. `token` is what the authority sent, byte for byte (CMS SignedData, for `openssl ts`)."""

    token: bytes = field(repr=False)
    proven: TimeToken
    authority: str
    """The name of the authority asked; `proven.authority` is what its certificate says."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Authorities asked before, each with why its answer did not do."""


def fresh_nonce() -> int:
    """A nonce nobody can guess: positive, of 63 bits."""
    return secrets.randbelow(2**63 - 1) + 1


class TimeAuthorities:
    """The authorities of the settings, in order. False where there are none."""

    def __init__(
        self, authorities: Sequence[TimeAuthority], client: GuardedClient, nonce: Callable[[], int] = fresh_nonce
    ) -> None:
        self.authorities = tuple(authorities)
        self._client = client
        self._nonce = nonce

    def __len__(self) -> int:
        return len(self.authorities)

    @property
    def trusted(self) -> TrustedRoots | None:
        """All the roots of all of them, for verifying tokens kept; None where no authority has any."""
        given = [one.trusted for one in self.authorities if one.trusted is not None]
        if not given:
            return None
        roots = dict.fromkeys(root for one in given for root in one.roots)
        between = dict.fromkeys(link for one in given for link in one.between)
        return TrustedRoots(tuple(roots), tuple(between))

    def stamp(self, digest: bytes) -> Stamp:
        """A stamp over a SHA-256 digest by the first authority whose answer holds; it waits for the network.

        Raises NoTimeStamp with the reason of each where none does, and InvalidValue for another digest.
        """
        skipped: list[tuple[str, str]] = []
        for authority in self.authorities:
            try:
                token, proven = self._ask(authority, digest)
            except (OutboundRefused, OutboundFailed, TimeTokenRejected) as error:
                skipped.append((authority.name, str(error)))
                continue
            return Stamp(token, proven, authority.name, tuple(skipped))
        raise NoTimeStamp(skipped)

    def _ask(self, authority: TimeAuthority, digest: bytes) -> tuple[bytes, TimeToken]:
        nonce = self._nonce()
        answer = self._client.post(authority.url, build_request(digest, nonce), _HEADERS)
        if answer.status != _OK:
            hint = "Ask the authority, or look at its address in the settings"
            raise OutboundFailed(f"time stamp: expected status {_OK}, got {answer.status}. {hint}")
        token = read_reply(answer.body)
        return token, verify_time_token(token, digest, authority.trusted, nonce)
