"""Channels, numbers, orders, exposures and calls through the services."""

import pytest

from tests.factories import registry
from tracer.domain.call import CallState, Nature
from tracer.domain.columns import InvalidRecord
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed, UnknownId
from tracer.domain.fields import Fields
from tracer.domain.line import Line
from tracer.services.log_call import correct_call, merge_call, restore_call, undo_call
from tracer.services.place_order import record_exposure


def do(app, service, *arguments):
    with app.writing() as work:
        made = service(work, *arguments)
        work.commit()
    return made


@pytest.fixture
def merchant(app):
    registry.own_number(app)
    return registry.add_channel(app, legitimate_numbers="+447700900777")


@pytest.fixture
def canary(app, merchant):
    return registry.issue(app, merchant)[0]


def test_channels_are_numbered_by_kind(app):
    assert [registry.add_channel(app), registry.add_channel(app), registry.add_channel(app, "courier", "白杨")] == [
        *("merchant-1", "merchant-2"),
        "courier-1",
    ]


@pytest.mark.parametrize(
    ("record", "error", "says"),
    [
        ({"kind": "drone"}, InvalidValue, r"got 'drone'.*channels\.toml"),
        ({"parent_id": "gone"}, UnknownId, "no channel 'gone'"),
        ({"channel_id": "merchant-1"}, AlreadyExists, "'merchant-1' already"),
        ({"channel_id": "background"}, InvalidRecord, "reserved"),
        ({"name": " "}, InvalidRecord, "may not be empty"),
    ],
)
def test_a_channel_that_is_refused(app, merchant, record, error, says):
    with pytest.raises(error, match=says):
        registry.add_channel(app, **record)
    assert len(registry.everything(app)["channels"]) == 1


def test_a_number_is_added_once(app, merchant):
    with pytest.raises(AlreadyExists, match="tracer number list"):
        registry.own_number(app, "020 7946 0016".replace("020", "+44 20"))
    with pytest.raises(InvalidRecord, match="1 to 7"):
        registry.own_number(app, "+442079460017", extensions="9")
    assert len(registry.everything(app)["numbers"]) == 1


def test_an_order_that_ended_early(app, merchant, canary):
    ended = "2026-11-22T12:00:00+08:00"
    order = registry.place(app, canary.canary_id, merchant, state="cancelled", ended_at=ended)
    (stored,) = registry.everything(app)["orders"]
    assert stored == order
    assert stored.ended_at.isoformat() == ended
    with pytest.raises(InvalidRecord, match="after placed_at"):
        registry.place(app, canary.canary_id, ended_at="2026-11-20T12:00:00+08:00")


@pytest.mark.parametrize(
    ("route", "record", "error", "says"),
    [
        (["gone"], {}, UnknownId, "no channel 'gone'"),
        (["merchant-1", "merchant-1"], {}, NotAllowed, "names a channel twice"),
        ([], {"placed_at": "2026-11-20T12:00:00+08:00"}, NotAllowed, "before its canary"),
        ([], {"price": "NaN"}, InvalidRecord, "plain number"),
        ([], {"canary_id": "k-gone"}, UnknownId, "no canary 'k-gone'"),
    ],
)
def test_an_order_that_is_refused(app, canary, route, record, error, says):
    asked = {"canary_id": canary.canary_id, **record}
    with pytest.raises(error, match=says):
        registry.place(app, asked.pop("canary_id"), *route, **asked)
    held = registry.everything(app)
    assert held["orders"] == held["exposures"] == []
    assert [one.state.value for one in held["canaries"]] == ["issued"]


def test_exposures(app, merchant, canary):
    order = registry.place(app, canary.canary_id, merchant)
    courier = registry.add_channel(app, "courier", "白杨快递")
    record = {"order_id": order.order_id, "channel_id": courier, "exposed_at": "2026-11-23T08:00:00+08:00"}
    shown = do(app, record_exposure, {**record, "fields": "name:masked phone:alias", "alias": "+447700900111"})
    assert shown.fields == Fields.NAME_MASKED | Fields.PHONE_ALIAS
    for changes, error, says in (
        ({}, AlreadyExists, "same order, channel and time"),
        ({"exposed_at": "2026-11-23T00:00:00+00:00"}, AlreadyExists, "same order, channel and time"),
        ({"exposed_at": "2026-11-21T11:59:59+08:00"}, NotAllowed, "cannot have been shown"),
        ({"channel_id": "gone"}, UnknownId, "no channel 'gone'"),
        ({"order_id": "gone"}, UnknownId, "no order 'gone'"),
    ):
        with pytest.raises(error, match=says):
            do(app, record_exposure, {**record, **changes})
    assert len(registry.everything(app)["exposures"]) == 2


def test_a_call_is_logged_with_what_is_known(app, canary):
    call = registry.log(app, dialled_number=canary.phone.text, known_fields="name item", heard_name="张")
    assert (call.received_at, call.nature, call.dialled) == (app.clock(), Nature.SCAM, canary.phone)
    assert registry.everything(app)["calls"] == [call]


def test_a_call_without_a_number_is_logged_too(app, canary):
    call = registry.log(app, heard_name=canary.recipient_name)
    assert (call.dialled, call.canary_id) == (None, None)
    assert registry.everything(app)["calls"] == [call]


def test_a_call_with_a_canary_rang_on_its_line(app, canary):
    assert registry.log(app, canary_id=canary.canary_id).dialled == canary.phone


@pytest.mark.parametrize(
    ("caller", "stated", "nature"),
    [
        ("+447700900777", "", Nature.LEGITIMATE),
        ("+44 7700 900 777", "", Nature.LEGITIMATE),
        ("+447700900777", "scam", Nature.SCAM),
        ("+447700900778", "", Nature.SCAM),
    ],
)
def test_a_channels_own_number_is_legitimate_unless_said_otherwise(app, canary, caller, stated, nature):
    assert registry.log(app, canary_id=canary.canary_id, caller_number=caller, nature=stated).nature is nature


@pytest.mark.parametrize(
    ("record", "error", "says"),
    [
        ({"dialled_number": "+447700900100"}, UnknownId, "not in your pool"),
        ({"dialled_number": "12"}, InvalidRecord, "too short"),
        ({"canary_id": "k-gone"}, UnknownId, "no canary 'k-gone'"),
        ({"dialled_number": registry.LANDLINE, "known_fields": "colour"}, InvalidRecord, "colour"),
    ],
)
def test_a_call_that_is_refused(app, merchant, record, error, says):
    with pytest.raises(error, match=says):
        registry.log(app, **record)
    assert registry.everything(app)["calls"] == []


def test_undo_and_restore(app, canary):
    call = registry.log(app, call_id="c-1", canary_id=canary.canary_id)
    assert do(app, undo_call, "c-1").state is CallState.UNDONE
    with pytest.raises(NotAllowed, match="undone already"):
        do(app, undo_call, "c-1")
    with app.reading() as work:
        assert list(work.calls.counting()) == []
    assert do(app, restore_call, "c-1") == call
    with pytest.raises(AlreadyExists, match="tracer call correct"):
        registry.log(app, call_id="c-1", canary_id=canary.canary_id)


def test_merge_joins_what_both_knew(app, canary):
    phone = canary.phone.text
    registry.log(app, call_id="a", dialled_number=phone, known_fields="item", unknown_fields="price", heard_item="杯子")
    registry.log(app, call_id="b", dialled_number=phone, known_fields="name", unknown_fields="item", heard_name="张")
    merged = do(app, merge_call, "a", "b")
    assert (merged.known_fields.text, merged.unknown_fields.text) == ("name item", "price")
    assert (merged.heard_name, merged.heard_item) == ("张", "杯子")
    with app.reading() as work:
        assert [call.call_id for call in work.calls.counting()] == ["b"]
        assert work.calls.get("a").merged_into == "b"
    for call_id, into, says in (("b", "b", "itself"), ("b", "a", "merged"), ("a", "b", "merged already")):
        with pytest.raises(NotAllowed, match=says):
            do(app, merge_call, call_id, into)


def test_corrections(app, canary):
    registry.log(app, call_id="c-1", dialled_number=registry.LANDLINE)
    assert do(app, correct_call, "c-1", {"dialled_number": canary.phone.text}).dialled == canary.phone
    assert do(app, correct_call, "c-1", {"nature": "unsure"}).nature is Nature.UNSURE
    for changes, error, says in (
        ({"call_id": "c-2"}, NotAllowed, "cannot be changed: call_id"),
        ({"colour": "red"}, NotAllowed, "cannot be changed: colour"),
        ({"nature": "spam"}, InvalidRecord, "scam legitimate unsure"),
        ({"dialled_number": "+447700900100"}, UnknownId, "not in your pool"),
    ):
        with pytest.raises(error, match=says):
            do(app, correct_call, "c-1", changes)
    with app.reading() as work:
        assert work.calls.get("c-1").dialled == canary.phone


def test_a_corrected_canary_brings_its_own_line(app, merchant):
    first, second = registry.issue(app, merchant, count=2)
    registry.log(app, call_id="c-1", canary_id=first.canary_id)
    assert do(app, correct_call, "c-1", {"canary_id": second.canary_id}).dialled == second.phone
    registry.log(app, call_id="c-2", canary_id=first.canary_id, dialled_number=registry.LANDLINE)
    assert do(app, correct_call, "c-2", {"canary_id": second.canary_id}).dialled == Line(registry.LANDLINE)
