"""The section on an order's page, and a button that asks for the parcel."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.fake_kuaidi100 import fake_kuaidi100, parcel, scan, set_up

SF = "SF1234567890123"


@pytest.fixture
def service(app):
    with fake_kuaidi100() as fake:
        set_up(app, fake)
        yield fake


@pytest.fixture
def place(app):
    merchant = registry.add_channel(app)
    courier = registry.add_channel(app, "courier", "顺丰")
    registry.own_number(app)
    app.clock = lambda: NOW - timedelta(days=5)
    (canary,) = registry.issue(app, merchant)
    order = registry.place(app, canary.canary_id, merchant, courier, waybill_no=SF)
    app.clock = lambda: NOW
    return f"/orders/{order.order_id}"


def test_nothing_is_said_of_tracking_where_nobody_can_be_asked(owner, place):
    assert 'id="tracking"' not in owner.get(place).text


def test_the_button_asks_and_the_page_tells(service, owner, analyst, place):
    service.parcels[SF] = parcel(SF, "shunfeng", scan("2026-11-17 18:03:11", "103", "顺丰 张三 已收取快件"))
    page = owner.get(place).text
    assert "the last four digits of the line" in page
    done = owner.send(f"{place}/tracking", {"carrier": ""})
    assert (done.status_code, done.headers["location"]) == (303, f"{place}?done=parcel-asked-for")
    page = owner.get(place).text
    assert "Carrier: sf, asked through kuaidi100." in page
    assert "顺丰 张三 已收取快件" in page
    assert page.count("2026-11-17 18:03") == 2  # the scan, and who was shown the order
    page = analyst.get(place).text
    assert "张三" not in page
    assert "hidden from you" in page
    assert "Ask for the parcel now" not in page
    assert analyst.send(f"{place}/tracking").status_code == 403


def test_in_chinese(service, owner, place):
    service.parcels[SF] = parcel(SF, "shunfeng", scan("2026-11-17 18:03:11", "103", ""))
    owner.send(f"{place}/tracking", {"carrier": "sf"})
    page = owner.get(place, headers={"Accept-Language": "zh-CN"}).text
    for text in ("物流跟踪", "已揽收", "承运商：sf", "现在查询包裹"):
        assert text in page


def test_a_service_that_is_down_is_said_and_nothing_is_lost(service, owner, place):
    service.down = (500, b"")
    answer = owner.send(f"{place}/tracking")
    assert answer.status_code == 422
    assert "The carrier service gave no usable answer" in answer.text
    assert "gave no answer" in owner.get(place).text
    chinese = owner.send(f"{place}/tracking", {"carrier": "zto"}, headers={"Accept-Language": "zh-CN"})
    assert "物流查询服务没有给出可用的应答" in chinese.text


def test_a_carrier_that_nobody_knows_is_refused(service, owner, place):
    assert owner.send(f"{place}/tracking", {"carrier": "pigeon"}).status_code == 422
