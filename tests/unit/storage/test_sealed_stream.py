"""The body of a backup: it comes back as it was, or not at all."""

import io
import os

import pytest

from tracer.domain.errors import BackupRejected
from tracer.storage.backup import sealed_stream
from tracer.storage.backup.sealed_stream import Opening, Sealing, bound_to, is_whole

KEY, OTHER = b"k" * 32, b"o" * 32
BOUND = bound_to(b"tracer-backup 1 {}\n")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(sealed_stream, "CHUNK", 100)


def sealed(content, key=KEY, bound=BOUND):
    file = io.BytesIO()
    sealing = Sealing(file, key, bound)
    for start in range(0, len(content), 37):
        sealing.write(content[start : start + 37])
    sealing.close()
    return file.getvalue()


def opened(body, length, key=KEY, bound=BOUND):
    opening = Opening(io.BytesIO(body), key, bound)
    found = opening.read(length)
    opening.finish()
    return found


def chunks(body):
    found, at = [], 0
    while at < len(body):
        length = int.from_bytes(body[at : at + 4], "big") & 0x7FFFFFFF
        found.append(body[at : at + 4 + length])
        at += 4 + length
    return found


@pytest.mark.parametrize("length", [0, 1, 99, 100, 101, 5_000])
def test_what_was_sealed_is_read(length):
    content = os.urandom(length)
    body = sealed(content)
    assert opened(body, length) == content
    assert is_whole(io.BytesIO(b"head\n" + body))


def test_every_end_that_is_missing_is_seen():
    content = os.urandom(450)
    body = sealed(content)
    assert len(chunks(body)) >= 4
    for length in range(len(body)):
        with pytest.raises(BackupRejected, match=r"cut off|ends before"):
            opened(body[:length], len(content))
        assert not is_whole(io.BytesIO(b"head\n" + body[:length]))


def test_every_byte_that_is_changed_is_seen():
    content = os.urandom(250)
    body = sealed(content)
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 1 << (place % 8)
        with pytest.raises(BackupRejected):
            opened(bytes(changed), len(content))


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2]])
def test_chunks_in_another_order_are_refused(order):
    content = os.urandom(350)
    parts = chunks(sealed(content))
    assert len(parts) == 4
    with pytest.raises(BackupRejected):
        opened(b"".join(parts[place] for place in order), len(content))


def test_chunks_of_another_backup_are_refused():
    content = os.urandom(350)
    first, second = chunks(sealed(content)), chunks(sealed(content, OTHER))
    with pytest.raises(BackupRejected, match="chunk 3"):
        opened(b"".join([*first[:2], *second[2:]]), len(content))


def test_another_key_or_head_opens_nothing():
    body = sealed(b"x" * 50)
    for key, bound in ((OTHER, BOUND), (KEY, bound_to(b"another\n"))):
        with pytest.raises(BackupRejected, match="chunk 1"):
            opened(body, 50, key, bound)


def test_what_follows_the_end_is_refused():
    body = sealed(b"x" * 50)
    with pytest.raises(BackupRejected, match="goes on after its end"):
        opened(body + b"more", 50)
    with pytest.raises(BackupRejected, match="goes on after its end"):
        opened(body, 49)
    assert not is_whole(io.BytesIO(b"head\n" + body + b"more"))
