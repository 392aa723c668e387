"""How one file of a bundle is taken in: read, compare with what is there, insert what is new."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from tracer.domain.channel import ChannelModel
from tracer.domain.codebook.phone_number import is_fictional
from tracer.domain.errors import InvalidRecord, RowProblem
from tracer.domain.line import Line, NumberKind, OwnedNumber
from tracer.domain.records import number_record
from tracer.storage.journal import Fact
from tracer.storage.numbers import StoredNumber
from tracer.storage.unit_of_work import UnitOfWork

T = TypeVar("T")
PROBLEMS_SHOWN = 1_000


class Row(NamedTuple):
    """One record of a file with the line it begins on.

    A row that does not fit the header has a `fault`, and a record as far as it goes. Without any
    record the rest of the file could not be read.
    """

    line: int
    record: Mapping[str, str]
    fault: str = ""


Batch = Sequence[Row]


class Placed(NamedTuple, Generic[T]):
    """A row read into its noun."""

    row: Row
    item: T


class ImportContext:
    """What the tables of one import share: the unit of work, the problems, and the pool of numbers."""

    def __init__(self, work: UnitOfWork, model: ChannelModel, import_id: int) -> None:
        self.work = work
        self.model = model
        self.import_id = import_id
        self.problems: list[RowProblem] = []
        self.problem_count = 0
        self._refused: set[tuple[str, str]] = set()
        self._unread: set[str] = set()
        self.channel_ids: set[str] = {channel.channel_id for channel in work.channels.all()}
        self.number_ids: dict[str, str] = {stored.owned.number: stored.number_id for stored in work.numbers.all()}

    def problem(self, file: str, line: int, column: str, reason: str) -> None:
        """Note a bad row; past a limit only the count grows."""
        self.problem_count += 1
        if len(self.problems) < PROBLEMS_SHOWN:
            self.problems.append(RowProblem(file, line, column, reason))

    def refuse(self, noun: str, given: str) -> None:
        """Remember a bad row's id, so that rows that refer to it are not called bad as well."""
        self._refused.add((noun, given))

    def leave_unread(self, noun: str) -> None:
        """Remember that the rest of a noun's file could not be read: any id may stand there."""
        self._unread.add(noun)

    def excuses(self, noun: str, given: str) -> bool:
        """Whether a reference that leads nowhere is the fault of a problem that was noted already."""
        return noun in self._unread or (noun, given) in self._refused

    def join_pool(self, lines: Sequence[Line]) -> None:
        """Put the base numbers of lines that the pool lacks into it."""
        new: dict[str, OwnedNumber] = {}
        for line in lines:
            if line.number not in self.number_ids and line.number not in new:
                new[line.number] = OwnedNumber(
                    number=line.number,
                    kind=NumberKind.SIM if line.extension is None else NumberKind.LANDLINE,
                    extension_digits=None if line.extension is None else len(line.extension),
                    test_line=is_fictional(line.number),
                )
        self.note_numbers(self.work.numbers.add(list(new.values()), self.import_id))

    def note_numbers(self, stored: Sequence[StoredNumber]) -> None:
        """Journal numbers that joined the pool and know their row ids from now on."""
        self.number_ids |= {item.owned.number: item.number_id for item in stored}
        self.work.journal.record(Fact("number_added", item.number_id, number_record(item.owned)) for item in stored)


class Table(ABC):
    """One file of the bundle."""

    file: str
    whole = False  # whether rows may refer to later ones, so that the file is taken in one batch

    @abstractmethod
    def take(self, batch: Batch) -> tuple[int, int]:
        """Take in a batch of rows; gives how many were new and how many were there already."""


class NounTable(Table, Generic[T]):
    """A file whose rows are nouns with an id (or another key).

    The subclass says how to read, look up and insert; this class notes what is bad, tells new
    rows from known ones and compares the latter column by column.
    """

    noun: str
    key_column: str

    def __init__(self, context: ImportContext) -> None:
        self.context = context

    @abstractmethod
    def read(self, record: Mapping[str, str]) -> T:
        """Read a record; raises InvalidRecord."""

    @abstractmethod
    def key(self, item: T) -> Hashable:
        """What identifies an item."""

    @abstractmethod
    def record(self, item: T) -> Mapping[str, str]:
        """An item as a record, to compare."""

    @abstractmethod
    def known(self, items: Sequence[T]) -> Mapping[Any, tuple[T, int | None]]:
        """Those that exist, by key, each with the import that brought it."""

    @abstractmethod
    def insert(self, items: Sequence[T]) -> None:
        """Write new items and their facts."""

    def check(self, placed: Sequence[Placed[T]]) -> list[Placed[T]]:
        """Those whose references hold; notes a problem for each other one."""
        return list(placed)

    def take(self, batch: Batch) -> tuple[int, int]:
        """Read, compare, check and insert one batch."""
        placed = [Placed(row, item) for row in batch if (item := self._read(row)) is not None]
        placed = self._once(placed)
        known = self.known([item for _, item in placed])
        fresh: list[Placed[T]] = []
        unchanged = 0
        for entry in placed:
            existing = known.get(self.key(entry.item))
            if existing is None:
                fresh.append(entry)
            elif existing[1] == self.context.import_id:
                self.bad(entry.row, self.key_column, "stands earlier in this file already")
            else:
                unchanged += self._same(entry, existing[0])
        good = self.check(fresh)
        if len(good) < len(fresh):
            kept = {id(entry.row) for entry in good}
            for entry in fresh:
                if id(entry.row) not in kept:
                    self.context.refuse(self.noun, str(self.key(entry.item)))
        self.insert([item for _, item in good])
        return len(good), unchanged

    def of_known_canaries(self, placed: Sequence[Placed[T]], canary_of: Callable[[T], str | None]) -> list[Placed[T]]:
        """Those whose canary is there, or who name none; notes a problem for each other one."""
        wanted = {canary_id for entry in placed if (canary_id := canary_of(entry.item))}
        there = self.context.work.canaries.import_ids(list(wanted))
        good = []
        for entry in placed:
            canary_id = canary_of(entry.item)
            if canary_id is None or canary_id in there:
                good.append(entry)
            elif not self.context.excuses("canary", canary_id):
                self.bad(entry.row, "canary_id", f"there is no canary {canary_id!r}")
        return good

    def bad(self, row: Row, column: str, reason: str) -> None:
        """Note a problem of a row."""
        self.context.problem(self.file, row.line, column, reason)

    def _read(self, row: Row) -> T | None:
        if row.fault:
            self.bad(row, "", row.fault)
            if row.record:
                self.context.refuse(self.noun, row.record.get(self.key_column, ""))
            else:
                self.context.leave_unread(self.noun)
            return None
        try:
            return self.read(row.record)
        except InvalidRecord as error:
            for problem in error.problems:
                reason = problem.describe().removeprefix(f"{problem.field}: ")
                self.bad(row, problem.field, reason)
            self.context.refuse(self.noun, row.record.get(self.key_column, ""))
            return None

    def _once(self, placed: Sequence[Placed[T]]) -> list[Placed[T]]:
        first: dict[Hashable, int] = {}
        once = []
        for entry in placed:
            line = first.setdefault(self.key(entry.item), entry.row.line)
            if line == entry.row.line:
                once.append(entry)
            else:
                self.bad(entry.row, self.key_column, f"stands earlier in this file already, on line {line}")
        return once

    def _same(self, entry: Placed[T], existing: T) -> bool:
        mine, theirs = self.record(entry.item), self.record(existing)
        stated = [column for column in entry.row.record if column in mine]
        differing = [column for column in stated if not self.agrees(column, mine, theirs, entry.row.record)]
        for column in differing:
            reason = f"differs from what is registered under the same {self.key_column}; the registry keeps its own"
            self.bad(entry.row, column, reason)
        return not differing

    def agrees(
        self, column: str, mine: Mapping[str, str], theirs: Mapping[str, str], stated: Mapping[str, str]
    ) -> bool:
        """Whether the file and the registry say the same in a column."""
        return mine[column] == theirs[column]
