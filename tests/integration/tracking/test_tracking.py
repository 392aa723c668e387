"""From an order's waybill number to the times of its route, against a Kuaidi100 on this machine."""

import random
from datetime import datetime, timedelta
from threading import Thread

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.fake_kuaidi100 import SALT, parcel, push, scan
from tests.integration.tracking.conftest import PLACED, ZTO
from tracer.domain.errors import InvalidValue, NotAllowed, NotAuthenticated, OutboundFailed, UnknownId
from tracer.domain.tracking import Stage, TrackState
from tracer.intake.kuaidi100.hook import SOURCE
from tracer.intake.sources import HookRequest
from tracer.scheduler.poll_tracking import poll_tracking
from tracer.services.canaries.change_canary import retire_canary
from tracer.services.erasure.erase_personal import erase_canary

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
PICKED = scan("2026-11-17 18:03:11", "103", "【杭州】中通 张三 13900000000 已揽收")
MOVED = scan("2026-11-18 02:00:00", "1002", "离开【杭州转运中心】")
ARRIVED = scan("2026-11-19 09:30:00", "501", "已存放至白杨驿站，请及时取件")
SIGNED = scan("2026-11-20 12:00:00", "304", "已签收")
ALL = (PICKED, MOVED, ARRIVED, SIGNED)


def more(app, story, *route, **record):
    """One more order of the canary; its id."""
    return registry.place(app, story["canary"].canary_id, *route, placed_at=PLACED, **record).order_id


def later(app, **time):
    app.clock = lambda: NOW + timedelta(**time)


def route(app, order_id):
    with app.reading() as work:
        return [(leg.channel_id, leg.exposed_at.isoformat()) for leg in work.exposures.route(order_id)]


def followed(app, order_id):
    with app.reading() as work:
        return work.tracked_parcels.find([order_id]).get(order_id)


def facts(app, order_id):
    with app.reading() as work:
        return [(entry.event, entry.payload) for entry in work.journal.about(order_id)]


def pushed(app, body):
    answer = SOURCE.receive(HookRequest("https://x.example/hooks/kuaidi100", {}, body, NOW), app.settings)
    with app.writing() as work:
        taken = [answer.carry_out(work)] if answer.carry_out else []
        work.commit()
    return answer, taken


@BOTH
def test_a_parcels_scans_time_the_route(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", *ALL, state="3")
    tracked = app.track_order(story["order"])
    assert [one.stage for one in tracked.scans] == [
        Stage.PICKED_UP,
        Stage.MOVING,
        Stage.AT_STATION,
        Stage.DELIVERED,
    ]
    assert route(app, story["order"])[3:] == [
        (story["courier"], "2026-11-17T18:03:11+08:00"),
        (story["station"], "2026-11-19T09:30:00+08:00"),
    ]
    told = [payload for event, payload in facts(app, story["order"]) if event == "parcel_scanned"]
    assert [(one["stage"], one["channel_id"], one["service"]) for one in told] == [
        ("picked_up", story["courier"], "kuaidi100"),
        ("at_station", story["station"], "kuaidi100"),
    ]
    assert "张三" not in repr(facts(app, story["order"]))
    # ZTO wants the line's last four digits, and gets nothing more of it.
    phone = story["canary"].phone.number
    assert service.asked == [
        {"com": "zhongtong", "num": ZTO, "phone": phone[-4:], "resultv2": "4", "show": "0", "order": "asc"}
    ]
    assert app.audit_ledger(lambda share: None).problems == []


def test_asked_again_within_half_an_hour_it_says_what_it_knows(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    first = app.track_order(story["order"])
    later(app, minutes=29)
    assert app.track_order(story["order"]) == first
    later(app, minutes=31)
    app.track_order(story["order"])
    assert len(service.asked) == 2
    assert len(route(app, story["order"])) == 4


@BOTH
def test_a_round_asks_what_is_due_and_less_and_less(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    assert poll_tracking(app).record | {"error": ""} == {
        "begun": 1,
        "asked": 1,
        "failures": 0,
        "scans": 1,
        "exposures": 1,
        "unassigned": 0,
        "running": 0,
        "error": "",
    }
    assert poll_tracking(app).asked == 0
    gaps, last = [], NOW
    for hour in range(6, 24 * 4, 6):
        later(app, hours=hour)
        if poll_tracking(app).asked:
            gaps.append(round((app.clock() - last) / timedelta(hours=1)))
            last = app.clock()
    assert gaps[:4] == [6, 12, 24, 24]


def test_after_delivery_it_is_left_alone(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", *ALL, state="3")
    for day in range(8):
        later(app, days=day)
        poll_tracking(app)
    assert len(service.asked) == 3
    left = followed(app, story["order"])
    assert (left.state, left.next_look) == (TrackState.ENDED, None)
    assert [payload["why"] for event, payload in facts(app, story["order"]) if event == "parcel_left"] == ["delivered"]


def test_what_never_comes_is_given_up(app, service, story):
    for day in range(0, 60, 4):
        later(app, days=day)
        poll_tracking(app)
    assert followed(app, story["order"]).state is TrackState.ENDED
    assert 10 <= len(service.asked) <= 14


@pytest.mark.parametrize("down", [(500, b"oops"), (200, b"<html>"), (200, b"[]"), (200, b'{"returnCode":"601"}')])
def test_a_service_that_is_down_is_asked_less_and_less_and_soon_left_alone(app, service, story, down):
    for n in range(5):
        registry.place(
            app, story["canary"].canary_id, story["courier"], placed_at=PLACED, waybill_no=f"7312345678{n}000"
        )
    service.down = down
    polled = poll_tracking(app)
    assert (polled.begun, polled.failures, polled.asked) == (6, 3, 0)
    assert "Kuaidi100" in polled.error
    assert ZTO not in polled.error
    with pytest.raises(OutboundFailed):
        app.track_order(
            registry.place(app, story["canary"].canary_id, placed_at=PLACED, waybill_no="SF1234567890123").order_id
        )
    service.down = None
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    later(app, hours=13)
    assert poll_tracking(app).asked >= 3


def test_of_several_carriers_one_after_the_other_is_tried(app, service, story):
    order_id = more(app, story, story["merchant"], waybill_no="4312345678901")
    service.parcels["4312345678901"] = parcel("4312345678901", "shentong", PICKED)
    assert app.track_order(order_id).carrier == "sto"  # Yunda was asked and knew nothing: STO is next
    later(app, hours=13)
    poll_tracking(app)
    tracked = followed(app, order_id)
    assert [asked["com"] for asked in service.asked if asked["num"] == "4312345678901"] == ["yunda", "shentong"]
    assert (tracked.carrier, len(tracked.scans)) == ("sto", 1)


@BOTH
def test_whom_a_scan_speaks_of_is_never_guessed(app, service, story):
    registry.add_channel(app, "courier", "中通 城西")
    order_id = more(app, story, story["merchant"], waybill_no=ZTO)
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED, ARRIVED)
    tracked = app.track_order(order_id, "zto")
    assert tracked.problem == "unassigned"
    assert route(app, order_id)[1:] == [(story["station"], "2026-11-19T09:30:00+08:00")]  # named in the text
    told = [payload["channel_id"] for event, payload in facts(app, order_id) if event == "parcel_scanned"]
    assert told == ["", story["station"]]
    registry.expose(app, order_id=order_id, channel_id=story["courier"], exposed_at="2026-11-17T18:03:11+08:00")
    later(app, hours=1)
    assert app.track_order(order_id).problem == ""  # a person said who it was


def test_a_label_through_an_alias_is_seen_through_it_again(app, service, story):
    order_id = more(app, story, waybill_no=ZTO)
    leg = {"order_id": order_id, "channel_id": story["courier"], "exposed_at": PLACED, "alias": "+447700900555"}
    registry.expose(app, **leg, fields="name:masked phone:alias", alias_expires_at="2026-11-17T00:00:00+08:00")
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    app.track_order(order_id)
    assert service.asked[0]["phone"] == "0555"
    with app.reading() as work:
        declared, scanned = work.exposures.route(order_id)
    assert (scanned.alias, scanned.fields) == (declared.alias, declared.fields)
    assert scanned.alias_expires_at == scanned.exposed_at


def test_a_number_given_out_again_brings_nothing_of_the_parcel_before(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", scan("2025-03-01 10:00:00", "103", "已揽收"), PICKED)
    assert len(app.track_order(story["order"]).scans) == 1


def test_the_service_itself_is_a_channel_where_it_is_registered(app, service, story):
    own = registry.add_channel(app, "crawler", "快递100", tags="kuaidi100")
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    app.track_order(story["order"])
    later(app, hours=1)
    app.track_order(story["order"])
    with app.reading() as work:
        (leg,) = [leg for leg in work.exposures.route(story["order"]) if leg.channel_id == own]
    assert leg.fields.text == "phone:last4 waybill_no"
    assert leg.exposed_at == NOW


def test_it_is_asked_to_push_once_there_is_a_parcel(app, service, story, make_app, database_url, monkeypatch):
    monkeypatch.setenv("TRACER_KUAIDI100_CALLBACK", "https://tracer.example/hooks/kuaidi100")
    app = make_app(database_url)
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", PICKED)
    app.track_order(story["order"])
    assert service.subscribed == []
    later(app, hours=1)
    app.track_order(story["order"])
    (asked,) = service.subscribed
    assert asked["number"] == ZTO
    assert asked["parameters"]["salt"] == SALT
    assert followed(app, story["order"]).subscribed_at is not None


@BOTH
def test_pushes_in_any_order_and_number_come_to_the_same(app, service, story):
    app.track_order(story["order"])
    pushes = [push(parcel(ZTO, "zhongtong", *ALL[: n + 1])) for n in range(4)]
    rng = random.Random(5)
    for body in rng.sample(pushes * 3, 12):
        answer, _ = pushed(app, body)
        assert answer.body == '{"result": true, "returnCode": "200", "message": "成功"}'
    assert route(app, story["order"])[3:] == [
        (story["courier"], "2026-11-17T18:03:11+08:00"),
        (story["station"], "2026-11-19T09:30:00+08:00"),
    ]
    events = [event for event, _ in facts(app, story["order"])]
    assert events.count("parcel_scanned") == events.count("exposure_recorded") == 2
    assert app.audit_ledger(lambda share: None).problems == []


@BOTH
def test_two_at_once_make_one_exposure(app, service, story):
    app.track_order(story["order"])
    body = push(parcel(ZTO, "zhongtong", *ALL))
    threads = [Thread(target=pushed, args=(app, body)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(route(app, story["order"])) == 5


@BOTH
def test_two_processes_ask_for_each_parcel_once(app, service, story, make_app, database_url):
    for n in range(4):
        number = f"YT100000000000{n}"
        service.parcels[number] = parcel(number, "yuantong", PICKED)
        more(app, story, waybill_no=number)
    others = [app, make_app(database_url)]
    threads = [Thread(target=poll_tracking, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    poll_tracking(app)
    assert sorted(asked["num"] for asked in service.asked) == sorted([ZTO, *service.parcels])


def test_a_push_that_a_parcel_is_not_known_says_so(app, service, story):
    app.track_order(story["order"])
    pushed(app, push({"nu": ZTO, "com": "zhongtong", "data": []}, status="abort"))
    assert followed(app, story["order"]).problem == "no_record"


def test_a_pack_tells_where_the_time_of_a_leg_comes_from(app, service, story):
    from tracer.domain.evidence.opening import ORDER_EVENTS, Opening, Own, opened_paths

    service.parcels[ZTO] = parcel(ZTO, "zhongtong", *ALL)
    app.track_order(story["order"])
    with app.reading() as work:
        entries = [one for one in work.journal.about(story["order"]) if one.event == "parcel_scanned"]
    assert {one.event for one in entries} <= set(ORDER_EVENTS)
    own = Own(frozenset(), frozenset())
    for entry in entries:
        opened = {path.rpartition("/")[2] for path in opened_paths(entry.record, Opening(), own)}
        assert {"service", "carrier", "stage", "scanned_at", "channel_id"} <= opened


def test_a_push_of_a_strangers_parcel_keeps_nothing(app, story):
    _, (taken,) = pushed(app, push(parcel("YT1234567890123", "yuantong", *ALL)))
    assert taken.orders == 0


def test_pushes_that_are_not_kuaidi100s_are_refused(app, story):
    good = push(parcel(ZTO, "zhongtong", *ALL))
    with pytest.raises(NotAuthenticated):
        pushed(app, push(parcel(ZTO, "zhongtong", *ALL), salt="pepper"))
    with pytest.raises(NotAuthenticated):
        pushed(app, good.replace(b"zhongtong", b"shentong1"))
    for body in (b"", b"\xff", b"sign=1", b"param=1", b"a=b&" * 50):
        with pytest.raises(InvalidValue):
            pushed(app, body)
    with pytest.raises(InvalidValue):
        pushed(app, push("x")[:0] + signed_text("[1]"))
    assert pushed(app, push("no result"))[1] == []


def signed_text(param):
    from urllib.parse import urlencode

    from tests.fake_kuaidi100 import sign

    return urlencode({"sign": sign(param, SALT), "param": param}).encode()


def test_without_a_salt_no_push_is_taken(app, make_app, database_url, monkeypatch):
    monkeypatch.setenv("TRACER_KUAIDI100_SALT", "")
    with pytest.raises(UnknownId):
        pushed(make_app(database_url), push(parcel(ZTO, "zhongtong")))


def test_an_order_without_a_number_or_a_service_is_refused(app, story, make_app, database_url, monkeypatch):
    bare = more(app, story)
    with pytest.raises(NotAllowed, match="no waybill number"):
        app.track_order(bare)
    strange = more(app, story, waybill_no="?")
    with pytest.raises(NotAllowed, match="--carrier"):
        app.track_order(strange)
    with pytest.raises(InvalidValue):
        app.track_order(story["order"], "pigeon")
    monkeypatch.setenv("TRACER_KUAIDI100_KEY", "")
    with pytest.raises(NotAllowed, match="kuaidi100_customer"):
        make_app(database_url).track_order(story["order"])


@BOTH
def test_what_carriers_told_is_erased_with_the_order(app, service, story):
    service.parcels[ZTO] = parcel(ZTO, "zhongtong", *ALL)
    app.track_order(story["order"])
    with app.writing() as work:
        retire_canary(work, story["canary"].canary_id)
        erase_canary(work, story["canary"].canary_id, "asked for", app.model.channels)
        work.commit()
    assert followed(app, story["order"]) is None
    assert len(route(app, story["order"])) == 5
    assert app.audit_ledger(lambda share: None).problems == []


def test_a_report_counts_a_courier_from_the_scan_on(app, service, story):
    from tracer.services.attribution.gather_evidence import gather_evidence

    service.parcels[ZTO] = parcel(ZTO, "zhongtong", *ALL)
    app.track_order(story["order"])
    with app.reading() as work:
        evidence = gather_evidence(work, app.model, NOW).evidence
    shown = evidence.exposures
    days = {
        evidence.channel_ids[channel]: day
        for channel, day, order in zip(shown.channel, shown.day, shown.order, strict=True)
        if order >= 0
    }
    placed = datetime.fromisoformat(PLACED)
    assert round((days[story["courier"]] - days[story["merchant"]]) * 24, 2) == 32.05
    assert round((days[story["station"]] - days[story["merchant"]]) * 24, 2) == 71.5
    assert placed < NOW
