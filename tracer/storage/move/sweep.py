"""Make one table of the target equal to the source's, and prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Table

from tracer.domain.errors import StoreUnavailable
from tracer.storage.move.source import Batch, Key, Known, Source
from tracer.storage.move.target import Target


@dataclass(frozen=True, slots=True)
class Sweep:
    """Both sides; `keep` is called where the target may be committed, `tell` with the rows that are done."""

    source: Source
    target: Target
    keep: Callable[[], None]
    tell: Callable[[int], None]

    def bring_up(self, table: Table, known: Known) -> tuple[Known, int]:
        """Make the table equal; gives the batches as they are now, and how many rows there are.

        `known` are batches that were equal before: where the source still gives the same, the
        target is not asked, for nobody else writes there. First everything goes that the source has
        otherwise or no longer, then comes what is missing: so no unique column is ever in the way.
        """
        if self.target.count(table) == 0:
            return self._fill(table)
        equal, behind, rows, there = Known(), [], 0, 0
        for batch in self.source.batches(table, known):
            rows += len(batch.read)
            if known.holds(batch) or self._is_equal(batch):
                equal.add(batch)
                there += len(batch.read)
                self.tell(len(batch.read))
            else:
                behind.append((batch.after, batch.upto))
                there += self._drop_changed(batch)
        if self.target.count(table) > there:
            self._drop_gone(table)
        for after, upto in behind:
            again = self.source.batch(table, after, upto)
            assert again is not None  # noqa: S101  # the same transaction sees the same rows
            self._add_missing(again)
            self.tell(len(again.read))
        self._require_count(table, rows)
        return equal, rows

    def _fill(self, table: Table) -> tuple[Known, int]:
        equal, rows = Known(), 0
        for batch in self.source.batches(table, Known()):
            self._add_missing(batch)
            equal.add(batch)
            rows += len(batch.read)
            self.tell(len(batch.read))
        self._require_count(table, rows)
        return equal, rows

    def _is_equal(self, batch: Batch) -> bool:
        rows = batch.by_key()
        return self.target.rows(batch.table, rows) == rows

    def _drop_changed(self, batch: Batch) -> int:
        """Take away what is there with other content; gives how many of the rows are there as they should."""
        rows = batch.by_key()
        found = self.target.rows(batch.table, rows)
        changed = [key for key, row in found.items() if row != rows[key]]
        self.target.delete(batch.table, changed)
        self.keep()
        return len(found) - len(changed)

    def _drop_gone(self, table: Table) -> None:
        gone: list[Key] = []
        for keys in self.target.keys(table):
            there = self.source.present(table, keys)
            gone += [key for key in keys if key not in there]
        self.target.delete(table, gone)
        self.keep()

    def _add_missing(self, batch: Batch) -> None:
        """Write what is not there, and read all of it back; raises StoreUnavailable where it is not what was sent."""
        rows = batch.by_key()
        found = self.target.rows(batch.table, rows)
        self.target.insert(batch.table, [row for key, row in rows.items() if key not in found])
        if self.target.rows(batch.table, rows) != rows:
            raise StoreUnavailable(f"the new database gives back other rows of {batch.table.name} than it was given")
        self.keep()

    def _require_count(self, table: Table, rows: int) -> None:
        found = self.target.count(table)
        if found != rows:
            raise StoreUnavailable(f"{table.name}: {rows:,} rows were moved and {found:,} are there. Call again")
