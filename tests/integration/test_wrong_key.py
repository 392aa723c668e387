"""A key that is missing, broken or another registry's, and values that were moved: refused, and nothing touched."""

import pytest

from tests.command_line import CommandLine
from tests.factories import records as rows
from tests.storage_dump import dump, execute
from tracer.bootstrap import build

NAME = "张晓萌"


@pytest.fixture
def tracer(tracer_on, tmp_path):
    tables = rows.campaign()
    tables["canaries.csv"].append(rows.canary("k-2", "王志强", notes="second"))
    tracer_on.ok("import", rows.write_bundle(tmp_path / "bundle", tables))
    return tracer_on


@pytest.fixture
def key(tracer):
    return tracer.home / "tracer.key"


COMMANDS = [("canary", "list"), ("channel", "add", "courier", "青松"), ("migrate",), ("report",)]


def refused_untouched(tracer, *command):
    before = dump(tracer.database_url)
    message = tracer(*command).refused()
    assert dump(tracer.database_url) == before
    assert NAME not in message
    return message


@pytest.mark.parametrize("command", COMMANDS)
def test_another_key_is_refused(tracer, key, command):
    key.write_text("ab" * 32)
    assert "was sealed with another key. Put the right key in place" in refused_untouched(tracer, *command)
    assert key.read_text() == "ab" * 32


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_key_is_not_replaced_by_a_new_one(tracer, key, command):
    key.unlink()
    assert "its key file is missing. Put the key back from its backup" in refused_untouched(tracer, *command)
    assert not key.exists()


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 40, "not a key at all"])
def test_what_is_no_key_is_refused(tracer, key, text):
    key.write_text(text)
    assert "tracer.key: expected 64 hexadecimal digits" in refused_untouched(tracer, "canary", "list")


def test_the_key_comes_from_the_environment_where_it_is_given(tracer, key):
    tracer.more["TRACER_KEY"] = key.read_text().strip()
    key.unlink()
    assert NAME in tracer.ok("canary", "list").out
    tracer.more["TRACER_KEY"] = "ab" * 32
    assert "another key" in refused_untouched(tracer, "canary", "list")
    tracer.more["TRACER_KEY"] = "ab"
    assert "TRACER_KEY: expected 64" in refused_untouched(tracer, "canary", "list")


def test_a_bad_key_leaves_a_new_registry_for_the_right_one(first_tracer_on):
    first_tracer_on.more["TRACER_KEY"] = "ab"
    assert "TRACER_KEY: expected 64" in first_tracer_on("channel", "list").refused()
    del first_tracer_on.more["TRACER_KEY"]
    first_tracer_on.ok("channel", "add", "courier", "青松")
    assert (first_tracer_on.home / "tracer.key").exists()


def test_the_key_file_may_lie_elsewhere(tracer, key, tmp_path):
    elsewhere = tmp_path / "elsewhere.key"
    key.rename(elsewhere)
    tracer.more["TRACER_KEY_FILE"] = str(elsewhere)
    assert NAME in tracer.ok("canary", "list").out
    assert not key.exists()


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (
            "UPDATE canaries SET recipient_name = (SELECT recipient_name FROM canaries WHERE canary_id = 'k-2') "
            "WHERE canary_id = 'k-1'",
            "canaries.recipient_name of 'k-1'",
        ),
        ("UPDATE canaries SET notes = recipient_name WHERE canary_id = 'k-1'", "canaries.notes of 'k-1'"),
        (
            "UPDATE canaries SET notes = (SELECT notes FROM canaries WHERE canary_id = 'k-2') WHERE canary_id = 'k-1'",
            "canaries.notes of 'k-1'",
        ),
        (
            "UPDATE canaries SET notes = (SELECT transcript FROM calls WHERE call_id = 'c-1') WHERE canary_id = 'k-1'",
            "canaries.notes of 'k-1'",
        ),
    ],
)
def test_a_value_moved_to_another_row_or_column_does_not_open(tracer, statement, place):
    execute(tracer.database_url, statement)
    message = tracer("canary", "list", "--format", "json").refused()
    assert f"{place} does not open: wrong key, or the database was altered" in message
    assert "王志强" not in message


def test_key_and_database_are_for_their_owner_only(tmp_path):
    app = build(tmp_path / "open")
    (tmp_path / "open").mkdir(mode=0o755)
    with app.writing() as work:
        work.canaries.take_turns()
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "open").iterdir()}
    app.close()
    assert modes == dict.fromkeys(
        ("tracer.key", "tracer.db", "tracer.db-turn", "tracer.db-wal", "tracer.db-shm"), 0o600
    )


def test_two_registries_have_two_keys(tracer, tmp_path):
    other = CommandLine(tmp_path / "other")
    other.ok("migrate")
    assert (other.home / "tracer.key").read_text() != (tracer.home / "tracer.key").read_text()


def test_the_key_is_checked_before_the_schema_is_looked_after(tracer, key):
    """Whatever upgrade is due, a wrong key comes first."""
    execute(tracer.database_url, "UPDATE alembic_version SET version_num = '9999'")
    key.write_text("ab" * 32)
    assert "was sealed with another key" in refused_untouched(tracer, "migrate")
