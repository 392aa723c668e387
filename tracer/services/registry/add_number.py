"""Add an owned number to the pool."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.errors import AlreadyExists
from tracer.domain.line import OwnedNumber
from tracer.domain.records import number_record, read_number
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def add_number(work: UnitOfWork, record: Mapping[str, str]) -> OwnedNumber:
    """Add the number of a record (numbers.csv columns). Fictional ranges become test lines.

    Raises InvalidRecord for a number that does not parse, AlreadyExists for one in the pool.
    """
    owned = read_number(record)
    if work.numbers.find([owned.number]):
        raise AlreadyExists("number", record["number"], "it is in the pool; `tracer number list` shows it")
    (stored,) = work.numbers.add([owned])
    work.journal.record([Fact("number_added", stored.number_id, number_record(owned))])
    return owned
