"""Rotation of the master key: everything is of the new key afterwards, and whatever stops it, the next call goes on."""

import stat
from functools import partial

import pytest
from sqlalchemy import select

from tests.factories import registry
from tests.factories.sealed_rows import BODY, LOGIN, REQUEST, fill_everything, misfits, opened
from tests.storage_dump import dump, execute
from tracer.domain.codebook.spacing import tokens
from tracer.domain.errors import NotAllowed, StoreUnavailable, WrongKey
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import reindex, reseal, rotation
from tracer.storage.crypto import Cipher, header
from tracer.storage.keyfile import KeyFile
from tracer.storage.sealed_columns import SEALED
from tracer.storage.tables import NameClaimRow

STAGING = ("next_indexes", "next_claims", "next_names")


class Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.fixture
def filled(app, database_url):
    fill_everything(app, database_url)
    return app


@pytest.fixture
def small(monkeypatch):
    """Batches of a few rows, so that there are many moments to be stopped at."""
    monkeypatch.setattr(reseal, "ROWS_AT_ONCE", 12)
    monkeypatch.setattr(reindex, "_AT_ONCE", 4)
    monkeypatch.setattr(rotation, "_FEW", 1)


def rotate(app):
    return rotate_key(app.registry, app.actor, app.clock, lambda done, total: None)


def keys(app):
    return KeyFile(app.settings.key_path).read()


def versions_seen(app):
    """The key versions in the headers of all sealed values."""
    with app.reading() as work:
        return {
            row[name][:3]
            for sealed in SEALED
            for row in work.session.connection.execute(select(sealed.stored)).mappings()
            for name in sealed.columns
            if row[name] is not None
        }


def claims_by_name(app):
    """The claims that the names make under the key in force, worked out from the names."""
    with app.reading() as work:
        cipher, made = work.session.cipher, set()
        numbers = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
        for canary in work.canaries.all():
            shared = canary.phone.extension is None
            found = tokens(canary.recipient_name, canary.gender, shares_number=shared, first=True)
            made.update(cipher.claims(found.registry))
            if shared:
                made.update(cipher.line_claims(numbers[canary.phone.number], found.line))
        return made, set(work.session.connection.execute(select(NameClaimRow.claim)).scalars())


def test_every_sealed_column_has_a_value_in_these_tests(filled):
    declared = {f"{sealed.stored.name}.{name}" for sealed in SEALED for name in sealed.columns}
    assert set(opened(filled)) == declared - {"key_versions.index_key"}
    rotate(filled)
    assert set(opened(filled)) == declared


def test_everything_is_of_the_new_key_afterwards(filled, make_app, database_url):
    (old,) = keys(filled)
    before, rows, clear = registry.everything(filled), dump(database_url), opened(filled)
    ended = rotate(filled)
    (new,) = keys(filled)
    assert (ended.old, ended.new, new != old) == (1, 2, True)
    again = make_app(database_url)
    for app in (filled, again):
        assert registry.everything(app) == before
        assert misfits(app) == []
        after = opened(app)
        journal = after.pop("journal.payload")
        assert after.pop("key_versions.index_key")
        assert len(journal) == len(clear["journal.payload"]) + 2
        assert set(journal) > set(clear["journal.payload"])
        assert after == {column: values for column, values in clear.items() if column != "journal.payload"}
    assert versions_seen(again) == {header(2)}
    now = dump(database_url)
    assert ended.resealed == sum(map(len, clear.values())) + 1  # the fact that it began was of the old key as well
    assert {table: len(now[table]) for table in STAGING} == dict.fromkeys(STAGING, 0)
    assert now["rate_limits"] == []
    assert len(now["name_claims"]) == len(rows["name_claims"])
    assert now["sessions"] == rows["sessions"]


def test_claims_are_those_of_the_names_and_still_keep_names_apart(filled, database_url):
    all_before, there_before = claims_by_name(filled)
    assert there_before <= all_before
    rotate(filled)
    all_after, there_after = claims_by_name(filled)
    assert there_after <= all_after
    assert len(there_after) == len(there_before)
    assert not there_after & there_before
    with filled.reading() as work:
        taken = [(canary.recipient_name, canary.gender) for canary in work.canaries.all()]
        assert work.canaries.unclaimed([*taken, ("Wilhelmina Quistgaard", "female")]) == [*[False] * len(taken), True]


def test_calls_still_meet_the_canaries_of_their_lines(filled):
    with filled.reading() as work:
        canary = next(one for one in work.canaries.all() if one.phone.extension)
        before = work.canaries.line_key(canary.phone)
    rotate(filled)
    with filled.reading() as work:
        key = work.canaries.line_key(canary.phone)
        assert key != before
        (call,) = work.calls.facts_concerning([key], [], filled.clock())
        assert call.heard.name == "张小梦"
        assert work.canaries.lines_in_use([canary.phone]) == {canary.phone}
        assert list(work.numbers.find([registry.LANDLINE])) == [registry.LANDLINE]
        users = work.session.connection.exec_driver_sql("SELECT login_key FROM users").scalars()
        assert list(users) == [work.session.cipher.blind_index("users.login", LOGIN)]


def test_a_request_is_known_again_after_any_number_of_rotations(filled, make_app, database_url):
    for _ in range(3):
        rotate(filled)
        for app in (filled, make_app(database_url)):
            with app.reading() as work:
                cipher = work.session.cipher
                ((key, body),) = work.session.connection.exec_driver_sql("SELECT request_key, body_key FROM requests")
                assert key in cipher.blind_indexes("requests.key", REQUEST)
                assert body in cipher.blind_indexes("requests.body", BODY)
                assert key not in cipher.blind_indexes("requests.key", "key|8")
                assert cipher.blind_indexes("requests.key", REQUEST)[0] == cipher.blind_index("requests.key", REQUEST)


def test_a_second_rotation_follows_the_first(filled, make_app, database_url):
    before = registry.everything(filled)
    assert [(ended.old, ended.new) for ended in (rotate(filled), rotate(filled))] == [(1, 2), (2, 3)]
    assert registry.everything(make_app(database_url)) == before
    assert versions_seen(filled) == {header(3)}
    with filled.reading() as work:
        status = work.keys.status()
        facts = [entry.event for one in ("key-1", "key-2", "key-3") for entry in work.journal.about(one)]
    assert (status.in_force, status.indexing, status.left) == ([3], 3, {})
    assert [key.retired_at is None for key in status.keys] == [False, False, True]
    assert facts == ["key_retired", "key_rotation_begun", "key_retired", "key_rotation_begun"]


def test_the_old_key_is_kept_aside_for_its_owner_only(filled):
    (old,) = keys(filled)
    path = filled.settings.key_path
    aside = path.with_name("tracer.key.retired-1")
    assert rotate(filled).kept_at == str(aside)
    assert KeyFile(aside).read() == [old]
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, aside)} == {0o600}
    assert {one.name for one in path.parent.iterdir() if "key" in one.name} == {path.name, aside.name}


def test_stopped_at_every_single_transaction_it_goes_on(filled, make_app, database_url, small, monkeypatch):
    """Each is first undone at its end, then done and stopped after.

    At each stop a process that was there before and one that began since read everything, and write.
    """
    before, patiently = registry.everything(filled), rotation.KeyRotation._patiently
    canary = next(one for one in before["canaries"] if one.phone.extension is None)
    known = len(before["calls"])
    stops = 0

    def act_and_stop(act, work):
        act(work)
        raise Killed

    def stopping(self, act, *, alone=False):
        patiently(self, act if stops % 2 else partial(act_and_stop, act), alone=alone)
        raise Killed

    monkeypatch.setattr(rotation.KeyRotation, "_patiently", stopping)
    while stops < 100:
        fresh = make_app(database_url)
        try:
            ended = rotate(fresh)
        except Killed:
            stops += 1
        else:
            break
        registry.log(filled, dialled_number=canary.phone.text, heard_name=canary.recipient_name)
        for app in (filled, fresh):
            found = registry.everything(app)
            assert len(found["calls"]) == known + stops
            assert {**found, "calls": [call for call in found["calls"] if call in before["calls"]]} == before
        assert misfits(fresh) == []
        fresh.close()
    assert stops > 20
    assert (ended.old, ended.new, ended.finished_before) == (2, 2, True)
    assert versions_seen(filled) == {header(2)}
    assert len(keys(filled)) == 1


def test_a_key_written_but_not_yet_in_force_is_the_one_that_is_taken(filled, monkeypatch):
    (old,) = keys(filled)

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("tracer.storage.unit_of_work.UnitOfWork.commit", killed)
        with pytest.raises(Killed):
            rotate(filled)
    first, second = keys(filled)
    assert first == old
    assert registry.everything(filled)["calls"]
    rotate(filled)
    assert keys(filled) == [second]


def test_a_key_file_that_cannot_be_written_stops_it_before_anything_is_kept(filled, database_url, monkeypatch):
    before, held = dump(database_url), keys(filled)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("tracer.storage.keyfile.written_aside", full)
        with pytest.raises(StoreUnavailable, match=r"tracer\.key cannot be written: No space left"):
            rotate(filled)
    assert (dump(database_url), keys(filled)) == (before, held)
    assert rotate(filled).new == 2


def test_an_old_key_that_was_retired_but_not_taken_out_is_taken_out_and_no_more(filled, make_app, database_url):
    (old,) = keys(filled)
    rotate(filled)
    (new,) = keys(filled)
    KeyFile(filled.settings.key_path).write([old, new])
    before = dump(database_url)
    ended = rotate(make_app(database_url))
    assert (ended.finished_before, ended.new, keys(filled)) == (True, 2, [new])
    assert dump(database_url) == before


def test_a_key_of_another_registry_in_the_file_is_left_there(filled):
    (old,) = keys(filled)
    KeyFile(filled.settings.key_path).write([b"\7" * 32, old])
    rotate(filled)
    first, second = keys(filled)
    assert first == b"\7" * 32
    assert second != old


def test_a_value_that_does_not_open_stops_it_by_name_and_nothing_is_lost(filled, database_url):
    execute(database_url, "UPDATE orders SET notes = item")
    with pytest.raises(WrongKey, match=r"orders\.notes of .* does not open"):
        rotate(filled)
    with filled.reading() as work:
        assert work.keys.state().standing.in_force == 2
        assert len(list(work.calls.all())) == 2
    assert len(keys(filled)) == 2
    execute(database_url, "UPDATE orders SET notes = NULL")
    assert rotate(filled).new == 2


def test_an_index_that_is_not_of_its_row_stops_it_before_the_switch(filled, database_url):
    execute(database_url, "UPDATE users SET login_key = key_check FROM instance")
    with pytest.raises(WrongKey, match=r"users\.login_key of 'sample' is not the index of its row"):
        rotate(filled)
    with filled.reading() as work:
        assert work.keys.state().indexing == 1


def test_keys_from_the_environment_are_for_the_user_to_change(filled, make_app, database_url, monkeypatch):
    (old,) = keys(filled)
    before = registry.everything(filled)
    filled.settings.key_path.unlink()
    new = bytes(range(32))
    monkeypatch.setenv("TRACER_KEY", old.hex())
    untouched = dump(database_url)
    with pytest.raises(NotAllowed, match=r"comes from TRACER_KEY.*openssl rand -hex 32.*Nothing was changed") as told:
        rotate(make_app(database_url))
    assert old.hex() not in str(told.value)
    assert dump(database_url) == untouched
    monkeypatch.setenv("TRACER_KEY", f"{old.hex()}, {new.hex()}")
    ended = rotate(make_app(database_url))
    assert (ended.new, ended.to_remove) == (2, "TRACER_KEY")
    again = rotate(make_app(database_url))
    assert (again.finished_before, again.to_remove) == (True, "TRACER_KEY")
    monkeypatch.setenv("TRACER_KEY", new.hex())
    assert registry.everything(make_app(database_url)) == before
    monkeypatch.setenv("TRACER_KEY", old.hex())
    with pytest.raises(WrongKey, match="TRACER_KEY holds version 1, which was retired"):
        make_app(database_url).open()


def test_no_key_lies_in_the_database(filled, database_url):
    found = keys(filled)
    rotate(filled)
    found += keys(filled)
    held = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for rows in dump(database_url).values()
        for row in rows
        for value in row
    )
    assert all(key not in held and key.hex().encode() not in held for key in found)
    with filled.reading() as work:
        kept = opened(filled)["key_versions.index_key"]
        assert kept == [Cipher(found[0])._index_key]
        assert kept[0] not in held
        assert work.session.cipher.key_version == 2


def test_what_the_old_key_sealed_is_gone_from_sqlites_files(tmp_path, make_app):
    url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    app = make_app(url)
    fill_everything(app, url)
    before = dump(url)
    old = [row[name] for name in ("journal", "calls", "canaries") for row in before[name] for name in range(len(row))]
    sealed = [value for value in old if isinstance(value, bytes) and value[:3] == header(1)]
    assert len(sealed) > 30
    rotate(app)
    held = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("tracer.db*"))
    assert header(2) in held
    assert [value for value in sealed if value[15:] in held] == []
