"""Import a bundle: all of it or nothing, in flat memory, and again without effect.

Rows are read in chunks and written inside one transaction; a bad row is noted and the rest is
still checked, so that one run names every bad row. Whether an id came earlier in the same file
is seen by the import that brought it, so nothing grows with the size of the bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from tracer.domain.channel import ChannelModel
from tracer.domain.errors import BundleRejected
from tracer.services.bundles.import_calls import CallTable
from tracer.services.bundles.import_orders import ExposureTable, OrderTable, journal_orders
from tracer.services.bundles.import_parties import CanaryTable, ChannelTable, NumberTable
from tracer.services.bundles.import_table import Batch, ImportContext, Row, Table
from tracer.storage.unit_of_work import UnitOfWork

CHUNK = 2_000
FILES = ("channels.csv", "numbers.csv", "canaries.csv", "orders.csv", "exposures.csv", "calls.csv")


@dataclass(slots=True)
class Bundle:
    """What to import: where it came from, and the rows of each file (name to numbered records)."""

    source: str
    tables: Mapping[str, Iterable[Row]]


@dataclass(slots=True)
class ImportSummary:
    """How many rows of each file were new and how many were there already; `remarks` for a person."""

    added: dict[str, int] = field(default_factory=dict)
    unchanged: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def import_bundle(
    work: UnitOfWork,
    model: ChannelModel,
    bundle: Bundle,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> ImportSummary:
    """Bring a bundle's rows into the unit of work; `on_rows` hears how many more rows are done.

    The caller commits. Raises BundleRejected, with the bad rows, when any row was bad: then nothing may be kept.
    """
    context = ImportContext(work, model, work.imports.begin(bundle.source, work.now))
    summary = ImportSummary()
    for name, table in _tables(context).items():
        if name in bundle.tables:
            summary.added[name], summary.unchanged[name] = _import_table(table, bundle.tables[name], context, on_rows)
    if context.problem_count:
        raise BundleRejected(context.problems, context.problem_count)
    journal_orders(context)
    alike = work.canaries.count_alike(context.import_id)
    if alike:
        summary.remarks.append(
            f"{alike:,} of the canaries cannot be told by ear from one that was there before: on a shared number "
            "the name in a call may mean either. Names issued from now on keep their distance from all of them"
        )
    return summary


def _tables(context: ImportContext) -> dict[str, Table]:
    """In the order in which they refer to each other."""
    tables: tuple[Table, ...] = (
        ChannelTable(context),
        NumberTable(context),
        CanaryTable(context),
        OrderTable(context),
        ExposureTable(context),
        CallTable(context),
    )
    return {table.file: table for table in tables}


def _import_table(
    table: Table, rows: Iterable[Row], context: ImportContext, on_rows: Callable[[int], None]
) -> tuple[int, int]:
    added = unchanged = 0
    for batch in [list(rows)] if table.whole else _batches(iter(rows)):
        fresh, same = table.take(batch)
        added += fresh
        unchanged += same
        on_rows(len(batch))
    return added, unchanged


def _batches(rows: Iterator[Row]) -> Iterator[Batch]:
    while batch := list(islice(rows, CHUNK)):
        yield batch
