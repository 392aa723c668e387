"""Evidence packs, mutated: every one must be refused, or hold the same files byte for byte.

Half of them are changed in the bytes of the zip; half are taken apart, changed and packed again as somebody would
who knows the format, with checksums and lists made to fit as far as that goes without the key.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from tests.factories.packs import OURS, THEIRS, key_of, ledger, pack_members, signed
from tracer.documents.evidence.pack_zip import read_pack, write_pack
from tracer.domain.errors import EvidenceRejected
from tracer.domain.evidence.log_key import LogKeys
from tracer.domain.evidence.manifest import MANIFEST, listed
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verify_pack import verify_pack

Members = dict[str, bytes]


@dataclass(frozen=True)
class PackFindings:
    """How many mutated packs were refused, held the same content, or passed though they did not."""

    refused: int
    same: int
    false_accepts: int
    unnamed: int  # refused without a word on what does not hold
    kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        return not (self.false_accepts or self.unnamed)

    def __str__(self) -> str:
        return (
            f"{self.refused:,} refused, {self.same:,} held the same files byte for byte, "
            f"{self.false_accepts} false accepts"
        )


def mutate_packs(rounds: int, rng: np.random.Generator) -> Iterator[PackFindings]:
    """One finding, at the end."""
    original = pack_members()
    other = pack_members(shown=(2,), subject=Subject(SubjectKind.CANARY, "k-2"), early=0)
    whole, trusted = write_pack(original), key_of(OURS).fingerprint
    refused = same = accepted = unnamed = 0
    kinds: Counter[str] = Counter()
    for _ in range(rounds):
        if rng.random() < 0.5:
            name, mutant = _pick(rng, BYTES)
            changed = mutant(rng, whole)
        else:
            name, change = _pick(rng, MEMBERS)
            changed = _packed(rng, change(rng, dict(original), other))
        kinds[name] += 1
        if changed == whole:
            same += 1
            continue
        try:
            found = read_pack(changed)
            if verify_pack(found).key.fingerprint != trusted:  # intact, and not what the reader trusts
                verify_pack(found, trusted)
        except EvidenceRejected as error:
            refused += 1
            unnamed += not str(error)
            continue
        if found == original:
            same += 1
        else:
            accepted += 1
    yield PackFindings(refused, same, accepted, unnamed, kinds)


def _pick(rng, table):
    name = list(table)[int(rng.integers(len(table)))]
    return name, table[name]


def _span(rng: np.random.Generator, whole: bytes, most: int = 40) -> tuple[int, int]:
    begin = int(rng.integers(len(whole)))
    return begin, min(len(whole), begin + 1 + int(rng.integers(most)))


def flip(rng, whole):
    at, bit = int(rng.integers(len(whole))), 1 << int(rng.integers(8))
    return whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]


def flip_in_the_list(rng, whole):
    """In the last part of the zip, where it says what is in it."""
    start = int.from_bytes(whole[-6:-2], "little")
    return whole[:start] + flip(rng, whole[start:])


def flip_in_a_head(rng, whole):
    """In what stands before a file."""
    heads = [at for at in range(len(whole)) if whole.startswith(b"PK\x03\x04", at)]
    at = heads[int(rng.integers(len(heads)))]
    return whole[:at] + flip(rng, whole[at : at + 30]) + whole[at + 30 :]


def overwrite(rng, whole):
    begin, end = _span(rng, whole)
    return whole[:begin] + rng.bytes(end - begin) + whole[end:]


def insert(rng, whole):
    at = int(rng.integers(len(whole) + 1))
    return whole[:at] + rng.bytes(1 + int(rng.integers(8))) + whole[at:]


def delete(rng, whole):
    begin, end = _span(rng, whole)
    return whole[:begin] + whole[end:]


def truncate(rng, whole):
    return whole[: int(rng.integers(len(whole)))]


def append(rng, whole):
    return whole + rng.bytes(1 + int(rng.integers(40)))


def prepend(rng, whole):
    return rng.bytes(1 + int(rng.integers(40))) + whole


def repeat(rng, whole):
    begin, end = _span(rng, whole, 400)
    return whole[:end] + whole[begin:end] + whole[end:]


def exchange(rng, whole):
    (a, b), (c, d) = sorted([_span(rng, whole), _span(rng, whole)])
    return whole[:a] + whole[c:d] + whole[min(b, c) : c] + whole[a : min(b, c)] + whole[d:]


def twice(_rng, whole):
    return whole + whole


BYTES: Mapping[str, Callable[..., bytes]] = {
    one.__name__: one
    for one in (
        *(flip, flip_in_the_list, flip_in_a_head, overwrite, insert, delete, truncate, append, prepend),
        *(repeat, exchange, twice),
    )
}


def _name(rng, members: Members) -> str:
    return sorted(members)[int(rng.integers(len(members)))]


def unchanged(_rng, members, _other):
    return members


def drop(rng, members, _other):
    del members[_name(rng, members)]
    return members


def add(rng, members, _other):
    names = [
        "notes.txt",
        "facts/0009.json",
        "facts/0001.json.bak",
        "time/0002.checkpoint",
        "time/0001.2.tsr",
        "A",
        "a/b",
    ]
    members[names[int(rng.integers(len(names)))]] = rng.bytes(int(rng.integers(50)))
    return members


def edit(rng, members, _other):
    name = _name(rng, members)
    members[name] = flip(rng, members[name])
    return members


def edit_and_list(rng, members, _other):
    """With the manifest's line made to fit; its signature cannot be."""
    name = _name(rng, {one: content for one, content in members.items() if one != MANIFEST})
    before = listed(members[name])
    members[name] = flip(rng, members[name])
    after = listed(members[name])
    members[MANIFEST] = members[MANIFEST].replace(before.sha256.encode(), after.sha256.encode())
    return members


def rename(rng, members, _other):
    name = _name(rng, members)
    members[name.replace("1", "7") if "1" in name else f"{name}x"] = members.pop(name)
    return members


def trade(rng, members, _other):
    a, b = _name(rng, members), _name(rng, members)
    members[a], members[b] = members[b], members[a]
    return members


def graft(rng, members, other):
    """A member of another pack of the same registry, which the same key signed."""
    name = _name(rng, other)
    members[name] = other[name]
    return members


def other_manifest(_rng, members, other):
    return {**other, **{name: content for name, content in members.items() if name not in other}}


def another_value(rng, members, _other):
    """A field that says something else, told in both places, under the old proof; signed by somebody else."""
    name = ["facts/0002.json", "facts/0003.json", "facts/0004.json"][int(rng.integers(3))]
    members[name] = members[name].replace(b"k-1", f"k-{int(rng.integers(2, 9))}".encode())
    return _resigned(rng, members)


def close_a_field(rng, members, _other):
    """A field is hidden whose digest stays: the leaf holds, the list does not."""
    fact = json.loads(members["facts/0002.json"])
    place = int(rng.integers(len(fact["disclosures"])))
    del fact["disclosures"][place]
    members["facts/0002.json"] = json.dumps(fact, ensure_ascii=False, indent=1).encode() + b"\n"
    return _resigned(rng, members)


def sign_by_another(rng, members, _other):
    return _resigned(rng, members)


def forge_everything(_rng, _members, _other):
    """A whole ledger of one's own with one's own key: intact, but not what the reader trusts."""
    return pack_members(private=THEIRS, records=ledger())


def _resigned(rng, members: Members) -> Members:
    """The manifest signed with another key, which the pack then shows or not."""
    if rng.random() < 0.5:
        members["log-key.txt"] = LogKeys([key_of(THEIRS)]).text().encode()
    return signed(members, private=THEIRS)


MEMBERS: Mapping[str, Callable[..., Members]] = {
    one.__name__: one
    for one in (
        *(unchanged, drop, add, edit, edit_and_list, rename, trade, graft, other_manifest, another_value),
        *(close_a_field, sign_by_another, forge_everything),
    )
}


def _packed(rng: np.random.Generator, members: Members) -> bytes:
    """Packed again in some way that zips allow."""
    file = io.BytesIO()
    method = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED][int(rng.integers(2))]
    names = sorted(members)
    if rng.random() < 0.3:
        rng.shuffle(names)
    with zipfile.ZipFile(file, "w", method) as pack:
        for name in names:
            pack.writestr(name, members[name])
        if rng.random() < 0.1:
            pack.comment = b"a comment"
        if rng.random() < 0.1:
            pack.writestr("facts/", b"")
    return file.getvalue()
