"""Orders and exposures of a bundle, and their facts: one for an order with its whole route."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from tracer.domain.columns import format_time
from tracer.domain.order import Exposure, Order
from tracer.domain.records import exposure_record, order_record, read_exposure, read_order
from tracer.services.bundles.import_table import ImportContext, NounTable, Placed
from tracer.storage.exposures import exposure_key
from tracer.storage.journal import Fact

_FACTS_AT_ONCE = 2_000


class OrderTable(NounTable[Order]):
    """orders.csv; every canary exists by now."""

    file, noun, key_column = "orders.csv", "order", "order_id"

    def read(self, record: Mapping[str, str]) -> Order:
        return read_order(record)

    def key(self, item: Order) -> Hashable:
        return item.order_id

    def record(self, item: Order) -> Mapping[str, str]:
        return order_record(item)

    def known(self, items: Sequence[Order]) -> Mapping[Any, tuple[Order, int | None]]:
        orders = self.context.work.orders
        placed = orders.placed([item.order_id for item in items])
        if not placed:
            return {}
        return {key: (order, placed[key][1]) for key, order in orders.find(list(placed)).items()}

    def check(self, placed: Sequence[Placed[Order]]) -> list[Placed[Order]]:
        return self.of_known_canaries(placed, lambda order: order.canary_id)

    def insert(self, items: Sequence[Order]) -> None:
        work = self.context.work
        work.orders.add(items, self.context.import_id)
        work.canaries.mark_used(list({item.canary_id for item in items}), work.now)


class ExposureTable(NounTable[Exposure]):
    """exposures.csv; its key is order, channel and instant."""

    file, noun, key_column = "exposures.csv", "exposure", "order_id"

    def read(self, record: Mapping[str, str]) -> Exposure:
        return read_exposure(record)

    def key(self, item: Exposure) -> Hashable:
        return exposure_key(item)

    def record(self, item: Exposure) -> Mapping[str, str]:
        return exposure_record(item)

    def known(self, items: Sequence[Exposure]) -> Mapping[Any, tuple[Exposure, int | None]]:
        order_ids = list({item.order_id for item in items})
        return self.context.work.exposures.of_orders(order_ids)

    def check(self, placed: Sequence[Placed[Exposure]]) -> list[Placed[Exposure]]:
        orders = self.context.work.orders.placed(list({entry.item.order_id for entry in placed}))
        return [entry for entry in placed if self._holds(entry, orders)]

    def _holds(self, entry: Placed[Exposure], orders: Mapping[str, tuple[datetime, int | None]]) -> bool:
        exposure, excuses = entry.item, self.context.excuses
        order = orders.get(exposure.order_id)
        if order is None:
            if not excuses("order", exposure.order_id):
                self.bad(entry.row, "order_id", f"there is no order {exposure.order_id!r}")
            return False
        if exposure.channel_id not in self.context.channel_ids:
            if not excuses("channel", exposure.channel_id):
                self.bad(entry.row, "channel_id", f"there is no channel {exposure.channel_id!r}")
            return False
        placed_at = order[0]
        if exposure.exposed_at < placed_at:
            given, earliest = format_time(exposure.exposed_at), format_time(placed_at)
            reason = f"expected a time at or after the order's ({earliest}), got {given}"
            self.bad(entry.row, "exposed_at", reason)
            return False
        return True

    def insert(self, items: Sequence[Exposure]) -> None:
        self.context.work.exposures.add(items, self.context.import_id)


def journal_orders(context: ImportContext) -> None:
    """Write the facts of an import's orders, each with its route, and of exposures of older orders."""
    facts = _order_facts(context)
    while batch := list(islice(facts, _FACTS_AT_ONCE)):
        context.work.journal.record(batch)
    older = (
        Fact("exposure_recorded", exposure.order_id, exposure_record(exposure))
        for exposure in context.work.exposures.of_import(context.import_id, new_orders=False)
    )
    while batch := list(islice(older, _FACTS_AT_ONCE)):
        context.work.journal.record(batch)


def _order_facts(context: ImportContext) -> Iterator[Fact]:
    # Both streams come sorted by the database on the same column, so they run in step.
    exposures = context.work.exposures.of_import(context.import_id, new_orders=True)
    routes = groupby(exposures, attrgetter("order_id"))
    route = next(routes, None)
    for order in context.work.orders.of_import(context.import_id):
        legs: list[Mapping[str, str]] = []
        if route is not None and route[0] == order.order_id:
            legs = [exposure_record(exposure) for exposure in route[1]]
            route = next(routes, None)
        yield Fact("order_imported", order.order_id, {**order_record(order), "route": legs})
