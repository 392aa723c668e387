"""Channels, numbers, orders, exposures and calls through the services."""

import pytest

from tests.factories import records as rows
from tests.factories import registry
from tracer.domain.call import CallState, Nature
from tracer.domain.columns import InvalidRecord
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed, UnknownId
from tracer.domain.fields import Fields
from tracer.domain.line import Line
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.change_canary import release_lines, retire_canary
from tracer.services.import_bundle import import_bundle
from tracer.services.log_call import AttachedFile, correct_call, log_call, merge_call, restore_call, undo_call
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
        ({"dialled_number": registry.LANDLINE[:-1] + "9"}, UnknownId, f"Did you mean \\{registry.LANDLINE}"),
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


@pytest.mark.parametrize("state", ["quarantined", "retired"])
def test_nothing_is_ordered_with_a_canary_that_was_given_up(app, merchant, canary, state):
    do(app, retire_canary, canary.canary_id)
    if state == "retired":
        do(app, release_lines, 0)
    with pytest.raises(NotAllowed, match=f"is {state}: nothing is ordered with it.*tracer canary issue"):
        registry.place(app, canary.canary_id, merchant)
    assert registry.everything(app)["orders"] == []


def test_a_canary_and_the_number_that_rang_must_agree(app, merchant, canary):
    registry.own_number(app, registry.SHARED, extensions="")
    wrong = [registry.SHARED, f"{registry.LANDLINE};ext={(int(canary.phone.extension) + 1) % 10_000:04}"]
    says = rf"canary '{canary.canary_id}' is on another line than the one that rang"
    for number in wrong:
        with pytest.raises(NotAllowed, match=says):
            registry.log(app, canary_id=canary.canary_id, dialled_number=number)
    for number in ("", registry.LANDLINE, canary.phone.text):
        call = registry.log(app, canary_id=canary.canary_id, dialled_number=number)
        for other in wrong:
            with pytest.raises(NotAllowed, match=says):
                do(app, correct_call, call.call_id, {"dialled_number": other})
    call = registry.log(app, dialled_number=registry.SHARED)
    with pytest.raises(NotAllowed, match=says):
        do(app, correct_call, call.call_id, {"canary_id": canary.canary_id})
    assert do(app, correct_call, call.call_id, {"canary_id": canary.canary_id, "dialled_number": ""}).dialled


def test_an_imported_call_that_disagrees_with_its_canary_can_be_corrected_elsewhere(app, tmp_path):
    tables = rows.campaign()
    registry.own_number(app, registry.SHARED, extensions="")
    tables["calls.csv"][0] |= {"canary_id": "k-1", "dialled_number": registry.SHARED}
    with open_bundle(rows.write_bundle(tmp_path / "bundle", tables)) as (bundle, _):
        do(app, import_bundle, app.model.channels, bundle)
    assert do(app, correct_call, "c-1", {"notes": "n"}).dialled == Line(registry.SHARED)
