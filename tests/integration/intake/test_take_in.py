"""Messages of sources become calls: once, whatever comes twice, and whatever comes in which order."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW
from tests.factories import registry
from tests.factories.erasable import opened
from tests.factories.incoming import CALLER, RANG, again, calls, deliveries, facts, taken, told
from tests.storage_dump import execute
from tracer.domain.call import CallState, Nature
from tracer.domain.delivery import Fault
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.records import call_record
from tracer.services.calls.log_call import correct_call, merge_call, undo_call
from tracer.services.calls.settle_call import Settler
from tracer.services.erasure.apply_retention import RetentionRules, apply_retention
from tracer.services.erasure.erase_personal import Unsettled, erase_call
from tracer.services.incoming.rerun_deliveries import dismiss
from tracer.services.registry.add_number import add_number
from tracer.services.upkeep.rotate_key import rotate_key


def test_a_message_becomes_an_unsure_call(app):
    registry.own_number(app)
    message = told(received_at=RANG, dialled_number=registry.LANDLINE, caller_number=CALLER, extra={"verstat": "A"})
    assert taken(app, message).record == {
        "new": 1,
        "told_more": 0,
        "known": 0,
        "held": 0,
        "not_received": 0,
        "left_out": 0,
    }
    (call,) = calls(app)
    assert (call.nature, call.caller_number, call.dialled.number) == (Nature.UNSURE, CALLER, registry.LANDLINE)
    with app.reading() as work:
        (kept,) = work.deliveries.of_call(call.call_id)
    assert (kept.source, kept.contact_id, dict(kept.extra)) == ("twilio", "A1", {"verstat": "A"})
    ((event, payload),) = facts(app, call.call_id)
    assert (event, payload["source"], payload["delivery"]) == ("call_taken_in", "twilio", kept.delivery_id)


def test_what_comes_twice_does_nothing(app):
    message = told("e1", received_at=RANG, caller_number=CALLER)
    taken(app, message, message)
    assert taken(app, message, told("e1", transcript="another")).known == 2
    assert len(calls(app)) == 1


MESSAGES = (
    told("ring", 1, received_at=RANG, dialled_number=registry.LANDLINE, notes="rings"),
    told("answer", 2, answered="yes", caller_number=CALLER, known_fields="name item"),
    told("end", 3, notes="ended", transcript="您好", unknown_fields="item price"),
    told("bill", 3, notes="billed", kind="call"),
)


COLUMNS = {
    "received_at": st.sampled_from([RANG, "2026-11-20T10:00:00+08:00"]),
    "dialled_number": st.sampled_from([registry.LANDLINE, "+447700900456", "95338", ""]),
    "caller_number": st.sampled_from([CALLER, "", "anonymous", "+447700900777"]),
    "canary_id": st.sampled_from(["k-nowhere", "no id", ""]),
    "known_fields": st.sampled_from(["name item", "price", ""]),
    "unknown_fields": st.sampled_from(["name", "item price", ""]),
    "nature": st.sampled_from(["scam", "unsure", ""]),
    "notes": st.text("ab\n", max_size=3),
    "answered": st.sampled_from(["yes", "no"]),
    "script": st.sampled_from(["threat", "no such"]),
}
TOLD = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 2), st.fixed_dictionaries({}, optional=COLUMNS)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[0],
)


@given(messages=TOLD, data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_repetition_gives_the_same_call(app, numbered, messages, data):
    if not numbered:
        registry.own_number(app)
        registry.add_channel(app, "courier", legitimate_numbers="+447700900777")
    found = []
    for _ in range(2):
        numbered.append(contact := f"C{len(numbered)}")
        again = st.lists(st.sampled_from(messages), max_size=4)
        order = data.draw(st.permutations([*messages, *data.draw(again)]))
        items = [Incoming("twilio", contact, event, stage, record) for event, stage, record in order]
        cut = data.draw(st.integers(0, len(items)))
        taken(app, *items[:cut])
        taken(app, *items[cut:])
        with app.reading() as work:
            kept = work.deliveries.of_contacts([("twilio", contact)])["twilio", contact]
            call_ids = {one.call_id for one in kept if one.call_id}
            assert len(call_ids) <= 1
            records = [{**call_record(work.calls.get(one)), "call_id": ""} for one in call_ids]
        states = sorted((one.event_id, one.state, sorted(one.faults) if not one.call_id else []) for one in kept)
        faults = {fault for one in kept if one.call_id for fault in one.faults}
        found.append((records, states, faults))
    assert found[0] == found[1]


@pytest.fixture
def numbered():
    """The contacts that there were."""
    return []


def test_a_persons_correction_is_never_overwritten(app):
    taken(app, told("a", 1, transcript="first", caller_number=CALLER))
    (call,) = calls(app)
    with app.writing() as work:
        correct_call(work, call.call_id, {"transcript": "as I heard it", "nature": "scam"})
        work.commit()
    taken(app, told("b", 2, transcript="second", heard_name="张三"))
    (call,) = calls(app)
    assert (call.transcript, call.heard_name, call.nature) == ("as I heard it", "张三", Nature.SCAM)
    event, payload = facts(app, call.call_id)[-1]
    assert (event, payload["changed"]) == ("call_corrected", {"heard_name": "张三"})


def test_undone_and_merged_calls_stay_so(app):
    taken(app, told("a", 1), told("a", 1, "A2", heard_name="张三"), told("a", 1, "A3"))
    first, second, third = sorted(calls(app), key=lambda call: call.heard_name == "")
    with app.writing() as work:
        undo_call(work, second.call_id)
        merge_call(work, third.call_id, first.call_id)
        work.commit()
    for contact in ("A1", "A2", "A3"):
        taken(app, told("b", 2, contact, transcript="more"))
    found = {call.call_id: call for call in calls(app)}
    assert found[second.call_id].state is CallState.UNDONE
    assert (found[third.call_id].state, found[third.call_id].merged_into) == (CallState.MERGED, first.call_id)
    assert {call.transcript for call in found.values()} == {"more"}


def test_a_number_that_is_not_in_the_pool_gives_a_call_and_later_its_line(app):
    taken(app, told(dialled_number="+447700900456", notes="told"), told(contact="A2", dialled_number="95338"))
    with_number, without = sorted(calls(app), key=lambda call: "447700900456" not in call.notes)
    assert with_number.dialled is None
    assert without.dialled is None
    assert with_number.notes == "told\nThe number that rang is not in the pool: +447700900456"
    assert {one.faults for one in deliveries(app)} == {frozenset({Fault.UNKNOWN_NUMBER})}
    ids = [one.delivery_id for one in deliveries(app)]
    assert again(app, *ids).waiting == 2
    with app.writing() as work:
        add_number(work, {"number": "+447700900456", "kind": "sim"})
        work.commit()
    assert again(app, *ids) == (again(app).__class__)(mended=1, waiting=1)
    found = {call.call_id: call for call in calls(app)}
    assert found[with_number.call_id].dialled.number == "+447700900456"
    assert found[with_number.call_id].notes == "told"
    assert len(deliveries(app)) == 1


def test_the_ledger_holds_after_all_of_it(app):
    taken(app, *MESSAGES, told(contact="A9", received_at="?"), told(contact="A8", dialled_number="+447700900456"))
    taken(app, Unreadable("twilio", "", "x", "y"), Unreadable("twilio", "", "z", "y"), MESSAGES[0])
    ids = {one.unread: one.delivery_id for one in deliveries(app)}
    again(app, ids["x"], read=lambda unread: [told(contact="A7", heard_name="n")])
    registry.own_number(app, "+447700900456", extensions="")
    again(app, *(one.delivery_id for one in deliveries(app)))
    with app.writing() as work:
        dismiss(work, [ids["z"]], erase=True)
        work.commit()
    app.seal_ledger()
    audit = app.audit_ledger(lambda share: None)
    assert audit.problems == []
    assert audit.rows >= 3 + 8


@pytest.mark.parametrize("change", ["state = 'dismissed'", "source = 'other'", "call_id = NULL", ""])
def test_an_audit_finds_a_message_that_was_changed_or_taken_away(app, database_url, change):
    taken(app, told(heard_name="n"))
    app.close()
    execute(database_url, f"UPDATE deliveries SET {change}" if change else "DELETE FROM deliveries")
    (problem,) = app.audit_ledger(lambda share: None).problems
    assert problem.startswith("message d-")


def test_what_a_source_said_is_erased_with_the_call_and_does_not_come_back(app):
    message = told("a", 1, transcript="a periwinkle kettle", extra={"from": "Quistgaard"})
    taken(app, message, told("c", 3, received_at="?", transcript="a held thimble"))
    (call,) = calls(app)
    with app.writing() as work:
        erase_call(work, call.call_id, "asked", Settler(work, 0.9), Unsettled.ANYWAY)
        work.commit()
    assert taken(app, message, told("b", 2, transcript="a saucer")).record["known"] == 1
    assert "kettle" not in opened(app)
    assert "Quistgaard" not in opened(app)
    assert "saucer" not in opened(app)
    assert "thimble" not in opened(app)
    with app.reading() as work:
        assert [one.erased for one in work.deliveries.of_call(call.call_id)] == [True, True]
    assert app.audit_ledger(lambda share: None).problems == []


def test_what_became_no_call_is_forgotten_with_age(app):
    taken(app, Unreadable("twilio", "", "a periwinkle kettle", "why"))
    for day in range(6):
        app.clock = lambda day=day: NOW + timedelta(days=day)
        assert "kettle" in opened(app)
        with app.writing() as work:
            apply_retention(work, RetentionRules(5, 0), 0.9, app.model.channels)
            work.commit()
    assert "kettle" not in opened(app)


def test_what_came_is_known_under_every_key(app):
    message = told("a", 1, heard_name="张三")
    taken(app, message, told("a", 1, contact="A2", received_at="?"))
    rotate_key(app.registry, "tester", app.clock, lambda done, total: None)
    assert taken(app, message).known == 1
    taken(app, told("b", 2, transcript="more"))
    (call,) = calls(app)
    assert (call.heard_name, call.transcript) == ("张三", "more")
