"""Canaries as rows and back: sealing, opening, and their channels and base numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from tracer.domain.canary import Canary, CanaryState
from tracer.domain.errors import UnknownId
from tracer.domain.line import Line
from tracer.storage.numbers import base_numbers
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session, by_keys, chunks
from tracer.storage.tables import CanaryRow, IssuedForRow, NumberRow

CANARY_COLUMNS = tuple(
    column for column in CanaryRow.__table__.columns if column.name not in {"sounds_like_another", "import_id"}
)
CANARIES_BY_ID = by_keys(CANARY_COLUMNS, CanaryRow.canary_id)
_ISSUED_FOR = by_keys((IssuedForRow.canary_id, IssuedForRow.channel_id), IssuedForRow.canary_id).order_by(
    IssuedForRow.canary_id, IssuedForRow.position
)
_LINE_OF = (
    select(CanaryRow.canary_id, CanaryRow.extension, CanaryRow.number_id, NumberRow.number)
    .join(NumberRow, NumberRow.number_id == CanaryRow.number_id)
    .where(CanaryRow.canary_id == bindparam("canary_id"))
)


def unknown_canary(canary_id: str) -> UnknownId:
    """What is said where no canary has the id."""
    return UnknownId("canary", canary_id, "`tracer canary list` shows them")


class CanaryRows:
    """Turns canaries into rows and rows into canaries, within one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, CanaryRow)
        self._numbers: dict[str, str] = {}
        self._line_keys: dict[str, bytes] = {}

    def line_key(self, line: Line) -> bytes:
        """The blind index of a line as dialled."""
        if line.extension is not None:
            return self._session.cipher.blind_index("line", line.text)
        if line.number not in self._line_keys:  # many canaries share it
            self._line_keys[line.number] = self._session.cipher.blind_index("line", line.text)
        return self._line_keys[line.number]

    def values(
        self, canary: Canary, number_id: str, now: datetime, import_id: int | None, alike: bool
    ) -> dict[str, Any]:
        """A sealed row; `alike` where the name sounds like an earlier one."""
        line_key = self.line_key(canary.phone)
        return self._cipher.seal(
            {
                "canary_id": canary.canary_id,
                "recipient_name": canary.recipient_name,
                "number_id": number_id,
                "extension": canary.phone.extension or "",
                "line_key": line_key,
                "issued_line_key": line_key if import_id is None and canary.phone.extension is not None else None,
                "issued_at": canary.issued_at,
                "locale": canary.locale,
                "gender": canary.gender,
                "purpose": canary.purpose,
                "state": canary.state.value,
                "state_since": now,
                "tags": " ".join(canary.tags),
                "notes": canary.notes,
                "import_id": import_id,
                "sounds_like_another": alike,
            }
        )

    def read(self, query: Query, *, keys: Sequence[str] | None = None) -> Iterator[Canary]:
        """The canaries of a query for CANARY_COLUMNS, in flat memory; `keys` as `Session.stream` takes them."""
        batch: list[Mapping[str, Any]] = []
        for row in self._session.stream(query, keys=keys):
            batch.append(row)
            if len(batch) == 500:
                yield from self._canaries(batch)
                batch = []
        yield from self._canaries(batch)

    def line_of(self, canary_id: str) -> Line:
        """The line of one canary, by one look-up; raises UnknownId."""
        row = self._session.connection.execute(_LINE_OF, {"canary_id": canary_id}).first()
        if row is None:
            raise unknown_canary(canary_id)
        open_field = self._session.cipher.open
        extension = open_field("canaries", "extension", row.canary_id, row.extension)
        return Line(open_field("numbers", "number", row.number_id, row.number), extension or None)

    def base_number(self, number_id: str) -> str:
        """The E.164 number of a row id."""
        if number_id not in self._numbers:
            self._numbers = base_numbers(self._session)
        return self._numbers[number_id]

    def _canaries(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Canary]:
        issued_for = self._issued_for([row["canary_id"] for row in rows])
        for row in rows:
            values = self._cipher.open(row)
            yield Canary(
                canary_id=values["canary_id"],
                recipient_name=values["recipient_name"],
                phone=Line(self.base_number(values["number_id"]), values["extension"] or None),
                issued_at=values["issued_at"],
                locale=values["locale"],
                gender=values["gender"],
                issued_for=tuple(issued_for.get(values["canary_id"], ())),
                purpose=values["purpose"],
                state=CanaryState(values["state"]),
                tags=tuple(values["tags"].split()),
                notes=values["notes"],
                erased_at=values["erased_at"],
            )

    def _issued_for(self, canary_ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in chunks(canary_ids):
            for canary_id, channel_id in self._session.connection.execute(_ISSUED_FOR, {"keys": part}):
                found[canary_id].append(channel_id)
        return found
