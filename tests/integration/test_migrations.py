"""The schema makes itself at first use, equals the models, and goes down and up again with data in it."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from tests.command_line import ROOT
from tests.conftest import NOW
from tests.factories import registry
from tests.factories.service_rows import TABLES, fill_service
from tests.storage_dump import dump, execute
from tests.whole_schema import named, schema
from tracer.domain.errors import DatabaseTooNew, NotOurDatabase, StoreUnavailable, WrongKey
from tracer.domain.incoming import Incoming, Unreadable
from tracer.domain.line import Line
from tracer.domain.tracking import Tracked
from tracer.services.calls.log_call import attached
from tracer.services.canaries.change_canary import retire_canary
from tracer.services.erasure.erase_personal import erase_canary
from tracer.services.incoming.take_in import take_in
from tracer.services.upkeep.rotate_key import rotate_key
from tracer.storage import migrations
from tracer.storage.crypto import Cipher, key_check
from tracer.storage.engine import open_engine
from tracer.storage.journal import Fact
from tracer.storage.migrations import (
    HEAD,
    current_revision,
    downgrade,
    known_revisions,
    migrating,
    migrations_folder,
    upgrade,
)
from tracer.storage.tables import Base


@pytest.fixture
def engine(database_url, app):
    app.open()  # the first use founds it
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def test_first_use_makes_the_schema(bare, make_app, empty_database_url):
    make_app(empty_database_url).open()
    with bare.connect() as connection:
        assert current_revision(connection) == HEAD
        assert set(inspect(connection).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_models_and_migrations_are_equal(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_can_see_a_difference(engine):
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE orders ADD COLUMN colour VARCHAR(7)")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [change[0] for change in compare_metadata(context, Base.metadata)] == ["remove_column"]


def test_unique_constraints_and_foreign_keys_are_there(engine):
    look = inspect(engine)
    unique = {tuple(found["column_names"]) for found in look.get_unique_constraints("canaries")}
    assert unique == {("issued_line_key",)}
    assert look.get_pk_constraint("name_claims")["constrained_columns"] == ["claim"]
    assert [c["column_names"] for c in look.get_unique_constraints("numbers")] == [["number_key"]]
    assert {key["referred_table"] for key in look.get_foreign_keys("calls")} >= {"numbers", "canaries", "calls"}


def test_alembic_by_hand_agrees(app, tracer_on):
    app.open()
    alembic = [sys.executable, "-m", "alembic", "check"]
    done = subprocess.run(alembic, cwd=ROOT, env=tracer_on.environment, capture_output=True, text=True, check=False)
    assert "No new upgrade operations detected" in done.stdout, done.stderr


def test_the_constant_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert {revision.revision for revision in script.walk_revisions()} == known_revisions()


def test_the_folder_of_migrations_is_no_package():
    assert not (ROOT / "alembic" / "__init__.py").exists()


def fill(app, url):
    """Every table; canaries of ours and imported ones, on lines of their own and shared; some sound alike."""
    merchant = registry.add_channel(app)
    registry.add_channel(app, "merchant", "分店", parent_id=merchant)
    registry.own_number(app)
    registry.own_number(app, registry.SHARED, extensions="")
    made = [
        *registry.issue(app, merchant, count=3, number=registry.LANDLINE),
        *registry.issue(app, merchant, count=5, number=registry.SHARED, notes="n"),
    ]
    registry.place(app, made[0].canary_id, merchant)
    registry.log(app, attached("recording.ogg", b"sound"), canary_id=made[0].canary_id)
    registry.refresh(app)
    later = replace(made[0], issued_at=made[0].issued_at + timedelta(hours=1))
    imported = [
        replace(later, canary_id="k-1", recipient_name="Wilhelmina Quistgaard", phone=Line(registry.SHARED)),
        replace(later, canary_id="k-2", recipient_name=made[5].recipient_name, phone=Line(registry.SHARED)),
        replace(later, canary_id="k-3", phone=Line(registry.LANDLINE, "9999")),
    ]
    with app.writing() as work:
        number_ids = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
        work.canaries.add(imported, number_ids, work.now, import_id=work.imports.begin("x", work.now))
        work.commit()
    fill_service(url)
    return made, imported


LEDGER = ("pending_leaves", "leaves", "tree_nodes", "ledger_logs", "checkpoints", "time_tokens", "erased_entries")


def facts(url):
    """All that the database holds but the ledger over it, whose salts and keys are drawn anew."""
    found = dump(url)
    journal = [row[:-1] for row in found["journal"]]
    return {**{name: rows for name, rows in found.items() if name not in LEDGER}, "journal": journal}


def cipher_of(app):
    return Cipher(bytes.fromhex(app.settings.key_path.read_text()))


def test_down_and_up_again_with_data(engine, app, database_url):
    fill(app, database_url)
    call_ids = [call.call_id for call in registry.everything(app)["calls"]]
    empty = [table for table, rows in dump(database_url).items() if not rows]
    sealed_later = ["checkpoints", "deliveries", "erased_entries", "leaves", "retention", "time_tokens"]
    sealed_later += ["tracked_parcels", "tree_nodes"]
    never = ["next_claims", "next_indexes", "next_names", "recurring_jobs"]
    assert sorted(empty) == sorted([*never, *sealed_later])
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "base", cipher_of(app))
    assert dump(database_url) == {"alembic_version": []}
    with engine.begin() as connection:
        upgrade(connection)
        assert current_revision(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert call_ids[0] not in repr(dump(database_url))


@pytest.fixture
def bare(tmp_path, empty_database_url):
    """An engine on an empty database."""
    (tmp_path / "home").mkdir(exist_ok=True)
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def there_and_back(engine, below, above):
    """The schema at two revisions; on the way down it has to become again what it was."""
    with engine.begin() as connection:
        upgrade(connection, below)
        before = schema(connection)
        upgrade(connection, above)
        after = schema(connection)
        downgrade(connection, below)
        back = schema(connection)
    assert back["triggers"] == before["triggers"]
    assert back == before
    return before, after


def test_name_claims_change_the_schema_so_and_no_further(bare):
    before, after = there_and_back(bare, "0001", "0002")
    claims, canaries, instance = (after.pop(table) for table in ("name_claims", "canaries", "instance"))
    assert (list(claims["columns"]), claims["primary key"], claims["indexes"]) == (["claim"], ["claim"], {})
    lost, changed = before.pop("canaries"), before.pop("instance")
    for column in ("name_key", "issued_name_key"):
        assert lost["columns"].pop(column)
    assert canaries["columns"].pop("sounds_like_another")[1] is False
    assert lost["indexes"].pop("ix_canaries_name_key")
    assert lost["unique"].pop("uq_canaries_issued_name_key")
    covering = canaries["indexes"].pop("ix_canaries_number_id")
    assert lost["indexes"].pop("ix_canaries_number_id") == (["number_id"], False)
    assert covering == (["number_id", "locale", "state", "sounds_like_another", "extension"], False)
    lost["indexes"].pop("uq_canaries_issued_name_key", None)  # PostgreSQL lists it here as well
    assert canaries == lost
    assert instance["columns"].pop("sound_version")[:2] == ("SMALLINT", False)
    assert instance == changed
    assert after == before


def test_the_claims_of_sqlite_are_the_rows_themselves(tmp_path, make_app):
    """A table whose key is the row's own number: nothing else is stored, and no index beside it."""
    url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    make_app(url).open()
    execute(url, "INSERT INTO name_claims (claim) VALUES (-9223372036854775808)")
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT rowid FROM name_claims").scalar() == -(2**63)
        parts = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE tbl_name = 'name_claims'").scalars()
        assert list(parts) == ["name_claims"]
    engine.dispose()


def test_names_have_their_blind_indexes_below_name_claims(engine, app, database_url):
    made, imported = fill(app, database_url)
    cipher = cipher_of(app)
    keys = {
        canary.canary_id: cipher.blind_index("canaries.recipient_name", canary.recipient_name)
        for canary in (*made, *imported)
    }
    app.close()
    with migrating(engine, "here") as connection:
        kept = "canary_id, recipient_name, number_id, extension, line_key, issued_line_key, issued_at, notes, import_id"
        before = named(connection, "canaries", kept)
        downgrade(connection, "0001", cipher)
        assert named(connection, "canaries", kept) == before
        found = connection.exec_driver_sql("SELECT canary_id, name_key, issued_name_key FROM canaries").all()
    assert {canary_id: bytes(key) for canary_id, key, _ in found} == keys
    ours = {canary.canary_id for canary in made}
    assert {canary_id for canary_id, _, issued in found if issued is not None} == ours
    assert all(issued is None or issued == key for _, key, issued in found)


def test_an_older_database_with_data_is_whole_again_at_its_next_use(engine, app, make_app, database_url):
    fill(app, database_url)
    # What can be worked out anew is not kept, and what an older program does not know of is not there.
    before = facts(database_url) | {table: [] for table in ("attribution_states", "attachment_parts", *TABLES)}
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0001", cipher_of(app))
    with make_app(database_url).reading() as work:
        assert len(list(work.canaries.all())) == 11
    assert facts(database_url) == before


def test_key_versions_change_the_schema_so_and_no_further(bare):
    before, after = there_and_back(bare, "0004", "0005")
    for table in ("key_versions", "next_indexes", "next_claims", "next_names"):
        assert after.pop(table)["primary key"]
    assert after["instance"]["columns"].pop("key_version")[:2] == ("SMALLINT", False)
    assert after["instance"]["checks"] == {"ck_instance_single"}
    assert len(after.pop("triggers")) == len(before.pop("triggers")) + (bare.dialect.name == "postgresql")
    assert after == before


def test_the_newest_first_have_indexes_and_nothing_else_changes(bare):
    before, after = there_and_back(bare, "0006", "0007")
    assert after["canaries"]["indexes"].pop("ix_canaries_issued_at") == (["issued_at", "canary_id"], False)
    assert after["orders"]["indexes"].pop("ix_orders_placed_at") == (["placed_at", "order_id"], False)
    assert after == before


def test_the_key_is_told_below_key_versions_and_above(engine, app, make_app, database_url):
    fill(app, database_url)
    before, founded = facts(database_url), dump(database_url)["instance"]
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0004", cipher_of(app))
        (check,) = connection.exec_driver_sql("SELECT key_check FROM instance").scalars()
    assert bytes(check) == key_check(bytes.fromhex(app.settings.key_path.read_text()), founded[0][0])
    key = app.settings.key_path.read_text()
    app.settings.key_path.write_text("ab" * 32)
    below = dump(database_url)
    with pytest.raises(WrongKey, match="sealed with another key"):
        make_app(database_url).open()
    assert dump(database_url) == below
    app.settings.key_path.write_text(key)
    with make_app(database_url).reading() as work:
        assert len(list(work.canaries.all())) == 11
    newer = {table: [] for table in ("attachment_parts", "notify_targets", "outbox", "implicated_channels")}
    assert facts(database_url) == {**before, **newer}


def test_with_another_version_of_the_key_there_is_no_way_down(engine, app, database_url):
    registry.add_channel(app)
    rotate_key(app.registry, "tester", app.clock, lambda done, total: None)
    before = dump(database_url)
    app.close()
    rotated = Cipher(bytes.fromhex(app.settings.key_path.read_text()), key_version=2)
    with pytest.raises(RuntimeError, match="version 2 of its key"), migrating(engine, "here") as connection:
        downgrade(connection, "0004", rotated)
    assert dump(database_url) == before


def test_going_below_name_claims_without_the_key_is_refused(engine, app, database_url):
    fill(app, database_url)
    before = dump(database_url)
    app.close()
    with pytest.raises(RuntimeError, match=r"needs? the key"), migrating(engine, "here") as connection:
        downgrade(connection, "0001")
    assert dump(database_url) == before


def test_the_ledger_changes_the_schema_so_and_no_further(bare):
    before, after = there_and_back(bare, "0007", "0008")
    for table in LEDGER:
        assert after.pop(table)["primary key"]
    assert after["journal"]["indexes"].pop("ix_journal_entry_id") == (["entry_id"], True)
    assert len(after.pop("triggers")) > len(before.pop("triggers"))
    assert after == before


def test_erasure_changes_the_schema_so_and_no_further(bare):
    before, after = there_and_back(bare, "0008", "0009")
    assert after.pop("retention")["primary key"] == ["single"]
    assert after["calls"]["columns"].pop("caller_group") == ("VARCHAR(64)", True, None)
    for table in ("calls", "canaries", "orders"):
        assert after[table]["columns"].pop("erased_at") == ("BIGINT", True, None)
    assert after == before


def test_tracked_parcels_change_the_schema_so_and_no_further(bare):
    with bare.begin() as connection:
        upgrade(connection, "0010")
        before = schema(connection)
        upgrade(connection, "0011")
        after = schema(connection)
        downgrade(connection, "0010")
        assert schema(connection) == before
    assert after.pop("tracked_parcels")["primary key"] == ["order_id"]
    assert after == before


def test_below_tracking_the_exposures_of_scans_stay(engine, app, make_app, database_url):
    made, _ = fill(app, database_url)
    with app.writing() as work:
        (order,) = work.orders.of_canaries([made[0].canary_id])
        work.tracked_parcels.add(Tracked(order.order_id, "kuaidi100", "SF1", NOW, "sf"))
        work.commit()
    before = dump(database_url)["exposures"]
    execute(database_url, *(f"DELETE FROM {table}" for table in ("requests", "job_parts", "jobs")))  # no real ones
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0010")
    with make_app(database_url).reading() as work:
        assert work.tracked_parcels.find([order.order_id]) == {}
    assert dump(database_url)["exposures"] == before
    assert before


def test_deliveries_change_the_schema_so_and_no_further(bare):
    with bare.begin() as connection:
        upgrade(connection, "0009")
        before = schema(connection)
        upgrade(connection, "0010")
        after = schema(connection)
        downgrade(connection, "0009")
        assert schema(connection) == before
    assert after.pop("deliveries")["unique"].values()
    assert after == before


def test_calls_that_came_in_by_themselves_stay_below_deliveries(engine, app, make_app, database_url):
    with app.writing() as work:
        held = Unreadable("twilio", "line 7", "<xml", "not XML")
        take_in(work, [Incoming("twilio", "CA1", record={"heard_name": "张三"}), held], app.rng)
        work.commit()
    before = registry.everything(app)["calls"]
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0009")
    app = make_app(database_url)
    assert registry.everything(app)["calls"] == before
    with app.reading() as work:
        assert work.deliveries.counts() == []
    problems = app.audit_ledger(lambda share: None).problems  # the messages themselves are gone, and it says so
    assert len(problems) == 2
    assert all("facts tell of it, and its row is gone" in problem for problem in problems)


def test_notifications_have_tables_of_their_own_and_nothing_else_changes(bare):
    with bare.begin() as connection:
        upgrade(connection, "0013")
        after = schema(connection)
        downgrade(connection, "-1")
        before = schema(connection)
    assert after.pop("outbox")["unique"] == {"uq_outbox_target_id_event_key": ["target_id", "event_key"]}
    assert after.pop("notify_targets")["primary key"] == ["target_id"]
    assert after.pop("implicated_channels")["primary key"] == ["channel_id"]
    assert after == before


def test_recurring_jobs_change_the_schema_so_and_no_further(bare):
    with bare.begin() as connection:
        upgrade(connection, "0011")
        before = schema(connection)
        upgrade(connection, "0012")
        after = schema(connection)
        downgrade(connection, "0011")
        assert schema(connection) == before
    assert after.pop("recurring_jobs")["primary key"] == ["job"]
    assert after == before


def test_recurring_jobs_begin_anew_below_their_table_and_above(engine, app, make_app, database_url):
    with app.writing() as work:
        work.recurring.begin({"tidy": 7})
        work.recurring.pause(["tidy"], NOW)
        work.commit()
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0011")
    with make_app(database_url).reading() as work:
        assert work.recurring.all() == {}


def test_what_was_erased_stays_erased_below_erasure_and_above(engine, app, make_app, database_url):
    made, _ = fill(app, database_url)
    execute(database_url, *(f"DELETE FROM {table}" for table in ("requests", "job_parts", "jobs")))  # no real ones
    with app.writing() as work:
        retire_canary(work, made[0].canary_id)
        erase_canary(work, made[0].canary_id, "asked", app.model.channels)
        work.commit()
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0008")
    with make_app(database_url).reading() as work:
        canary = work.canaries.get(made[0].canary_id)
        assert (canary.is_erased, canary.erased_at) == (True, None)
        assert work.canaries.get(made[1].canary_id) == made[1]


def test_facts_from_before_the_ledger_say_so(engine, app, make_app, database_url):
    fill(app, database_url)
    app.close()
    with migrating(engine, "here") as connection:
        downgrade(connection, "0007", cipher_of(app))
    again = make_app(database_url)
    with again.writing() as work:
        work.journal.record([Fact("thing_happened", "s-1", {})])
        work.commit()
    assert again.seal_ledger() is not None
    with again.reading() as work:
        assert all(leaf.read.found == leaf.sealed for leaf in work.audit.leaves())
        assert work.audit.unsealed() == []
        told = {entry.event: entry for entry in (*work.journal.about("merchant-1"), *work.journal.about("s-1"))}
        with pytest.raises(KeyError):
            told["thing_happened"].record.value("/sealed_at_migration")
        assert told["channel_registered"].record.value("/sealed_at_migration") == NOW.isoformat()


def test_a_signed_ledger_does_not_go_down(engine, app, database_url):
    registry.add_channel(app)
    app.seal_ledger()
    before = dump(database_url)
    app.close()
    with pytest.raises(RuntimeError, match="was signed"), migrating(engine, "here") as connection:
        downgrade(connection, "0007", cipher_of(app))
    assert dump(database_url) == before


def test_after_a_downgrade_the_next_use_upgrades_by_itself(engine, make_app, database_url):
    with engine.begin() as connection:
        downgrade(connection, "base")
    again = make_app(database_url)
    assert registry.add_channel(again) == "merchant-1"


def test_opening_twice_changes_nothing(app, make_app, database_url):
    registry.add_channel(app)
    before = dump(database_url)
    with make_app(database_url).reading() as work:
        assert len(work.channels.all()) == 1
    assert dump(database_url) == before


def test_a_newer_database_is_left_alone(app, make_app, database_url):
    registry.add_channel(app)
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    before = dump(database_url)
    with pytest.raises(DatabaseTooNew, match=r"schema 9999, this program knows up to .*Upgrade the program"):
        make_app(database_url).open()
    assert dump(database_url) == before


@pytest.mark.parametrize("table", ["customers", "alembic_version"])
def test_a_database_of_another_program_is_left_alone(make_app, empty_database_url, table):
    Path(make_app(empty_database_url).settings.home).mkdir(exist_ok=True)
    execute(
        empty_database_url,
        f"CREATE TABLE {table} (version_num VARCHAR(32))",
        f"INSERT INTO {table} VALUES ('abc')",
    )
    with pytest.raises(NotOurDatabase, match="expected a Tracer database"):
        make_app(empty_database_url).open()
    assert dump(empty_database_url) == {table: [("abc",)]}
    assert not make_app(empty_database_url).settings.key_path.exists()


@pytest.fixture
def reader(postgresql_url):
    """A connection that reads calls and goes on doing so, as a long report does."""
    engine = open_engine(postgresql_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM calls")
        yield connection
    engine.dispose()


def test_a_migration_gives_way_to_whoever_reads_for_long(postgresql_url, reader, monkeypatch):
    asked = []

    def take_a_table(connection):
        asked.append(1)
        if len(asked) == 3:
            reader.rollback()
        connection.exec_driver_sql("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")

    for name, value in {"HEAD": "9999", "_LOCK_SECONDS": 0.05, "upgrade": take_a_table}.items():
        monkeypatch.setattr(migrations, name, value)
    engine = open_engine(postgresql_url)
    assert migrations.ensure_schema(engine, "here")
    assert len(asked) == 3

    reader.exec_driver_sql("SELECT count(*) FROM calls")
    monkeypatch.setattr(migrations, "_PATIENCE_SECONDS", 0)
    with pytest.raises(StoreUnavailable, match="was not upgraded"):
        migrations.ensure_schema(engine, "here")
    assert len(asked) == 4
    engine.dispose()
