"""Two servers and a worker on one PostgreSQL under load, ended, killed, upgraded and cut off one after the other."""

from __future__ import annotations

import io
import os
import secrets
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from tests.serving import key_with
from tests.soak.findings import inspect
from tests.soak.machines.balanced import Balancer, Clients, longest_gap, quantiles
from tests.soak.machines.found import MachineFindings
from tests.soak.machines.network import Machine, Network
from tests.soak.machines.running import Machines
from tests.soak.machines.upgraded import upgraded_tree
from tracer.bootstrap import build
from tracer.domain.access import ROLE_SCOPES, Role
from tracer.storage.engine import open_engine

CLIENTS = 4
CUT_SECONDS = 15.0


def play(network: Network, folder: Path, database: str, *, quiet: float, whole: bool) -> MachineFindings:
    """Everything in turn; `whole` with the worker, with an upgrade that stops older servers, and cut off if it may be.

    `quiet`: seconds before, between and after in which nothing is done to them. The database is new and empty, and its
    address is one that this process and all machines reach.
    """
    os.environ |= {"TRACER_DATABASE_URL": database, "TRACER_ACTOR": "soak"}
    app = build(folder / "home")
    key = key_with(app, *ROLE_SCOPES[Role.OWNER])
    app.close()
    newer = upgraded_tree(folder / "newer", "9.0.0", lets_older_serve=True)
    machines = Machines(network, folder, database)
    a, b = network.machine(), network.machine()
    balancer = Balancer([machines.address(a), machines.address(b)])
    with ExitStack() as stack:
        stack.callback(machines.kill_all)
        machines.serve(a, processes=2 if whole else 1)  # each of them has to become unready
        machines.serve(b)
        stack.enter_context(balancer.watching())
        for one in (a, b):
            balancer.wait_until(machines.address(one), ready=True)
        clients = stack.enter_context(Clients(balancer, key, CLIENTS).at_work())
        stage = _Stage(machines, balancer, clients, newer)
        began = time.monotonic()
        time.sleep(quiet)
        before = time.monotonic()
        stage.upgrade_in_order(a)
        time.sleep(quiet / 2)
        stage.kill(b)
        if whole:
            stage.upgrade_after_the_kill(b)
            worker = network.machine()
            stage.kill_a_worker(worker)
            stage.end_a_worker(worker)
            if network.in_namespaces:
                stage.cut_off(b)
            stage.upgrade_that_stops_older(a, b)
        after = time.monotonic()
        time.sleep(quiet)
        ended = time.monotonic()
    return stage.counted((began, before, after, ended))


@dataclass
class _Stage:
    machines: Machines
    balancer: Balancer
    clients: Clients
    newer: Path
    jobs: list[tuple[str, int]] = field(default_factory=list)  # accepted imports, and how many channels each has

    def upgrade_in_order(self, machine: Machine) -> None:
        """SIGTERM, wait for the end, start the newer version: its first start upgrades the database."""
        server = self.machines.address(machine)
        with self.machines.event("a server is told to end (SIGTERM), upgraded, started") as event:
            process = self.machines.tell(machine, signal.SIGTERM)
            unready = self.balancer.wait_until(server, ready=False, seconds=60)
            code = process.wait(120)
            event.told["unready after"] = unready.at - event.begin
            event.told["ended after"] = time.monotonic() - event.begin
            event.said = unready.said
            assert not self.balancer.is_ready(server), "it was unready and then ready again"
            assert not any(one.is_ready and one.server == server and one.at > unready.at for one in self.balancer.turns)
            assert code == 0, f"exit code {code}"
            self.machines.serve(machine, self.newer)
            event.told["ready again after"] = self.balancer.wait_until(server, ready=True).at - event.begin

    def kill(self, machine: Machine) -> None:
        """kill -9 a server of the older version, which went on serving beside the upgraded database."""
        server = self.machines.address(machine)
        assert self.balancer.is_ready(server), "the older server gave up though the upgrade lets it serve"
        with self.machines.event("the other server is killed (kill -9)") as event:
            self.machines.end(machine, signal.SIGKILL)
            event.told["unready after"] = self.balancer.wait_until(server, ready=False, seconds=60).at - event.begin

    def upgrade_after_the_kill(self, machine: Machine) -> None:
        """The newer version in its place."""
        with self.machines.event("it is upgraded and started") as event:
            self.machines.serve(machine, self.newer)
            ready = self.balancer.wait_until(self.machines.address(machine), ready=True)
            event.told["ready again after"] = ready.at - event.begin

    def kill_a_worker(self, machine: Machine) -> None:
        """kill -9 a worker in the middle of an import; the next one does it from the beginning."""
        self.machines.start(machine, self.newer, "work")
        with self.machines.event("a worker is killed (kill -9) while at an import; another is started") as event:
            job_id = self._import(20_000)
            self._wait_for_job(job_id, "running")
            time.sleep(1)
            self.machines.end(machine, signal.SIGKILL)
            assert self._job(job_id)[0] == "running", "the import was over before the worker was killed"
            self.machines.start(machine, self.newer, "work")
            event.told["done after"] = self._wait_for_job(job_id, "done") - event.begin
            event.told["attempts"] = self._job(job_id)[1]

    def end_a_worker(self, machine: Machine) -> None:
        """SIGTERM to a worker in the middle of an import that is too long to be finished: it is given back."""
        with self.machines.event("a worker is told to end (SIGTERM) while at an import; another is started") as event:
            job_id = self._import(20_000)
            self._wait_for_job(job_id, "running")
            time.sleep(1)
            assert self.machines.end(machine, signal.SIGTERM) == 0
            event.told["ended after"] = time.monotonic() - event.begin
            event.said = f"the import was {self._job(job_id)[0]} by then"
            self.machines.start(machine, self.newer, "work")
            event.told["done after"] = self._wait_for_job(job_id, "done") - event.begin
        self.machines.end(machine, signal.SIGTERM)

    def cut_off(self, machine: Machine) -> None:
        """The network between one server and the database is cut, and mended."""
        server = self.machines.address(machine)
        with self.machines.event(f"a server is cut off from the database for {CUT_SECONDS:g} s") as event:
            self.machines.network.cut(machine)
            unready = self.balancer.wait_until(server, ready=False, seconds=60)
            event.told["unready after"], event.said = unready.at - event.begin, unready.said
            time.sleep(max(0.0, event.begin + CUT_SECONDS - time.monotonic()))
            self.machines.network.mend(machine)
            event.told["ready again after"] = self.balancer.wait_until(server, ready=True).at - event.begin

    def upgrade_that_stops_older(self, first: Machine, second: Machine) -> None:
        """A version whose migration lets no older server go on: they refuse from then on, and are started anew."""
        newest = upgraded_tree(self.newer.parent / "newest", "10.0.0", lets_older_serve=False, base=self.newer)
        with self.machines.event("an upgrade that lets no older server go on, one after the other") as event:
            assert self.machines.end(first, signal.SIGTERM) == 0
            self.machines.serve(first, newest)
            turn = self.balancer.wait_until(self.machines.address(second), ready=False)
            event.said = turn.said
            event.told["older unready after"] = turn.at - event.begin
            turn = self.balancer.wait_until(self.machines.address(first), ready=True)
            event.told["newer ready after"] = turn.at - event.begin
            assert self.machines.end(second, signal.SIGTERM) == 0
            self.machines.serve(second, newest)
            event.told["both ready after"] = (
                self.balancer.wait_until(self.machines.address(second), ready=True).at - event.begin
            )

    def counted(self, times: tuple[float, float, float, float]) -> MachineFindings:
        """What the database holds, beside what the clients were answered."""
        began, before, after, ended = times
        answered = self.clients.answered
        found = inspect(self.machines.database, [one.known_as for one in answered])
        wanted = sum(size for _, size in self.jobs)
        with _connected(self.machines.database) as engine, engine.connect() as connection:
            channels = connection.execute(text("SELECT count(*) FROM channels")).scalar_one()
            facts = connection.execute(text("SELECT count(*) FROM journal WHERE event = 'channel_registered'"))
            once = sum(self._job(job_id)[0] == "done" for job_id, _ in self.jobs)
            imported_twice = facts.scalar_one() - wanted
        return MachineFindings(
            network=str(self.machines.network),
            calls=found,
            kept_twice=found.kept - found.acknowledged,
            imports=len(self.jobs),
            imports_lost=len(self.jobs) - once + (channels != wanted),
            imports_twice=imported_twice,
            gap=longest_gap(answered),
            seconds={
                "before": quantiles(answered, began, before),
                "during": quantiles(answered, before, after),
                "after": quantiles(answered, after, ended),
            },
            unanswered=dict(self.clients.unanswered),
            events=self.machines.events,
            gaps={event.what: event.gap(answered) for event in self.machines.events},
        )

    def _import(self, channels: int) -> str:
        told, _ = self.clients.ask(
            "POST",
            "/api/v1/imports",
            202,
            content=_bundle(channels),
            headers={"Content-Type": "application/zip"},
        )
        self.jobs.append((told["job_id"], channels))
        return str(told["job_id"])

    def _job(self, job_id: str) -> tuple[str, int]:
        with _connected(self.machines.database) as engine, engine.connect() as connection:
            row = connection.execute(text("SELECT state, attempts FROM jobs WHERE job_id = :id"), {"id": job_id}).one()
            return str(row[0]), int(row[1])

    def _wait_for_job(self, job_id: str, state: str, seconds: float = 400) -> float:
        until = time.monotonic() + seconds
        while (found := self._job(job_id)[0]) != state:
            assert found != "failed", "the import failed"
            assert time.monotonic() < until, f"the job is {found} and not {state}"
            time.sleep(0.2)
        return time.monotonic()


@contextmanager
def _connected(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _bundle(channels: int) -> bytes:
    """The zip of a bundle with so many channels that no other has."""
    mark = secrets.token_hex(4)
    rows = "".join(f"m-{mark}-{number},merchant,Shop {mark} {number}\n" for number in range(channels))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("channels.csv", f"channel_id,kind,name\n{rows}")
    return file.getvalue()
