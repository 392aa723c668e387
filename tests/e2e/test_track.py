"""tracer order track, against a Kuaidi100 on this machine."""

import pytest

from tests.fake_kuaidi100 import CUSTOMER, KEY, fake_kuaidi100, parcel, scan


@pytest.fixture
def service(tracer):
    with fake_kuaidi100() as fake:
        tracer.more = {
            "TRACER_KUAIDI100_CUSTOMER": CUSTOMER,
            "TRACER_KUAIDI100_KEY": KEY,
            "TRACER_KUAIDI100_URL": fake.url,
            "TRACER_OUTBOUND_ALLOW": '["127.0.0.1"]',
        }
        yield fake


def place(tracer, number):
    (canary,) = tracer.json("canary", "issue", "--for", "courier-1")
    order = ("--route", "courier-1", "--waybill-no", number)
    return tracer.json("order", "add", "--canary", canary["canary_id"], *order)["order_id"]


@pytest.fixture
def order(tracer):
    tracer.ok("channel", "add", "courier", "圆通")
    tracer.ok("number", "add", "+442079460016", "--extensions", "4")
    return place(tracer, "YT1234567890123")


def test_an_order_is_tracked_and_shows_its_scans(tracer, service, order):
    placed = tracer.json("order", "show", order)
    assert placed["tracking"] is None
    moment = placed["placed_at"][:19].replace("T", " ")
    hour = int(moment[11:13])
    moment = f"{moment[:10]} {(hour + 9) % 24:02}{moment[13:]}"  # some hours later in China, wherever this machine is
    service.parcels["YT1234567890123"] = parcel("YT1234567890123", "yuantong", scan(moment, "1002", "运输中"))
    told = tracer.json("order", "track", order)
    assert (told["carrier"], told["service"], told["state"]) == ("yto", "kuaidi100", "watched")
    text = tracer.ok("order", "show", order).out
    assert "Parcel with yto, by kuaidi100: watched" in text
    assert "Asked for again after" in tracer.ok("order", "track", order).out
    assert len(service.asked) == 1


def test_all_that_is_due(tracer, service, order):
    place(tracer, "SF1234567890123")
    done = tracer.json("order", "track", "--all")
    assert (done["begun"], done["asked"], done["failures"]) == (2, 2, 0)
    assert "Asked for 0 parcels" in tracer.ok("order", "track", "--all").out


def test_refusals(tracer, service, order):
    assert "an order's id, or --all" in tracer("order", "track").refused()
    assert "there is no order 'o-x'" in tracer("order", "track", "o-x").refused()
    service.down = (500, b"")
    assert "Kuaidi100: expected an answer about a parcel" in tracer("order", "track", order).refused()
    assert "could not be asked for" in tracer.ok("order", "track", "--all").out or service.asked == []
    tracer.more = {}
    assert "Set kuaidi100_customer" in tracer("order", "track", order).refused()
