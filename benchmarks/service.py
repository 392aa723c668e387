"""Calls logged over HTTP at a steady rate: how long each waits for its answer, and whether any fails.

    python -m benchmarks.service [--rate 100] [--seconds 20] [--database URL]

A server of its own (`tracer serve`, one process, in a temporary home) and a client process beside it; every
call carries an Idempotency-Key, is committed before it is answered, and is sent when its time has come
whether or not those before it were answered (an open loop: waiting is not hidden).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.tables import table
from tracer.bootstrap import build
from tracer.domain.access import Scope
from tracer.services.access.manage_keys import make_key
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.registry.add_number import add_number
from tracer.services.registry.register_channel import register_channel

PORT = 8799
NUMBER = "+442079460016"


@dataclass
class Outcome:
    """Seconds from the time a request was due to its answer, and the statuses."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def prepare(home: Path, canaries: int = 200) -> tuple[str, list[str]]:
    """A registry with canaries on extensions; a key and the lines to ring."""
    app = build(home, seed=1)
    with app.writing() as work:
        channel = register_channel(work, app.model.channels, {"kind": "merchant", "name": "A"})
        add_number(work, {"number": NUMBER, "kind": "landline", "extension_digits": "4"})
        request = CanaryRequest(issued_for=(channel.channel_id,), count=canaries)
        made = issue_canaries(work, request, 90, app.rng)
        key, _ = make_key(work, "load", [scope.value for scope in Scope], None, None)
        work.commit()
    app.close()
    return key, [canary.phone.text for canary in made]


async def load(address: str, key: str, lines: list[str], rate: float, seconds: float) -> Outcome:
    """Send calls at the rate; gives what came back."""
    outcome = Outcome()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    headers = {"Authorization": f"Bearer {key}"}

    async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=120) as client:

        async def one(number: int, due: float) -> None:
            body = {
                "dialled_number": lines[number % len(lines)],
                "heard_name": "张女士",
                "known_fields": "name:masked item price",
                "heard_item": "护肤品",
                "script": "defect_refund",
            }
            try:
                answer = await client.post(
                    "/api/v1/calls", json=body, headers={"Idempotency-Key": f"{due:.6f}-{number}"}
                )
                outcome.statuses[answer.status_code] += 1
            except httpx.HTTPError as error:
                outcome.statuses[type(error).__name__] += 1  # type: ignore[index]
            outcome.seconds.append(time.perf_counter() - due)

        begun = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(one(number, due)))
        await asyncio.gather(*tasks)
    return outcome


def serve(home: Path, log: Path) -> subprocess.Popen[bytes]:
    """A server of its own, waited for."""
    command = [sys.executable, "-m", "tracer", "serve", "--port", str(PORT), "--no-worker"]
    with log.open("wb") as file:
        server = subprocess.Popen(command, env={**os.environ, "TRACER_HOME": str(home)}, stdout=file, stderr=file)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{PORT}/readyz").status_code == 200:
                return server
        except httpx.HTTPError:
            time.sleep(0.1)
    server.kill()
    raise SystemExit(f"the server did not start; see {log}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, nargs="*", default=[100, 1000])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if given.database:
            os.environ["TRACER_DATABASE_URL"] = given.database
        key, lines = prepare(home)
        server = serve(home, Path(folder) / "log")
        try:
            for rate in given.rate:
                begun = time.perf_counter()
                outcome = asyncio.run(load(f"http://127.0.0.1:{PORT}", key, lines, rate, given.seconds))
                took = time.perf_counter() - begun
                rows.append(
                    [
                        f"{rate:g}",
                        f"{sum(outcome.statuses.values()) / took:,.0f}",
                        *(f"{1000 * outcome.quantile(share):,.1f}" for share in (0.5, 0.99, 1)),
                        " ".join(f"{status}: {count}" for status, count in sorted(outcome.statuses.items(), key=str)),
                    ]
                )
        finally:
            server.terminate()
            server.wait()
    header = ["offered a second", "answered a second", "median ms", "p99 ms", "longest ms", "answers"]
    table("Calls over HTTP, one server process", header, rows)


if __name__ == "__main__":
    main()
