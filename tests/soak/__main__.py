"""make soak: every promise of docs/promises.md with its full number of rounds."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import structlog

from tests.postgresql import own_server
from tests.soak.backups import back_up_under_load
from tests.soak.clocks import turn_clocks
from tests.soak.erasure import ErasureFindings, erase_many
from tests.soak.findings import Findings
from tests.soak.images import crash
from tests.soak.kills import fill_disks, kill_writers
from tests.soak.machines.found import MachineFindings
from tests.soak.machines.stage import on_machines
from tests.soak.notices import NoticeFindings, kill_tellers
from tests.soak.outgoing import OutgoingFindings, send_out
from tests.soak.packs import PackFindings, mutate_packs
from tests.soak.replies import cut_replies
from tests.soak.server import drop_connections, kill_servers
from tests.soak.service import kill_services
from tests.soak.slots import SlotFindings, on_postgresql, on_sqlite
from tests.soak.tamper import TamperFindings, tamper
from tracer.bootstrap import build

Found = (
    Findings
    | PackFindings
    | TamperFindings
    | ErasureFindings
    | OutgoingFindings
    | NoticeFindings
    | SlotFindings
    | MachineFindings
)
Run = Callable[[Path, int, np.random.Generator], Iterator[Found]]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'home' / 'tracer.db'}"


def _kills_on_postgresql(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    with own_server() as server:
        yield from kill_writers(folder / "home", server.url("postgres"), rounds, rng)


def _backups_on_postgresql(folder: Path, rounds: int, _rng: np.random.Generator) -> Iterator[Findings]:
    with own_server() as server:
        yield from back_up_under_load(folder / "home", server.url("postgres"), rounds)


def _notices_on_postgresql(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[NoticeFindings]:
    with own_server() as server:
        yield from kill_tellers(folder / "home", server.url("postgres"), rounds, rng)


def _server_kills(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    with own_server() as server:
        yield from kill_servers(folder / "home", server, rounds, rng)


def _drops(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    with own_server() as server:
        yield from drop_connections(folder / "home", server, rounds, rng)


def _clocks(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    app = build(folder / "home", seed=1)
    yield from turn_clocks(app, rounds, rng)
    app.close()


def _replies(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[Findings]:
    app = build(folder / "home", seed=1)
    yield from cut_replies(app, rounds, rng)
    app.close()


PROMISES: dict[str, tuple[str, int, Run]] = {
    "kills": (
        "the program is killed, SQLite",
        200,
        lambda folder, rounds, rng: kill_writers(folder / "home", _url(folder), rounds, rng),
    ),
    "kills-postgresql": ("the program is killed, PostgreSQL", 200, _kills_on_postgresql),
    "service": (
        "the service is killed, SQLite, two processes",
        20,
        lambda folder, rounds, rng: kill_services(folder / "home", rounds, rng),
    ),
    "images": (
        "power loss, SQLite",
        1000,
        lambda folder, rounds, rng: crash(folder, rounds, rng, calls=600),
    ),
    "images-normal": (
        "the same with synchronous=NORMAL (must lose)",
        1000,
        lambda folder, rounds, rng: crash(folder, rounds, rng, calls=600, synchronous="NORMAL"),
    ),
    "server": ("the database server is killed, PostgreSQL", 20, _server_kills),
    "connections": ("connections drop, PostgreSQL", 500, _drops),
    "disk": (
        "the disk is full, SQLite",
        20,
        lambda folder, rounds, rng: fill_disks(folder / "home", _url(folder), rounds, rng),
    ),
    "backups": (
        "backups are made under load and restored, SQLite",
        100,
        lambda folder, rounds, _rng: back_up_under_load(folder / "home", _url(folder), rounds),
    ),
    "backups-postgresql": ("the same, PostgreSQL", 30, _backups_on_postgresql),
    "replies": ("answers are lost on the way, SQLite", 3000, _replies),
    "packs": ("evidence packs are mutated", 10_000, lambda folder, rounds, rng: mutate_packs(rounds, rng)),
    "tamper": ("values are changed behind the program's back, SQLite", 2000, tamper),
    "erasure": ("calls and canaries are erased, SQLite", 300, erase_many),
    "outgoing": ("requests are sent out by tricks", 20_000, send_out),
    "notices": (
        "whoever sends notifications is killed, SQLite",
        100,
        lambda folder, rounds, rng: kill_tellers(folder / "home", _url(folder), rounds, rng),
    ),
    "notices-postgresql": ("the same, PostgreSQL", 100, _notices_on_postgresql),
    "machines": ("two servers and a worker are ended, killed, upgraded and cut off, PostgreSQL", 1, on_machines),
    "slots": (
        "processes of recurring jobs are killed, SQLite",
        1000,
        lambda folder, rounds, rng: on_sqlite(folder, rounds, rng, "in one"),
    ),
    "slots-postgresql": (
        "the same, PostgreSQL",
        1000,
        lambda folder, rounds, rng: on_postgresql(folder, rounds, rng, "in one"),
    ),
    "slots-longer": (
        "the same with runs that outlast a transaction, SQLite",
        200,
        lambda folder, rounds, rng: on_sqlite(folder, rounds, rng, "longer"),
    ),
    "slots-longer-postgresql": (
        "the same with these, PostgreSQL",
        200,
        lambda folder, rounds, rng: on_postgresql(folder, rounds, rng, "longer"),
    ),
    "clock": ("the clock jumps", 2000, _clocks),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("promises", nargs="*", help=f"which of: {' '.join(PROMISES)} (default: all)")
    parser.add_argument("--part", type=float, default=1.0, help="this part of the rounds, such as 0.1")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    unknown = set(chosen.promises) - set(PROMISES)
    if unknown:
        parser.error(f"no such promise: {' '.join(sorted(unknown))}")
    os.environ |= {"TRACER_ACTOR": "soak"}
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print("| promise | rounds | result | seconds |\n|---|---|---|---|", flush=True)
    good = True
    for name in chosen.promises or PROMISES:
        what, rounds, run = PROMISES[name]
        rounds = max(1, round(rounds * chosen.part))
        began = time.monotonic()
        with TemporaryDirectory(prefix="tracer-soak-") as folder:
            findings = list(run(Path(folder), rounds, np.random.default_rng(chosen.seed)))
        taken = time.monotonic() - began
        if name == "images-normal":
            result, kept = _of_images(findings), any(one.lost for one in findings)
        elif name == "images":
            result, kept = _of_images(findings), all(one.is_good for one in findings)
        else:
            result, kept = str(findings[-1]), all(one.is_good for one in findings)
        good &= kept
        print(f"| {what} | {rounds:,} | {result}{'' if kept else ' (BROKEN)'} | {taken:,.0f} |", flush=True)
    return 0 if good else 1


def _of_images(findings: list[Findings]) -> str:
    lost, damaged = (sum(bool(getattr(one, what)) for one in findings) for what in ("lost", "damage"))
    half = sum(bool(one.half or one.doubled) for one in findings)
    return f"{lost} of {len(findings):,} images lost an acknowledged call, {half} had half a call, {damaged} damaged"


if __name__ == "__main__":
    sys.exit(main())
