"""Signed notes, checkpoints and proofs: round trips, what other programs write, and everything that must not pass."""

import base64
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tracer.domain.errors import EvidenceRejected
from tracer.domain.ledger.checkpoint import (
    Checkpoint,
    Proof,
    read_checkpoint,
    read_proof,
    verified_checkpoint,
    verify_proof,
)
from tracer.domain.ledger.merkle import leaf_hash, node_hash
from tracer.domain.ledger.note import NOTE_LIMIT, NoteKey, read_key, read_note, sign_note

PRIVATE = bytes(range(32))
KEY = NoteKey("tracer/test", Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().public_bytes_raw())
OTHER = NoteKey("tracer/test", Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw())
LEAVES = leaf_hash(b"a"), leaf_hash(b"b")
CHECKPOINT = Checkpoint("tracer/test", 2, node_hash(*LEAVES))
NOTE = CHECKPOINT.sign(PRIVATE)
PROOF = Proof(1, (LEAVES[0],), NOTE)
# From the documentation of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_that_go_signed():
    key = read_key(GO_KEY)
    assert key.text() == GO_KEY
    read_note(GO_NOTE).verify(key)
    with pytest.raises(EvidenceRejected, match="does not fit its text"):
        read_note(GO_NOTE.replace("answer", "question")).verify(key)


def test_round_trips():
    assert read_checkpoint(NOTE)[0] == verified_checkpoint(NOTE, KEY) == CHECKPOINT
    assert read_key(KEY.text()) == KEY
    assert read_proof(PROOF.text()) == PROOF
    assert verify_proof(LEAVES[1], read_proof(PROOF.text()), KEY) == CHECKPOINT
    assert CHECKPOINT.sign(PRIVATE) == NOTE
    assert len(KEY.fingerprint) == 64


def test_an_empty_tree_and_a_tree_of_one_leaf():
    one = Proof(0, (), Checkpoint("tracer/test", 1, LEAVES[0]).sign(PRIVATE))
    assert verify_proof(LEAVES[0], read_proof(one.text()), KEY).size == 1
    with pytest.raises(EvidenceRejected, match="does not lead to the signed root"):
        verify_proof(LEAVES[1], one, KEY)


def test_another_key_is_named():
    with pytest.raises(
        EvidenceRejected, match=r"expected a signature of tracer/test \([0-9a-f]{16}…\), found tracer/test"
    ):
        verified_checkpoint(NOTE, OTHER)
    with pytest.raises(EvidenceRejected, match="a checkpoint of the log tracer/other, got one of tracer/test"):
        verified_checkpoint(NOTE, NoteKey("tracer/other", KEY.public))


def test_unknown_signatures_are_left_alone():
    witnessed = NOTE + "\N{EM DASH} witness.example " + base64.b64encode(bytes(68)).decode() + "\n"
    assert verified_checkpoint(witnessed, KEY) == CHECKPOINT


@pytest.mark.parametrize(
    ("size", "root", "message"),
    [
        ("02", CHECKPOINT.root, "expected a decimal number"),
        ("-2", CHECKPOINT.root, "expected a decimal number"),
        ("２", CHECKPOINT.root, "expected a decimal number"),
        ("9" * 20, CHECKPOINT.root, "expected a decimal number"),
        ("2", bytes(31), "a root of 32 bytes, got 31"),
    ],
)
def test_signed_nonsense_is_no_checkpoint(size, root, message):
    note = sign_note(f"tracer/test\n{size}\n{base64.b64encode(root).decode()}\n", "tracer/test", PRIVATE)
    with pytest.raises(EvidenceRejected, match=message):
        read_checkpoint(note)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("", "a text, an empty line, and lines of signatures"),
        (NOTE.replace("\n\n", "\n"), "a text, an empty line"),
        (NOTE[:-1], "a text, an empty line"),
        (NOTE.replace("\N{EM DASH} ", "- "), "expected a line with a signature"),
        (NOTE.replace("\n", "\r\n"), "a text, an empty line"),
        (NOTE.replace("2\n", "2\t\n"), "control characters"),
        ("x" * (NOTE_LIMIT + 1), "of at most 100000 characters"),
        (NOTE + NOTE.split("\n\n")[1] * 64, "at most 64 signatures, got 65"),
    ],
)
def test_what_is_no_note_is_refused(note, message):
    with pytest.raises(EvidenceRejected, match=message):
        read_note(note)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (KEY.text().replace("+", "", 1), "expected a verifier key|expected base64"),
        (KEY.text().replace("test", "tess"), "does not fit its own key id"),
        (KEY.text()[:-4], "expected a verifier key"),
        ("a b" + KEY.text(), "without spaces"),
    ],
)
def test_what_is_no_key_is_refused(text, message):
    with pytest.raises(EvidenceRejected, match=message):
        read_key(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a proof that begins with"),
        (PROOF.text().replace("@v1", "@v2"), "a proof that begins with"),
        (PROOF.text().replace("index 1", "index 01"), "decimal number"),
        (PROOF.text().replace("index 1\n", "index 1\n" + "AAAA\n" * 65), "at most 64 hashes, got 66"),
    ],
)
def test_what_is_no_proof_is_refused(text, message):
    with pytest.raises(EvidenceRejected, match=message):
        read_proof(text)


def test_no_change_of_a_single_character_passes():
    rng, text = Random(5), PROOF.text()
    for place in range(len(text)):
        changed = text[:place] + rng.choice([one for one in "Aa1+/= \n" if one != text[place]]) + text[place + 1 :]
        with pytest.raises(EvidenceRejected):
            verify_proof(LEAVES[1], read_proof(changed), KEY)
