"""What the processes of the concurrency tests run; importable, so that `spawn` finds it."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from tracer.bootstrap import build
from tracer.domain.errors import TracerError
from tracer.services.issue_canary import CanaryRequest, issue_canaries
from tracer.services.register_channel import register_channel

_barrier: Barrier


def _start(barrier: Barrier, environment: dict[str, str]) -> None:
    global _barrier
    _barrier = barrier
    os.environ.update(environment)


def at_once(work: Callable[..., Any], arguments: list[tuple[Any, ...]], url: str) -> list[Any]:
    """Run the work once per tuple of arguments, each in a process of its own, all let go together."""
    context = get_context("spawn")
    environment = {"TRACER_DATABASE_URL": url, "TRACER_ACTOR": "tester", "TRACER_HOME": ""}
    barrier = context.Barrier(len(arguments))
    with context.Pool(len(arguments), _start, (barrier, environment)) as pool:
        return pool.starmap(work, arguments, chunksize=1)


def issue(home: Path, channel_id: str, times: int, count: int) -> list[tuple[str, str, str]]:
    """Issue `times` batches of `count` canaries: (id, name, line) of each."""
    app = build(home)
    app.registry  # noqa: B018  # opened before the others are let go
    _barrier.wait(60)
    made = []
    for _ in range(times):
        with app.writing() as work:
            batch = issue_canaries(work, CanaryRequest(issued_for=(channel_id,), count=count), 90, app.rng)
            work.commit()
        made += [(canary.canary_id, canary.recipient_name, canary.phone.text) for canary in batch]
    app.close()
    return made


def register(home: Path, channel_id: str) -> str:
    """First use of a home: opens the registry, which makes key and schema, and registers a channel."""
    app = build(home)
    _barrier.wait(60)
    try:
        with app.writing() as work:
            register_channel(
                work, app.model.channels, {"channel_id": channel_id, "kind": "courier", "name": channel_id}
            )
            work.commit()
    except TracerError as error:
        return str(error)
    finally:
        app.close()
    return ""
