"""A registry with something in every sealed column, and all of it read again with whatever keys there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from tests.factories import registry
from tests.factories.service_rows import fill_service
from tracer.bootstrap import Application
from tracer.domain.incoming import Unreadable
from tracer.domain.tracking import Scan, Stage, Tracked
from tracer.services.calls.log_call import attached, log_call
from tracer.services.incoming.take_in import take_in
from tracer.services.orders.place_order import record_exposure
from tracer.services.registry.add_number import add_number
from tracer.storage.sealed_columns import INDEXED, SEALED
from tracer.storage.session import Session
from tracer.storage.tables import RateLimitRow, RequestRow, UserRow

LOGIN, REQUEST, BODY = "owner@example.org", "key|7", '{"heard_name":"张小梦"}'
WHOLE = {
    "heard_name": "张小梦",
    "caller_number": "+447700900666",
    "transcript": "您好",
    "heard_item": "杯子",
    "heard_order_no": "0981",
    "heard_waybill_no": "2349",
    "notes": "hurried",
}


def fill_everything(app: Application, url: str) -> None:
    """Two canaries on lines of their own, four on a shared number, a whole call, and the tables of the service."""
    merchant = registry.add_channel(app, contact="x@example.org", legitimate_numbers="+447700900777")
    courier = registry.add_channel(app, "courier", "白杨快递")
    registry.own_number(app, notes="blue drawer")
    with app.writing() as work:
        add_number(work, {"number": registry.SHARED, "kind": "sim"})
        work.imports.begin("a bundle", work.now)
        work.commit()
    own = registry.issue(app, merchant, count=2, number=registry.LANDLINE, notes="n")
    registry.issue(app, merchant, count=4, number=registry.SHARED)
    order = {"order_no": "26000926523", "item": "棉袜", "waybill_no": "WB-1", "account": "a", "notes": "gate"}
    placed = registry.place(app, own[0].canary_id, merchant, **order)
    leg = {"order_id": placed.order_id, "channel_id": courier, "exposed_at": app.clock().isoformat()}
    with app.writing() as work:
        record_exposure(work, {**leg, "fields": "phone:alias", "alias": "+447700900555"})
        log_call(work, {**WHOLE, "dialled_number": own[0].phone.text}, [attached("a.ogg", b"sound")], app.rng)
        scans = (Scan(app.clock(), Stage.PICKED_UP, "白杨快递 已揽收"),)
        work.tracked_parcels.add(Tracked(placed.order_id, "kuaidi100", "WB-1", app.clock(), "sf", scans=scans))
        work.commit()
    registry.log(app, dialled_number=registry.SHARED, heard_name="王伟")
    with app.writing() as work:
        take_in(work, [Unreadable("twilio", "line 7", "<xml", "not XML")], app.rng)
        work.commit()
    fill_service(url)
    with app.writing() as work:
        _seal_service(work.session)
        work.commit()


def _seal_service(session: Session) -> None:
    """What fill_service put into columns that are sealed or blind indexes becomes what belongs there."""
    cipher, run = session.cipher, session.connection.execute
    run(update(UserRow).values(login_key=cipher.blind_index("users.login", LOGIN)))
    keys = {"request_key": cipher.blind_index("requests.key", REQUEST)}
    run(update(RequestRow).values(**keys, body_key=cipher.blind_index("requests.body", BODY)))
    run(update(RateLimitRow).values(bucket=cipher.blind_index("rate_limits.bucket", "me")))
    for sealed in SEALED:
        if sealed.table.__tablename__ not in ("users", "api_keys", "requests", "jobs", "job_parts", "notify_targets"):
            continue
        (row,) = run(select(sealed.stored)).mappings()
        for column in sealed.columns:
            text = LOGIN if column == "login" else f"{sealed.table.__tablename__}.{column}"
            value = cipher.seal_bytes(sealed.stored.name, column, sealed.row_id(row), text.encode())
            run(update(sealed.stored).values({column: value}))


def opened(app: Application) -> dict[str, list[bytes]]:
    """Every sealed value in the clear, by column; raises WrongKey for one that does not open."""
    found: dict[str, list[bytes]] = {}
    with app.reading() as work:
        for sealed in SEALED:
            for row in work.session.connection.execute(select(sealed.stored)).mappings():
                for column in sealed.columns:
                    if row[column] is not None:
                        value = work.session.cipher.open_bytes(
                            sealed.stored.name, column, sealed.row_id(row), row[column]
                        )
                        found.setdefault(f"{sealed.stored.name}.{column}", []).append(value)
    return {column: sorted(values) for column, values in found.items()}


def misfits(app: Application) -> list[str]:
    """Blind indexes that are not those of their rows under the key that makes them now."""
    with app.reading() as work:
        numbers = {stored.number_id: stored.owned.number for stored in work.numbers.all()}
        wrong = []
        for indexed in INDEXED:
            (sealed,) = (one for one in SEALED if one.table is indexed.table)
            for row in work.session.connection.execute(select(indexed.stored)).mappings():
                values = {**row, **_opened_row(work.session, sealed, row)}
                expected = work.session.cipher.blind_index(indexed.purpose, indexed.value(values, numbers))
                wrong += [
                    f"{indexed.stored.name}.{name}" for name in indexed.columns if row[name] not in (expected, None)
                ]
    return wrong


def _opened_row(session: Session, sealed: Any, row: Mapping[str, Any]) -> dict[str, str]:
    return {
        column: session.cipher.open(sealed.stored.name, column, sealed.row_id(row), row[column])
        for column in sealed.columns
    }
