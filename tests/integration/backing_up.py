"""What the tests of backups look at."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from tests.factories import registry
from tests.storage_dump import dump, execute
from tracer.bootstrap import Application
from tracer.domain.ledger.checkpoint import Proof
from tracer.services.calls.log_call import attached
from tracer.storage.backup.dump import LEFT_OUT

RENEWED = {*LEFT_OUT, "journal", "pending_leaves", "leaves", "tree_nodes", "ledger_logs", "checkpoints"}


def furnish(app: Application) -> None:
    """Something of most nouns."""
    merchant = registry.add_channel(app)
    registry.add_channel(app, "merchant", "分店", parent_id=merchant)
    registry.own_number(app)
    canary, *_ = registry.issue(app, merchant, count=3, number=registry.LANDLINE)
    registry.place(app, canary.canary_id, merchant, order_no="ORD-1")
    registry.log(app, attached("recording.ogg", b"sound" * 1000), canary_id=canary.canary_id, transcript="您好")
    registry.refresh(app)


def quiet(_share: float) -> None:
    pass


def made(app: Application, out: Path | None = None) -> Path:
    return Path(app.back_up(quiet, out).path)


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything but the ledger and what a backup leaves out; yes and no as SQLite has them."""
    found = dump(url)
    return {
        name: sorted((tuple(int(cell) if isinstance(cell, bool) else cell for cell in row) for row in rows), key=repr)
        for name, rows in found.items()
        if name not in RENEWED
    }


def proof_of(app: Application, subject_id: str) -> tuple[bytes, Proof]:
    """A leaf about something, and the proof that it lies in the ledger as it is signed now."""
    with app.reading() as work:
        entry = work.journal.about(subject_id)[0]
        newest = work.ledger.latest_checkpoint()
        index = work.ledger.places([entry.entry_id])[entry.entry_id]
        return entry.record.content(), Proof(index, tuple(work.ledger.inclusion(index, newest.size)), newest.note)


def empty(url: str) -> None:
    """Lose a database altogether."""
    if url.startswith("sqlite"):
        for path in Path(url.removeprefix("sqlite:///")).parent.glob("tracer.db*"):
            path.unlink()
    else:
        execute(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


@contextmanager
def changed(path: Path, do):
    """The bytes of a file changed for the time of a block."""
    content = path.read_bytes()
    path.write_bytes(do(content))
    try:
        yield
    finally:
        path.write_bytes(content)
