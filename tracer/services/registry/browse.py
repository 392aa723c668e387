"""Lists in pages, by filter, as records; a page costs the same however far down the list it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.domain.call import Call
from tracer.domain.canary import Canary
from tracer.domain.columns import format_time
from tracer.domain.order import Order
from tracer.domain.records import call_record, canary_record, order_record, standing
from tracer.storage.filters import CallFilter, CanaryFilter, FactFilter, OrderFilter
from tracer.storage.journal import JournalEntry
from tracer.storage.unit_of_work import UnitOfWork

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Records, their ids, and the place to go on from (None at the end)."""

    records: list[dict[str, Any]]
    ids: list[str]
    after: list[int | str] | None


def browse_calls(
    work: UnitOfWork,
    after: tuple[int, str] | None,
    limit: int,
    *,
    newest_first: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    everything: bool = False,
    **filters: str,
) -> Page:
    """Calls by time received; filters: nature, kind, script, canary_id, tag."""
    wanted = CallFilter(everything=everything, since=since, until=until, **filters)
    places = work.listings.calls(wanted, after, limit + 1, newest_first=newest_first)
    shown = places[:limit]
    found = work.calls.find([call_id for _, call_id in shown])
    records = [whole_call(found[call_id][0]) for _, call_id in shown]
    last: list[int | str] | None = list(shown[-1]) if len(places) > limit else None
    return Page(records, [call_id for _, call_id in shown], last)


def whole_call(call: Call) -> dict[str, Any]:
    """A call as a record, with how it stands and when it was erased."""
    return {**call_record(call), **standing(call), **erased(call.erased_at)}


def erased(erased_at: datetime | None) -> Mapping[str, str]:
    """When the personal data was erased, ISO 8601, empty where it was not."""
    return {"erased_at": format_time(erased_at)}


def history_objects(entries: Iterable[JournalEntry]) -> list[dict[str, Any]]:
    """A history out of the journal, for JSON; `before` holds the earlier values of what a fact changed."""
    return [
        {
            "recorded_at": entry.recorded_at.isoformat(),
            "actor": entry.actor,
            "event": entry.event,
            "before": entry.payload.get("before", {}),
        }
        for entry in entries
    ]


def _canary(canary: Canary) -> dict[str, Any]:
    return {**canary_record(canary), **erased(canary.erased_at)}


def _order(order: Order) -> dict[str, Any]:
    return {**order_record(order), **erased(order.erased_at)}


def browse_canaries(work: UnitOfWork, after: str, limit: int, *, alike: bool = False, **filters: str) -> Page:
    """Canaries by id; filters: prefix, state, purpose, issued_for, tag."""
    ids = work.listings.canaries(CanaryFilter(alike=alike, **filters), after, limit + 1)
    found = work.canaries.find(ids[:limit])
    return _page([_canary(found[one]) for one in ids[:limit]], ids, limit)


def newest_canaries(work: UnitOfWork, after: tuple[int, str] | None, limit: int, **filters: Any) -> Page:
    """Canaries as `browse_canaries`, the newest first."""
    places = work.listings.newest_canaries(CanaryFilter(**filters), after, limit + 1)
    found = work.canaries.find([key for _, key in places[:limit]])
    return _by_time(places, limit, lambda key: _canary(found[key]))


def browse_orders(
    work: UnitOfWork,
    after: str,
    limit: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    **filters: str,
) -> Page:
    """Orders by id; filters: prefix, canary_id, channel_id (those it was shown), state, tag (of the canary)."""
    ids = work.listings.orders(OrderFilter(since=since, until=until, **filters), after, limit + 1)
    found = work.orders.find(ids[:limit])
    return _page([_order(found[one]) for one in ids[:limit]], ids, limit)


def newest_orders(work: UnitOfWork, after: tuple[int, str] | None, limit: int, **filters: Any) -> Page:
    """Orders as `browse_orders`, the newest first."""
    places = work.listings.newest_orders(OrderFilter(**filters), after, limit + 1)
    found = work.orders.find([key for _, key in places[:limit]])
    return _by_time(places, limit, lambda key: _order(found[key]))


def canary_ids(work: UnitOfWork, **filters: Any) -> list[str]:
    """The ids of all canaries that fit, by id."""
    return work.listings.canaries(CanaryFilter(**filters), "", None)


def order_ids(work: UnitOfWork, **filters: Any) -> list[str]:
    """The ids of all orders that fit, by id."""
    return work.listings.orders(OrderFilter(**filters), "", None)


def canary_records(work: UnitOfWork, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """These canaries as records, in flat memory."""
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        found = work.canaries.find(part)
        yield from (dict(canary_record(found[key])) for key in part if key in found)


def order_records(work: UnitOfWork, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """These orders as records, each with the ids of the channels of its route, in flat memory."""
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        found, routes = work.orders.find(part), routes_of(work, part)
        yield from ({**order_record(found[key]), "route": " ".join(routes[key])} for key in part if key in found)


def routes_of(work: UnitOfWork, ids: Sequence[str]) -> dict[str, list[str]]:
    """Of each order the channels it was shown to, in the order of time, then as it was given, each once."""
    return work.exposures.channels_of(ids)


def browse_journal(work: UnitOfWork, after: int, limit: int, *, newest_first: bool = False, **filters: str) -> Page:
    """Heads of facts by position; filters: event, subject_id, actor. What was recorded stays sealed."""
    facts = work.listings.facts(FactFilter(**filters), after, limit + 1, newest_first=newest_first)
    records = [
        {
            "position": fact.position,
            "recorded_at": fact.recorded_at.isoformat(),
            "actor": fact.actor,
            "event": fact.event,
            "subject_id": fact.subject_id,
            "entry_id": fact.entry_id,
        }
        for fact in facts[:limit]
    ]
    last: list[int | str] | None = [facts[limit - 1].position] if len(facts) > limit else None
    return Page(records, [], last)


def _page(records: list[dict[str, Any]], ids: list[str], limit: int) -> Page:
    return Page(list(records), ids[:limit], [ids[limit - 1]] if len(ids) > limit else None)


def _by_time(places: list[tuple[int, str]], limit: int, record: Callable[[str], dict[str, Any]]) -> Page:
    ids = [key for _, key in places[:limit]]
    last: list[int | str] | None = list(places[limit - 1]) if len(places) > limit else None
    return Page([record(key) for key in ids], ids, last)
