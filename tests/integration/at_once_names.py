"""Processes that write names in any order, and one that follows them: run by tests.integration.at_once.Crew."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.integration import at_once
from tracer.bootstrap import Application
from tracer.domain.canary import Canary, CanaryState
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.errors import AlreadyExists
from tracer.domain.ids import new_id
from tracer.domain.line import Line
from tracer.services.calls.name_directory import NameDirectory
from tracer.services.canaries.change_canary import release_lines, retire_canary
from tracer.storage import claims
from tracer.storage.journal import Fact
from tracer.storage.name_feed import START
from tracer.storage.unit_of_work import UnitOfWork

_PATIENCE = 60
_CHARACTERS = tuple("王李张赵陈周吴孙晓建国海文志美永伟芳敏强军杰涛华安定平和清明春夏秋冬东南西北金木水火土")


def write_names(home: Path, url: str, number: str, folder: Path, seed: int, rounds: int, pause: float) -> int:
    """Put names on a number and retire some, without taking turns, and tell of each in a file once it is committed.

    Positions are given out early and committed late (up to `pause` seconds), and a fifth of all is
    rolled back. Gives how many were kept.
    """
    app, rng, mine = at_once._application(home, url), np.random.default_rng(seed), []
    with app.reading() as work:
        number_ids = {stored.owned.number: stored.number_id for stored in work.numbers.all()}
    at_once._barrier.wait(_PATIENCE)
    with pytest.MonkeyPatch.context() as patch, (folder / f"told-{seed}").open("a", 1) as told:
        patch.setattr(claims, "take_turns", lambda connection: None)
        for turn in range(rounds):
            if mine and rng.random() < 0.2:
                gone = mine.pop()
                if _retire(app, gone, rng, pause):
                    told.write(f"{gone} retired\n")
                continue
            name = "".join(rng.choice(_CHARACTERS, 3))
            canary = Canary(new_id("k", rng), name, Line(number, f"{seed}{turn:03}"), app.clock(), "zh_CN", GENDERS[0])
            with suppress(AlreadyExists):
                if _issue(app, canary, number_ids, rng, pause):
                    told.write(f"{canary.canary_id} issued\n")
                    mine.append(canary.canary_id)
    (folder / f"done-{seed}").touch()
    app.close()
    return len(mine)


def _issue(
    app: Application, canary: Canary, number_ids: dict[str, str], rng: np.random.Generator, pause: float
) -> bool:
    with app.writing() as work:
        work.journal.record([Fact("canary_issued", canary.canary_id, {})])
        time.sleep(rng.random() * pause)
        work.canaries.issue([canary], number_ids, work.now)
        return _end(work, rng)


def _retire(app: Application, canary_id: str, rng: np.random.Generator, pause: float) -> bool:
    with app.writing() as work:
        retire_canary(work, canary_id)
        release_lines(work, 0)
        time.sleep(rng.random() * pause)
        return _end(work, rng)


def _end(work: UnitOfWork, rng: np.random.Generator) -> bool:
    kept = bool(rng.random() < 0.8)
    if kept:
        work.commit()
    return kept


def follow_names(home: Path, url: str, folder: Path, writers: int) -> tuple[list[str], int, int]:
    """Follow until all writers are done: what was told before a look and not seen in it, looks, and the most gaps."""
    app, seen, mark, directory = at_once._application(home, url), {}, START, NameDirectory()
    lost, looks, most = [], 0, 0
    at_once._barrier.wait(_PATIENCE)
    last = False
    while not last:
        last = len(list(folder.glob("done-*"))) == writers
        told = [
            line.split()
            for path in folder.glob("told-*")
            for line in path.read_text().splitlines(keepends=True)
            if line.endswith("\n")
        ]
        with app.reading() as work:
            entries, mark = work.canaries.index_entries(mark)
            seen |= {entry.canary_id: entry.state for entry in entries}
        with app.reading() as work:
            directory.follow(work)
        known = {one.canary_id: place for place, one in enumerate(directory._names)}
        for canary_id, what in told:
            if canary_id not in seen or canary_id not in known:
                lost.append(f"look {looks}: {canary_id}")
            elif what == "retired" and (
                seen[canary_id] is not CanaryState.RETIRED or known[canary_id] not in directory._retired
            ):
                lost.append(f"look {looks}: {canary_id} is retired")
        looks, most = looks + 1, max(most, len(mark.gaps))
    app.close()
    return lost, looks, most
