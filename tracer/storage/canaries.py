"""Canaries in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from tracer.domain.canary import CONTROL, LIVE_STATES, Canary, CanaryState
from tracer.domain.errors import AlreadyExists
from tracer.domain.line import Line
from tracer.storage.canary_rows import CANARIES_BY_ID, CANARY_COLUMNS, CanaryRows, unknown_canary
from tracer.storage.claims import Claims, NameClaims, take_turns
from tracer.storage.name_feed import START, IndexEntry, Mark, NameFeed
from tracer.storage.session import Session, chunks
from tracer.storage.tables import CanaryRow, ChannelRow, IssuedForRow, OrderRow


class OnNumber(NamedTuple):
    """What a number carries: canaries that ever shared it, live or resting ones on extensions, those that sound alike.

    The last count holds canaries of the first two, retired ones too.
    """

    shared: int
    on_extensions: int
    alike: int


class Canaries:
    """Decoy recipients. Names and lines are looked up by blind index, compared after opening."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows = CanaryRows(session)
        self._claims = Claims(session)

    def add(self, canaries: Sequence[Canary], number_ids: Mapping[str, str], now: datetime, *, import_id: int) -> None:
        """Insert imported canaries; `number_ids` maps base numbers to their row ids.

        They may sound like others: those that do are marked, and names issued later avoid all of them.
        """
        if not canaries:
            return
        self._claims.begin()
        alike = self._claims.take_free([self._claimed(canary, number_ids, first=True) for canary in canaries])
        self._insert(canaries, number_ids, now, import_id, alike)

    def issue(
        self,
        canaries: Sequence[Canary],
        number_ids: Mapping[str, str],
        now: datetime,
        first: Collection[str] = (),
    ) -> None:
        """Insert canaries of ours, all or none; `first` holds the ids of those among the first names of their number.

        Raises AlreadyExists where a name, what it would sound like, or a line is taken by now.
        """
        self._claims.begin()
        try:
            with self._session.savepoint():
                self._claims.take(
                    self._claimed(canary, number_ids, first=canary.canary_id in first) for canary in canaries
                )
                self._insert(canaries, number_ids, now, None, repeat(False))
        except IntegrityError as error:
            if "unique" not in str(error.orig).lower():
                raise
            raise AlreadyExists("name or line", canaries[0].canary_id, "another process was faster") from error

    def take_turns(self) -> None:
        """Wait until no other process issues or imports canaries, to the end of the transaction."""
        take_turns(self._session.connection)

    def _claimed(self, canary: Canary, number_ids: Mapping[str, str], *, first: bool) -> NameClaims:
        shared = canary.phone.extension is None
        number_id = number_ids[canary.phone.number] if shared else None
        return self._claims.of(canary.recipient_name, canary.gender, number_id, first=first)

    def _insert(
        self,
        canaries: Sequence[Canary],
        number_ids: Mapping[str, str],
        now: datetime,
        import_id: int | None,
        alike: Iterable[bool],
    ) -> None:
        values = self._rows.values
        self._session.insert(
            CanaryRow,
            [
                values(canary, number_ids[canary.phone.number], now, import_id, is_alike)
                for canary, is_alike in zip(canaries, alike, strict=False)
            ],
        )
        self._session.insert(
            IssuedForRow,
            [
                {"canary_id": canary.canary_id, "position": position, "channel_id": channel_id}
                for canary in canaries
                for position, channel_id in enumerate(canary.issued_for)
            ],
        )

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
            raise unknown_canary(canary_id)
        return found[canary_id]

    def line_of(self, canary_id: str) -> Line:
        """The line of one canary, and nothing else of it; raises UnknownId."""
        return self._rows.line_of(canary_id)

    def find(self, canary_ids: Sequence[str]) -> dict[str, Canary]:
        """Those of the ids that exist."""
        found: dict[str, Canary] = {}
        for part in chunks(canary_ids):
            found |= {canary.canary_id: canary for canary in self._rows.read(CANARIES_BY_ID, keys=part)}
        return found

    def all(self) -> Iterator[Canary]:
        """Every canary, by id, in flat memory."""
        return self._rows.read(select(*CANARY_COLUMNS).order_by(CanaryRow.canary_id))

    def import_ids(self, canary_ids: Sequence[str]) -> dict[str, int | None]:
        """Of those ids that exist, the import that brought each."""
        found: dict[str, int | None] = {}
        for part in chunks(canary_ids):
            query = select(CanaryRow.canary_id, CanaryRow.import_id).where(CanaryRow.canary_id.in_(part))
            found.update((row[0], row[1]) for row in self._session.connection.execute(query))
        return found

    def on_numbers(self, number_ids: Sequence[str], extension: bool | None = None) -> Iterator[Canary]:
        """Canaries on the base numbers; with `extension` only those that have (or lack) one."""
        for part in chunks(number_ids):
            query = select(*CANARY_COLUMNS).where(CanaryRow.number_id.in_(part))
            if extension is not None:
                has_one = CanaryRow.extension.is_not(None)
                query = query.where(has_one if extension else ~has_one)
            yield from self._rows.read(query)

    def lines_in_use(self, lines: Sequence[Line]) -> set[Line]:
        """Those of the lines on which there is a canary that is not retired."""
        by_key = {self._rows.line_key(line): line for line in lines}
        found: set[Line] = set()
        for part in chunks(list(by_key)):
            query = select(CanaryRow.line_key).where(CanaryRow.line_key.in_(part))
            query = query.where(CanaryRow.state != CanaryState.RETIRED.value)
            found.update(by_key[key] for key in self._session.connection.execute(query).scalars())
        return found

    def is_control(self, canary_id: str | None, line: Line | None) -> bool:
        """Whether a canary is a control in fact, or a line carries nothing but controls; False where nobody is there.

        A control is marked so, or has neither an order nor anyone it was issued for.
        """
        if canary_id is not None:
            here = CanaryRow.canary_id == canary_id
        elif line is not None:
            here = and_(CanaryRow.line_key == self._rows.line_key(line), CanaryRow.state != CanaryState.RETIRED.value)
        else:
            return False
        given = select(IssuedForRow.canary_id).where(IssuedForRow.canary_id == CanaryRow.canary_id).exists()
        placed = select(OrderRow.order_id).where(OrderRow.canary_id == CanaryRow.canary_id).exists()
        open_to_leaks = case((and_(CanaryRow.purpose != CONTROL, or_(given, placed)), 1), else_=0)
        number, others = self._session.connection.execute(
            select(func.count(), func.sum(open_to_leaks)).where(here)
        ).one()
        return bool(number) and not others

    def unclaimed(self, names: Sequence[tuple[str, str]]) -> list[bool]:
        """For each (name, gender), whether the registry still lacks it: its characters, and its sound with the gender.

        Names in the question do not count against each other.
        """
        return self._claims.free(names)

    def names_on_number(self, number_id: str) -> Iterator[tuple[str, str, str]]:
        """(name, gender, locale) of every canary that ever shared a base number, in any order.

        Those with an extension of their own are left out. A retired name counts: a caller may still say it.
        """
        query = select(CanaryRow.canary_id, CanaryRow.recipient_name, CanaryRow.gender, CanaryRow.locale)
        query = query.where(CanaryRow.number_id == number_id, CanaryRow.extension.is_(None))
        open_field = self._session.cipher.open
        for canary_id, sealed, gender, locale in self._session.connection.execute(query):
            yield open_field("canaries", "recipient_name", canary_id, sealed), gender, locale

    def index_entries(self, after: Mark = START) -> tuple[Iterator[IndexEntry], Mark]:
        """What a name index lacks that was brought up to `after`, and the mark to ask with the next time.

        From the start: every canary; later those issued, imported, annotated, quarantined or retired
        since, some perhaps once more. See storage.name_feed.
        """
        return NameFeed(self._session, self._rows).entries(after)

    def count_on_numbers(self) -> dict[str, dict[str, OnNumber]]:
        """What each number (by row id) carries, by locale."""
        has_extension = CanaryRow.extension.is_not(None)
        counts = (
            func.count().filter(~has_extension),
            func.count().filter(has_extension, CanaryRow.state != CanaryState.RETIRED.value),
            func.count().filter(CanaryRow.sounds_like_another),
        )
        query = select(CanaryRow.number_id, CanaryRow.locale, *counts).group_by(CanaryRow.number_id, CanaryRow.locale)
        found: dict[str, dict[str, OnNumber]] = {}
        for number_id, locale, *numbers in self._session.connection.execute(query):
            found.setdefault(number_id, {})[locale] = OnNumber(*numbers)
        return found

    def live_per_number(self) -> dict[str, int]:
        """How many canaries each number (by row id) carries that are not retired."""
        query = (
            select(CanaryRow.number_id, func.count())
            .where(CanaryRow.state != CanaryState.RETIRED.value)
            .group_by(CanaryRow.number_id)
        )
        return dict(self._session.connection.execute(query).all())

    def has_live_control(self) -> bool:
        """Whether a canary that is marked as a control may still be called."""
        query = select(CanaryRow.canary_id).where(
            CanaryRow.purpose == CONTROL, CanaryRow.state.in_([state.value for state in LIVE_STATES])
        )
        return self._session.connection.execute(query.limit(1)).first() is not None

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
        mine = update(CanaryRow).where(CanaryRow.canary_id == canary.canary_id)
        self._session.connection.execute(mine.values(**values))

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

    def count_alike(self, import_id: int) -> int:
        """How many canaries of an import sound like another that was there before, or stood before them."""
        query = select(func.count()).where(CanaryRow.import_id == import_id, CanaryRow.sounds_like_another)
        return self._session.connection.execute(query).scalar_one()

    def alike(self) -> set[str]:
        """The ids of canaries that sound like another that was there before; only an import brings such."""
        query = select(CanaryRow.canary_id).where(CanaryRow.sounds_like_another)
        return set(self._session.connection.execute(query).scalars())

    def line_key(self, line: Line) -> bytes:
        """The blind index of a line as dialled."""
        return self._rows.line_key(line)
