"""Calls are logged, corrected, undone and restored through the services."""

import pytest

from tests.factories import records as rows
from tests.factories import registry
from tests.factories.access import do
from tracer.domain.call import CallState, Nature
from tracer.domain.errors import AlreadyExists, InvalidRecord, NotAllowed, UnknownId
from tracer.domain.line import Line
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.calls.log_call import correct_call, restore_call, undo_call


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
