"""Whether an evidence pack holds: every member as it was signed, every fact under the signed root. No I/O, no clock.

What it says is checked in this order, and the first that does not hold is named: that the members are those of the
manifest; that the manifest was signed by the pack's key, and this is the one trusted; that the checkpoint was; that
every fact's opened fields lead to its root; and the same for the checkpoints that time tokens were made over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import TypeVar

from tracer.domain.errors import EvidenceRejected
from tracer.domain.evidence import members as names
from tracer.domain.evidence.log_key import LogKeys, is_trusted, read_log_keys
from tracer.domain.evidence.manifest import MANIFEST, MANIFEST_LIMIT, Manifest, listed, read_manifest
from tracer.domain.evidence.opened_fact import OpenedFact, read_fact
from tracer.domain.evidence.verdict import ProvenTime, TimeStamp, Verdict, VerifiedFact
from tracer.domain.ledger.checkpoint import Checkpoint, read_checkpoint, read_proof, verified_checkpoint
from tracer.domain.ledger.merkle import leaf_hash, root_from_inclusion
from tracer.domain.ledger.note import Note, read_note

T = TypeVar("T")
Members = Mapping[str, bytes]
TokenReader = Callable[[bytes, bytes], ProvenTime]
"""What a raw RFC 3161 token proves of a SHA-256 digest; raises EvidenceRejected where it proves nothing of it."""


def verify_pack(pack: Members, trusted: str = "", read_token: TokenReader | None = None) -> Verdict:
    """What a pack, by the names of its members, proves; raises EvidenceRejected, which names the member.

    `trusted` is the fingerprint or the verifier key that the reader got elsewhere; without it the origin is not
    proven. Without `read_token` time tokens are only held to the checkpoint whose digest they must contain.
    Raises InvalidValue for a `trusted` that is neither.
    """
    manifest, note = _read_manifest(pack)
    _compare_members(pack, manifest)
    keys = _of(names.LOG_KEY, lambda: read_log_keys(_text(pack, names.LOG_KEY)))
    _of(MANIFEST, lambda: note.verify(keys.first))
    if trusted and not is_trusted(keys.first, trusted):
        raise EvidenceRejected(
            f"{MANIFEST}: the pack was signed by another key than the one you trust. Its key has the fingerprint "
            f"{keys.first.fingerprint}"
        )
    checkpoint = _of(names.CHECKPOINT, lambda: verified_checkpoint(_text(pack, names.CHECKPOINT), keys.first))
    stamped = dict(_time_stamps(pack, keys, read_token))
    facts = [_verified_fact(pack, name, checkpoint, stamped) for name in sorted(filter(names.FACT.fullmatch, pack))]
    _check_whole(pack, manifest, facts, stamped)
    return Verdict(
        subject=manifest.subject,
        made_at=manifest.made_at,
        key=keys.first,
        origin_proven=bool(trusted),
        checkpoint=checkpoint,
        facts=facts,
        stamps=[stamp for _, stamps in stamped.values() for stamp in stamps],
    )


def _read_manifest(pack: Members) -> tuple[Manifest, Note]:
    if MANIFEST not in pack:
        raise EvidenceRejected(f"{MANIFEST} is missing: this is no evidence pack, or a part of one")
    note = _of(MANIFEST, lambda: read_note(_text(pack, MANIFEST), MANIFEST_LIMIT))
    return read_manifest(note.text), note


def _compare_members(pack: Members, manifest: Manifest) -> None:
    for name in manifest.members:
        if name not in pack:
            raise EvidenceRejected(f"{name} is missing: {MANIFEST} names it")
    for name, content in pack.items():
        if name == MANIFEST:
            continue
        if name not in manifest.members:
            raise EvidenceRejected(f"{name} does not belong in the pack: {MANIFEST} does not name it")
        if listed(content) != manifest.members[name]:
            expected = manifest.members[name]
            raise EvidenceRejected(
                f"{name} was changed: expected {expected.size} bytes with the SHA-256 {expected.sha256}, got "
                f"{len(content)} bytes with {sha256(content).hexdigest()}"
            )


def _time_stamps(
    pack: Members, keys: LogKeys, read_token: TokenReader | None
) -> Iterator[tuple[str, tuple[str, list[TimeStamp]]]]:
    """(note, (number, tokens)) of each checkpoint that tokens were made over."""
    for name in sorted(pack):
        found = names.TIME_CHECKPOINT.fullmatch(name)
        if found is None:
            continue
        note = _text(pack, name)
        checkpoint = _of(name, partial(_earlier_checkpoint, note, keys))
        tokens = [one for one in sorted(pack) if (of := names.TOKEN.fullmatch(one)) and of[1] == found[1]]
        if not tokens:
            raise EvidenceRejected(f"{name}: no time token is there for this checkpoint")
        digest = sha256(note.encode()).digest()
        stamps = [TimeStamp(one, checkpoint, _read_token(pack, one, digest, read_token)) for one in tokens]
        yield note, (found[1], stamps)


def _earlier_checkpoint(note: str, keys: LogKeys) -> Checkpoint:
    origin = read_checkpoint(note)[0].origin
    key = keys.named(origin)
    if key is None:
        raise EvidenceRejected(f"a checkpoint of {origin}, which {names.LOG_KEY} does not know")
    return verified_checkpoint(note, key)


def _read_token(pack: Members, name: str, digest: bytes, read_token: TokenReader | None) -> ProvenTime | None:
    if digest not in pack[name]:
        raise EvidenceRejected(f"{name}: this time token is not one over its checkpoint")
    return _of(name, lambda: read_token(pack[name], digest)) if read_token is not None else None


def _verified_fact(
    pack: Members, name: str, checkpoint: Checkpoint, stamped: Mapping[str, tuple[str, list[TimeStamp]]]
) -> VerifiedFact:
    number = name.removeprefix("facts/").removesuffix(".json")
    fact: OpenedFact = _of(name, lambda: read_fact(pack[name]))
    leaf = leaf_hash(_of(name, lambda: fact.record.content()))
    proof_name, time_name = names.PROOF.format(number), names.TIME_PROOF.format(number)
    if proof_name not in pack:
        raise EvidenceRejected(f"{proof_name} is missing: nothing proves {name}")
    proof = _of(proof_name, lambda: read_proof(_text(pack, proof_name)))
    if proof.checkpoint != _text(pack, names.CHECKPOINT):
        raise EvidenceRejected(f"{proof_name}: a proof under another checkpoint than the pack's")
    _lead_to_root(leaf, proof.index, proof.path, checkpoint, name, proof_name)
    if time_name not in pack:
        return VerifiedFact(name, proof.index, fact)
    early = _of(time_name, lambda: read_proof(_text(pack, time_name)))
    if early.checkpoint not in stamped or early.index != proof.index:
        raise EvidenceRejected(f"{time_name}: no proof for {name} under a checkpoint with a time token")
    stamps = stamped[early.checkpoint][1]
    _lead_to_root(leaf, early.index, early.path, stamps[0].checkpoint, name, time_name)
    return VerifiedFact(name, proof.index, fact, stamps)


def _lead_to_root(
    leaf: bytes, index: int, path: Sequence[bytes], checkpoint: Checkpoint, name: str, proof_name: str
) -> None:
    found = _of(proof_name, lambda: root_from_inclusion(leaf, index, checkpoint.size, path))
    if found != checkpoint.root:
        raise EvidenceRejected(f"{name}: with {proof_name} it does not lead to the signed root: one of them is false")


def _check_whole(
    pack: Members,
    manifest: Manifest,
    facts: Sequence[VerifiedFact],
    stamped: Mapping[str, tuple[str, list[TimeStamp]]],
) -> None:
    """Nothing in it but what was verified, and it is about what it says."""
    numbers = [one.member.removeprefix("facts/").removesuffix(".json") for one in facts]
    known = {MANIFEST, *names.ALWAYS, *(one.member for one in facts)}
    known |= {form.format(number) for number in numbers for form in (names.PROOF, names.TIME_PROOF)}
    for number, stamps in stamped.values():
        known |= {f"time/{number}.checkpoint", *(stamp.member for stamp in stamps)}
    for name in sorted(pack):
        if name not in known:
            raise EvidenceRejected(f"{name} does not belong in an evidence pack")
    for name in names.ALWAYS:
        if name not in pack:
            raise EvidenceRejected(f"{name} is missing")
    places: dict[int, str] = {}
    for one in facts:
        if one.index in places:
            raise EvidenceRejected(f"{one.member} is the same fact as {places[one.index]}")
        places[one.index] = one.member
    if all(one.fact.subject_id != manifest.subject.subject_id for one in facts):
        raise EvidenceRejected(f"{MANIFEST}: the pack is said to be about {manifest.subject}, and no fact in it is")


def _text(pack: Members, name: str) -> str:
    try:
        return pack[name].decode("utf-8")
    except KeyError:
        raise EvidenceRejected(f"{name} is missing") from None
    except UnicodeDecodeError:
        raise EvidenceRejected(f"{name}: expected text in UTF-8") from None


def _of(name: str, read: Callable[[], T]) -> T:
    """What is read of a member; a refusal names it."""
    try:
        return read()
    except EvidenceRejected as error:
        raise EvidenceRejected(f"{name}: {error}") from None
