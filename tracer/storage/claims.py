"""Name claims: the database decides whether a name is still free (ADR 0009).

Each token of a name (domain.codebook.spacing) is one row of a table with one unique column. What
we issue ourselves inserts its claims plainly, and two that take the same cannot both be kept. An
imported name claims what is left, and is told apart by what was claimed before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, select

from tracer.domain.codebook.sound_version import SOUND_VERSION
from tracer.domain.errors import StoreUnavailable
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.session import Session, chunks
from tracer.storage.tables import InstanceRow

_MOST_TOKENS = 200  # nobody's name has twenty syllables; a file of pages for names would have thousands of pairs
_AT_ONCE = 900  # parameters that every SQLite takes in one statement
_SENT_AT_ONCE = 50_000
_LOOK_UP = "SELECT claim FROM name_claims WHERE claim"
_TAKE = {
    "postgresql": "INSERT INTO name_claims (claim) SELECT unnest(%(claims)s::bigint[])",
    "sqlite": "INSERT INTO name_claims (claim) VALUES (?)",
}


class NameClaims(NamedTuple):
    """What one name claims.

    `telling` claims keep names apart: whoever finds one of them taken sounds like another. `spare`
    ones only keep room around the first names of a number.
    """

    telling: Sequence[int]
    spare: Sequence[int] = ()


def take_turns(connection: Connection) -> None:
    """Wait until no other process claims names, to the end of the transaction.

    The unique column alone would do, but two batches that draw the same in another order can wait
    for each other for ever, and an import could not tell what it sounds like. On SQLite writers
    take turns anyway.
    """
    hold(connection, Lock.NAMES)


def sound_version(connection: Connection) -> int | None:
    """By which version of the phonetics the claims in the database were made; None before it is founded."""
    return connection.execute(select(InstanceRow.sound_version)).scalar()


class Claims:
    """The table of claims, seen from one unit of work."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection
        self._cipher = session.cipher
        self._dialect = session.connection.dialect.name

    def begin(self) -> None:
        """Take turns, and see that the claims are of this program's phonetics; raises StoreUnavailable."""
        take_turns(self._connection)
        self.require_phonetics()

    def require_phonetics(self) -> None:
        """Raise StoreUnavailable where the claims are of another version of the phonetics."""
        found = sound_version(self._connection)
        if found != SOUND_VERSION:
            raise StoreUnavailable(
                f"another version of Tracer (phonetics {found}, here {SOUND_VERSION}) is at work on this database, "
                "and the two hear names differently. Use one version everywhere and start again"
            )

    def of(self, name: str, gender: str, number_id: str | None, *, first: bool = False) -> NameClaims:
        """The claims of a name; `number_id` None where it has an extension of its own.

        `first`: among the first names of its number.
        """
        if not name:  # erased
            return NameClaims(())
        # The phonetics take long to load, and few commands claim a name.
        from tracer.domain.codebook.spacing import tokens

        found = tokens(name, gender, shares_number=number_id is not None, first=first)
        claims = self._cipher.claims(found.registry)
        if number_id is None:
            return NameClaims(claims)
        on_line = found.line[:_MOST_TOKENS]
        line = self._cipher.line_claims(number_id, on_line)
        pairs = sum(token.count("|") > 1 for token in on_line)  # "01|a|b" has two sounds; "0|a", after them, one
        return NameClaims(claims + line[:pairs], line[pairs:])

    def free(self, names: Iterable[tuple[str, str]]) -> list[bool]:
        """For each (name, gender), whether nobody in the registry bears it and nobody of the gender its sound."""
        wanted = [self.of(name, gender, None).telling for name, gender in names]
        taken = self.taken(list(chain.from_iterable(wanted)))
        return [taken.isdisjoint(claims) for claims in wanted]

    def take(self, names: Iterable[NameClaims]) -> None:
        """Claim all of it; raises IntegrityError where one claim is taken already."""
        self._insert([claim for name in names for part in name for claim in part], _TAKE[self._dialect])

    def take_free(self, names: Sequence[NameClaims]) -> list[bool]:
        """Claim what is free; gives for each name whether it sounds like an earlier one, here or in the database."""
        taken = self.taken([claim for name in names for claim in name.telling])
        alike = []
        for name in names:
            alike.append(not taken.isdisjoint(name.telling))
            taken.update(name.telling)
        claims = {claim for name in names for part in name for claim in part}
        self._insert(claims, f"{_TAKE[self._dialect]} ON CONFLICT DO NOTHING")
        return alike

    def taken(self, claims: Sequence[int]) -> set[int]:
        """Those of the claims that are in the database."""
        taken: set[int] = set()
        postgresql = self._dialect == "postgresql"
        for part in chunks(claims, _SENT_AT_ONCE if postgresql else _AT_ONCE):
            if postgresql:
                sql, parameters = f"{_LOOK_UP} = ANY(%(claims)s::bigint[])", {"claims": list(part)}
                found = self._connection.exec_driver_sql(sql, parameters)
            else:
                found = self._connection.exec_driver_sql(f"{_LOOK_UP} IN ({','.join('?' * len(part))})", tuple(part))
            taken.update(found.scalars())
        return taken

    def _insert(self, claims: Collection[int], sql: str) -> None:
        """In order, so that neighbours in the index are written together."""
        for part in chunks(sorted(claims), _SENT_AT_ONCE):
            if self._dialect == "postgresql":
                self._connection.exec_driver_sql(sql, {"claims": list(part)})
            else:
                self._connection.exec_driver_sql(sql, list(zip(part, strict=True)))
