"""Orders as records: orders.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.columns import Columns, format_time, parse_price
from tracer.domain.order import Order

ORDER_REQUIRED = ("order_id", "canary_id", "placed_at", "order_no", "item", "price", "currency", "waybill_no")
ORDER_COLUMNS = (*ORDER_REQUIRED, "account", "ended_at", "state", "notes")


def read_order(record: Mapping[str, str]) -> Order:
    """An order; it may end early, never before it was placed."""
    columns = Columns(record)
    placed_at = columns.time("placed_at")
    ended_at = columns.optional_time("ended_at")
    if ended_at and ended_at < placed_at:
        columns.refuse("ended_at", f"a time after placed_at ({format_time(placed_at)})")
    order = Order(
        order_id=columns.id("order_id"),
        canary_id=columns.id("canary_id"),
        placed_at=placed_at,
        order_no=columns.text("order_no", limit=200),
        item=columns.text("item"),
        price=columns.read("price", parse_price, ""),
        currency=columns.word("currency"),
        waybill_no=columns.text("waybill_no", limit=200),
        account=columns.text("account", limit=200),
        ended_at=ended_at,
        state=columns.word("state"),
        notes=columns.text("notes"),
    )
    columns.finish()
    return order


def order_record(order: Order) -> dict[str, str]:
    """All columns of orders.csv."""
    return {
        "order_id": order.order_id,
        "canary_id": order.canary_id,
        "placed_at": format_time(order.placed_at),
        "order_no": order.order_no,
        "item": order.item,
        "price": order.price,
        "currency": order.currency,
        "waybill_no": order.waybill_no,
        "account": order.account,
        "ended_at": format_time(order.ended_at),
        "state": order.state,
        "notes": order.notes,
    }
