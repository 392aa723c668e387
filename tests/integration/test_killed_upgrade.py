"""An upgrade from the oldest schema that is killed leaves what was there, and the next start upgrades it."""

import signal
import subprocess
import sys

import pytest

from tests.command_line import ROOT, CommandLine
from tests.released.kept import RELEASED, read_bundle
from tests.storage_dump import dump
from tracer.storage.migrations import HEAD

PROGRAM = ROOT / "tests" / "released" / "upgrade_and_die.py"


@pytest.mark.parametrize(
    ("database", "killed"),
    [
        # (before so many statements that write, the schema that is there then)
        ("sqlite", ((5, "0001"), (88, HEAD), (60, HEAD))),  # at tables of 0002; at the claims; at the facts' salts
        ("postgresql", ((40, "0001"),)),  # at an index of 0007
    ],
    ids=["sqlite", "postgresql"],
)
def test_an_upgrade_that_is_killed_goes_on_at_the_next_start(database, killed, request, tmp_path):
    oldest = RELEASED[0]
    oldest.unpack(tmp_path / "home", database=database == "sqlite")
    url = f"sqlite:///{tmp_path / 'home' / 'tracer.db'}"
    if database == "postgresql":
        url = request.getfixturevalue("empty_postgresql_url")
        oldest.load_into_new(url)
    tracer = CommandLine(tmp_path / "home", url)
    for written, there in killed:
        command = [sys.executable, PROGRAM, str(written)]
        died = subprocess.run(command, cwd=ROOT, env=tracer.environment, capture_output=True, text=True, check=False)
        assert died.returncode == -signal.SIGKILL, died.stderr
        assert dump(url)["alembic_version"] == [(there,)]
    tracer.ok("export", tmp_path / "export")
    assert read_bundle(tmp_path / "export") == oldest.expected["export"]
    assert tracer.json("ledger", "verify")["holds"]
