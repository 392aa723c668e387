"""Owned numbers in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from uuid_utils.compat import uuid7

from tracer.domain.line import NumberKind, OwnedNumber
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Session, by_keys, chunks
from tracer.storage.tables import NumberRow

_ID_OF = select(NumberRow.number_id).where(NumberRow.number_key == bindparam("key"))
_BY_KEY = by_keys(tuple(NumberRow.__table__.columns), NumberRow.number_key)


@dataclass(frozen=True, slots=True)
class StoredNumber:
    """An owned number and the row id that other tables point to."""

    number_id: str
    owned: OwnedNumber


class Numbers:
    """The pool of owned base numbers: few, so it is read whole, once a unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pool: list[StoredNumber] | None = None
        self._cipher = sealed_by_row(session.cipher, NumberRow)

    def add(self, numbers: Sequence[OwnedNumber], import_id: int | None = None) -> list[StoredNumber]:
        """Insert numbers that are not in the pool yet."""
        self._pool = None
        stored = [StoredNumber(f"n-{uuid7().hex}", number) for number in numbers]
        self._session.insert(
            NumberRow,
            [self._cipher.seal({**self._values(item), "import_id": import_id}) for item in stored],
        )
        return stored

    def replace(self, stored: StoredNumber) -> None:
        """Write the changed particulars of a number that is in the pool."""
        self._pool = None
        values = self._cipher.seal(self._values(stored))
        number_id = values.pop("number_id")
        self._session.connection.execute(update(NumberRow).where(NumberRow.number_id == number_id).values(**values))

    def all(self) -> Sequence[StoredNumber]:
        """The whole pool, by number."""
        if self._pool is None:
            rows = self._session.stream(select(*NumberRow.__table__.columns))
            self._pool = sorted((self._stored(row) for row in rows), key=lambda item: item.owned.number)
        return self._pool

    def find(self, numbers: Sequence[str]) -> dict[str, StoredNumber]:
        """Those of the E.164 numbers that are in the pool."""
        keys = {self._key(number): number for number in numbers}
        found: dict[str, StoredNumber] = {}
        for part in chunks(list(keys)):
            rows = self._session.stream(_BY_KEY, keys=part)
            found |= {keys[row["number_key"]]: self._stored(row) for row in rows}
        return found

    def id_of(self, number: str) -> str | None:
        """The row id of an E.164 number, None where it is not in the pool."""
        row = self._session.connection.execute(_ID_OF, {"key": self._key(number)}).first()
        return row[0] if row else None

    def _key(self, number: str) -> bytes:
        return self._session.cipher.blind_index("numbers.number", number)

    def _values(self, stored: StoredNumber) -> dict[str, Any]:
        owned = stored.owned
        return {
            "number_id": stored.number_id,
            "number": owned.number,
            "number_key": self._key(owned.number),
            "kind": owned.kind.value,
            "extension_digits": owned.extension_digits,
            "owned_from": owned.owned_from,
            "owned_until": owned.owned_until,
            "notes": owned.notes,
            "test_line": owned.test_line,
        }

    def _stored(self, row: Mapping[str, Any]) -> StoredNumber:
        values = self._cipher.open(row)
        return StoredNumber(
            values["number_id"],
            OwnedNumber(
                number=values["number"],
                kind=NumberKind(values["kind"]),
                extension_digits=values["extension_digits"],
                owned_from=values["owned_from"],
                owned_until=values["owned_until"],
                notes=values["notes"],
                test_line=values["test_line"],
            ),
        )


def base_numbers(session: Session) -> dict[str, str]:
    """The E.164 number of every row id, for who needs nothing else of the pool."""
    rows = sealed_by_row(session.cipher, NumberRow)
    query = select(NumberRow.number_id, NumberRow.number)
    return {row["number_id"]: rows.open(row)["number"] for row in session.stream(query)}
