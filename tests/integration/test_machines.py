"""Two servers on one PostgreSQL under load, upgraded one after the other, once in order and once after a kill."""

import pytest

from tests.schema_copies import new_database
from tests.soak.machines.network import network
from tests.soak.machines.play import play


@pytest.fixture
def empty_database(postgresql_server, migrated_database, monkeypatch):
    for name in ("TRACER_DATABASE_URL", "TRACER_ACTOR"):
        monkeypatch.setenv(name, "")  # set by the play; undone afterwards
    yield from new_database(postgresql_server, migrated_database)


def test_clients_lose_nothing_while_servers_are_ended_killed_and_upgraded(tmp_path, empty_database):
    with network(in_namespaces=False) as loopback:
        found = play(loopback, tmp_path, empty_database, quiet=0.5, whole=False)
    assert found.is_good, str(found)
    assert found.calls.acknowledged > 0
    assert "told to end" in found.events[0].said
