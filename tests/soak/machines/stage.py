"""The database, the networks and the play on them.

    python -m tests.soak.machines.stage FOLDER [--loopback]

tells every line; `python -m tests.soak machines` tells what came of it.
"""

from __future__ import annotations

import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np

from tests.command_line import ROOT
from tests.postgresql import own_server
from tests.soak.machines.found import MachineFindings
from tests.soak.machines.network import namespaces_are_let, network
from tests.soak.machines.play import play
from tracer.storage.engine import open_engine

QUIET_SECONDS = 15.0


def on_machines(folder: Path, rounds: int, _rng: np.random.Generator) -> Iterator[MachineFindings]:
    """So many plays, each by a process of its own, in namespaces if they are let."""
    unshare = ("unshare", "--net") if namespaces_are_let() else ()
    more = () if unshare else ("--loopback",)
    ends_with_us = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        command = [*unshare, *ends_with_us, sys.executable, "-m", "tests.soak.machines.stage", str(place), *more]
        with subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr) as player:
            try:
                assert player.wait(1_800) == 0, "the play broke off"
            except BaseException:
                player.terminate()
                player.wait(60)
                raise
        yield pickle.loads((place / "findings").read_bytes())  # noqa: S301  # of our own process


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that everything is taken down
    folder, in_namespaces = Path(sys.argv[1]), "--loopback" not in sys.argv
    with network(in_namespaces=in_namespaces) as made:
        machine = made.machine()
        with own_server(host=machine.back, enter=machine.enter) as server:
            name = f"machines_{uuid4().hex[:8]}"
            admin = open_engine(server.url("postgres"))
            with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            admin.dispose()
            found = play(made, folder, server.url(name), quiet=QUIET_SECONDS, whole=True)
    (folder / "findings").write_bytes(pickle.dumps(found))
    sys.stdout.write("\n".join([*found.lines(), ""]))


if __name__ == "__main__":
    main()
