"""What the processes of the concurrency tests run; importable, so that `spawn` finds it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracer.bootstrap import Application, build
from tracer.domain.canary import Canary
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.errors import AlreadyExists, TracerError
from tracer.domain.ids import new_id
from tracer.domain.incoming import Incoming
from tracer.domain.line import Line
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.incoming.take_in import take_in
from tracer.services.registry.register_channel import register_channel
from tracer.storage import claims

PROCESSES = 4
_FEW = ("王李张赵陈周吴孙", "晓建国海文志美永", "伟芳敏强军杰涛华")
_barrier: Barrier


def _start(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _run(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return work(*arguments)


class Crew:
    """Processes that wait for each other before they do their part; starting them costs seconds, so once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def at_once(self, work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
        """Run the work once per tuple of arguments, each in a process of its own, all let go together."""
        return self.each([(work, one) for one in arguments])

    def each(self, works: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
        """Run each work with its arguments in a process of its own, all let go together."""
        assert len(works) == PROCESSES
        return self._pool.starmap(_run, works, chunksize=1)


@contextmanager
def crew() -> Iterator[Crew]:
    context = get_context("spawn")
    with context.Pool(PROCESSES, _start, (context.Barrier(PROCESSES),)) as pool:
        yield Crew(pool)
        pool.close()
        pool.join()


def _application(home: Path, url: str) -> Application:
    os.environ |= {"TRACER_DATABASE_URL": url, "TRACER_ACTOR": "tester"}
    return build(home)


def issue(home: Path, url: str, channel_id: str, times: int, count: int) -> list[tuple[str, str, str]]:
    """Issue `times` batches of `count` canaries: (id, name, line) of each."""
    app = _application(home, url)
    app.open()  # opened before the others are let go
    _barrier.wait(60)
    made = []
    for _ in range(times):
        with app.writing() as work:
            batch = issue_canaries(work, CanaryRequest(issued_for=(channel_id,), count=count), 90, app.rng)
            work.commit()
        made += [(canary.canary_id, canary.recipient_name, canary.phone.text) for canary in batch]
    app.close()
    return made


def draw_blindly(home: Path, url: str, number: str, seed: int, times: int, in_turns: bool) -> list[str]:
    """Names out of few sounds, put on one number without a look at what is there: those that the database kept."""
    app = _application(home, url)
    rng = np.random.default_rng(seed)
    with app.reading() as work:
        number_ids = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
    _barrier.wait(60)
    kept = []
    with pytest.MonkeyPatch.context() as patch:
        if not in_turns:
            patch.setattr(claims, "take_turns", lambda connection: None)
        for _ in range(times):
            name = "".join(str(rng.choice(list(characters))) for characters in _FEW)
            canary = Canary(new_id("k", rng), name, Line(number), app.clock(), "zh_CN", str(rng.choice(GENDERS)))
            with suppress(AlreadyExists), app.writing() as work:
                work.canaries.issue([canary], number_ids, work.now)
                work.commit()
                kept.append(name)
    app.close()
    return kept


def register(home: Path, url: str, channel_id: str) -> str:
    """First use of a home: opens the registry, which makes key and schema, and registers a channel."""
    app = _application(home, url)
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


def deliver(home: Path, url: str, number: int) -> tuple[int, int]:
    """Two messages of each of twenty contacts, in an order of our own; how many new calls, how many known."""
    messages = [
        Incoming("twilio", f"A{contact}", event, stage, record)
        for contact in range(20)
        for event, stage, record in (
            ("ring", 1, {"caller_number": "+447700900123", "notes": "rings"}),
            ("end", 2, {"heard_name": "张三", "notes": "ended"}),
        )
    ]
    app = _application(home, url)
    app.open()  # opened before the others are let go
    order = np.random.default_rng(number).permutation(len(messages))
    _barrier.wait(60)
    new = known = 0
    for place in order:
        done = app.write(lambda work, place=place: take_in(work, [messages[place]], app.fresh_rng()))
        new, known = new + done.new, known + done.known
    app.close()
    return new, known
