"""What is known of an order's parcel, as a record."""

from __future__ import annotations

from typing import Any

from tracer.domain.columns import format_time
from tracer.domain.tracking import Scan, Tracked
from tracer.domain.waybill import candidates


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
