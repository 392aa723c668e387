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
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = GrowingTree()
    assert (tree.size, tree.root(), root_hash(Stored(0), 0)) == (0, EMPTY_ROOT, EMPTY_ROOT)
    for size, (text, root) in enumerate(zip(inputs, roots, strict=True), start=1):
        tree.append(leaf_hash(bytes.fromhex(text)))
        assert (tree.size, tree.root().hex()) == (size, root)


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
    with pytest.raises(EvidenceRejected, match=r"^the inclusion proof is shorter than its tree is high$"):
        root_from_inclusion(LEAVES[1], 1, size, proof[:-1])
    with pytest.raises(EvidenceRejected, match=r"^the inclusion proof is longer than its tree is high$"):
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


@pytest.mark.parametrize(("size", "level"), [(5, 0), (256, 8), (257, 0), (65_536 + 512, 8)])
def test_what_a_tree_lacks_is_named_by_its_level(size, level):
    def one_less(of):
        held = (size >> of) % (1 << STRIDE)
        return [bytes(32)] * (held - (of == level))

    with pytest.raises(EvidenceRejected) as caught:
        GrowingTree(size=size, open_hashes=one_less)
    assert str(caught.value) == f"the tree of {size} leaves lacks stored hashes of level {level}"


class Uniform:
    """A tree all of whose leaves are the same, however many: the hash of a complete subtree is one of each level."""

    def __init__(self):
        self.asked = []

    def at(self, level, index):
        self.asked.append((level, index))
        return self.of(1 << level)

    def of(self, size):
        if size == 1:
            return LEAVES[0]
        left = 1 << (size - 1).bit_length() - 1
        whole = self._of(left)
        return node_hash(whole, whole if size == 2 * left else self._of(size - left))

    @cache  # noqa: B019
    def _of(self, size):
        return self.of(size)


def test_subtrees_of_more_than_one_stride_are_noted_and_read():
    stored, noted = Uniform(), {}
    tree = GrowingTree(lambda level, index, hashed: noted.update({(level, index): hashed}))
    size = 65_536 + 512 + 3
    for _ in range(size):
        tree.append(LEAVES[0])
    assert noted == {(16, 0): stored.of(65_536)} | {(8, index): stored.of(256) for index in range(258)}
    assert tree.root() == root_hash(stored, size) == stored.of(size)
    assert stored.asked == [(16, 0), (8, 256), (8, 257), (0, size - 3), (0, size - 2), (0, size - 1)]


def test_a_proof_in_a_large_tree_reads_some_hundred_hashes():
    stored, size = Uniform(), (1 << 20) + 77
    for index in (0, 70_000, size - 1):
        stored.asked.clear()
        proof = inclusion_proof(stored, index, size)
        assert root_from_inclusion(LEAVES[0], index, size, proof) == stored.of(size)
        assert len(stored.asked) < 1000
    proof = consistency_proof(stored, 70_000, size)
    assert is_consistent(70_000, stored.of(70_000), size, stored.of(size), proof)


def test_what_no_tree_has_cannot_be_proved():
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(ValueError, match=rf"^no leaf {index} in a tree of {size}$"):
            inclusion_proof(Stored(size), index, size)
    assert inclusion_proof(Stored(1), 0, 1) == []
    for old, new in ((0, 3), (4, 3), (-1, 3)):
        with pytest.raises(ValueError, match=rf"^no tree of {new} continues one of {old}$"):
            consistency_proof(Stored(new), old, new)
    assert consistency_proof(Stored(3), 3, 3) == []


def test_nothing_is_continued_by_everything_and_nothing_by_what_is_smaller():
    one, two = plainly(0, 1), plainly(0, 2)
    assert is_consistent(0, EMPTY_ROOT, 2, two, [])
    assert is_consistent(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    assert not is_consistent(0, EMPTY_ROOT, 2, two, [LEAVES[1]])
    assert not is_consistent(0, one, 2, two, [])
    assert is_consistent(2, two, 2, two, [])
    assert not is_consistent(2, two, 2, one, [])
    assert not is_consistent(2, two, 2, two, [LEAVES[0]])
    assert not is_consistent(1, one, 2, two, [])
    assert not is_consistent(1, one, 2, one, [])
    assert not is_consistent(3, plainly(0, 3), 4, plainly(0, 4), [])
    assert not is_consistent(3, one, 2, node_hash(one, two), [one, two]), "the larger one is not the older"
    assert is_consistent(1, one, 2, two, [LEAVES[1]])
    assert not is_consistent(2, two, 1, one, [LEAVES[1]])
    for old, new, proof in (
        (bytes(31), two, [LEAVES[1]]),
        (one, bytes(33), [LEAVES[1]]),
        (one, two, [LEAVES[1], b""]),
    ):
        with pytest.raises(EvidenceRejected, match=r"^expected hashes of 32 bytes, got one of \d+$"):
            is_consistent(1, old, 2, new, proof)


def test_a_place_outside_the_tree_is_refused():
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        said = f"the proof says leaf {index} of a tree of {size} leaves: there is no such leaf"
        with pytest.raises(EvidenceRejected, match=f"^{said}$"):
            root_from_inclusion(LEAVES[0], index, size, [])
    with pytest.raises(EvidenceRejected, match="got one of 31"):
        root_from_inclusion(LEAVES[0][:31], 0, 1, [])
