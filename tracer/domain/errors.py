"""Every error the domain and the services raise on purpose.

    TracerError
    ├── InvalidValue          a single value is not what its field expects
    ├── UnknownId             an id that nothing carries
    ├── AlreadyExists         an id or identity that is taken, with other content
    ├── NotAllowed            a rule of the domain forbids it now
    ├── CapacityExhausted     nothing left to issue on these lines
    ├── BundleRejected        an import that had bad rows; nothing was kept
    ├── NotAuthenticated      nobody known asks: no credentials, or wrong, expired or revoked ones
    ├── NotPermitted          whoever asks is known and may not
    ├── TooManyRequests       a rate limit is used up for now
    ├── RequestReused         an Idempotency-Key that came with another request before
    ├── RequestInFlight       an Idempotency-Key whose first request is still at work
    ├── EvidenceRejected      a note, proof, record or pack that does not hold
    ├── BackupRejected        a file that is no whole backup of this registry; nothing was restored
    └── StoreError            the database or its key cannot be used
        ├── NotOurDatabase
        ├── DatabaseTooNew
        ├── WrongKey
        ├── LedgerForked      the database is older than what its ledger has signed, or another one
        └── StoreUnavailable

A message says what was expected, what came and what to do. Errors carry facts
and no exit code or HTTP status: faces map the classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
