"""What is erased is nowhere any more, and everything that was proven before still holds."""

import json
from datetime import timedelta

import pytest

from tests.factories import erasable, registry
from tests.factories import records as rows
from tests.factories.erasable import CALL, erase, erase_one, give_up, opened, plant
from tests.storage_dump import dump, execute
from tracer.domain.errors import CallUnsettled, InvalidValue, NotAllowed, UnknownId
from tracer.domain.heard_values import Heard
from tracer.domain.ledger.checkpoint import Proof, verify_proof
from tracer.domain.ledger.merkle import leaf_hash
from tracer.domain.line import Line
from tracer.services.bundles.export_bundle import COLUMNS, export_bundle
from tracer.services.calls.attach_files import attach_files
from tracer.services.calls.identify_call import Identifier
from tracer.services.calls.log_call import attached, correct_call, merge_call, restore_call
from tracer.services.calls.name_directory import NameDirectory
from tracer.services.canaries.change_canary import annotate_canary, release_lines
from tracer.services.erasure.erase_personal import Unsettled
from tracer.services.upkeep.rotate_key import rotate_key


def verified(app):
    audit = app.audit_ledger(lambda share: None)
    assert audit.problems == []
    return audit


def proof_of(app, subject_id, event):
    """A proof as it is handed out: the record's content, where it stands, and the signed checkpoint."""
    with app.reading() as work:
        (entry,) = [one for one in work.journal.about(subject_id) if one.event == event]
        signed, index = work.ledger.latest_checkpoint(), work.ledger.places([entry.entry_id])[entry.entry_id]
        path = work.ledger.inclusion(index, signed.size)
        return entry.record, Proof(index, tuple(path), signed.note), work.ledger.log().key


def test_every_copy_of_a_call_is_gone_and_the_ledger_holds(app):
    planted = plant(app)
    assert all(text in opened(app) for text in planted.of_call)
    app.seal_ledger()
    record, proof, key = proof_of(app, planted.call_id, "call_logged")
    before = verified(app).size
    done = erase(app, planted.call_id)
    assert sorted(done.calls) == sorted([planted.call_id, planted.other_id])
    assert (done.answers, done.job_files, done.settled) == (1, 1, "")
    found = opened(app)
    assert not [text for text in planted.of_call if text in found]
    assert all(text in found for text in planted.of_canary)
    assert verified(app).erased == done.facts > 3
    app.seal_ledger()
    audit = verified(app)
    assert audit.size == before + 2
    verify_proof(leaf_hash(record.content()), proof, key)  # what was handed out before
    left, proof, key = proof_of(app, planted.call_id, "call_logged")
    assert left.content() == record.content()
    verify_proof(leaf_hash(left.content()), proof, key)
    assert left.value("/payload/known_fields") == "name item"
    with pytest.raises(KeyError):
        left.value("/payload/heard_name")


def test_every_copy_of_a_canary_is_gone_and_the_ledger_holds(app):
    planted = plant(app)
    app.seal_ledger()
    give_up(app, planted.canary_id)
    assert all(text in opened(app) for text in planted.of_canary)
    done = erase_one(app, planted.canary_id)
    assert (done.canaries, done.orders) == ((planted.canary_id,), [planted.order_id])
    found = opened(app)
    assert not [text for text in planted.of_canary if text in found]
    assert all(text in found for text in planted.of_call)
    app.seal_ledger()
    assert verified(app).erased == done.facts
    with app.reading() as work:
        canary, order = work.canaries.get(planted.canary_id), work.orders.get(planted.order_id)
        _, shown = work.exposures.route(planted.order_id)
    assert canary.is_erased
    assert canary.erased_at == order.erased_at == app.clock()
    assert canary.phone.extension  # our own line: calls are matched by it
    assert shown.shown(app.model.channels.kind("courier").fields).text.count("phone:alias") == 1


def test_no_byte_of_what_was_sealed_stays_in_the_file(tmp_path, make_app):
    """Whoever keeps the key could open an old row that the database only unlinked."""
    path = tmp_path / "home" / "tracer.db"
    url = f"sqlite:///{path}"
    app = make_app(url)
    planted = plant(app)
    registry.log(app, attached("other.ogg", b"x" * 9_000), heard_name="Somebody Else", canary_id=planted.canary_id)
    subjects = {planted.call_id, planted.other_id, planted.canary_id, planted.order_id}
    sealed = set()
    for table, found in dump(url).items():
        if table in {"calls", "canaries", "orders", "journal", "attachments", "attachment_parts", "exposures"}:
            mine = [row for row in found if subjects & {value for value in row if isinstance(value, str)}]
            sealed |= {value for row in mine for value in row if isinstance(value, bytes) and len(value) > 40}
    assert len(sealed) > 20
    registry.correct(app, planted.call_id, transcript="y" * 30_000)
    give_up(app, planted.canary_id)
    erase(app, planted.call_id)
    erase_one(app, planted.canary_id)
    assert app.registry.clear_overwritten()
    left = {value for found in dump(url).values() for row in found for value in row if isinstance(value, bytes)}
    held = path.read_bytes() + path.with_name("tracer.db-wal").read_bytes()
    assert all(value in held for value in sealed & left if len(value) < 400)
    assert not [value for value in sealed - left if value[3:40] in held]


def test_a_log_that_a_reader_holds_is_told(tmp_path, make_app):
    app = make_app(f"sqlite:///{tmp_path / 'home' / 'tracer.db'}")
    registry.add_channel(app)
    with app.reading() as work:
        assert len(work.channels.all()) == 1
        registry.add_channel(app, "courier", "白杨快递")
        assert not app.registry.clear_overwritten()
    assert app.registry.clear_overwritten()


def test_postgresql_keeps_no_dead_rows(make_app, postgresql_url):
    app = make_app(postgresql_url)
    planted = plant(app)
    erase(app, planted.call_id)
    assert app.registry.clear_overwritten()
    with app.reading() as work:
        query = "SELECT sum(pg_stat_get_dead_tuples(oid)) FROM pg_class WHERE relname IN ('calls', 'journal')"
        assert work.session.connection.exec_driver_sql(query).scalar() == 0


def test_what_an_erasure_left_is_compared_as_before(app, database_url):
    planted = plant(app)
    give_up(app, planted.canary_id)
    erase(app, planted.call_id)
    erase_one(app, planted.canary_id)
    registry.correct(app, planted.call_id, nature="scam")
    verified(app)
    for table, change, key in (
        ("calls", "script = 'threat'", f"call_id = '{planted.call_id}'"),
        ("calls", "nature = 'legitimate'", f"call_id = '{planted.call_id}'"),
        ("canaries", "locale = 'en_GB'", f"canary_id = '{planted.canary_id}'"),
        ("orders", "price = '1'", f"order_id = '{planted.order_id}'"),
        ("exposures", "fields = 1", "channel_id = 'courier-1'"),
    ):
        column = change.split()[0]
        with app.reading() as work:
            old = work.session.connection.exec_driver_sql(f"SELECT {column} FROM {table} WHERE {key}").scalar()
        execute(database_url, f"UPDATE {table} SET {change} WHERE {key}")
        (problem,) = app.audit_ledger(lambda share: None).problems
        assert "changed behind the program's back" in problem
        execute(database_url, f"UPDATE {table} SET {column} = {old!r} WHERE {key}")
    verified(app)


def test_imported_ones_are_erased_too_and_do_not_come_back(app, tmp_path):
    tables = rows.campaign()
    exposures = [*tables["exposures.csv"], rows.exposure(exposed_at="2026-06-03T10:00:00+08:00", alias="+447700900555")]
    first = {**tables, "exposures.csv": exposures}
    erasable.bring(app, tmp_path / "first", first)
    later = {"exposures.csv": [rows.exposure(exposed_at="2026-06-04T10:00:00+08:00", alias="+447700900556")]}
    erasable.bring(app, tmp_path / "later", later)
    with app.reading() as work:
        name, (call, _) = work.canaries.get("k-1").recipient_name, work.calls.find(["c-1"])["c-1"]
    erase(app, "c-1", Unsettled.ANYWAY)
    give_up(app, "k-1")
    erase_one(app, "k-1")
    found = opened(app)
    for text in (name, call.heard_name, call.caller_number, "+447700900555", "+447700900556"):
        assert text not in found
    verified(app)
    with pytest.raises(Exception, match="9 problems found"):
        erasable.bring(app, tmp_path / "again", first)
    assert name not in opened(app)


def test_an_export_of_what_is_left_imports_as_it_is(app, tmp_path, make_app):
    planted = plant(app)
    give_up(app, planted.canary_id)
    erase(app, planted.call_id)
    erase_one(app, planted.canary_id)
    tables = exported(app)
    assert tables["canaries.csv"][0]["recipient_name"] == ""
    other = make_app(f"sqlite:///{tmp_path / 'other.db'}")
    erasable.bring(other, tmp_path / "bundle", tables)
    assert exported(other) == tables
    with other.reading() as work:
        assert work.canaries.get(planted.canary_id).is_erased
    verified(other)


def exported(app):
    with app.reading() as work:
        return {name: [dict(record) for record in records] for name, records in export_bundle(work) if name in COLUMNS}


def test_a_canary_in_use_is_not_erased(app):
    planted = plant(app)
    with pytest.raises(NotAllowed, match=r"a call may still ask for its name.*tracer canary retire"):
        erase_one(app, planted.canary_id)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
def test_a_reason_is_asked_for(app, reason):
    planted = plant(app)
    with pytest.raises(InvalidValue, match="without anything personal"):
        erase(app, planted.call_id, reason=reason)


def test_what_is_erased_is_not_erased_twice_and_takes_nothing_personal_again(app):
    planted = plant(app)
    give_up(app, planted.canary_id)
    erase(app, planted.call_id)
    erase_one(app, planted.canary_id)
    with pytest.raises(NotAllowed, match="erased on 2026-11-21"):
        erase(app, planted.call_id)
    with pytest.raises(NotAllowed, match="erased on 2026-11-21"):
        erase_one(app, planted.canary_id)
    with pytest.raises(UnknownId):
        erase(app, "c-none")
    with pytest.raises(NotAllowed, match=r"none is taken for it again: leave out heard_name"):
        registry.correct(app, planted.call_id, heard_name="张")
    with app.writing() as work, pytest.raises(NotAllowed, match="leave out notes"):
        annotate_canary(work, planted.canary_id, [], [], "again")
    registry.correct(app, planted.call_id, script="threat")
    with app.writing() as work, pytest.raises(NotAllowed, match="can no longer be taken back"):
        restore_call(work, planted.other_id)
    verified(app)


def test_records_that_were_one_once_keep_what_is_their_own(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    one = registry.log(app, canary_id=canary.canary_id, heard_name="Quillfeather", nature="unsure")
    two = registry.log(app, canary_id=canary.canary_id, notes="Periwinkle")
    with app.writing() as work:
        merge_call(work, one.call_id, two.call_id)
        restore_call(work, one.call_id)
        work.commit()
    assert opened(app).count("Quillfeather") > 2
    done = erase(app, one.call_id)
    assert list(done.calls) == [one.call_id]
    assert "Quillfeather" not in opened(app)
    with app.reading() as work:
        assert work.calls.get(two.call_id).notes == "Periwinkle"
        assert work.calls.get(two.call_id).erased_at is None
    verified(app)


def shared(app):
    """Two canaries on one number, whose names alone tell which is meant."""
    merchant = registry.add_channel(app)
    registry.own_number(app, registry.SHARED, extensions="")
    return registry.issue(app, merchant, count=2, number=registry.SHARED)


def test_a_call_that_only_the_name_tells_is_settled_first_or_lost_knowingly(app):
    one, two = shared(app)
    calls = [registry.log(app, dialled_number=registry.SHARED, heard_name=one.recipient_name) for _ in range(2)]
    with pytest.raises(CallUnsettled, match=one.canary_id) as refused:
        erase(app, calls[0].call_id)
    assert (refused.value.canary_id, refused.value.p > 0.95) == (one.canary_id, True)
    assert erase(app, calls[0].call_id, Unsettled.SETTLE).settled == one.canary_id
    assert erase(app, calls[1].call_id, Unsettled.ANYWAY).settled == ""
    with app.reading() as work:
        assert [work.calls.get(call.call_id).canary_id for call in calls] == [one.canary_id, None]
    vague = registry.log(app, dialled_number=registry.SHARED, heard_name="女士")
    with pytest.raises(CallUnsettled, match="none of them sure enough"):
        erase(app, vague.call_id, Unsettled.SETTLE)
    assert erase(app, vague.call_id, Unsettled.DUE).settled == ""
    assert two.recipient_name in opened(app)


def test_an_old_call_is_settled_to_a_canary_that_was_given_up_since(app):
    one, _ = shared(app)
    call = registry.log(app, dialled_number=registry.SHARED, heard_name=one.recipient_name)
    give_up(app, one.canary_id)
    with app.writing() as work:
        work.now += timedelta(days=100)
        assert release_lines(work, 90) == 1
        work.commit()
    assert erase(app, call.call_id, Unsettled.DUE).settled == one.canary_id


def test_on_a_line_of_its_own_nothing_is_lost_where_what_was_heard_fits(app):
    merchant = registry.add_channel(app)
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    line = canary.phone.text
    fits = registry.log(app, dialled_number=line, heard_name=canary.recipient_name)
    stranger = registry.log(app, dialled_number=line, heard_name="Bartholomew Featherstonehaugh")
    assert erase(app, fits.call_id).settled == ""
    with pytest.raises(CallUnsettled):
        erase(app, stranger.call_id)


def test_an_erased_name_speaks_neither_for_nor_against_and_is_not_found(app):
    one, two = shared(app)
    directory = NameDirectory()
    with app.reading() as work:
        found = Identifier(work, 0.5, directory).identify(Heard(one.recipient_name), None)
    assert found.verdict == one.canary_id
    give_up(app, one.canary_id)
    erase_one(app, one.canary_id)
    for fresh in (directory, NameDirectory()):  # one that knew the name, one that never did
        with app.reading() as work:
            found = Identifier(work, 0.5, fresh).identify(Heard(one.recipient_name), None)
        assert one.canary_id not in [suspect.canary_id for suspect in found.candidates]
    with app.reading() as work:
        found = Identifier(work, 0.5, directory).identify(Heard(two.recipient_name), Line(registry.SHARED))
        assert found.verdict == two.canary_id
        unknown = Identifier(work, 0.5, directory).identify(Heard(one.recipient_name), Line(registry.SHARED))
    assert unknown.verdict is None
    assert unknown.candidates[0].canary_id == one.canary_id


def test_keys_are_rotated_over_what_was_erased(app):
    planted = plant(app)
    give_up(app, planted.canary_id)
    erase_one(app, planted.canary_id)
    rotate_key(app.registry, "tester", app.clock, lambda done, total: None)
    erase(app, planted.call_id)
    found = opened(app)
    assert not [text for text in (*planted.of_call, *planted.of_canary) if text in found]
    verified(app)


def test_a_kept_answer_keeps_what_may_stay(app):
    planted = plant(app)
    erase(app, planted.call_id)
    with app.reading() as work:
        found = work.requests.find("u-1", "a")
        untouched = work.requests.find("u-1", "b")
    assert json.loads(found.answer)[0] == {
        "call_id": planted.call_id,
        "heard_name": None,
        "known_fields": "name item",
    }
    assert "recipient_name" in untouched.answer
    assert CALL["heard_name"] not in untouched.answer


def test_an_undone_call_is_erased_as_well(app):
    planted = plant(app)
    with app.reading() as work:
        call = work.calls.get(planted.other_id)
    assert call.notes == erasable.MORE
    erase(app, planted.other_id)
    assert erasable.MORE not in opened(app)
    with app.writing() as work, pytest.raises(NotAllowed):
        correct_call(work, planted.other_id, {"heard_item": "x"})


def test_calls_of_one_caller_stay_one_campaign(app):
    """Else each of them would count as if it came by itself, and accuse more than before."""
    canary_id = plant(app).canary_id
    number = "+447700900321"
    hours = (0, 5, 10, 40)
    received = [app.clock() - timedelta(hours=100 - hour) for hour in hours]
    calls = [
        registry.log(app, canary_id=canary_id, caller_number=number, received_at=when.isoformat(), script="threat")
        for when in received
    ]
    alone = registry.log(app, canary_id=canary_id, caller_number="+447700900322", received_at=received[0].isoformat())
    for call in (calls[1], calls[2], calls[0], alone):
        erase(app, call.call_id)
    assert number in opened(app)  # the last one, of another day
    with app.reading() as work:
        marks = {fact.call_id: fact.caller_number for fact in work.calls.facts(app.clock())}
    assert len({marks[call.call_id] for call in calls[:3]}) == 1
    assert any(map(str.isdigit, marks[calls[0].call_id]))
    assert marks[calls[3].call_id] == number
    assert marks[alone.call_id] == ""
    verified(app)


def test_files_that_came_later_are_erased_and_none_come_after(app):
    planted = plant(app)
    later = attached("later-of-quistgaard.ogg", b"more of the voice")
    with app.writing() as work:
        attach_files(work, planted.call_id, [later], 25, app.rng)
        work.commit()
    assert "later-of-quistgaard.ogg" in opened(app)
    erase(app, planted.call_id)
    found = opened(app)
    assert not [text for text in ("later-of-quistgaard.ogg", "more of the voice") if text in found]
    assert later.sha256 in found
    with app.writing() as work, pytest.raises(NotAllowed, match="none is taken for it again"):
        attach_files(work, planted.call_id, [attached("again.ogg", b"x")], 25, app.rng)
    verified(app)
