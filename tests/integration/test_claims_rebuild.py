"""Claims made by another version of the phonetics are made anew at the next opening, all of them or none."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.command_line import ROOT
from tests.conftest import NOW
from tests.factories.names import (
    APART,
    LANDLINE,
    NAME,
    OTHER,
    SAME_SOUND,
    SAME_SURNAME,
    SHARED,
    bring,
    canary,
    flagged,
    issue,
    own_numbers,
)
from tests.storage_dump import dump, execute
from tracer.domain.codebook import sound_version, spacing
from tracer.domain.errors import StoreUnavailable
from tracer.domain.line import Line
from tracer.storage import claims_rebuild
from tracer.storage.claims import Claims


@pytest.fixture
def pool(app):
    own_numbers(app)
    return app


@pytest.fixture
def filled(pool):
    """Names of ours and imported ones, of which k-3 and k-5 sound like earlier ones."""
    issue(pool, canary(), canary(SAME_SURNAME, canary_id="k-2"), first={"k-1"})
    later = NOW + timedelta(hours=1)
    brought = [
        canary(SAME_SOUND, canary_id="k-3"),
        canary("刘海洋", "", Line(LANDLINE, "1"), "k-4"),
        canary("Ann Lee", "male", SHARED, "k-0"),
        canary("留海阳", "male", OTHER, "k-5"),
    ]
    assert bring(pool, *(replace(one, issued_at=later) for one in brought)) == {"k-3", "k-5"}
    return pool


def of_another_version(url, version=0):
    execute(
        url,
        "DELETE FROM name_claims",
        "INSERT INTO name_claims (claim) VALUES (7)",
        "UPDATE canaries SET sounds_like_another = (canary_id = 'k-1')",
        f"UPDATE instance SET sound_version = {version}",
    )


@pytest.mark.parametrize("version", [0, 9])
def test_claims_of_another_version_are_made_anew(filled, make_app, database_url, version):
    before = dump(database_url)
    of_another_version(database_url, version)
    assert len(make_app(database_url).registry.where) > 0
    after = dump(database_url)
    # Of the first names k-2 is one as well: rebuilt, room is kept around all of them.
    assert set(after["name_claims"]) >= set(before["name_claims"])
    assert len(after["name_claims"]) == len(before["name_claims"]) + 2
    assert flagged(filled) == {"k-3", "k-5"}
    unchanged = set(before) - {"name_claims"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}


def test_only_the_first_names_of_ours_keep_room_around_them(pool, make_app, database_url, monkeypatch):
    english = replace(canary("Ann Lee", canary_id="k-4"), locale="en_GB")  # the first of another script
    more = canary(APART, canary_id="k-2"), canary("王海洋", canary_id="k-3"), english
    issue(pool, canary(), *more, first={"k-1", "k-2", "k-4"})
    before = dump(database_url)
    of_another_version(database_url)
    monkeypatch.setattr(claims_rebuild, "FIRST_NAMES", 2)
    make_app(database_url).open()
    assert dump(database_url) == before


def test_what_sounds_alike_by_new_phonetics_is_told_then(pool, make_app, database_url, monkeypatch):
    issue(pool, canary(), canary(SAME_SURNAME, canary_id="k-2"))

    def deaf(name, gender, *, shares_number, first=False):
        return spacing.Tokens((f"name|{name}", f"sound|{gender}|{name[0]}"))

    of_another_version(database_url)
    monkeypatch.setattr(spacing, "tokens", deaf)
    make_app(database_url).open()
    assert flagged(pool) == {"k-2"}
    assert len(dump(database_url)["name_claims"]) == 3


def test_a_rebuild_that_fails_in_the_middle_leaves_nothing_half_done(filled, make_app, database_url, monkeypatch):
    of_another_version(database_url)
    before = dump(database_url)
    take_free, calls = Claims.take_free, []

    def fails(self, names):
        calls.append(len(names))
        if len(calls) == 3:
            raise OSError("power cut")
        return take_free(self, names)

    with monkeypatch.context() as patch:
        patch.setattr(claims_rebuild, "_AT_ONCE", 2)
        patch.setattr(Claims, "take_free", fails)
        with pytest.raises(OSError, match="power cut"):
            make_app(database_url).open()
    assert calls == [2, 2, 2]
    assert dump(database_url) == before
    make_app(database_url).open()
    assert flagged(filled) == {"k-3", "k-5"}


KILLED = """
import os, signal, sys
from pathlib import Path
from tracer.bootstrap import build
from tracer.storage import claims_rebuild

flag = claims_rebuild.Claims.take_free
claims_rebuild._AT_ONCE = 2
seen = []

def take_free(self, names):
    seen.append(names)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return flag(self, names)

claims_rebuild.Claims.take_free = take_free
build(Path(sys.argv[1])).registry
"""


def test_a_rebuild_that_is_killed_leaves_nothing_half_done(filled, make_app, database_url):
    of_another_version(database_url)
    before = dump(database_url)
    command = [sys.executable, "-c", KILLED, filled.settings.home]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode == -9
    assert dump(database_url) == before
    make_app(database_url).open()
    assert flagged(filled) == {"k-3", "k-5"}


def test_several_that_open_at_once_rebuild_once(filled, make_app, database_url, monkeypatch):
    of_another_version(database_url)
    rebuilt = []
    claim_all = claims_rebuild._claim_all
    monkeypatch.setattr(claims_rebuild, "_claim_all", lambda *given: [rebuilt.append(1), claim_all(*given)])
    apps = [make_app(database_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda app: app.registry, apps))
    assert rebuilt == [1]
    assert flagged(filled) == {"k-3", "k-5"}


def test_nothing_is_claimed_by_two_versions_at_a_time(filled, database_url):
    execute(database_url, "UPDATE instance SET sound_version = 9")
    before = dump(database_url)
    message = r"another version of Tracer \(phonetics 9, here 1\) is at work .*start again"
    with pytest.raises(StoreUnavailable, match=message):
        issue(filled, canary(APART, canary_id="k-9"))
    with pytest.raises(StoreUnavailable, match=message):
        bring(filled, canary(APART, canary_id="k-9"))
    assert dump(database_url) == before


def test_where_nothing_may_be_written_the_names_can_be_read(filled, make_app, database_url):
    of_another_version(database_url)
    if database_url.startswith("postgresql"):
        name = database_url.rsplit("/", 1)[1]
        execute(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        url = database_url
    else:
        filled.close()
        url = database_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    before = dump(url)
    app = make_app(url)
    with app.reading() as work:
        assert NAME in {one.recipient_name for one in work.canaries.all()}
    with pytest.raises(StoreUnavailable, match=r"another version of Tracer|the database is read-only"):
        issue(app, canary(APART, canary_id="k-9"))
    assert dump(url) == before


def test_the_version_of_the_phonetics_is_one():
    assert spacing.SOUND_VERSION == sound_version.SOUND_VERSION
