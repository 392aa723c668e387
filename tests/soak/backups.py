"""Promise: a backup made under load is whole. Each one is restored, and its ledger is the one that was signed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.soak.findings import Findings, inspect
from tests.soak.writer import acknowledged, writing
from tracer.bootstrap import build
from tracer.domain.errors import TracerError

THREADS = 2


def back_up_under_load(home: Path, url: str, rounds: int) -> Iterator[Findings]:
    """Back up a registry that a process logs calls into, `rounds` times, and restore each; what is found in it.

    Lost is a call that was acknowledged before the backup began and is not in it. A restore compares the rows with
    the backup's own counts, every reference, SQLite's integrity, and the root over all leaves with the signed one.
    """
    notes = home.parent / "acknowledged"
    with writing(home, notes, url, THREADS) as writer:
        writer.wait_for_more()
        app = build(home)
        app.settings = app.settings.model_copy(update={"database_url": url})
        for number in range(rounds):
            writer.wait_for_more()
            known = acknowledged(notes)
            path = Path(app.back_up(lambda _share: None, home.parent / f"{number}.backup").path)
            yield _restored(path, home, known)
            path.unlink()
        app.close()
        writer.stop()


def _restored(path: Path, home: Path, known: list[str]) -> Findings:
    there = path.with_suffix(".home")
    there.mkdir()
    shutil.copy(home / "tracer.key", there)
    url = f"sqlite:///{there / 'tracer.db'}"
    app = build(there)
    app.settings = app.settings.model_copy(update={"database_url": url})
    try:
        app.restore(path, lambda _share: None)
        return inspect(url, known)
    except TracerError:
        return replace(Findings(len(known), 0, 0, 0, 0, 0), damage=1)
    finally:
        app.close()
        shutil.rmtree(there)
