"""Write down who was shown raw identities: every look and every export is a fact of the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

_NAMED = 1_000


def reveal_one(work: UnitOfWork, noun: str, subject_id: str) -> None:
    """Somebody is shown one canary, order or call as it is."""
    work.journal.record([Fact("identity_revealed", subject_id, {"noun": noun})])


def reveal_list(work: UnitOfWork, noun: str, ids: Sequence[str]) -> None:
    """Somebody is shown these canaries, orders, calls, numbers or channels as they are; nothing is noted for none.

    Of very many only the number is noted.
    """
    if ids:
        named = {"ids": list(ids)} if len(ids) <= _NAMED else {}
        work.journal.record([Fact("identities_revealed", noun, {"count": len(ids), **named})])


def note_export(work: UnitOfWork, subject_id: str, rows: Mapping[str, int]) -> None:
    """Everything left the house in plain text: into the folder, or as the job, that `subject_id` names."""
    work.journal.record([Fact("registry_exported", subject_id, {"rows": dict(rows)})])
