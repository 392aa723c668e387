"""Look at everything again: facts, leaves, tree, checkpoints, time tokens, and rows against their facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tracer.domain.access_records import key_record, user_record
from tracer.domain.errors import EvidenceRejected, LedgerForked, TimeTokenRejected, TracerError
from tracer.domain.ledger.checkpoint import Checkpoint, verified_checkpoint
from tracer.domain.ledger.merkle import GrowingTree
from tracer.domain.ledger.replay import Replay, leg_number
from tracer.domain.records import (
    call_record,
    canary_record,
    channel_record,
    exposure_record,
    number_record,
    order_record,
    standing,
)
from tracer.services.ledger.seal_ledger import kept_checkpoint
from tracer.storage.audit import AuditedLeaf
from tracer.storage.ledger import Log, SignedCheckpoint, StoredToken
from tracer.storage.ledger_head import LedgerHead
from tracer.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from tracer.domain.ledger.time_token import TimeToken

MOST_PROBLEMS = 20
TOLD_EVERY = 2_000
VerifyToken = Callable[[bytes, bytes], "TimeToken"]
"""(raw token, SHA-256 of the note) → what it proves; raises TimeTokenRejected."""


@dataclass(slots=True)
class LedgerAudit:
    """What an audit found. `problems`, at most twenty, the first record that does not fit first; none: all is well."""

    size: int = 0
    waiting: int = 0
    older: int = 0
    """Facts that were sealed only when the ledger began."""
    erased: int = 0
    checkpoints: int = 0
    tokens: int = 0
    untrusted: int = 0
    """Time tokens that are intact, of an authority for which no root is configured."""
    outside: bool = False
    """Whether a checkpoint kept outside the database was there to compare with."""
    rows: int = 0
    logs: list[Log] = field(default_factory=list)
    newest: SignedCheckpoint | None = None
    stamped_until: datetime | None = None
    problems: list[str] = field(default_factory=list)
    found: int = 0
    """How many problems there are, more than are listed perhaps."""

    def say(self, problem: str) -> None:
        """Note a problem."""
        self.found += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def audit_ledger(
    work: UnitOfWork,
    head: LedgerHead,
    verify_token: VerifyToken,
    progress: Callable[[float], None] = lambda share: None,
) -> LedgerAudit:
    """Audit the whole registry on one state of it.

    `head` knows outside the database what was signed, and was read before the state (`LedgerHead.now`). `progress`
    hears the share done, from 0 to 1.
    """
    audit = LedgerAudit(logs=work.ledger.logs(), newest=work.ledger.latest_checkpoint())
    counts = work.listings.counts()
    rows = counts.channels + counts.numbers + sum(counts.canaries.values()) + counts.orders + counts.calls
    done = _Count(progress, work.ledger.size() + work.ledger.pending() + rows)
    checkpoints: dict[int, list[Checkpoint]] = defaultdict(list)
    replay = Replay()
    with _readable(audit, "checkpoints"):
        for name in work.audit.foreign_logs():
            audit.say(f"the log {name} does not hold the key that it names: it was put in behind the program's back")
        _read_checkpoints(work, audit, checkpoints, verify_token)
        _add_kept(work, audit, head, checkpoints)
    with _readable(audit, "facts"):
        _audit_leaves(work, audit, checkpoints, replay, done)
        _audit_rows(work, audit, replay, done)
    return audit


@contextmanager
def _readable(audit: LedgerAudit, what: str) -> Iterator[None]:
    """Whatever a changed database makes of our reading: the audit says so and does not break."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # whatever damage does; it is told
        if isinstance(error, TracerError):
            audit.say(f"the {what} cannot be read any further ({error}): the database was changed or damaged")
        else:
            reason = f"{type(error).__name__}: {error}"
            audit.say(f"the {what} cannot be read any further ({reason}): damage, or a fault of this program")


def audit_record(audit: LedgerAudit) -> dict[str, Any]:
    """An audit as JSON."""
    log = audit.logs[-1]
    return {
        "holds": not audit.found,
        "size": audit.size,
        "waiting": audit.waiting,
        "sealed_at_migration": audit.older,
        "erased": audit.erased,
        "rows": audit.rows,
        "checkpoints": audit.checkpoints,
        "compared_outside": audit.outside,
        "time_tokens": audit.tokens,
        "time_tokens_of_unknown_authorities": audit.untrusted,
        "stamped_until": audit.stamped_until.isoformat() if audit.stamped_until else None,
        "key": log.key.text(),
        "fingerprint": log.key.fingerprint,
        "logs": [
            {"origin": one.key.name, "begun_at": one.begun_at.isoformat(), "begun_size": one.begun_size}
            for one in audit.logs
        ],
        "problems_found": audit.found,
        "problems": audit.problems,
    }


def _read_checkpoints(
    work: UnitOfWork, audit: LedgerAudit, found: dict[int, list[Checkpoint]], verify_token: VerifyToken
) -> None:
    """Find the checkpoints whose signatures hold, by size; their tokens are looked at too."""
    keys = {log.epoch: log.key for log in audit.logs}
    for signed in work.ledger.checkpoints():
        audit.checkpoints += 1
        try:
            checkpoint = verified_checkpoint(signed.note, keys[signed.epoch])
            if checkpoint.size != signed.size:
                raise EvidenceRejected(f"it is over {checkpoint.size:,} facts")
        except (EvidenceRejected, KeyError) as error:
            audit.say(f"checkpoint {signed.size:,} of log {signed.epoch} does not hold: {error}")
            continue
        found[checkpoint.size].append(checkpoint)
        for token in work.ledger.tokens(signed.epoch, signed.size):
            _audit_token(audit, signed, token, verify_token)


def _add_kept(work: UnitOfWork, audit: LedgerAudit, head: LedgerHead, checkpoints: dict[int, list[Checkpoint]]) -> None:
    """What is known outside the database is a checkpoint like the others."""
    try:
        kept = kept_checkpoint(work, head)
    except LedgerForked as error:
        audit.say(str(error))
        return
    audit.outside = kept is not None
    if kept is not None and kept not in checkpoints[kept.size]:
        checkpoints[kept.size].append(kept)


def _audit_token(audit: LedgerAudit, signed: SignedCheckpoint, token: StoredToken, verify_token: VerifyToken) -> None:
    audit.tokens += 1
    try:
        proven = verify_token(token.token, sha256(signed.note.encode()).digest())
        if proven.time != token.stamped_at:
            raise EvidenceRejected(f"it proves {proven.time}, and {token.stamped_at} is written here")
    except (EvidenceRejected, TimeTokenRejected) as error:
        audit.say(f"the time token of {token.authority} over checkpoint {signed.size:,} does not hold: {error}")
    else:
        audit.untrusted += not proven.trusted
        if proven.trusted:
            audit.stamped_until = max(proven.time, audit.stamped_until or proven.time)


def _audit_leaves(
    work: UnitOfWork, audit: LedgerAudit, checkpoints: dict[int, list[Checkpoint]], replay: Replay, done: _Count
) -> None:
    """Each leaf against its fact, each root against what was signed, each stored node."""
    nodes: dict[tuple[int, int], bytes] = {}
    tree, whole = GrowingTree(lambda level, index, hashed: nodes.update({(level, index): hashed})), True
    for leaf in work.audit.leaves():
        done.one()
        if leaf.place is None:
            audit.waiting += 1
        elif whole and leaf.place == tree.size:
            tree.append(leaf.sealed)
            _check_roots(audit, tree, checkpoints.get(tree.size, ()))
        elif whole:
            whole = False
            audit.say(f"leaf {tree.size:,} is missing: the next one that is there is {leaf.place:,}")
        read = leaf.read
        if read.found != leaf.sealed:
            audit.say(f"{_named(leaf)}: {read.fault or 'the fact was changed since it was sealed'}")
            continue
        audit.erased += read.erased
        audit.older += read.older
        replay.hear(leaf.event, leaf.subject_id, read.payload, erased=read.erased)
    audit.size = tree.size
    if whole:
        _check_nodes(work, audit, nodes)
        for signed in sorted(known for known in checkpoints if known > tree.size):
            audit.say(
                f"{signed:,} facts were signed, and {tree.size:,} are here: the database was set back to an older state"
            )
    for position, event, subject in work.audit.unsealed():
        audit.say(
            f"{event} of {subject} (journal {position:,}) was never sealed: it was put in behind the program's back"
        )


def _check_nodes(work: UnitOfWork, audit: LedgerAudit, nodes: dict[tuple[int, int], bytes]) -> None:
    for level, index, hashed in work.audit.nodes():
        if nodes.pop((level, index), None) != hashed:
            audit.say(f"the stored hash {index:,} of level {level} is not that of its leaves")
    for level, index in nodes:
        audit.say(f"the stored hash {index:,} of level {level} is missing")


def _check_roots(audit: LedgerAudit, tree: GrowingTree, checkpoints: Sequence[Checkpoint]) -> None:
    for checkpoint in checkpoints:
        if checkpoint.root != tree.root():
            audit.say(
                f"the first {tree.size:,} leaves are not those that {checkpoint.origin} signed: one of them was "
                "changed, put in or taken out since"
            )


def _audit_rows(work: UnitOfWork, audit: LedgerAudit, replay: Replay, done: _Count) -> None:
    """Every row of the registry against what its facts say."""
    legs: dict[str, int] = defaultdict(int)
    for exposure in work.exposures.all():
        legs[exposure.order_id] += leg_number(exposure_record(exposure))
    for noun, subject_id, record in _rows(work):
        done.one()
        audit.rows += 1
        problem = replay.differs(noun, subject_id, record, legs.pop(subject_id, 0) if noun == "order" else 0)
        if problem:
            audit.say(f"{noun} {subject_id}: {problem}. The row was changed behind the program's back")
    for noun, subject_id in replay.left():
        audit.say(f"{noun} {subject_id}: facts tell of it, and its row is gone")
    for index in work.audit.stray_indexes():
        audit.say(f"{index} is not the index of its row, which was changed behind the program's back")


def _rows(work: UnitOfWork) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    for channel in work.channels.all():
        yield "channel", channel.channel_id, channel_record(channel)
    for stored in work.numbers.all():
        yield "number", stored.number_id, number_record(stored.owned)
    for canary in work.canaries.all():
        yield "canary", canary.canary_id, canary_record(canary)
    for order in work.orders.all():
        yield "order", order.order_id, order_record(order)
    for user in work.users.all():
        yield "user", user.user_id, user_record(user)
    for key in work.api_keys.all():
        yield "key", key.key_id, key_record(key)
    for call in work.calls.all():
        yield "call", call.call_id, {**call_record(call), **standing(call)}
    for delivery_id, told in work.deliveries.heads():
        yield "message", delivery_id, told


def _named(leaf: AuditedLeaf) -> str:
    place = "a leaf that waits" if leaf.place is None else f"leaf {leaf.place:,}"
    about = f"{leaf.event} of {leaf.subject_id}, " if leaf.event else ""
    return f"{place} ({about}fact {leaf.entry_id})"


class _Count:
    """Tells the share done now and then."""

    def __init__(self, progress: Callable[[float], None], total: int) -> None:
        self._progress, self._total, self._done = progress, max(total, 1), 0

    def one(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done % TOLD_EVERY == 0:
            self._progress(min(1.0, self._done / self._total))
