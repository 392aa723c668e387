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
from tracer.domain.ledger.note import NOTE_LIMIT, NoteKey, decode_base64, read_key, read_note, sign_note

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


def words(read, *given):
    with pytest.raises(EvidenceRejected) as caught:
        read(*given)
    return str(caught.value)


def signed(text):
    return sign_note(text, "tracer/test", PRIVATE)


ROOT = base64.b64encode(CHECKPOINT.root).decode()
NO_CHECKPOINT = "expected a checkpoint of three lines: origin, size, root"
NO_NUMBER = ": expected a decimal number"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tracer/test\n2\n", NO_CHECKPOINT),
        (f"tracer/test\n2\n{ROOT}\nmore\n", NO_CHECKPOINT),
        (f"\n2\n{ROOT}\n", NO_CHECKPOINT),
        (f"tracer/test\n\n{ROOT}\n", "the checkpoint's size" + NO_NUMBER),
        ("tracer/test\n2\n?\n", "the checkpoint's root: expected base64"),
    ],
)
def test_what_is_no_checkpoint_is_named(text, said):
    assert words(read_checkpoint, signed(text)) == said


def test_numbers_have_one_form_and_at_most_nineteen_digits():
    for size in (0, 10, 9_999_999_999_999_999_999):
        assert read_checkpoint(signed(f"tracer/test\n{size}\n{ROOT}\n"))[0].size == size
        assert read_proof(f"c2sp.org/tlog-proof@v1\nindex {size}\n\n{NOTE}") == Proof(size, (), NOTE)
    assert words(read_proof, f"c2sp.org/tlog-proof@v1\nindex x\n\n{NOTE}") == "the proof's index" + NO_NUMBER
    assert words(read_proof, f"c2sp.org/tlog-proof@v1\nindex {10**19}\n\n{NOTE}") == "the proof's index" + NO_NUMBER


def test_base64_has_one_form():
    assert decode_base64("AAE=", "x") == b"\x00\x01"
    assert words(decode_base64, "AAF=", "a root") == "a root: expected base64 in its one form"
    for other in ("AAE", "AAE=\n", "A-E=", "\N{EM DASH}"):
        assert words(decode_base64, other, "a root") == "a root: expected base64"


def test_a_proof_may_be_as_long_as_any_tree_is_high():
    line = base64.b64encode(bytes(32)).decode() + "\n"
    long = f"c2sp.org/tlog-proof@v1\nindex 0\n{line * 64}\n{NOTE}"
    assert read_proof(long) == Proof(0, (bytes(32),) * 64, NOTE)
    assert words(read_proof, long.replace(line, line * 2, 1)) == "expected a proof of at most 64 hashes, got 65"
    assert words(read_proof, long.replace(line, "?\n", 1)) == "a hash of the proof: expected base64"
    for none in (
        f"c2sp.org/tlog-proof@v1\n\n{NOTE}",
        f"c2sp.org/tlog-proof@v1\nleaf 0\n\n{NOTE}",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
    ):
        assert words(read_proof, none) == "expected a proof that begins with c2sp.org/tlog-proof@v1 and an index"


def test_a_leaf_that_is_not_under_the_root_is_named():
    changed = "leaf 1 does not lead to the signed root: the record or its proof was changed"
    assert words(verify_proof, leaf_hash(b"c"), PROOF, KEY) == changed


def test_a_text_may_have_empty_lines_and_any_number_of_lines():
    note = signed("a\n\nb\n")
    found = read_note(note)
    assert found.text == "a\n\nb\n"
    found.verify(KEY)


NO_TEXT = "expected a note's text of lines without control characters"
NO_NAME = "expected a signer's name without spaces and plus signs"


def test_what_cannot_be_signed_is_refused():
    for text in ("", "a", "a\tb\n", "a\x1fb\n"):
        assert words(signed, text) == NO_TEXT
    assert read_note(signed("a b\n")).text == "a b\n"
    for name in ("", "a b", "a+b", "a\u2028b", "a\x00b"):
        assert words(sign_note, "a\n", name, PRIVATE) == NO_NAME


def test_a_note_is_read_up_to_its_limits():
    assert read_note(NOTE, len(NOTE)).text == CHECKPOINT.text()
    said = f"expected a signed note of at most {len(NOTE) - 1} characters, got {len(NOTE)}"
    assert words(read_note, NOTE, len(NOTE) - 1) == said
    most = "x" * (NOTE_LIMIT - len(signed("\n"))) + "\n"
    assert read_note(signed(most)).text == most
    line = NOTE.split("\n\n")[1]
    assert len(read_note(NOTE + line * 63).signatures) == 64
    form = "expected a signed note: a text, an empty line, and lines of signatures"
    assert words(read_note, NOTE[:-1]) == words(read_note, "a\n") == form


def test_a_line_with_a_signature():
    def below(line):
        return f"a\n\n{line}\n"

    five = base64.b64encode(b"12345").decode()
    (one,) = read_note(below(f"\N{EM DASH} a.example {five}")).signatures
    assert (one.name, one.key_id, one.signature) == ("a.example", b"1234", b"5")
    for line, said in (
        (f"\N{EM DASH} a.example{five}", "expected a line with a signature: \N{EM DASH} name base64"),
        (f"a.example {five}", "expected a line with a signature: \N{EM DASH} name base64"),
        ("\N{EM DASH} a.example MTIzNA==", "a signature is too short"),
        (f"\N{EM DASH} a.example b {five}", "a signature: expected base64"),
        ("\N{EM DASH} a.example ?", "a signature: expected base64"),
        (f"\N{EM DASH} a+b {five}", NO_NAME),
    ):
        assert words(read_note, below(line)) == said


def test_every_signature_of_the_key_must_fit_and_others_are_named():
    line = NOTE.split("\n\n")[1]
    spoilt = sign_note("another\n", "tracer/test", PRIVATE).split("\n\n")[1]
    for below in (line + spoilt, spoilt + line):
        said = words(verified_checkpoint, CHECKPOINT.text() + "\n" + below, KEY)
        assert said == "the signature of tracer/test does not fit its text: one of the two was changed"
    others = "".join(sign_note("a\n", name, PRIVATE).split("\n\n")[1] for name in ("x", "y"))
    said = words(read_note("a\n\n" + others).verify, KEY)
    assert said == f"expected a signature of tracer/test ({KEY.fingerprint[:16]}…), found x, y"
    forged = NOTE.replace(line, f"\N{EM DASH} tracer/test {base64.b64encode(KEY.key_id + b'5').decode()}\n")
    assert "does not fit its text" in words(verified_checkpoint, forged, KEY)


def test_a_verifier_key_is_read_with_blanks_around_it_and_nothing_else():
    assert read_key(f" {KEY.text()}\n") == KEY
    name, key_id, encoded = KEY.text().split("+", 2)
    other = base64.b64encode(b"\x02" + KEY.public).decode()
    long = base64.b64encode(b"\x01" + KEY.public + b"x").decode()
    for text, said in (
        (f"{name}+{key_id}+{other}", "expected a verifier key of Ed25519: name+key id+base64"),
        (f"{name}+{key_id}+{long}", "expected a verifier key of Ed25519: name+key id+base64"),
        (f"{name}+{key_id}+?", "a verifier key: expected base64"),
        (f"+{key_id}+{encoded}", NO_NAME),
        (f"{name}+00000000+{encoded}", "the verifier key does not fit its own key id: it was changed"),
    ):
        assert words(read_key, text) == said
