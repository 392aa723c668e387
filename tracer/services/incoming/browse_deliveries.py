"""What came in by itself, for lists: counts by source, what waits, and what a call's sources said."""

from __future__ import annotations

from typing import Any

from tracer.domain.delivery import SAID, Delivery, DeliveryState, Fault, delivery_record
from tracer.domain.errors import InvalidValue
from tracer.storage.unit_of_work import UnitOfWork


def delivery_object(delivery: Delivery, *, raw: bool) -> dict[str, Any]:
    """A message as JSON; what it said is null where it may not be seen."""
    record = delivery_record(delivery)
    return record if raw else {**record, **dict.fromkeys(SAID)}


def browse_faulty(
    work: UnitOfWork, after: str, limit: int, source: str = "", *, dismissed: bool = False
) -> tuple[list[Delivery], str | None]:
    """Messages with something wrong, by id after the one given; and where to go on, None at the end."""
    found = work.deliveries.faulty(source, after=after, limit=limit + 1, dismissed=dismissed)
    return found[:limit], found[limit - 1].delivery_id if len(found) > limit else None


def faulty_ids(work: UnitOfWork, source: str = "", fault: str = "") -> list[str]:
    """Ids of all messages with something wrong (with this fault) that nobody dismissed; raises InvalidValue."""
    return work.deliveries.faulty_ids(source, read_fault(fault) if fault else None)


def read_fault(text: str) -> Fault:
    """A fault by its name; raises InvalidValue."""
    try:
        return Fault(text)
    except ValueError:
        raise InvalidValue("fault", text, "one of: " + " ".join(Fault)) from None


def source_counts(work: UnitOfWork) -> dict[str, dict[str, Any]]:
    """Of each source that told anything: how many messages were taken, held or dismissed, or lack line or canary."""
    counts: dict[str, dict[str, Any]] = {}
    for one in work.deliveries.counts():
        mine = counts.setdefault(one.source, {"taken": 0, "held": 0, "left_out": 0, "dismissed": 0, "newest": ""})
        mine[one.state.value] += one.messages
        if one.faults and one.state is DeliveryState.TAKEN:
            mine["left_out"] += one.messages
        mine["newest"] = max(mine["newest"], one.newest.isoformat())
    return counts


def deliveries_of(work: UnitOfWork, call_id: str, *, raw: bool) -> list[dict[str, Any]]:
    """What sources said of a call, message by message, oldest first."""
    return [delivery_object(one, raw=raw) for one in work.deliveries.of_call(call_id)]


def lacking_line(work: UnitOfWork) -> int:
    """How many calls lack the number that rang, because it was not in the pool."""
    return len(work.deliveries.faulty_ids(fault=Fault.UNKNOWN_NUMBER))
