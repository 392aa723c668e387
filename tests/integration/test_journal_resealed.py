"""While the key is rotated a payload may be sealed anew by the newest key, once, and nothing else of the journal."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests.factories import registry
from tests.integration.test_rotation_keys import Killed, rotate
from tests.storage_dump import dump, execute
from tracer.storage import rotation
from tracer.storage.crypto import header


@pytest.fixture
def begun(app, monkeypatch):
    """A rotation that stopped before anything was sealed anew."""
    registry.add_channel(app)
    registry.add_channel(app, "courier", "白杨快递")

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rotation.KeyRotation, "_reseal", killed)
        with pytest.raises(Killed):
            rotate(app)
    return app


def blob(value, url):
    return f"X'{value.hex()}'" if url.startswith("sqlite") else f"'\\x{value.hex()}'::bytea"


def first_payload(url):
    return next(value for value in dump(url)["journal"][0] if isinstance(value, bytes))


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'nobody'",
        "payload = NULL",
        "payload = {new}, actor = 'nobody'",
        "payload = {new}, position = 77",
        "payload = {new}, recorded_at = 1",
        "payload = {longer}",
        "payload = {older}",
        "payload = {plain}",
    ],
)
def test_nothing_but_that_is_let_through(begun, database_url, change):
    old = first_payload(database_url)
    values = {
        "new": header(2) + old[3:],
        "longer": header(2) + old[3:] + b"\0",
        "older": old[:-1] + bytes([old[-1] ^ 1]),
        "plain": b"x" * len(old),
    }
    statement = change.format(**{name: blob(value, database_url) for name, value in values.items()})
    before = dump(database_url)["journal"]
    with pytest.raises(DBAPIError, match="append-only"):
        execute(database_url, f"UPDATE journal SET {statement} WHERE position = 1")
    assert dump(database_url)["journal"] == before


def test_nothing_is_deleted(begun, database_url):
    with pytest.raises(DBAPIError, match="append-only"):
        execute(database_url, "DELETE FROM journal WHERE position = 1")
    if database_url.startswith("postgresql"):
        with pytest.raises(DBAPIError, match="append-only"):
            execute(database_url, "TRUNCATE journal")


def test_what_was_sealed_anew_stays(begun, database_url):
    old = first_payload(database_url)
    once = f"UPDATE journal SET payload = {blob(header(2) + old[3:], database_url)} WHERE position = 1"
    execute(database_url, once)
    again = blob(header(2) + old[4:] + b"\0", database_url)
    with pytest.raises(DBAPIError, match="append-only"):
        execute(database_url, f"UPDATE journal SET payload = {again} WHERE position = 1")


def test_after_it_everything_is_refused_again(begun, database_url):
    rotate(begun)
    before = dump(database_url)["journal"]
    newer = blob(header(3) + first_payload(database_url)[3:], database_url)
    for statement in (f"payload = {newer}", "actor = 'nobody'"):
        with pytest.raises(DBAPIError, match="append-only"):
            execute(database_url, f"UPDATE journal SET {statement} WHERE position = 1")
    assert dump(database_url)["journal"] == before
    with begun.reading() as work:
        assert [entry.event for entry in work.journal.about("key-1")] == ["key_retired"]
