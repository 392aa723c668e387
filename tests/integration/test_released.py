"""A registry of every released schema comes up with all that is in it, and its old evidence holds.

tests/released/README.md says how the registries were made, and what to do when a migration is added.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import tracer.bootstrap as bootstrap
from tests.command_line import ROOT
from tests.released.kept import RELEASED, UNRELEASED, Released, read_bundle
from tests.released.story import AS_OF, SHARED
from tests.schema_copies import new_database
from tests.storage_dump import dump
from tests.whole_schema import schema
from tracer.bootstrap import Application
from tracer.cli.app import app as commands
from tracer.cli.context import application
from tracer.domain.ledger.checkpoint import verified_checkpoint
from tracer.domain.ledger.merkle import is_consistent
from tracer.domain.ledger.note import read_key
from tracer.storage.engine import open_engine
from tracer.storage.migrations import known_revisions

COMMAND = get_command(commands)  # as typer makes it for each run, once
LATER = datetime.fromisoformat(AS_OF) + timedelta(days=1)
SCRIPT = ROOT / "tracer" / "documents" / "evidence" / "verify_without_tracer.py"
# What the verdicts rest on is clear; a run as long as the default's would say so more exactly.
FEW_DRAWS = "[sampling]\nchains = 2\nwarmup = 30\ndraws = 60\nmost_draws = 60\n"
# Salts and keys of the ledger are drawn anew where a schema without one comes up.
LEDGER = ("pending_leaves", "leaves", "tree_nodes", "ledger_logs", "checkpoints", "journal")
OF_THE_MOMENT = {"next_run"}


def of(releases: list[Released]) -> Any:
    """Each of these releases in turn."""
    return pytest.mark.parametrize("released", releases, ids=lambda one: one.revision, scope="module")


IN_USE: list[Application] = []  # whose commands they are
EVERY = of(RELEASED)
WITH_LEDGER = of([one for one in RELEASED if one.revision >= "0008"])


@dataclass
class Home:
    """A home that was upgraded, and today's commands on it; the registry is opened once, as a server does."""

    path: Path
    released: Released
    app: Application
    rows: dict[str, list[tuple[Any, ...]]]

    def __call__(self, *arguments: object) -> str:
        """What a command prints; it has to go well."""
        IN_USE[:] = [self.app]
        application.cache_clear()
        out = io.StringIO()
        with redirect_stdout(out):
            code = COMMAND.main(list(map(str, arguments)), prog_name="tracer", standalone_mode=False)
        assert not code, (arguments, out.getvalue())
        return out.getvalue()

    def json(self, *arguments: object) -> Any:
        return json.loads(self(*arguments, "--format", "json"))


Opening = Callable[..., Application]


@pytest.fixture(scope="module")
def opened() -> Iterator[Opening]:
    """Today's program on a home, at a time after the old program was left."""
    made: list[Application] = []
    with pytest.MonkeyPatch.context() as patch:
        build = bootstrap.build
        patch.setattr(bootstrap, "build", lambda: IN_USE[0])
        patch.setenv("TRACER_ACTOR", "tester")
        patch.setenv("TRACER_PROGRESS", "false")
        for name in ("CUSTOMER", "KEY"):  # as then: a parcel is followed
            patch.setenv(f"TRACER_KUAIDI100_{name}", "of nobody")

        def open_one(home: Path, url: str = "") -> Application:
            with pytest.MonkeyPatch.context() as place:
                place.setenv("TRACER_DATABASE_URL", url)
                made.append(build(home, clock=lambda: LATER, seed=1))
            return made[-1]

        yield open_one
        application.cache_clear()
    for app in made:
        app.close()


@pytest.fixture(scope="module")
def home(released: Released, tmp_path_factory: pytest.TempPathFactory, opened: Opening) -> Home:
    """The registry of a release, upgraded as the documentation says: the first command does it."""
    path = tmp_path_factory.mktemp(released.revision) / "home"
    released.unpack(path)
    (path / "channels.toml").write_text(FEW_DRAWS)
    found = Home(path, released, opened(path), {})
    found("migrate")
    found.rows = dump(f"sqlite:///{path / 'tracer.db'}")
    return found


def test_every_released_schema_is_kept():
    missing = known_revisions() - {released.revision for released in RELEASED} - UNRELEASED
    assert not missing, (
        f"no registry of schema {', '.join(sorted(missing))} is kept. Before it is released, make one as "
        "tests/released/README.md says; until then name the revision in UNRELEASED of tests/released/kept.py"
    )
    assert all(RELEASED[-1].has(name) for name in ("evidence.zip.xz", "registry.backup"))
    assert not UNRELEASED & {released.revision for released in RELEASED}, "released by now: take it out of UNRELEASED"


@EVERY
def test_its_schema_is_that_of_a_new_one(home, migrated_file):
    found = []
    for file in (home.path / "tracer.db", migrated_file):
        engine = open_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            found.append(schema(connection))
        engine.dispose()
    assert found[0] == found[1]


@EVERY
def test_it_says_what_its_own_program_said(home):
    said = [one for one in home.released.expected["said"] if one["command"][0] != "report"]
    assert len(said) >= 15
    for one in said:
        assert differences(one["answer"], home.json(*one["command"])) == [], one["command"]


@of(RELEASED[::4])  # the dearest look, and no migration changes what it is made from on its own
def test_its_report_comes_to_the_same(home):
    (old,) = (one["answer"] for one in home.released.expected["said"] if one["command"][0] == "report")
    new = home.json("report", "--as-of", AS_OF)
    for before, now in zip(old["channels"], new["channels"], strict=True):
        assert now["p_leaked"] == pytest.approx(before.pop("p_leaked"), abs=0.15)
        assert differences(before, now) == []
    assert [one["channel_id"] for one in new["channels"] if one["verdict"] == "implicated"] == ["glass"]
    assert {one["call_id"]: one["canary_id"] for one in old["calls"]} == {
        one["call_id"]: one["canary_id"] for one in new["calls"]
    }


@EVERY
def test_its_export_is_the_same(home, tmp_path):
    home("export", tmp_path / "export")
    assert read_bundle(tmp_path / "export") == home.released.expected["export"]


@EVERY
def test_the_ledger_holds_all_of_it(home):
    audit = home.json("ledger", "verify")
    assert (audit["holds"], audit["problems"]) == (True, [])
    facts = len(home.rows["journal"])
    before = {"erased": 0, "time_tokens": 0, "sealed_at_migration": facts}
    old = home.released.expected.get("audit", before)
    assert {name: audit[name] for name in before} == {name: old[name] for name in before}


@WITH_LEDGER
def test_the_log_continues_from_the_old_checkpoint(home):
    told = home.released.expected["checkpoint"]
    old = verified_checkpoint(told["checkpoint"], read_key(told["key"]))
    home("call", "log", "--dialled", SHARED, "--knew", "phone")
    now = home.json("ledger", "checkpoint")
    new = verified_checkpoint(now["checkpoint"], read_key(told["key"]))
    assert new.size > old.size
    with home.app.reading() as work:
        proof = work.ledger.consistency(old.size, new.size)
    assert is_consistent(old.size, old.root, new.size, new.root, proof)


@of([one for one in RELEASED if one.has("evidence.zip.xz")])
def test_its_evidence_pack_verifies(released, opened, tmp_path):
    pack = released.pack(tmp_path)
    expected = released.expected["verified"]
    stranger = Home(tmp_path, released, opened(tmp_path / "nothing"), {})
    given = ("--trust", expected["fingerprint"], "--time-roots", released.folder / "time-roots.pem")
    told = stranger.json("evidence", "verify", pack, *given)
    assert (told["intact"], told["origin_proven"]) == (True, True)
    assert differences({**expected, "origin_proven": True, "verdict": told["verdict"]}, told) == []
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "pack")
    roots = ("--ca", str(released.folder / "time-roots.pem"))
    command = [sys.executable, "-I", str(SCRIPT), str(tmp_path / "pack"), "--trust", expected["fingerprint"], *roots]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("INTACT, and signed by the key you trust.\n")


@of([one for one in RELEASED if one.has("registry.backup")])
def test_its_backup_restores(released, opened, tmp_path):
    released.unpack(tmp_path / "home", database=False)
    home = Home(tmp_path / "home", released, opened(tmp_path / "home"), {})
    told = home.json("restore", released.backup(tmp_path))
    assert told
    home("export", tmp_path / "export")
    later = {"channels.csv": ""}  # what came after the backup
    assert read_bundle(tmp_path / "export") | later == released.expected["export"] | later
    assert home.json("ledger", "verify")["holds"]


@EVERY
def test_on_postgresql_it_becomes_the_same(home, postgresql_server, opened, tmp_path):
    for url in new_database(postgresql_server):
        home.released.load_into_new(url)
        home.released.unpack(tmp_path / "home", database=False)
        app = opened(tmp_path / "home", url)
        _ = app.registry
        assert comparable(dump(url), home.released) == comparable(home.rows, home.released)
        app.close()


def comparable(rows: dict[str, list[tuple[Any, ...]]], released: Released) -> dict[str, list[Any]]:
    """What a dump holds, without what is drawn anew, alike from either database."""
    drawn = LEDGER if released.revision < "0008" else ()
    return {
        name: sorted(([+value if isinstance(value, bool) else value for value in row] for row in found), key=repr)
        for name, found in rows.items()
        if name not in drawn
    }


def differences(old: Any, new: Any, where: str = "") -> list[str]:
    """What the old program said, and the new one does not; that it says more is no difference."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            difference
            for name, value in old.items()
            for difference in (
                differences(value, new[name], f"{where}/{name}") if name in new else [f"{where}/{name} is gone"]
            )
            if name not in OF_THE_MOMENT
        ]
    if where == "/history" and len(new) > len(old):
        new = new[: len(old)]  # what was looked at since
    if where == "/route":  # programs before 0006 listed what was exposed at one time by the channels' ids
        old, new = (sorted(one, key=lambda leg: leg["channel_id"]) for one in (old, new))
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [found for place, (a, b) in pairs for found in differences(a, b, f"{where}/{place}")]
    same = math.isclose(old, new, abs_tol=1e-4) if isinstance(old, float) else old == new
    return [] if same else [f"{where}: {old!r} is {new!r}"]
