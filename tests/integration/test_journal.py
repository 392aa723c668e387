"""The journal: append-only by decree of the database, and every service writes its fact."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests.factories import records as rows
from tests.factories import registry
from tests.factories.access import do
from tests.storage_dump import dump, execute
from tracer.domain.errors import InvalidValue
from tracer.intake.csv_bundle.read import open_bundle
from tracer.services.bundles.import_bundle import import_bundle
from tracer.services.calls.log_call import AttachedFile, correct_call, log_call, merge_call, restore_call, undo_call
from tracer.services.canaries.change_canary import annotate_canary, release_lines, retire_canary
from tracer.services.orders.place_order import record_exposure
from tracer.services.registry.register_channel import register_channel


def facts(app, subject_id):
    with app.reading() as work:
        return [(entry.event, entry.payload) for entry in work.journal.about(subject_id)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'nobody'",
        "UPDATE journal SET payload = NULL WHERE position = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE position = 1",
    ],
)
def test_what_stands_in_the_journal_stays(app, database_url, statement):
    registry.add_channel(app)
    before = dump(database_url)["journal"]
    assert len(before) == 1
    with pytest.raises(DBAPIError, match="append-only"):
        execute(database_url, statement)
    assert dump(database_url)["journal"] == before


def test_postgresql_refuses_to_empty_it_too(postgresql_url, make_app):
    registry.add_channel(make_app(postgresql_url))
    with pytest.raises(DBAPIError, match="append-only"):
        execute(postgresql_url, "TRUNCATE journal")


def test_an_entry_says_who_when_and_what(app):
    channel_id = registry.add_channel(app, contact="x@example.org")
    with app.reading() as work:
        (entry,) = work.journal.about(channel_id)
    assert (entry.event, entry.actor, entry.recorded_at) == ("channel_registered", "tester", app.clock())
    assert entry.payload["contact"] == "x@example.org"
    assert entry.payload["name"] == "兰亭旗舰店"


def test_the_life_of_a_canary_is_told(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    do(app, annotate_canary, canary.canary_id, ["spring"], [], "box kept")
    do(app, retire_canary, canary.canary_id)
    assert do(app, release_lines, 0) == 1
    told = facts(app, canary.canary_id)
    assert [event for event, _ in told] == [
        "canary_issued",
        "canary_annotated",
        "canary_quarantined",
        "canary_retired",
    ]
    assert told[0][1]["recipient_name"] == canary.recipient_name
    assert told[1][1] == {"tags": "spring", "notes": "box kept"}


def test_an_order_is_one_fact_with_its_route(app):
    merchant, courier = registry.add_channel(app), registry.add_channel(app, "courier", "白杨快递")
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    order = registry.place(app, canary.canary_id, merchant, order_no="26000926523")
    do(app, record_exposure, {"order_id": order.order_id, "channel_id": courier, "exposed_at": app.clock().isoformat()})
    (placed, payload), (exposed, later) = facts(app, order.order_id)
    assert (placed, payload["order_no"], payload["canary_id"]) == ("order_placed", "26000926523", canary.canary_id)
    assert [leg["channel_id"] for leg in payload["route"]] == [merchant]
    assert (exposed, later["channel_id"]) == ("exposure_recorded", courier)


def test_the_history_of_a_call_keeps_what_stood_there_before(app):
    registry.own_number(app, extensions="")
    file = AttachedFile("recording.ogg", 7, "ab" * 32)
    record = {"dialled_number": registry.LANDLINE, "heard_name": "张小梦", "known_fields": "name"}
    call = do(app, log_call, record, [file], app.rng)
    other = registry.log(app, dialled_number=registry.LANDLINE, heard_item="杯子")
    do(app, correct_call, call.call_id, {"known_fields": "name item", "nature": "unsure"})
    do(app, correct_call, call.call_id, {"nature": "unsure"})  # changes nothing, so it is no fact
    do(app, undo_call, call.call_id)
    do(app, restore_call, call.call_id)
    do(app, merge_call, call.call_id, other.call_id)
    told = facts(app, call.call_id)
    assert [event for event, _ in told] == [
        "call_logged",
        "call_corrected",
        "call_undone",
        "call_restored",
        "call_merged",
    ]
    assert told[0][1]["heard_name"] == "张小梦"
    assert told[0][1]["attachments"] == [{"file_name": "recording.ogg", "sha256": "ab" * 32, "size": "7"}]
    assert told[1][1] == {
        "changed": {"known_fields": "name item", "nature": "unsure"},
        "before": {"known_fields": "name", "nature": "scam"},
    }
    assert told[4][1]["merged_into"] == other.call_id
    ((_, _), (event, gained)) = facts(app, other.call_id)
    assert event == "call_corrected"
    assert gained["before"]["heard_name"] == ""
    assert gained["changed"]["known_fields"] == "name item"
    assert {key: told[4][1][key] for key in gained} == gained


def test_a_number_is_told_by_its_row_not_by_itself(app, database_url):
    registry.own_number(app)
    with app.reading() as work:
        (stored,) = work.numbers.all()
    ((event, payload),) = facts(app, stored.number_id)
    assert (event, payload["number"]) == ("number_added", registry.LANDLINE)
    assert registry.LANDLINE not in repr(dump(database_url)["journal"])


def test_an_import_tells_every_row_and_an_order_with_its_route(app, tmp_path):
    folder = rows.write_bundle(tmp_path / "bundle", rows.campaign())
    with open_bundle(folder) as (bundle, _), app.writing() as work:
        import_bundle(work, app.model.channels, bundle)
        work.commit()
    assert [event for event, _ in facts(app, "merchant-1")] == ["channel_registered"]
    assert [event for event, _ in facts(app, "k-1")] == ["canary_imported"]
    assert [event for event, _ in facts(app, "c-1")] == ["call_imported"]
    ((event, payload),) = facts(app, "o-1")
    assert event == "order_imported"
    assert [leg["channel_id"] for leg in payload["route"]] == ["merchant-1", "courier-1"]


def test_an_exposure_imported_later_is_a_fact_of_its_own(app, tmp_path):
    tables = rows.campaign()
    later = {"exposures.csv": tables["exposures.csv"][1:]}
    first = {**tables, "exposures.csv": tables["exposures.csv"][:1]}
    for name, part in (("first", first), ("later", later), ("again", later)):
        with open_bundle(rows.write_bundle(tmp_path / name, part)) as (bundle, _), app.writing() as work:
            import_bundle(work, app.model.channels, bundle)
            work.commit()
    assert [event for event, _ in facts(app, "o-1")] == ["order_imported", "exposure_recorded"]


def test_what_is_not_committed_leaves_no_fact(app, database_url):
    registry.add_channel(app)
    before = dump(database_url)
    with app.writing() as work:
        register_channel(work, app.model.channels, {"kind": "courier", "name": "白杨快递"})
    assert dump(database_url) == before


def test_the_first_order_of_a_canary_is_a_fact_about_it(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    first = registry.place(app, canary.canary_id, merchant)
    registry.place(app, canary.canary_id, merchant)
    assert facts(app, canary.canary_id)[1:] == [("canary_used", {"state": "used", "order_id": first.order_id})]


@pytest.mark.parametrize("actor", ["x" * 129, "a\x00b", "two\nlines", "\udcff"])
def test_an_actor_the_journal_cannot_name_is_refused(app, actor):
    now = app.clock()
    with (
        pytest.raises(InvalidValue, match=r"actor: expected at most 128.*TRACER_ACTOR"),
        app.registry.writing(actor, now),
    ):
        pass
    with app.registry.reading(actor, now) as work:
        assert work.channels.all() == []
    long = "张" * 128
    with app.registry.writing(long, now) as work:
        register_channel(work, app.model.channels, {"kind": "courier", "name": "白杨快递"})
        work.commit()
    with app.reading() as work:
        assert [entry.actor for entry in work.journal.about("courier-1")] == [long]
