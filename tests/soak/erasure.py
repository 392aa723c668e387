"""Calls and canaries full of marked data, erased one after another: nothing of them is found again, all else stays.

Looked at after every few erasures: everything that the key opens; the bytes of the database's files; all that the
others left behind; the ledger's audit; every proof that was handed out before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.factories import registry
from tests.factories.erasable import erase, erase_one, give_up
from tests.soak.planting import MARKED, MOST, OWN_NUMBER, Contact, copy_out, plant
from tracer.bootstrap import Application, build
from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.checkpoint import Proof, verify_proof
from tracer.domain.ledger.merkle import leaf_hash
from tracer.domain.ledger.note import NoteKey
from tracer.services.erasure.erase_personal import Unsettled
from tracer.storage.journal import JournalEntry
from tracer.storage.sealed_columns import SEALED

AT_ONCE = 5
"""So many are erased between two looks."""
_DELETED_WITH_ANY = frozenset({"jobs", "job_parts"})
"""What exports and imports gave out goes whole, whoever is erased."""
_PIECE = 24


@dataclass
class ErasureFindings:
    """What was erased, and how often something did not hold."""

    erased: int = 0
    copies: int = 0
    """Marks of the erased that lay there just before, each place counted."""
    again: int = 0
    """Marks of the erased that the key still opens, or that stand in the files."""
    old_bytes: int = 0
    """Sealed values of the erased that were overwritten or deleted, and whose bytes are still in the files."""
    gone: int = 0
    """Marks of the others that are no longer where they were."""
    proofs: int = 0
    broken: int = 0
    audits: int = 0
    problems: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        return not (self.again or self.old_bytes or self.gone or self.broken or self.problems)

    def __str__(self) -> str:
        return (
            f"{self.erased:,} erased with {self.copies:,} marked copies, {self.again} found again, "
            f"{self.old_bytes} overwritten values left in the files, {self.gone} of others gone, "
            f"{self.broken} of {self.proofs:,} proofs broken, "
            f"{len(self.problems)} of {self.audits:,} audits with problems"
        )


class Place(NamedTuple):
    """One sealed value."""

    table: str
    column: str
    row_id: str


Seen = Mapping[Place, tuple[frozenset[str], bytes]]
"""Of every sealed value with marks in it: the marks, and its bytes as they lie there."""


class Handed(NamedTuple):
    """A proof that somebody was given."""

    entry_id: str
    content: bytes
    proof: Proof
    key: NoteKey


def erase_many(folder: Path, rounds: int, rng: np.random.Generator) -> Iterator[ErasureFindings]:
    """One finding, at the end: as many calls and canaries are erased as are left."""
    if rounds > MOST:
        raise ValueError(f"expected at most {MOST} erasures, got {rounds}: there are no more numbers to mark with")
    app = build(folder / "home", seed=1)
    contacts = _fill(app, rounds, rng)
    due = [(contact, side) for contact in contacts for side in ("call", "canary")]
    rng.shuffle(due)
    found, gone, near, handed = ErasureFindings(), set[str](), set[str](), list[Handed]()
    for begin in range(0, rounds, AT_ONCE):
        batch = due[begin : min(begin + AT_ONCE, rounds)]
        copy_out(app, [contact for contact, _ in batch])
        app.seal_ledger()
        handed += [_handed(app, *one) for one in batch]
        before = _look(app, contacts)
        for contact, side in batch:
            _erase(app, contact, side, rng)
            gone |= contact.marks(side)
            near |= contact.marks("call") | contact.marks("canary")
        app.registry.clear_overwritten()
        found.erased += len(batch)
        found.copies += sum(len(marks & gone) for marks, _ in before.values())
        after = _look(app, contacts)
        _compare(found, before, after, gone, near)
        _search(found, before, after, gone, folder / "home" / "tracer.db")
        app.seal_ledger()
        _audit(found, app, handed)
    app.close()
    yield found


def _fill(app: Application, rounds: int, rng: np.random.Generator) -> list[Contact]:
    """As many contacts as are to be erased, each with a call's side and a canary's; two in an answer."""
    shop, courier = registry.add_channel(app), registry.add_channel(app, "courier", "顺路快递")
    registry.own_number(app, OWN_NUMBER)
    contacts: list[Contact] = []
    while len(contacts) < max(rounds, 2):
        contacts += plant(app, len(contacts), shop, courier, rng)
    return contacts


def _erase(app: Application, contact: Contact, side: str, rng: np.random.Generator) -> None:
    if side == "canary":
        give_up(app, contact.canary_id)
        erase_one(app, contact.canary_id)
    else:
        which = contact.call_ids[int(rng.integers(len(contact.call_ids)))]
        erase(app, which, [Unsettled.ANYWAY, Unsettled.DUE][int(rng.integers(2))])


def _look(app: Application, contacts: Sequence[Contact]) -> Seen:
    """Everything that the key opens, where it bears a mark."""
    names = [contact.recipient_name for contact in contacts]
    seen: dict[Place, tuple[frozenset[str], bytes]] = {}
    with app.reading() as work:
        cipher, connection = work.session.cipher, work.session.connection
        for sealed in SEALED:
            for row in connection.execute(sealed.stored.select()).mappings():
                for column in sealed.columns:
                    if row[column] is None:
                        continue
                    place = Place(sealed.stored.name, column, sealed.row_id(row))
                    text = cipher.open_bytes(*place, bytes(row[column])).decode("utf-8", "replace")
                    marks = {*MARKED.findall(text), *(name for name in names if name in text)}
                    if marks:
                        seen[place] = frozenset(marks), bytes(row[column])
    return seen


def _compare(found: ErasureFindings, before: Seen, after: Seen, gone: set[str], near: set[str]) -> None:
    """`near`: all marks of contacts of which a side is erased. Kept answers that name both sides go with either."""
    for place, (marks, _) in after.items():
        found.again += len(marks & gone)
        found.where += [f"{one} again in {place.table}.{place.column}" for one in marks & gone]
    for place, (marks, _) in before.items():
        if place.table not in _DELETED_WITH_ANY:
            left = after[place][0] if place in after else frozenset()
            lost = marks - left - (near if place.table == "requests" else gone)
            found.gone += len(lost)
            found.where += [f"{one} lost from {place.table}.{place.column}" for one in lost]


def _search(found: ErasureFindings, before: Seen, after: Seen, gone: set[str], path: Path) -> None:
    """Look into the files themselves: for anything marked that is not sealed, and for old sealed values."""
    files = path.read_bytes() + path.with_name("tracer.db-wal").read_bytes()
    found.again += len(set(MARKED.findall(files.decode("latin-1"))))
    for place, (marks, sealed) in before.items():
        is_old = marks & gone and (place not in after or after[place][1] != sealed)
        if is_old and any(piece in files for piece in _pieces(sealed)):
            found.old_bytes += 1
            found.where.append(f"old bytes of {place.table}.{place.column}")


def _pieces(sealed: bytes) -> list[bytes]:
    """The nonce, the middle and the end, since SQLite cuts a long value over pages."""
    places = {3, len(sealed) // 2, len(sealed) - _PIECE}
    return [sealed[at : at + _PIECE] for at in places]


def _handed(app: Application, contact: Contact, side: str) -> Handed:
    """The proof of the first fact, as anybody may have been given it before the erasure."""
    subject_id, event = (
        (contact.canary_id, "canary_issued") if side == "canary" else (contact.call_ids[0], "call_logged")
    )
    with app.reading() as work:
        entry = next(one for one in work.journal.about(subject_id) if one.event == event)
        signed, index = work.ledger.latest_checkpoint(), work.ledger.places([entry.entry_id])[entry.entry_id]
        assert signed is not None
        path = work.ledger.inclusion(index, signed.size)
        return Handed(entry.entry_id, _content(entry), Proof(index, tuple(path), signed.note), work.ledger.log().key)


def _content(entry: JournalEntry | None) -> bytes:
    return entry.record.content() if entry and entry.record else b""


def _audit(found: ErasureFindings, app: Application, handed: Sequence[Handed]) -> None:
    found.audits += 1
    audit = app.audit_ledger(lambda share: None)
    if audit.found:
        found.problems.append(audit.problems[0])
    found.proofs = len(handed)
    found.broken = 0
    for one in handed:
        with app.reading() as work:
            left = work.journal.entry(one.entry_id)
        try:
            verify_proof(leaf_hash(one.content), one.proof, one.key)
            found.broken += _content(left) != one.content  # what is left is the same leaf
        except EvidenceRejected:
            found.broken += 1
