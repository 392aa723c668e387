"""The tree of RFC 6962: against its own definition, written plainly, and against everything that is not a proof."""

from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.merkle import (
    EMPTY_ROOT,
    STRIDE,
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    root_hash,
)

LEAVES = [leaf_hash(b"%d" % number) for number in range(700)]
SIZES = (1, 2, 3, 4, 5, 7, 8, 255, 256, 257, 511, 512, 513, 700)


@cache
def plainly(start, stop):
    """MTH of RFC 6962, 2.1, by the letter."""
    if stop - start == 1:
        return LEAVES[start]
    split = 1
    while split * 2 < stop - start:
        split *= 2
    return node_hash(plainly(start, start + split), plainly(start + split, stop))


class Stored:
    """What storage would hold of the first leaves: nothing but leaf hashes and complete subtrees."""

    def __init__(self, size):
        self.size = size

    def at(self, level, index):
        stop = (index + 1) << level
        assert level % STRIDE == 0
        assert stop <= self.size
        return plainly(index << level, stop)


def grown(size):
    tree = GrowingTree()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    return tree


def test_known_hashes():
    """Of RFC 6962's own test vectors, as certificate-transparency ships them."""
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = GrowingTree()
    for text in inputs:
        tree.append(leaf_hash(bytes.fromhex(text)))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", SIZES)
def test_the_growing_tree_and_the_stored_one_agree_with_the_definition(size):
    assert grown(size).root() == root_hash(Stored(size), size) == plainly(0, size)


@given(st.integers(1, 700), st.data())
def test_every_leaf_is_proved(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(Stored(size), index, size)
    assert root_from_inclusion(LEAVES[index], index, size, proof) == plainly(0, size)
    wrong = data.draw(st.integers(0, size - 1).filter(lambda other: other != index)) if size > 1 else None
    if wrong is not None:
        assert leads_elsewhere(LEAVES[index], wrong, size, proof)


def leads_elsewhere(leaf, index, size, proof):
    """Whether a proof is refused, or leads to another root, at another place than its own."""
    try:
        return root_from_inclusion(leaf, index, size, proof) != plainly(0, size)
    except EvidenceRejected:
        return True


@given(st.integers(1, 700), st.data())
def test_every_tree_continues_every_smaller_one(new, data):
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(Stored(new), old, new)
    roots = plainly(0, old), plainly(0, new)
    assert is_consistent(old, roots[0], new, roots[1], proof)
    for place in range(len(proof)):
        other = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not is_consistent(old, roots[0], new, roots[1], other)
    assert not is_consistent(old, bytes(32), new, roots[1], proof)
    assert not is_consistent(old, roots[0], new, bytes(32), proof)
    assert not is_consistent(old, roots[0], new, roots[1], [*proof, bytes(32)])


@pytest.mark.parametrize("size", [2, 255, 256, 700])
def test_a_shorter_or_longer_path_is_refused(size):
    proof = inclusion_proof(Stored(size), 1, size)
    with pytest.raises(EvidenceRejected, match="shorter than its tree"):
        root_from_inclusion(LEAVES[1], 1, size, proof[:-1])
    with pytest.raises(EvidenceRejected, match="longer than its tree"):
        root_from_inclusion(LEAVES[1], 1, size, [*proof, bytes(32)])
    with pytest.raises(EvidenceRejected, match="hashes of 32 bytes, got one of 31"):
        root_from_inclusion(LEAVES[1], 1, size, [proof[0][:-1], *proof[1:]])
    with pytest.raises(EvidenceRejected, match="there is no such leaf"):
        root_from_inclusion(LEAVES[1], size, size, proof)


def test_a_node_is_no_leaf():
    """The content of a leaf that is two hashes long must not pass for the node over them."""
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_is_taken_up_again_anywhere(seed):
    """As the sequencer does: what is stored suffices, and gives the same nodes."""
    rng, whole, pieces = Random(seed), {}, {}
    tree = GrowingTree(note_in(whole))
    for leaf in LEAVES:
        tree.append(leaf)
    size = 0
    while size < len(LEAVES):
        more = min(rng.choice([1, 7, 255, 256, 257]), len(LEAVES) - size)
        found = GrowingTree(
            lambda level, index, hashed: pieces.update({(level, index): hashed}),
            size,
            lambda level, n=size: rest(level, n),
        )
        for leaf in LEAVES[size : size + more]:
            found.append(leaf)
        size += more
    assert found.root() == tree.root()
    assert pieces == whole
    assert set(whole) == {(8, 0), (8, 1)}


def note_in(nodes):
    return lambda level, index, hashed: nodes.update({(level, index): hashed})


def rest(level, size):
    width = 1 << STRIDE
    count = size >> level
    return [plainly(n << level, (n + 1) << level) for n in range(count // width * width, count)]


def test_a_tree_that_lacks_hashes_is_not_taken_up():
    with pytest.raises(EvidenceRejected, match="lacks stored hashes of level 0"):
        GrowingTree(size=5, open_hashes=lambda level: LEAVES[:4])
