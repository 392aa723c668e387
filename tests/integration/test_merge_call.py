"""Records of one contact are merged, and taken apart again."""

import pytest

from tests.factories import registry
from tests.factories.access import do
from tracer.domain.call import CallState
from tracer.domain.errors import NotAllowed
from tracer.domain.line import Line
from tracer.services.calls.log_call import AttachedFile, correct_call, log_call, merge_call, restore_call, undo_call


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


def told(app, call_id):
    with app.reading() as work:
        return work.calls.get(call_id)


def log_two(app, first, second):
    for call_id, record in (("a", first), ("b", second)):
        registry.log(app, call_id=call_id, **({"dialled_number": registry.LANDLINE} | record))


@pytest.mark.parametrize(("merged", "target"), [("yes", "no"), ("no", "yes")])
def test_a_contact_answered_by_either_was_answered(app, merchant, merged, target):
    log_two(app, {"answered": merged}, {"answered": target})
    assert do(app, merge_call, "a", "b").answered


@pytest.mark.parametrize(
    ("merged", "target", "joined"),
    [
        ("scam", "unsure", "scam"),
        ("unsure", "scam", "scam"),
        ("legitimate", "unsure", "legitimate"),
        ("unsure", "unsure", "unsure"),
        ("legitimate", "scam", None),
        ("scam", "legitimate", None),
    ],
)
def test_the_nature_of_a_merged_contact(app, merchant, merged, target, joined):
    log_two(app, {"nature": merged}, {"nature": target})
    if joined:
        assert do(app, merge_call, "a", "b").nature.value == joined
        return
    with pytest.raises(NotAllowed, match=r"a scam and a legitimate contact.*Correct one of them first"):
        do(app, merge_call, "a", "b")
    assert told(app, "a").state is CallState.LOGGED


@pytest.mark.parametrize(
    ("merged", "target", "joined"),
    [
        ("0001", "0001", "0001"),
        ("0001", "", "0001"),
        ("", "0001", "0001"),
        ("0001", "0002", None),
    ],
)
def test_the_line_of_a_merged_contact(app, merchant, merged, target, joined):
    def on(extension):
        return {"dialled_number": registry.LANDLINE + (f";ext={extension}" if extension else "")}

    log_two(app, on(merged), on(target))
    if joined:
        assert do(app, merge_call, "a", "b").dialled == Line(registry.LANDLINE, joined)
        return
    with pytest.raises(NotAllowed, match="'a' and 'b' rang on different lines"):
        do(app, merge_call, "a", "b")


def test_a_contact_has_one_number_and_one_canary(app, merchant):
    registry.own_number(app, registry.SHARED, extensions="")
    first, second = registry.issue(app, merchant, count=2, number=registry.SHARED)
    log_two(app, {"dialled_number": registry.SHARED}, {})
    with pytest.raises(NotAllowed, match="rang on different lines"):
        do(app, merge_call, "a", "b")
    for call_id, canary in (("c", first), ("d", second)):
        registry.log(app, call_id=call_id, canary_id=canary.canary_id)
    with pytest.raises(NotAllowed, match="have different canaries"):
        do(app, merge_call, "c", "d")
    assert do(app, merge_call, "c", "a").canary_id == first.canary_id


def test_attachments_of_merged_calls_are_shown_with_the_target(app, merchant):
    for call_id in ("a", "b", "c"):
        record = {"call_id": call_id, "dialled_number": registry.LANDLINE}
        do(app, log_call, record, [AttachedFile(f"{call_id}.ogg", 1, "ab" * 32)], app.rng)

    def files(call_id):
        with app.reading() as work:
            return sorted(file.file_name for file in work.calls.attachments(call_id))

    do(app, merge_call, "a", "b")
    do(app, merge_call, "b", "c")
    assert (files("a"), files("b"), files("c")) == (["a.ogg"], ["a.ogg", "b.ogg"], ["a.ogg", "b.ogg", "c.ogg"])
    do(app, restore_call, "b")
    assert (files("b"), files("c")) == (["a.ogg", "b.ogg"], ["c.ogg"])


def test_a_restored_call_takes_back_what_it_gave(app, canary):
    given = {"canary_id": canary.canary_id, "known_fields": "item name", "heard_item": "杯子", "notes": "n"}
    log_two(app, {**given, "dialled_number": ""}, {"dialled_number": "", "nature": "unsure", "answered": "no"})
    before = told(app, "a"), told(app, "b")
    do(app, merge_call, "a", "b")
    assert do(app, restore_call, "a") == before[0]
    assert told(app, "b") == before[1]
    do(app, merge_call, "a", "b")
    do(app, undo_call, "b")
    do(app, restore_call, "a")
    assert do(app, restore_call, "b") == before[1]


def test_what_was_corrected_after_a_merge_stays(app, merchant):
    log_two(app, {"known_fields": "item", "heard_item": "杯子", "notes": "n"}, {"unknown_fields": "price item"})
    do(app, merge_call, "a", "b")
    do(app, correct_call, "b", {"heard_item": "杯", "known_fields": "item price", "unknown_fields": ""})
    do(app, restore_call, "a")
    call = told(app, "b")
    assert (call.heard_item, call.known_fields.text, call.unknown_fields.text) == ("杯", "item price", "")
    assert call.notes == ""


def test_a_field_corrected_to_known_does_not_become_unknown_again(app, merchant):
    log_two(app, {"known_fields": "item"}, {"unknown_fields": "price item"})
    do(app, merge_call, "a", "b")
    do(app, correct_call, "b", {"known_fields": "item name"})
    do(app, restore_call, "a")
    call = told(app, "b")
    assert (call.known_fields.text, call.unknown_fields.text) == ("name item", "price")


def test_merges_are_taken_back_in_turn(app, merchant):
    for call_id, known in (("a", "item"), ("b", "name"), ("c", "price item"), ("d", "")):
        registry.log(app, call_id=call_id, dialled_number=registry.LANDLINE, known_fields=known)
    do(app, merge_call, "a", "b")
    do(app, merge_call, "c", "b")
    do(app, merge_call, "b", "d")
    with pytest.raises(NotAllowed, match=r"'a' was merged into 'b', and that into 'd'. Restore 'b' first"):
        do(app, restore_call, "a")
    do(app, restore_call, "b")
    with pytest.raises(NotAllowed, match=r"'c' was merged into 'b' later. Restore 'c' first"):
        do(app, restore_call, "a")
    do(app, restore_call, "c")
    do(app, restore_call, "a")
    assert [told(app, call_id).known_fields.text for call_id in "bd"] == ["name", ""]
