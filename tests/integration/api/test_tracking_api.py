"""Tracking over HTTP: who may ask sees it, and what the carrier wrote is for those who may see names."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.fake_kuaidi100 import fake_kuaidi100, parcel, scan, set_up

V1 = "/api/v1"
YTO = "YT1234567890123"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def service(app):
    with fake_kuaidi100() as fake:
        set_up(app, fake)
        yield fake


@pytest.fixture
def path(app):
    courier = registry.add_channel(app, "courier", "圆通")
    registry.own_number(app)
    app.clock = lambda: NOW - timedelta(days=5)
    (canary,) = registry.issue(app, courier)
    order = registry.place(app, canary.canary_id, courier, waybill_no=YTO)
    app.clock = lambda: NOW
    return f"{V1}/orders/{order.order_id}"


@SQLITE
def test_a_parcel_is_asked_for_and_shown(service, owner, analyst, operator, path):
    service.parcels[YTO] = parcel(YTO, "yuantong", scan("2026-11-17 18:03:11", "103", "张三 已揽收"))
    assert owner.get(f"{path}/tracking").status_code == 404
    asked = operator.post(f"{path}/tracking", json={}, headers={"Idempotency-Key": "1"})
    assert asked.status_code == 200
    assert asked.json()["scans"][0] | {"place": None} == {
        "at": "2026-11-17T18:03:11+08:00",
        "stage": "picked_up",
        "code": "103",
        "text": None,
        "place": None,
    }
    again = operator.post(f"{path}/tracking", json={}, headers={"Idempotency-Key": "1"})
    assert again.headers["idempotency-replayed"] == "true"
    assert len(service.asked) == 1
    assert "phone" not in service.asked[0]  # YTO asks for none, and is told none
    assert owner.get(f"{path}/tracking").json()["scans"][0]["text"] == "张三 已揽收"
    assert analyst.get(f"{path}/tracking").json()["scans"][0]["text"] is None
    assert analyst.post(f"{path}/tracking", json={}).status_code == 403
    assert len(owner.get(path).json()["route"]) == 2


@SQLITE
def test_refusals(service, owner, path):
    assert owner.post(f"{path}/tracking", json={"carrier": "pigeon"}).status_code == 422
    assert owner.post(f"{V1}/orders/o-none/tracking", json={}).status_code == 404
    service.down = (200, b"?")
    answer = owner.post(f"{path}/tracking", json={})
    assert (answer.status_code, answer.json()["type"]) == (502, "/docs#no-answer-from-outside")
    assert YTO not in answer.text


@SQLITE
def test_where_nobody_can_be_asked_that_is_said(owner, path):
    answer = owner.post(f"{path}/tracking", json={})
    assert (answer.status_code, "no carrier service is set up" in answer.text) == (409, True)
