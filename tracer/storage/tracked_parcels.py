"""Parcels that are followed, in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from tracer.domain.tracking import Scan, Stage, Tracked, TrackState
from tracer.domain.waybill import plain_waybill
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.instant import at_or_before
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session, by_keys, chunks
from tracer.storage.tables import OrderRow, TrackedParcelRow

_COLUMNS = tuple(TrackedParcelRow.__table__.columns)
_BY_ORDER = by_keys(_COLUMNS, TrackedParcelRow.order_id)


class TrackedParcels:
    """What is followed, each for one order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, TrackedParcelRow)

    def take_turns(self) -> None:
        """Begin to follow: nobody else does, to the end of the transaction. On SQLite writers take turns anyway."""
        hold(self._session.connection, Lock.PARCELS)

    def add(self, parcel: Tracked) -> None:
        """Follow the parcel of an order that has none yet."""
        self._session.insert(TrackedParcelRow, [self._row(parcel)])

    def keep(self, parcel: Tracked) -> None:
        """Write a parcel that is there; its waybill number stays."""
        row = self._row(parcel)
        changed = {name: value for name, value in row.items() if name not in ("order_id", "waybill_no", "waybill_key")}
        mine = TrackedParcelRow.order_id == parcel.order_id
        self._session.connection.execute(update(TrackedParcelRow).where(mine).values(**changed))

    def find(self, order_ids: Sequence[str]) -> dict[str, Tracked]:
        """Of these orders the parcels that are followed, or were."""
        found: dict[str, Tracked] = {}
        for part in chunks(order_ids):
            found |= {one.order_id: one for one in self._read(_BY_ORDER, keys=part)}
        return found

    def hold(self, order_id: str) -> Tracked | None:
        """The parcel of an order, kept from everybody else to the end of the transaction."""
        query = select(*_COLUMNS).where(TrackedParcelRow.order_id == order_id).with_for_update()
        return next(iter(self._read(query)), None)

    def with_number(self, waybill_no: str) -> list[str]:
        """The orders whose parcel has this number."""
        key = self._session.cipher.blind_index("waybill", plain_waybill(waybill_no))
        query = select(TrackedParcelRow.order_id).where(TrackedParcelRow.waybill_key == key)
        return list(self._session.connection.execute(query.order_by(TrackedParcelRow.order_id)).scalars())

    def due(self, now: datetime, limit: int) -> list[str]:
        """The orders whose parcel is to be asked for by now, the longest due first."""
        query = select(TrackedParcelRow.order_id).where(
            TrackedParcelRow.next_look.is_not(None), at_or_before(TrackedParcelRow.next_look, now)
        )
        query = query.order_by(TrackedParcelRow.next_look, TrackedParcelRow.order_id).limit(limit)
        return list(self._session.connection.execute(query).scalars())

    def not_followed(self, since: datetime) -> list[str]:
        """Orders placed after a time, with a waybill number, that did not end early and were never followed."""
        query = (
            select(OrderRow.order_id)
            .outerjoin(TrackedParcelRow, TrackedParcelRow.order_id == OrderRow.order_id)
            .where(
                TrackedParcelRow.order_id.is_(None),
                OrderRow.waybill_no.is_not(None),
                OrderRow.ended_at.is_(None),
                ~at_or_before(OrderRow.placed_at, since),
            )
        )
        return list(self._session.connection.execute(query.order_by(OrderRow.order_id)).scalars())

    def forget(self, order_ids: Sequence[str]) -> None:
        """Take away all that was told of these orders' parcels."""
        for part in chunks(order_ids):
            self._session.connection.execute(delete(TrackedParcelRow).where(TrackedParcelRow.order_id.in_(part)))

    def _row(self, parcel: Tracked) -> dict[str, Any]:
        plain = plain_waybill(parcel.waybill_no)
        return self._cipher.seal(
            {
                "order_id": parcel.order_id,
                "service": parcel.service,
                "carrier": parcel.carrier,
                "waybill_no": plain,
                "waybill_key": self._session.cipher.blind_index("waybill", plain),
                "state": parcel.state.value,
                "since": parcel.since,
                "next_look": parcel.next_look,
                "looked_at": parcel.looked_at,
                "subscribed_at": parcel.subscribed_at,
                "failures": min(parcel.failures, 1_000),
                "unchanged": min(parcel.unchanged, 1_000),
                "problem": parcel.problem,
                "scans": _written(parcel.scans),
            }
        )

    def _read(self, query: Query, *, keys: Sequence[str] | None = None) -> list[Tracked]:
        return [self._parcel(row) for row in self._session.stream(query, keys=keys)]

    def _parcel(self, row: Mapping[str, Any]) -> Tracked:
        values = self._cipher.open(row)
        del values["waybill_key"]
        scans = tuple(
            Scan(datetime.fromisoformat(at), Stage(stage), text, code, place)
            for at, stage, text, code, place in json.loads(values["scans"] or "[]")
        )
        return Tracked(**{**values, "state": TrackState(values["state"]), "scans": scans})


def _written(scans: Sequence[Scan]) -> str:
    told = [[scan.at.isoformat(), scan.stage.value, scan.text, scan.code, scan.place] for scan in scans]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) if told else ""
