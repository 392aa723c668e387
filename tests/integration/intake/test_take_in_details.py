"""What becomes of messages that fit less well: courier, canary elsewhere, bad columns, what cannot be read."""

from collections import Counter

import pytest

from tests.conftest import NOW
from tests.factories import registry
from tests.factories.erasable import opened
from tests.factories.incoming import CALLER, RANG, again, calls, deliveries, taken, told
from tracer.domain.call import Nature
from tracer.domain.delivery import DeliveryState, Fault
from tracer.domain.incoming import NotReceived, Unreadable
from tracer.services.calls.log_call import correct_call
from tracer.services.calls.settle_call import Settler
from tracer.services.erasure.erase_personal import Unsettled, erase_call
from tracer.services.incoming.rerun_deliveries import dismiss
from tracer.services.registry.add_number import add_number


@pytest.fixture
def database_url(tmp_path):
    """One database is enough: test_take_in is for both."""
    return f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"


def test_a_call_of_a_known_courier_is_legitimate_and_a_stated_nature_holds(app):
    registry.add_channel(app, "courier", legitimate_numbers=CALLER)
    taken(app, told(caller_number=CALLER), told(contact="A2", caller_number=CALLER, nature="scam"))
    assert {call.nature for call in calls(app)} == {Nature.LEGITIMATE, Nature.SCAM}


def test_a_stated_canary_holds_against_a_line_told_later(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    with app.writing() as work:
        add_number(work, {"number": registry.SHARED, "kind": "sim"})
        work.commit()
    (canary,) = registry.issue(app, merchant, number=registry.LANDLINE)
    taken(app, told("a", 1, dialled_number=registry.LANDLINE, notes="a"))
    (call,) = calls(app)
    with app.writing() as work:
        correct_call(work, call.call_id, {"canary_id": canary.canary_id})
        work.commit()
    taken(app, told("b", 2, dialled_number=registry.SHARED, notes="b"))
    (call,) = calls(app)
    assert (call.canary_id, call.dialled.number, call.notes) == (canary.canary_id, registry.LANDLINE, "b")


def test_a_canary_that_is_not_there_or_elsewhere_gives_a_call_with_a_note(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    with app.writing() as work:
        add_number(work, {"number": registry.SHARED, "kind": "sim"})
        work.commit()
    (canary,) = registry.issue(app, merchant, number=registry.LANDLINE)
    taken(
        app,
        told(canary_id="k-nowhere"),
        told(contact="A2", canary_id=canary.canary_id, dialled_number=registry.SHARED),
        told(contact="A3", canary_id=canary.canary_id),
        told(contact="A4", canary_id="two words, no id"),
    )
    found = Counter(fault for one in deliveries(app) for fault in one.faults)
    assert found == {Fault.UNKNOWN_CANARY: 2, Fault.OTHER_LINE: 1}
    placed = [call for call in calls(app) if call.canary_id]
    assert [call.dialled for call in placed] == [canary.phone]
    assert sum("k-nowhere" in call.notes for call in calls(app)) == 1


@pytest.mark.parametrize(
    "record",
    [
        {"received_at": "yesterday"},
        {"known_fields": "shoe size"},
        {"received_at": "2099-01-01T00:00:00+00:00"},
        {"caller_number": "\ud800"},
    ],
)
def test_what_does_not_hold_is_held_and_taken_once_it_does(app, record):
    done = taken(app, told(**record, transcript="kept"))
    assert (done.held, calls(app)) == (1, [])
    (held,) = deliveries(app)
    assert (held.state, held.told["transcript"]) == (DeliveryState.HELD, "kept")
    assert next(iter(record)) in held.reason
    assert taken(app, told(**record)).known == 1
    assert again(app, held.delivery_id).waiting == 1


def test_a_held_message_that_is_told_anew_and_holds_becomes_the_call(app):
    taken(app, told(received_at="2026-01-05 04:24:12", heard_name="张三"), told("b", contact="A2", received_at="?"))
    with app.writing() as work:
        dismiss(work, [one.delivery_id for one in deliveries(app) if one.event_id])
        work.commit()
    mended = told(received_at="2026-01-05T04:24:12+08:00", heard_name="张三")
    assert taken(app, mended, told("b", contact="A2", received_at=RANG)).new == 2
    assert taken(app, mended, told(received_at="2026-01-06T04:24:12+08:00")).known == 2
    assert sorted(call.received_at.isoformat() for call in calls(app)) == ["2026-01-05T04:24:12+08:00", RANG]
    assert deliveries(app) == []
    with app.reading() as work:
        (kept,) = work.deliveries.of_contacts([("twilio", "A1")])["twilio", "A1"]
    assert kept.told["received_at"] == "2026-01-05T04:24:12+08:00"
    assert app.audit_ledger(lambda share: None).problems == []


def test_within_a_batch_a_row_that_holds_counts_before_one_that_does_not(app):
    taken(app, told(received_at="?"), told(received_at=RANG))
    assert [call.received_at.isoformat() for call in calls(app)] == [RANG]
    assert deliveries(app) == []


def test_what_was_unreadable_goes_once_it_is_of_an_erased_call_or_of_none(app):
    taken(app, told("a", heard_name="张三"), Unreadable("twilio", "", "a periwinkle kettle", "why"))
    taken(app, Unreadable("twilio", "", "a saucer that was sent", "why"))
    (call,) = calls(app)
    with app.writing() as work:
        erase_call(work, call.call_id, "asked", Settler(work, 0.9), Unsettled.ANYWAY)
        work.commit()
    for one in deliveries(app):
        received = [told("b", transcript=one.unread)] if "kettle" in one.unread else [NotReceived("twilio")]
        assert again(app, one.delivery_id, read=lambda unread, told=received: told).mended == 1
    assert "kettle" not in opened(app)
    assert "saucer" not in opened(app)
    assert app.audit_ledger(lambda share: None).problems == []


def test_what_a_dismissed_message_said_can_be_erased_later(app):
    taken(app, told(received_at="?", transcript="a periwinkle kettle"))
    ids = [one.delivery_id for one in deliveries(app)]
    for erase, expected in ((False, 1), (False, 0), (True, 1), (True, 0)):
        with app.writing() as work:
            assert dismiss(work, ids, erase=erase) == expected
            work.commit()
    assert "kettle" not in opened(app)
    assert taken(app, told(received_at=RANG, transcript="a periwinkle kettle")).known == 1
    assert app.audit_ledger(lambda share: None).problems == []


def test_a_held_message_is_taken_with_its_contact_when_it_holds(app):
    taken(app, told("a", 1, heard_name="张三", received_at=RANG))
    taken(app, told("b", 2, received_at="2026-11-23T12:00:00+08:00", transcript="later"))
    (held,) = deliveries(app)
    later = app.clock
    app.clock = lambda: NOW.replace(day=24)
    assert again(app, held.delivery_id).mended == 1
    app.clock = later
    (call,) = calls(app)
    assert (call.transcript, call.heard_name, call.received_at.day) == ("later", "张三", 23)
    assert deliveries(app) == []


def test_what_cannot_be_read_is_kept_read_again_and_dismissed(app):
    bad = Unreadable("twilio", "line 7", "<xml", "not XML")
    assert taken(app, bad, bad, Unreadable("twilio", "", "", "empty"), NotReceived("twilio")).record == {
        "new": 0,
        "told_more": 0,
        "known": 1,
        "held": 2,
        "not_received": 1,
        "left_out": 0,
    }
    first = next(one for one in deliveries(app) if one.unread)
    other = next(one for one in deliveries(app) if not one.unread)
    assert (first.place, first.unread, first.reason) == ("line 7", "<xml", "not XML")
    assert again(app, first.delivery_id, other.delivery_id).waiting == 2
    assert again(app, first.delivery_id, read=lambda unread: [told(heard_name=unread.content)]).mended == 1
    assert [call.heard_name for call in calls(app)] == ["<xml"]
    with app.writing() as work:
        assert dismiss(work, [other.delivery_id], erase=True) == 1
        work.commit()
    assert [(one.state, one.erased) for one in deliveries(app)] == [(DeliveryState.DISMISSED, True)]
    assert again(app, other.delivery_id).waiting == 0
    assert taken(app, bad).known == 1


def test_a_dismissed_number_waits_no_longer(app):
    taken(app, told(dialled_number="+447700900456"))
    (one,) = deliveries(app)
    with app.writing() as work:
        dismiss(work, [one.delivery_id])
        work.commit()
        assert work.deliveries.faulty() == []
    assert len(calls(app)) == 1


def test_the_id_that_a_source_gives_is_the_calls_unless_it_is_taken(app):
    taken(app, told(call_id="mine-1"))
    assert taken(app, told(contact="A2", call_id="mine-1")).held == 1
    assert [call.call_id for call in calls(app)] == ["mine-1"]


def test_half_characters_and_other_columns_break_nothing(app):
    odd = told(contact="\ud800", shoe="x\0", extra={"y": "\udfff", "z": float("inf")}, heard_name="n")
    assert taken(app, odd, Unreadable("s", "\udc80", "\ud800", "why")).record["new"] == 1
    assert taken(app, odd).known == 1
    (call,) = calls(app)
    with app.reading() as work:
        (kept,) = work.deliveries.of_call(call.call_id)
    assert kept.extra["shoe"] == "x\0"
