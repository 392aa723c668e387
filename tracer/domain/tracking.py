"""What a carrier service tells of a parcel, and when it is to be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tracer.domain.columns import format_time
from tracer.domain.waybill import candidates

LEAST_WAIT = timedelta(minutes=30)
"""Kuaidi100 locks a parcel that is asked for more often."""
LONGEST_WAIT = timedelta(days=1)
LONGEST_AFTER_FAILURE = timedelta(days=3)
WATCHED_AFTER_END = timedelta(days=3)
GIVEN_UP_AFTER = timedelta(days=45)
MOST_SCANS = 500
_CLOCKS_APART = timedelta(days=1)


class Stage(StrEnum):
    """What a scan means, whatever a service calls it."""

    ORDERED = "ordered"
    PICKED_UP = "picked_up"
    MOVING = "moving"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AT_STATION = "at_station"
    DELIVERED = "delivered"
    RETURNED = "returned"
    TROUBLE = "trouble"


KIND_SHOWN = {Stage.PICKED_UP: "courier", Stage.AT_STATION: "station"}
"""The kind of channel that a scan shows the parcel to."""
ENDS = frozenset((Stage.DELIVERED, Stage.RETURNED))


class TrackState(StrEnum):
    """Whether a parcel is still asked for."""

    WATCHED = "watched"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, order=True)
class Scan:
    """A scan event. `text` is the carrier's, and may name people and places; `code` the service's own."""

    at: datetime
    stage: Stage
    text: str = ""
    code: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class ParcelScans:
    """What a service told of one parcel, all of it or some. `carrier` is an id of domain.waybill, empty if unknown.

    `problem` is a word where the service has nothing (`no_record`), or wants the phone's digits (`phone_needed`).
    """

    service: str
    waybill_no: str
    carrier: str = ""
    scans: Sequence[Scan] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A parcel that is followed for an order. `carrier` is settled once scans came; until then candidates are tried."""

    order_id: str
    service: str
    waybill_no: str
    since: datetime
    carrier: str = ""
    state: TrackState = TrackState.WATCHED
    next_look: datetime | None = None
    looked_at: datetime | None = None
    subscribed_at: datetime | None = None
    failures: int = 0
    unchanged: int = 0
    problem: str = ""
    scans: tuple[Scan, ...] = ()

    @property
    def last(self) -> Scan | None:
        """The newest scan."""
        return self.scans[-1] if self.scans else None

    @property
    def ended_at(self) -> datetime | None:
        """When the parcel was delivered or came back."""
        return next((scan.at for scan in self.scans if scan.stage in ENDS), None)


def joined(known: Iterable[Scan], told: Iterable[Scan]) -> tuple[Scan, ...]:
    """Both together, each once, oldest first; of more than MOST_SCANS the oldest."""
    by_key = {(scan.at, scan.stage, scan.text): scan for scan in (*told, *known)}
    return tuple(sorted(by_key.values()))[:MOST_SCANS]


def believable(scans: Iterable[Scan], placed_at: datetime, now: datetime) -> list[Scan]:
    """Scans that can be of this order's parcel: numbers are given out again, so none from before the order."""
    return [scan for scan in scans if placed_at <= scan.at <= now + _CLOCKS_APART]


def next_look(parcel: Tracked, now: datetime, usual: timedelta) -> datetime | None:
    """When to ask again, after what is known by now; None: never, it has ended or nothing ever came.

    The usual wait doubles with every answer that told nothing new, up to a day (a day at once where the service
    pushes by itself), and with every failure up to three days.
    """
    wait = max(usual, LEAST_WAIT)
    if parcel.ended_at is not None:
        return now + LONGEST_WAIT if now < parcel.ended_at + WATCHED_AFTER_END else None
    newest = parcel.last.at if parcel.last else parcel.since
    if now - max(newest, parcel.since) > GIVEN_UP_AFTER:
        return None
    if parcel.failures:
        return now + min(wait * (1 << min(parcel.failures, 16)), LONGEST_AFTER_FAILURE)
    if parcel.subscribed_at is not None:
        return now + LONGEST_WAIT
    return now + min(wait * (1 << min(parcel.unchanged, 16)), LONGEST_WAIT)


def parcel_record(parcel: Tracked, *, raw: bool = True) -> dict[str, Any]:
    """The parcel of an order; `raw`: with the carrier's words, which may name people and places (else null)."""
    last = parcel.last
    return {
        "order_id": parcel.order_id,
        "service": parcel.service,
        "carrier": parcel.carrier,
        "state": parcel.state.value,
        "stage": last.stage.value if last else "",
        "last_scan_at": format_time(last.at) if last else "",
        "since": format_time(parcel.since),
        "looked_at": format_time(parcel.looked_at),
        "next_look": format_time(parcel.next_look),
        "pushed": parcel.subscribed_at is not None,
        "failures": parcel.failures,
        "problem": parcel.problem,
        "candidates": [one.carrier_id for one in candidates(parcel.waybill_no)],
        "scans": [_scan_record(scan, raw=raw) for scan in parcel.scans],
    }


def _scan_record(scan: Scan, *, raw: bool) -> dict[str, Any]:
    return {
        "at": format_time(scan.at),
        "stage": scan.stage.value,
        "code": scan.code,
        "text": scan.text if raw else None,
        "place": scan.place if raw else None,
    }
