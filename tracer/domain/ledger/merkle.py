"""The Merkle tree of RFC 6962: roots, inclusion and consistency proofs, and their verification (RFC 9162, 2.1).

Leaf and node hashes are kept apart by a first byte, so that no node passes for a leaf. A tree is read through
`TreeHashes`, which knows leaf hashes and the hashes of complete subtrees of 256, 65,536 … leaves: a proof at a
million leaves reads some hundred hashes and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Protocol

from tracer.domain.errors import EvidenceRejected

HASH_BYTES = 32
STRIDE = 8
"""Levels between stored hashes: of complete subtrees of 2**8, 2**16 … leaves."""
WIDTH = 1 << STRIDE
EMPTY_ROOT = sha256().digest()


class TreeHashes(Protocol):
    """Where stored hashes come from."""

    def at(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves that begins at leaf index * 2**level.

        `level` is a multiple of STRIDE, 0 for a leaf.
        """


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root_hash(hashes: TreeHashes, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _subtree(hashes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(hashes: TreeHashes, index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the tree of the first `size` leaves, from its sibling up (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return _path(hashes, index, 0, size)


def consistency_proof(hashes: TreeHashes, old: int, new: int) -> list[bytes]:
    """That the tree of the first `new` leaves continues that of the first `old` (RFC 6962, 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"no tree of {new} continues one of {old}")
    return _subproof(hashes, old, 0, new, whole=True)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2).

    Raises EvidenceRejected for a path of the wrong length or with hashes of the wrong length.
    """
    _check_lengths([leaf, *proof])
    if not 0 <= index < size:
        raise EvidenceRejected(f"the proof says leaf {index} of a tree of {size} leaves: there is no such leaf")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise EvidenceRejected("the inclusion proof is longer than its tree is high")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise EvidenceRejected("the inclusion proof is shorter than its tree is high")
    return found


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the second tree continues the first (RFC 9162, 2.1.4.2)."""
    _check_lengths([old_root, new_root, *proof])
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    if old == new:
        return old_root == new_root and not proof
    if old > new or not proof:
        return False
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for hashed in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(hashed, was), node_hash(hashed, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, hashed)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


class GrowingTree:
    """A tree that leaves are appended to, in memory that does not grow.

    `completed(level, index, hash)` hears of each complete subtree whose hash is to be stored.
    `open_hashes(level)` gives the stored hashes of a level that no complete subtree above covers, in order:
    with them a tree of `size` leaves is taken up again.
    """

    def __init__(
        self,
        completed: Callable[[int, int, bytes], None] = lambda _level, _index, _hash: None,
        size: int = 0,
        open_hashes: Callable[[int], Sequence[bytes]] = lambda _level: (),
    ) -> None:
        self.size = size
        self._completed = completed
        self._open: list[list[bytes]] = []
        level = 0
        while size >> level:
            self._open.append(list(open_hashes(level)))
            if len(self._open[-1]) != (size >> level) % WIDTH:
                raise EvidenceRejected(f"the tree of {size} leaves lacks stored hashes of level {level}")
            level += STRIDE

    def append(self, leaf: bytes) -> None:
        """Add a leaf, by its hash."""
        self.size += 1
        level, hashed = 0, leaf
        while True:
            if level == len(self._open):
                self._open.append([])
            row = self._open[level]
            row.append(hashed)
            if len(row) < WIDTH:
                return
            hashed = _complete(row)
            row.clear()
            level += 1
            self._completed(level * STRIDE, (self.size >> (level * STRIDE)) - 1, hashed)

    def root(self) -> bytes:
        """The root of what is there."""
        found: bytes | None = None
        for row in self._open:
            end = len(row)
            while end:
                size = end & -end
                peak = _complete(row[end - size : end])
                found = peak if found is None else node_hash(peak, found)
                end -= size
        return EMPTY_ROOT if found is None else found


def _complete(hashes: Sequence[bytes]) -> bytes:
    """The root over 2**n hashes of one level."""
    row = hashes
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(hashes: TreeHashes, start: int, size: int) -> bytes:
    level = size.bit_length() - 1
    if size == 1 << level and level % STRIDE == 0:
        return hashes.at(level, start >> level)
    left = _split(size)
    return node_hash(_subtree(hashes, start, left), _subtree(hashes, start + left, size - left))


def _path(hashes: TreeHashes, index: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if index < left:
        return [*_path(hashes, index, start, left), _subtree(hashes, start + left, size - left)]
    return [*_path(hashes, index - left, start + left, size - left), _subtree(hashes, start, left)]


def _subproof(hashes: TreeHashes, old: int, start: int, size: int, *, whole: bool) -> list[bytes]:
    if old == size:
        return [] if whole else [_subtree(hashes, start, size)]
    left = _split(size)
    if old <= left:
        rest = _subtree(hashes, start + left, size - left)
        return [*_subproof(hashes, old, start, left, whole=whole), rest]
    before = _subtree(hashes, start, left)
    return [*_subproof(hashes, old - left, start + left, size - left, whole=False), before]


def _check_lengths(hashes: Sequence[bytes]) -> None:
    for hashed in hashes:
        if len(hashed) != HASH_BYTES:
            raise EvidenceRejected(f"expected hashes of {HASH_BYTES} bytes, got one of {len(hashed)}")
