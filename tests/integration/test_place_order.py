"""Channels, numbers, orders and exposures through the services."""

import pytest

from tests.factories import registry
from tests.factories.access import do
from tracer.domain.errors import AlreadyExists, InvalidRecord, InvalidValue, NotAllowed, UnknownId
from tracer.domain.fields import Fields
from tracer.services.canaries.change_canary import release_lines, retire_canary
from tracer.services.orders.place_order import record_exposure


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


@pytest.mark.parametrize("state", ["quarantined", "retired"])
def test_nothing_is_ordered_with_a_canary_that_was_given_up(app, merchant, canary, state):
    do(app, retire_canary, canary.canary_id)
    if state == "retired":
        do(app, release_lines, 0)
    with pytest.raises(NotAllowed, match=f"is {state}: nothing is ordered with it.*tracer canary issue"):
        registry.place(app, canary.canary_id, merchant)
    assert registry.everything(app)["orders"] == []
