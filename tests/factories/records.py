"""Records as they stand in a bundle's files: a small campaign, and one row of each noun with what is given changed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Record = Mapping[str, str]


def channel(channel_id: str = "merchant-1", kind: str = "merchant", name: str = "兰亭旗舰店", **more: str) -> Record:
    return {"channel_id": channel_id, "kind": kind, "name": name, **more}


def number(number: str = "+442079460016", kind: str = "landline", **more: str) -> Record:
    return {"number": number, "kind": kind, **more}


def canary(
    canary_id: str = "k-1", recipient_name: str = "张晓萌", phone: str = "+442079460016;ext=0042", **more: str
) -> Record:
    issued_at = "2026-06-01T09:00:00+08:00"
    return {"canary_id": canary_id, "recipient_name": recipient_name, "phone": phone, "issued_at": issued_at, **more}


def order(order_id: str = "o-1", canary_id: str = "k-1", **more: str) -> Record:
    return {
        "order_id": order_id,
        "canary_id": canary_id,
        "placed_at": "2026-06-02T10:00:00+08:00",
        "order_no": "26000926523",
        "item": "保温杯",
        "price": "349.10",
        "currency": "CNY",
        "waybill_no": "SF1000012253293",
        **more,
    }


def exposure(order_id: str = "o-1", channel_id: str = "merchant-1", **more: str) -> Record:
    return {
        "order_id": order_id,
        "channel_id": channel_id,
        "exposed_at": "2026-06-02T10:00:00+08:00",
        "fields": "",
        **more,
    }


def call(call_id: str = "c-1", **more: str) -> Record:
    return {
        "call_id": call_id,
        "received_at": "2026-06-20T15:30:00+08:00",
        "kind": "call",
        "dialled_number": "+442079460016;ext=0042",
        "caller_number": "+447700900123",
        "heard_name": "张小梦",
        "claimed_role": "merchant",
        "known_fields": "name item",
        "unknown_fields": "price",
        "script": "defect_refund",
        "transcript": "您好，您买的保温杯有质量问题。",
        "canary_id": "",
        **more,
    }


Tables = Mapping[str, Sequence[Record]]


def campaign() -> dict[str, list[Record]]:
    """Two channels, a canary on an extension, its order with both shown, and one call."""
    return {
        "channels.csv": [channel(), channel("courier-1", "courier", "白杨快递")],
        "canaries.csv": [canary()],
        "orders.csv": [order()],
        "exposures.csv": [exposure(), exposure(channel_id="courier-1", exposed_at="2026-06-04T08:00:00+08:00")],
        "calls.csv": [call()],
    }


def csv_text(records: Iterable[Record]) -> str:
    """Records as CSV; the columns are the first record's."""
    records = list(records)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(records[0]), restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def write_bundle(folder: Path, tables: Tables) -> Path:
    """A bundle folder with the tables, replacing those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, records in tables.items():
        (folder / name).write_text(filled_text(records), "utf-8", newline="")
    return folder


def filled_text(records: Sequence[Record]) -> str:
    """Records as CSV with the columns of all of them."""
    columns = list(dict.fromkeys(column for record in records for column in record))
    return csv_text({column: record.get(column, "") for column in columns} for record in records)
