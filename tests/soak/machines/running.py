"""Programs of any version on machines of their own: started, told to end, killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from tests.command_line import ROOT
from tests.soak.machines.found import Event
from tests.soak.machines.network import PLAYER, Machine, Network

DRAIN_SECONDS = 1.0


@dataclass
class Machines:
    """What runs, and what is told of it."""

    network: Network
    folder: Path
    database: str
    events: list[Event] = field(default_factory=list)
    _running: dict[int, Popen[bytes]] = field(default_factory=dict)

    def start(self, machine: Machine, tree: Path, *command: str) -> Popen[bytes]:
        """A program of the version in `tree` on a machine, with a home of its own and the key of all."""
        home = self.folder / f"machine-{machine.number}"
        home.mkdir(exist_ok=True)
        settings = {
            "TRACER_HOME": str(home),
            "TRACER_KEY_FILE": str(self.folder / "home" / "tracer.key"),
            "TRACER_DATABASE_URL": self.database,
            "TRACER_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "TRACER_LOOKUPS_PER_HOUR": "1000000",
            "TRACER_JOB_BACKUP": "off",
            "PYTHONPATH": str(tree),
            "PYTHONDONTWRITEBYTECODE": "",  # the next start of the same version is a shorter one
        }
        with (home / "log").open("ab") as log:
            self._running[machine.number] = Popen(
                [*machine.enter, sys.executable, "-m", "tracer", *command],
                cwd=tree,
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        return self._running[machine.number]

    def address(self, machine: Machine) -> str:
        """Where the server of a machine answers."""
        return f"http://{machine.front}:{self.network.port}"

    def serve(self, machine: Machine, tree: Path = ROOT, processes: int = 1) -> Popen[bytes]:
        """A server."""
        options = [
            "--host",
            machine.front,
            "--port",
            str(self.network.port),
            "--processes",
            str(processes),
            "--no-worker",
        ]
        options += ["--behind-proxy", PLAYER] if self.network.in_namespaces else []
        return self.start(machine, tree, "serve", *options)

    def end(self, machine: Machine, number: signal.Signals) -> int:
        """Send a signal to what runs on a machine, and wait for it: its exit code."""
        return self.tell(machine, number).wait(120)

    def tell(self, machine: Machine, number: signal.Signals) -> Popen[bytes]:
        """Send a signal to what runs on a machine, and do not wait."""
        process = self._running[machine.number]
        process.send_signal(number)
        return process

    def kill_all(self) -> None:
        """Whatever is left."""
        for process in self._running.values():
            process.kill()
            process.wait(30)

    @contextmanager
    def event(self, what: str) -> Iterator[Event]:
        """Something that is done to them, from its beginning to when all is well again."""
        made = Event(what, time.monotonic())
        self.events.append(made)
        yield made
        made.until = time.monotonic()
