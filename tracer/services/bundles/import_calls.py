"""Calls of a bundle."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from tracer.domain.call import Call
from tracer.domain.records import call_record, read_call
from tracer.services.bundles.import_table import NounTable, Placed
from tracer.services.notices.write_notices import notice_imported
from tracer.storage.journal import Fact


class CallTable(NounTable[Call]):
    """calls.csv; base numbers that the pool lacks join it."""

    file, noun, key_column = "calls.csv", "call", "call_id"

    def read(self, record: Mapping[str, str]) -> Call:
        return read_call(record)

    def key(self, item: Call) -> Hashable:
        return item.call_id

    def record(self, item: Call) -> Mapping[str, str]:
        return call_record(item)

    def known(self, items: Sequence[Call]) -> Mapping[Any, tuple[Call, int | None]]:
        return self.context.work.calls.find([item.call_id for item in items])

    def check(self, placed: Sequence[Placed[Call]]) -> list[Placed[Call]]:
        return self.of_known_canaries(placed, lambda call: call.canary_id)

    def insert(self, items: Sequence[Call]) -> None:
        work = self.context.work
        self.context.join_pool([item.dialled for item in items if item.dialled is not None])
        work.calls.add(items, self.context.number_ids, import_id=self.context.import_id)
        work.journal.record(Fact("call_imported", item.call_id, call_record(item)) for item in items)
        notice_imported(work, items)
