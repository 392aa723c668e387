"""Two servers on one PostgreSQL under load, upgraded one after the other, once in order and once after a kill."""

import pytest

from tests.schema_copies import new_database
from tests.soak.findings import Findings
from tests.soak.machines.balanced import Answered, longest_gap
from tests.soak.machines.found import MachineFindings
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


def test_a_gap_is_that_of_one_client():
    answered = [Answered(at, "", 0.0, client) for at, client in ((0, 1), (1, 2), (4, 1), (5, 2), (5.5, 1))]
    assert longest_gap(answered) == 4
    assert longest_gap([]) == 0


@pytest.mark.parametrize(
    ("lost", "counts", "good"),
    [(0, (0, 0, 0), True), (1, (0, 0, 0), False), (0, (1, 0, 0), False), (0, (0, 1, 0), False), (0, (0, 0, 1), False)],
)
def test_what_is_lost_or_kept_twice_is_no_good_result(lost, counts, good):
    calls = Findings(acknowledged=5, kept=5, lost=lost, half=0, doubled=0, damage=0)
    kept_twice, imports_lost, imports_twice = counts
    found = MachineFindings("here", calls, kept_twice, 1, imports_lost, imports_twice, 0.1, {}, {}, [], {})
    assert found.is_good is good
