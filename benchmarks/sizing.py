"""What a server answers in a second and costs of a processor, and what a campaign takes on the disk and in memory.

    python -m benchmarks.sizing [--seconds 10] [--clients 8] [--orders 20000] [--only rates|sizes]

The rates are those of this machine as busy as it is, with the clients on it as well. The processor's time a request is
what the servers (and the database's processes) took of it, which hardly depends on who else is at work: a thousand
milliseconds by it is what one free processor can do.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from benchmarks.make_bundle import write
from benchmarks.scale import AS_OF, CALLS_PER_ORDER, tracer
from benchmarks.service import prepare
from benchmarks.tables import seconds, table
from tests.postgresql import own_server
from tracer.storage.engine import open_engine

FIRST_PORT = 8790
_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = (("channels", "canaries"), ("orders", "exposures"), ("calls",))


@dataclass(frozen=True)
class Setting:
    """Servers on a database: SQLite, or PostgreSQL with so many of them."""

    name: str
    servers: int
    on_postgresql: bool


SETTINGS = (
    Setting("one server, SQLite", 1, False),
    Setting("one server, PostgreSQL", 1, True),
    Setting("two servers, PostgreSQL", 2, True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--only", choices=("rates", "sizes"))
    chosen = parser.parse_args()
    if chosen.only != "sizes":
        _print_rates(chosen.seconds, chosen.clients)
    if chosen.only != "rates":
        with tempfile.TemporaryDirectory(prefix="tracer-sizing-") as folder:
            _sizes(Path(folder), chosen.orders)


def _print_rates(lasting: float, clients: int) -> None:
    rows = [row for one in SETTINGS for row in _rates(one, lasting, clients)]
    header = ("", "what", "a second", "p50 ms", "p99 ms", "processor ms each", "of that database", "server memory")
    table(f"{clients} clients, each sends when it was answered", header, rows, left=2)


def _rates(setting: Setting, lasting: float, clients: int) -> Iterator[list[str]]:
    """A row for each kind of request."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tracer-sizing-"))) / "home"
        database = ""
        if setting.on_postgresql:
            server = stack.enter_context(own_server())
            database = _new_database(server.url("postgres"), server.url)
        os.environ["TRACER_DATABASE_URL"] = database
        key, lines = prepare(home, 2_000)
        servers = [stack.enter_context(_served(home, FIRST_PORT + number)) for number in range(setting.servers)]
        canaries = _ask(FIRST_PORT, key, "GET", "/api/v1/canaries?limit=200", {})["items"]
        for what, path, body in _requests(lines, canaries):
            for number in range(setting.servers):  # the first one of all waits for tables to be made
                _ask(FIRST_PORT + number, key, "POST", path, body(number))
            own, theirs = _processor(servers), _database_time()
            took, count = _load(key, setting.servers, path, body, lasting, clients)
            own = 1_000 * (_processor(servers) - own) / count
            theirs = 1_000 * (_database_time() - theirs) / count
            memory = max(_memory(one) for one in servers)
            at = (1_000 * took[int(share * len(took))] for share in (0.5, 0.99))
            figures = [
                f"{count / lasting:,.0f}",
                *(f"{one:,.0f}" for one in at),
                f"{own + theirs:.1f}",
                f"{theirs:.1f}",
            ]
            yield [setting.name, what, *figures, f"{memory:,.0f} MB"]


def _requests(
    lines: Sequence[str], canaries: Sequence[dict[str, str]]
) -> Iterator[tuple[str, str, Callable[[int], object]]]:
    yield (
        "calls logged",
        "/api/v1/calls",
        lambda n: {"dialled_number": lines[n % len(lines)], "heard_name": "张女士", "known_fields": "name:masked item"},
    )
    yield "names looked up", "/api/v1/identify", lambda n: {"heard": "张晓萌", "dialled": lines[n % len(lines)]}
    yield (
        "orders recorded",
        "/api/v1/orders",
        lambda n: {
            "canary_id": canaries[n % len(canaries)]["canary_id"],
            "placed_at": _now(),
            "item": "护肤品",
        },
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _load(
    key: str, servers: int, path: str, body: Callable[[int], object], lasting: float, clients: int
) -> tuple[list[float], int]:
    """Sorted seconds to each answer, and how many there were."""
    took: list[list[float]] = [[] for _ in range(clients)]
    until = time.perf_counter() + lasting

    def send(client: int) -> None:
        number = client
        connection = http.client.HTTPConnection("127.0.0.1", FIRST_PORT + client % servers, timeout=60)
        while (began := time.perf_counter()) < until:
            _send(connection, key, "POST", path, body(number))
            took[client].append(time.perf_counter() - began)
            number += clients

    threads = [threading.Thread(target=send, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = sorted(one for of_client in took for one in of_client)
    return every, len(every)


def _ask(port: int, key: str, method: str, path: str, body: object) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(
        _send(http.client.HTTPConnection("127.0.0.1", port, timeout=60), key, method, path, body)
    )
    return found


def _send(connection: http.client.HTTPConnection, key: str, method: str, path: str, body: object) -> bytes:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
    connection.request(method, path, json.dumps(body) if method == "POST" else None, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status not in {200, 201}:
        raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
    return content


@contextmanager
def _served(home: Path, port: int) -> Iterator[int]:
    """A server on this home; the id of its process."""
    command = [sys.executable, "-m", "tracer", "serve", "--port", str(port), "--no-worker"]
    environment = {**os.environ, "TRACER_HOME": str(home), "TRACER_LOOKUPS_PER_HOUR": "100000000"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        break
                except OSError:
                    time.sleep(0.1)
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT)


def _sizes(folder: Path, orders: int) -> None:
    """A campaign, imported part by part: what each takes of the disk; then the report."""
    os.environ["TRACER_DATABASE_URL"] = ""
    write(folder / "bundle", orders, calls=round(CALLS_PER_ORDER * orders))
    home, rows, before = folder / "home", [], 0
    tracer(home, "migrate")
    before = _bytes(home / "tracer.db")
    for names in _PARTS:
        part = folder / names[-1]
        part.mkdir()
        for name in names:
            shutil.copy(folder / "bundle" / f"{name}.csv", part)
        took, memory = _measured(home, "import", str(part))
        count = _rows(part / f"{names[-1 if names[0] == 'channels' else 0]}.csv")
        now = _bytes(home / "tracer.db")
        each = f"{(now - before) / count:,.0f}"
        rows.append(
            [
                " and ".join(names),
                f"{count:,}",
                each,
                f"{(now - before) / 1e6:,.0f} MB",
                seconds(took),
                f"{memory:,.0f} MB",
            ]
        )
        before = now
    took, memory = _measured(home, "report", "--as-of", AS_OF.isoformat(), "--format", "json")
    rows.append(["the report", "", "", "", seconds(took), f"{memory:,.0f} MB"])
    header = ("", "rows", "bytes each", "all", "processor's time", "peak memory")
    table(f"{orders:,} orders, {CALLS_PER_ORDER} calls an order, on SQLite, sealed into the ledger", header, rows)


def _measured(home: Path, *arguments: str) -> tuple[float, float]:
    """Seconds of a processor and peak memory in MB of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, memory = tracer(home, *arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, memory


def _bytes(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    finally:
        connection.close()
    return int((pages - free) * size)


def _rows(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _new_database(admin_url: str, url: Callable[[str], str]) -> str:
    admin = open_engine(admin_url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE DATABASE sizing")
    admin.dispose()
    return url("sizing")


def _database_time() -> float:
    """Seconds of a processor that PostgreSQL took for the database of this run, in processes that ended as well."""
    backends, total = [], 0.0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if "postgres: tracer sizing" in path.read_bytes().decode(errors="replace").replace("\0", " "):
                backends.append(int(path.parent.name))
    for parent in {int(_stat(one)[1]) for one in backends}:
        total += (int(_stat(parent)[13]) + int(_stat(parent)[14])) / _TICKS
    return total + _processor(backends)


def _processor(processes: Sequence[int]) -> float:
    """Seconds of a processor that they took so far."""
    total = 0.0
    for one in processes:
        with suppress(OSError):
            total += (int(_stat(one)[11]) + int(_stat(one)[12])) / _TICKS
    return total


def _stat(process: int) -> list[str]:
    """What /proc tells of it, from its state on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _memory(process: int) -> float:
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
