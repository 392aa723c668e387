"""The promises of docs/promises.md in few rounds; `make soak` runs them in full."""

import os

import numpy as np
import pytest

from tests.postgresql import own_server
from tests.soak.backups import back_up_under_load
from tests.soak.clocks import turn_clocks
from tests.soak.images import crash
from tests.soak.kills import fill_disks, kill_writers
from tests.soak.notices import kill_tellers
from tests.soak.replies import cut_replies
from tests.soak.server import drop_connections, kill_servers
from tests.soak.service import kill_services


@pytest.fixture
def rng():
    return np.random.default_rng(20261127)


def test_no_acknowledged_call_is_lost_when_the_program_is_killed(tmp_path, database_url, rng):
    rounds = 4 if database_url.startswith("sqlite") else 2
    findings = list(kill_writers(tmp_path / "home", database_url, rounds, rng))
    assert all(one.is_good for one in findings), findings
    assert 0 < findings[0].acknowledged < findings[-1].acknowledged


def test_what_a_killed_service_answered_for_is_kept_once(tmp_path, rng):
    findings = list(kill_services(tmp_path / "home", 1, rng, processes=1))
    assert all(one.is_good for one in findings), findings
    assert findings[-1].kept == findings[-1].acknowledged > 0


def test_what_is_to_be_told_is_told_once_though_whoever_sends_it_is_killed(tmp_path, database_url, rng, monkeypatch):
    for name in ("TRACER_OUTBOUND_ALLOW", "TRACER_DATABASE_URL", "TRACER_ACTOR"):
        monkeypatch.setenv(name, "")  # set for the senders; undone afterwards
    (found,) = kill_tellers(tmp_path / "home", database_url, 1, rng)
    assert found.is_good, found
    assert found.told >= found.messages > 0


def test_a_backup_made_under_load_is_whole(tmp_path, database_url):
    findings = list(back_up_under_load(tmp_path / "home", database_url, 2))
    assert all(one.is_good for one in findings), findings
    assert 0 < findings[0].acknowledged < findings[1].acknowledged <= findings[1].kept


def test_a_call_whose_answer_is_lost_is_logged_once(app, rng):
    (found,) = cut_replies(app, 30, rng)
    assert found.is_good, found
    assert found.kept == found.acknowledged == 30


def test_no_acknowledged_call_is_lost_when_the_power_fails(tmp_path, rng):
    findings = list(crash(tmp_path, 30, rng))
    assert all(one.is_good for one in findings), [one for one in findings if not one.is_good]
    assert findings[-1].acknowledged > findings[0].acknowledged


def test_losses_would_be_seen(tmp_path, rng):
    """With synchronous=NORMAL SQLite loses what it acknowledged, as its manual says."""
    assert any(one.lost for one in crash(tmp_path, 30, rng, synchronous="NORMAL"))


def test_a_killed_database_server_loses_and_doubles_nothing(tmp_path, rng):
    with own_server() as server:
        findings = list(kill_servers(tmp_path / "home", server, 1, rng))
    assert all(one.is_good for one in findings), findings


def test_dropped_connections_lose_and_double_nothing(tmp_path, postgresql_server, rng):
    findings = list(drop_connections(tmp_path / "home", postgresql_server, 10, rng))
    assert all(one.is_good for one in findings), findings


@pytest.mark.skipif(os.geteuid() != 0, reason="a limit once lowered is raised again by root only")
def test_a_program_that_found_the_disk_full_goes_on_once_there_is_room(tmp_path, rng):
    url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    findings = list(fill_disks(tmp_path / "home", url, 1, rng))
    assert all(one.is_good for one in findings), findings
    assert findings[0].acknowledged < findings[1].acknowledged


def test_the_journal_keeps_its_order_when_the_clock_jumps(app, rng):
    assert all(one.is_good for one in turn_clocks(app, 20, rng))
