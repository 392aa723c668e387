"""A database that may be read but not written."""

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.factories import records as rows
from tests.storage_dump import dump, execute

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@contextmanager
def nobody():
    """Whom permission bits bind, unlike root. What is imported by now needs not be read again."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def url_of(tracer):
    return tracer.database_url or f"sqlite:///{tracer.home / 'tracer.db'}"


@pytest.fixture
def filled(tracer_on, tmp_path):
    tracer_on.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    return tracer_on


def test_a_read_only_connection_reads_and_refuses_to_write(filled):
    before = dump(url_of(filled))
    if filled.database_url.startswith("postgresql"):
        name = filled.database_url.rsplit("/", 1)[1]
        execute(filled.database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    else:
        filled.database_url = f"sqlite:///file:{filled.home / 'tracer.db'}?mode=ro&uri=true"
    assert [one["canary_id"] for one in filled.json("canary", "list")] == ["k-1"]
    for command in (("channel", "add", "courier", "青松"), ("call", "undo", "c-1"), ("canary", "retire", "k-1")):
        assert "the database is read-only. Check who may write" in filled(*command).refused()
    assert dump(url_of(filled)) == before


def test_a_user_without_rights_on_the_server_is_told(tracer, postgresql_server, postgresql_url, tmp_path):
    tracer.database_url = postgresql_url
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    guest = f"guest_{postgresql_url.rsplit('_', 1)[1][:12]}"
    execute(postgresql_url, f"CREATE ROLE {guest} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {guest}")
    try:
        tracer.database_url = postgresql_url.replace("//tracer@", f"//{guest}@")
        assert [one["canary_id"] for one in tracer.json("canary", "list")] == ["k-1"]
        assert "this user may not do that" in tracer("channel", "add", "courier", "青松").refused()
    finally:
        execute(postgresql_url, f"DROP OWNED BY {guest}", f"DROP ROLE {guest}")


@as_root
def test_another_users_file_and_folder(tracer, tmp_path):
    tracer.ok("import", rows.write_bundle(tmp_path / "bundle", rows.campaign()))
    with sqlite3.connect(tracer.home / "tracer.db") as plain:  # all in one file, as after a tidy stop
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    plain.close()
    for folder in (tracer.home, *tracer.home.parents):
        if folder == Path("/tmp"):  # noqa: S108  # above it nothing is ours
            break
        folder.chmod(0o755)
    for name in ("tracer.db", "tracer.key"):
        (tracer.home / name).chmod(0o644)
    before = (tracer.home / "tracer.db").read_bytes()
    with nobody():
        message = tracer("channel", "add", "courier", "青松").refused()
    assert "Check" in message
    assert "may" in message
    assert (tracer.home / "tracer.db").read_bytes() == before


@as_root
def test_a_home_that_may_not_be_entered(tracer):
    tracer.ok("channel", "add", "courier", "青松")
    with nobody():
        message = tracer("channel", "list").refused()
    assert "Permission denied" in message
