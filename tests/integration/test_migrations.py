"""The schema makes itself at first use, equals the models, and goes down and up again with data in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from tests.command_line import ROOT
from tests.factories import registry
from tests.storage_dump import dump, execute
from tracer.domain.errors import DatabaseTooNew, NotOurDatabase
from tracer.storage.engine import open_engine
from tracer.storage.migrations import HEAD, current_revision, downgrade, known_revisions, migrations_folder, upgrade
from tracer.storage.tables import Base


@pytest.fixture
def engine(database_url, app):
    app.registry  # noqa: B018  # the first use makes the schema
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def test_first_use_makes_the_schema(engine):
    with engine.connect() as connection:
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
    assert {("issued_name_key",), ("issued_line_key",)} <= unique
    assert [c["column_names"] for c in look.get_unique_constraints("numbers")] == [["number_key"]]
    assert {key["referred_table"] for key in look.get_foreign_keys("calls")} >= {"numbers", "canaries", "calls"}


def test_alembic_by_hand_agrees(app, tracer_on):
    app.registry  # noqa: B018
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


def test_down_and_up_again_with_data(engine, app, database_url):
    merchant = registry.add_channel(app)
    registry.add_channel(app, "merchant", "分店", parent_id=merchant)
    registry.own_number(app)
    (canary,) = registry.issue(app, merchant)
    registry.place(app, canary.canary_id, merchant)
    first = registry.log(app, canary_id=canary.canary_id)
    assert all(dump(database_url)[table] for table in ("channels", "canaries", "orders", "exposures", "calls"))
    with engine.begin() as connection:
        downgrade(connection, "base")
    assert dump(database_url) == {"alembic_version": []}
    with engine.begin() as connection:
        upgrade(connection)
        assert current_revision(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert first.call_id not in repr(dump(database_url))


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
        make_app(database_url).registry  # noqa: B018
    assert dump(database_url) == before


@pytest.mark.parametrize("table", ["customers", "alembic_version"])
def test_a_database_of_another_program_is_left_alone(make_app, database_url, table):
    Path(make_app(database_url).settings.home).mkdir(exist_ok=True)
    execute(
        database_url,
        f"CREATE TABLE {table} (version_num VARCHAR(32))",
        f"INSERT INTO {table} VALUES ('abc')",  # noqa: S608
    )
    with pytest.raises(NotOurDatabase, match="expected a Tracer database"):
        make_app(database_url).registry  # noqa: B018
    assert dump(database_url) == {table: [("abc",)]}
    assert not make_app(database_url).settings.key_path.exists()
