"""Every error the domain and the services raise on purpose.

    TracerError
    ├── InvalidValue          a single value is not what its field expects
    ├── InvalidRecord         a record with bad columns: a problem for each of them
    ├── UnknownId             an id that nothing carries
    ├── AlreadyExists         an id or identity that is taken, with other content
    ├── NotAllowed            a rule of the domain forbids it now
    │   └── CallUnsettled     an erasure would lose which canary the call was for
    ├── CapacityExhausted     nothing left to issue on these lines
    ├── BundleRejected        an import that had bad rows; nothing was kept
    ├── NotAuthenticated      nobody known asks: no credentials, or wrong, expired or revoked ones
    ├── NotPermitted          whoever asks is known and may not
    ├── TooManyRequests       a rate limit is used up for now
    ├── RequestReused         an Idempotency-Key that came with another request before
    ├── RequestInFlight       an Idempotency-Key whose first request is still at work
    ├── EvidenceRejected      a note, proof, record or pack that does not hold
    ├── BackupRejected        a file that is no whole backup of this registry; nothing was restored
    ├── OutboundRefused       an outgoing request that the guard does not let out: its URL, port or address
    ├── OutboundFailed        an outgoing request that got no usable answer: down, slow, too large, redirected
    ├── TimeTokenRejected     a time stamp that does not prove what it was asked for
    ├── NoTimeStamp           no authority gave a time stamp that holds
    └── StoreError            the database or its key cannot be used
        ├── NotOurDatabase
        ├── DatabaseTooNew
        ├── WrongKey
        ├── LedgerForked      the database is older than what its ledger has signed, or another one
        └── StoreUnavailable
            └── BackupUnwritable  the file of a backup or its folder refuses; the database is well

A message says what was expected, what came and what to do. Errors carry facts
and no exit code or HTTP status: faces map the classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class TracerError(Exception):
    """Base of all refusals; its text is meant for the person who asked."""

    def __reduce__(self) -> tuple[Any, ...]:
        """As it is, whatever its class is made from: refusals come back from other processes."""
        return _made_again, (type(self), self.args), self.__dict__


def _made_again(kind: type[TracerError], args: tuple[object, ...]) -> TracerError:
    error = kind.__new__(kind)
    error.args = args
    return error


class InvalidValue(TracerError):
    """A value does not parse or lies outside what its field allows."""

    def __init__(self, field: str, got: object, expected: str, hint: str = "") -> None:
        self.field = field
        self.got = got
        self.expected = expected
        self.hint = hint
        super().__init__(self.describe())

    def describe(self) -> str:
        """One sentence: field, expected, got, and what to do where that is not obvious."""
        shown = repr(self.got)
        if len(shown) > 80:
            shown = shown[:77] + "…"
        text = f"{self.field}: expected {self.expected}, got {shown}"
        return f"{text}. {self.hint}" if self.hint else text


class InvalidRecord(TracerError):
    """A record with bad columns; `problems` holds one InvalidValue for each."""

    def __init__(self, problems: list[InvalidValue]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))


class UnknownId(TracerError):
    """No such channel, canary, order, call or number."""

    def __init__(self, noun: str, given: str, hint: str = "") -> None:
        self.noun = noun
        self.given = given
        text = f"there is no {noun} {given!r}" if given else f"there is no such {noun}"
        super().__init__(f"{text}. {hint}" if hint else text)


class AlreadyExists(TracerError):
    """The id is taken by something with other content."""

    def __init__(self, noun: str, given: str, difference: str) -> None:
        self.noun = noun
        self.given = given
        article = "an" if noun[0] in "aeiou" else "a"
        super().__init__(f"there is {article} {noun} {given!r} already: {difference}")


class NotAllowed(TracerError):
    """The request is well formed, but a rule of the domain forbids it now."""


class CallUnsettled(NotAllowed):
    """What was heard in the call says which canary it was for, no person has stated it, and an erasure takes it away.

    `canary_id` is the one that is sure enough to be stated first, None where none is; `p` is that of the best.
    """

    def __init__(self, call_id: str, canary_id: str | None, p: float) -> None:
        self.call_id = call_id
        self.canary_id = canary_id
        self.p = p
        told = (
            f"What was heard says that it was for canary {canary_id!r} (p = {p:.2f}). Erase with --settle "
            '(HTTP: "unsettled": "settle"), and that is noted first; or with --anyway, and it is lost'
            if canary_id
            else "What was heard makes some canaries likelier than others, none of them sure enough to be noted "
            f"(p = {p:.2f}). State the canary if you know it (`tracer call correct`), or erase with --anyway "
            '(HTTP: "unsettled": "anyway"), and it is lost'
        )
        super().__init__(f"call {call_id!r}: which canary it was for is not stated. {told}")


class CapacityExhausted(TracerError):
    """No name or line is left to issue; the message says what to add."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One bad row of an imported file."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.column}: {self.reason}" if self.column else f"{where}: {self.reason}"


class BundleRejected(TracerError):
    """An import was refused as a whole; `problems` names the bad rows found (a sample past the limit)."""

    def __init__(self, problems: Sequence[RowProblem], total: int) -> None:
        self.problems = tuple(problems)
        self.total = total
        rows = "1 problem" if total == 1 else f"{total:,} problems"
        super().__init__(f"nothing was imported: {rows} found. Mend the rows named and import again")


class NotAuthenticated(TracerError):
    """Nobody known asks. The message never says which part of the credentials was wrong, but what form they have."""


class NotPermitted(TracerError):
    """Whoever asks is known, and lacks the scope."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(f"this needs the scope {scope}, which you were not given. An owner can grant it")


class TooManyRequests(TracerError):
    """A rate limit is used up; `retry_after` is in seconds."""

    def __init__(self, what: str, retry_after: float) -> None:
        self.what = what
        self.retry_after = retry_after
        super().__init__(f"too many {what}. Try again in {max(1, round(retry_after))} s")


class RequestReused(TracerError):
    """An Idempotency-Key came with another operation or body than the first time."""


class RequestInFlight(TracerError):
    """The first request with this Idempotency-Key has not been answered yet."""


class EvidenceRejected(TracerError):
    """A signed note, a proof, a record or an evidence pack does not hold; the message names the part that does not."""


class BackupRejected(TracerError):
    """A file is no backup, not a whole one, or not what was sealed; nothing was restored of it."""


class OutboundRefused(TracerError):
    """The guard lets this request not out. The message names host and port, never path, query or log-in."""


class OutboundFailed(TracerError):
    """The request was let out and got no usable answer. The message names host and port only."""


class TokenFault(StrEnum):
    """Which check of a time stamp failed."""

    GARBAGE = "garbage"
    """The bytes are no time stamp: cut off, damaged, something else."""
    UNSUPPORTED = "unsupported"
    """A well-formed time stamp in a form that is not verified here; it may be sound."""
    NOT_GRANTED = "not_granted"
    WRONG_IMPRINT = "wrong_imprint"
    WRONG_NONCE = "wrong_nonce"
    BAD_SIGNATURE = "bad_signature"
    NOT_TIME_STAMPING = "not_time_stamping"
    """The certificate was not issued for time stamping, or not for that alone."""
    EXPIRED = "expired"
    """The certificate was not valid at the token's own time."""
    NOT_TRUSTED = "not_trusted"
    """The certificate leads to none of the roots given."""


class TimeTokenRejected(TracerError):
    """A time stamp does not prove what it was asked for; `fault` says which check failed."""

    def __init__(self, fault: TokenFault, expected: str, got: str, hint: str = "") -> None:
        self.fault = fault
        text = f"time stamp: expected {expected}, got {got if len(got) <= 200 else got[:197] + '…'}"
        super().__init__(f"{text}. {hint}" if hint else text)


class NoTimeStamp(TracerError):
    """No authority gave a time stamp that holds; `reasons` are (authority, why), in the order they were asked."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        self.reasons = tuple(reasons)
        told = "; ".join(f"{authority}: {why}" for authority, why in self.reasons)
        if self.reasons:
            text = f"no time-stamp authority gave a stamp that holds ({told}). Try again later, or add another"
        else:
            text = "there is no time-stamp authority to ask. Put one into the setting time_authorities"
        super().__init__(text)


class StoreError(TracerError):
    """The database or its key cannot be used."""


class NotOurDatabase(StoreError):
    """The file or server database holds something else than a Tracer registry."""


class DatabaseTooNew(StoreError):
    """The database was written by a newer program."""


class WrongKey(StoreError):
    """The key at hand is not the one the registry was sealed with, or it is missing."""


class LedgerForked(StoreError):
    """The ledger in the database does not continue what was signed before: a backup was restored, or it was changed."""


class StoreUnavailable(StoreError):
    """The database cannot be read or written: disk full, read-only, locked or gone."""


class BackupUnwritable(StoreUnavailable):
    """The file of a backup or its folder cannot be written, or older ones not taken away; the database is well."""
