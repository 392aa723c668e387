"""Canaries in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from tracer.domain.canary import LIVE_STATES, Canary, CanaryState
from tracer.domain.errors import AlreadyExists, UnknownId
from tracer.domain.line import Line
from tracer.storage.crypto import RowCipher
from tracer.storage.session import Query, Session, chunks
from tracer.storage.tables import CanaryRow, ChannelRow, IssuedForRow, NumberRow

_COLUMNS = tuple(CanaryRow.__table__.columns)
_ISSUING = 0x69737375  # the advisory lock of those who issue


class Canaries:
    """Decoy recipients. Names and lines are looked up by blind index, compared after opening."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = RowCipher(
            session.cipher,
            "canaries",
            ("recipient_name", "extension", "notes"),
            lambda values: str(values["canary_id"]),
        )
        self._number_cipher = RowCipher(session.cipher, "numbers", ("number",), lambda values: str(values["number_id"]))
        self._numbers: dict[str, str] = {}

    def add(
        self,
        canaries: Sequence[Canary],
        number_ids: Mapping[str, str],
        now: datetime,
        *,
        import_id: int | None = None,
    ) -> None:
        """Insert canaries; `number_ids` maps base numbers to their row ids.

        Without an `import_id` they are ours: the database then refuses a second canary of
        the same name, or on the same line with an extension (IntegrityError).
        """
        rows = [self._values(canary, number_ids, now, import_id) for canary in canaries]
        self._session.insert(CanaryRow, rows)
        self._session.insert(
            IssuedForRow,
            [
                {"canary_id": canary.canary_id, "position": position, "channel_id": channel_id}
                for canary in canaries
                for position, channel_id in enumerate(canary.issued_for)
            ],
        )

    def take_turns(self) -> None:
        """Wait until no other process issues, to the end of the transaction.

        The unique constraints alone would do, but two batches that draw the same lines in another
        order can wait for each other for ever. On SQLite writers take turns anyway.
        """
        if self._session.connection.dialect.name == "postgresql":
            self._session.connection.execute(select(func.pg_advisory_xact_lock(_ISSUING)))

    def issue(self, canaries: Sequence[Canary], number_ids: Mapping[str, str], now: datetime) -> None:
        """Insert canaries of ours, all or none; raises AlreadyExists where a name or line is taken by now."""
        try:
            with self._session.savepoint():
                self.add(canaries, number_ids, now)
        except IntegrityError as error:
            if "unique" not in str(error.orig).lower():
                raise
            raise AlreadyExists("name or line", canaries[0].canary_id, "another process was faster") from error

    def hold(self, canary_id: str) -> None:
        """Keep others from changing this canary, to the end of the transaction; to be read after this.

        On SQLite writers take turns anyway.
        """
        query = select(CanaryRow.canary_id).where(CanaryRow.canary_id == canary_id)
        self._session.connection.execute(query.with_for_update()).all()

    def get(self, canary_id: str) -> Canary:
        """One canary; raises UnknownId."""
        found = self.find([canary_id])
        if canary_id not in found:
            raise UnknownId("canary", canary_id, "`tracer canary list` shows them")
        return found[canary_id]

    def find(self, canary_ids: Sequence[str]) -> dict[str, Canary]:
        """Those of the ids that exist."""
        found: dict[str, Canary] = {}
        for part in chunks(canary_ids):
            query = select(*_COLUMNS).where(CanaryRow.canary_id.in_(part))
            found |= {canary.canary_id: canary for canary in self._read(query)}
        return found

    def all(self) -> Iterator[Canary]:
        """Every canary, by id, in flat memory."""
        return self._read(select(*_COLUMNS).order_by(CanaryRow.canary_id))

    def import_ids(self, canary_ids: Sequence[str]) -> dict[str, int | None]:
        """Of those ids that exist, the import that brought each."""
        found: dict[str, int | None] = {}
        for part in chunks(canary_ids):
            query = select(CanaryRow.canary_id, CanaryRow.import_id).where(CanaryRow.canary_id.in_(part))
            found.update((row[0], row[1]) for row in self._session.connection.execute(query))
        return found

    def on_number(self, number_id: str) -> Iterator[Canary]:
        """Every canary that ever was on a base number."""
        return self._read(select(*_COLUMNS).where(CanaryRow.number_id == number_id))

    def on_numbers(self, number_ids: Sequence[str], extension: bool | None = None) -> Iterator[Canary]:
        """Canaries on the base numbers; with `extension` only those that have (or lack) one."""
        for part in chunks(number_ids):
            query = select(*_COLUMNS).where(CanaryRow.number_id.in_(part))
            if extension is not None:
                has_one = CanaryRow.extension.is_not(None)
                query = query.where(has_one if extension else ~has_one)
            yield from self._read(query)

    def named(self, names: Collection[str]) -> set[str]:
        """Those of the names that a canary, ours or imported, already bears."""
        keys = {self._name_key(name): name for name in names}
        taken: set[str] = set()
        for part in chunks(list(keys)):
            query = select(CanaryRow.name_key).where(CanaryRow.name_key.in_(part)).distinct()
            taken |= {keys[key] for key in self._session.connection.execute(query).scalars()}
        return taken

    def live_per_number(self) -> dict[str, int]:
        """How many canaries each number (by row id) carries that are not retired."""
        query = (
            select(CanaryRow.number_id, func.count())
            .where(CanaryRow.state != CanaryState.RETIRED.value)
            .group_by(CanaryRow.number_id)
        )
        return dict(self._session.connection.execute(query).all())

    def rivals_per_number(self, kinds: Collection[str]) -> dict[str, int]:
        """How many live canaries each number carries that were issued for a channel of these kinds."""
        query = (
            select(CanaryRow.number_id, func.count(CanaryRow.canary_id.distinct()))
            .join(IssuedForRow, IssuedForRow.canary_id == CanaryRow.canary_id)
            .join(ChannelRow, ChannelRow.channel_id == IssuedForRow.channel_id)
            .where(ChannelRow.kind.in_(kinds), CanaryRow.state.in_([state.value for state in LIVE_STATES]))
            .group_by(CanaryRow.number_id)
        )
        return dict(self._session.connection.execute(query).all())

    def change(self, canary: Canary, *, state_since: datetime | None = None) -> None:
        """Write the state, tags and notes of a canary; a retired one gives its line back."""
        values: dict[str, Any] = {
            "state": canary.state.value,
            "tags": " ".join(canary.tags),
            "notes": self._session.cipher.seal("canaries", "notes", canary.canary_id, canary.notes),
        }
        if state_since is not None:
            values["state_since"] = state_since
        if canary.state is CanaryState.RETIRED:
            values["issued_line_key"] = None
        self._session.connection.execute(
            update(CanaryRow).where(CanaryRow.canary_id == canary.canary_id).values(**values)
        )

    def mark_used(self, canary_ids: Sequence[str], now: datetime) -> None:
        """Those still in state issued have an order now.

        place_order tells the journal; a bulk import does not: its order facts say the same.
        """
        for part in chunks(canary_ids):
            self._session.connection.execute(
                update(CanaryRow)
                .where(CanaryRow.canary_id.in_(part), CanaryRow.state == CanaryState.ISSUED.value)
                .values(state=CanaryState.USED.value, state_since=now)
            )

    def in_state(self, state: CanaryState) -> list[tuple[Canary, datetime]]:
        """Canaries in a state with the time they entered it, held (see `hold`)."""
        query = select(CanaryRow.canary_id, CanaryRow.state_since).where(CanaryRow.state == state.value)
        query = query.order_by(CanaryRow.canary_id).with_for_update()
        since = dict(self._session.connection.execute(query).all())
        return [(canary, since[key]) for key, canary in self.find(list(since)).items()]

    def count_named_twice(self, import_id: int) -> int:
        """How many canaries of an import bear a name that another canary bears too."""
        mine = select(CanaryRow.name_key).where(CanaryRow.import_id == import_id).distinct().subquery()
        twice = (
            select(CanaryRow.name_key)
            .join(mine, mine.c.name_key == CanaryRow.name_key)
            .group_by(CanaryRow.name_key)
            .having(func.count() > 1)
            .subquery()
        )
        query = (
            select(func.count())
            .select_from(CanaryRow)
            .join(twice, twice.c.name_key == CanaryRow.name_key)
            .where(CanaryRow.import_id == import_id)
        )
        return self._session.connection.execute(query).scalar_one()

    def line_key(self, line: Line) -> bytes:
        """The blind index of a line as dialled."""
        return self._session.cipher.blind_index("line", line.text)

    def _name_key(self, name: str) -> bytes:
        return self._session.cipher.blind_index("canaries.recipient_name", name)

    def _values(
        self, canary: Canary, number_ids: Mapping[str, str], now: datetime, import_id: int | None
    ) -> dict[str, Any]:
        ours = import_id is None
        name_key = self._name_key(canary.recipient_name)
        line_key = self.line_key(canary.phone)
        return self._cipher.seal(
            {
                "canary_id": canary.canary_id,
                "recipient_name": canary.recipient_name,
                "name_key": name_key,
                "issued_name_key": name_key if ours else None,
                "number_id": number_ids[canary.phone.number],
                "extension": canary.phone.extension or "",
                "line_key": line_key,
                "issued_line_key": line_key if ours and canary.phone.extension is not None else None,
                "issued_at": canary.issued_at,
                "locale": canary.locale,
                "gender": canary.gender,
                "purpose": canary.purpose,
                "state": canary.state.value,
                "state_since": now,
                "tags": " ".join(canary.tags),
                "notes": canary.notes,
                "import_id": import_id,
            }
        )

    def _read(self, query: Query) -> Iterator[Canary]:
        batch: list[Mapping[str, Any]] = []
        for row in self._session.stream(query):
            batch.append(row)
            if len(batch) == 500:
                yield from self._canaries(batch)
                batch = []
        yield from self._canaries(batch)

    def _canaries(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Canary]:
        issued_for = self._issued_for([row["canary_id"] for row in rows])
        for row in rows:
            values = self._cipher.open(row)
            yield Canary(
                canary_id=values["canary_id"],
                recipient_name=values["recipient_name"],
                phone=Line(self._number(values["number_id"]), values["extension"] or None),
                issued_at=values["issued_at"],
                locale=values["locale"],
                gender=values["gender"],
                issued_for=tuple(issued_for.get(values["canary_id"], ())),
                purpose=values["purpose"],
                state=CanaryState(values["state"]),
                tags=tuple(values["tags"].split()),
                notes=values["notes"],
            )

    def _issued_for(self, canary_ids: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in chunks(canary_ids):
            query = (
                select(IssuedForRow.canary_id, IssuedForRow.channel_id)
                .where(IssuedForRow.canary_id.in_(part))
                .order_by(IssuedForRow.canary_id, IssuedForRow.position)
            )
            for canary_id, channel_id in self._session.connection.execute(query):
                found[canary_id].append(channel_id)
        return found

    def _number(self, number_id: str) -> str:
        if number_id not in self._numbers:
            query = select(NumberRow.number_id, NumberRow.number)
            self._numbers = {
                row["number_id"]: self._number_cipher.open(row)["number"] for row in self._session.stream(query)
            }
        return self._numbers[number_id]
