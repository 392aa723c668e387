"""A compressed stream, sealed in chunks: a backup's body.

Each chunk is `length(4) ‖ AES-256-GCM ciphertext and tag`, the highest bit of the length set for the last one.
After STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) the nonce is the chunk's number (11 bytes) and whether it
is the last (1 byte), under a key that serves this one backup; the associated data is the SHA-256 of its head line.
So a chunk that is changed, moved, left out or of another backup does not open, and an end that is missing is seen.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracer.domain.errors import BackupRejected

CHUNK = 1 << 20
_TAG = 16
_LENGTH = 4
_LAST = 1 << 31
_LEVEL = 1  # nearly everything in it is sealed already and does not shrink


def bound_to(line: bytes) -> bytes:
    """What binds chunks to a head line."""
    return sha256(line).digest()


class Written(Protocol):
    """What chunks are written to."""

    def write(self, content: bytes, /) -> int:
        """Write some more."""


class Sealing:
    """Takes bytes in and writes sealed chunks to a file, in flat memory; `close` writes the last one."""

    def __init__(self, file: Written, key: bytes, bound: bytes) -> None:
        self._file = file
        self._aead = AESGCM(key)
        self._bound = bound
        self._packing = zlib.compressobj(_LEVEL)
        self._waiting = bytearray()
        self._number = 0

    def write(self, content: bytes) -> None:
        """Take some more."""
        self._waiting += self._packing.compress(content)
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Nothing more comes."""
        self._waiting += self._packing.flush()
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._number, last=last), chunk, self._bound)
        self._file.write((len(sealed) | (_LAST if last else 0)).to_bytes(_LENGTH, "big"))
        self._file.write(sealed)
        self._number += 1


class Opening:
    """Reads what Sealing wrote; raises BackupRejected for anything else."""

    def __init__(self, file: BinaryIO, key: bytes, bound: bytes) -> None:
        self._file = file
        self._aead = AESGCM(key)
        self._bound = bound
        self._unpacking = zlib.decompressobj()
        self._ready = bytearray()
        self._packed = b""
        self._number = 0
        self._ended = False

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._ready) < count:
            self._fill()
        found = bytes(self._ready[:count])
        del self._ready[:count]
        return found

    def finish(self) -> None:
        """Nothing more may come: neither of the stream nor in the file."""
        while not self._ended or self._packed:
            self._fill()
        if self._ready or not self._unpacking.eof or self._file.read(1):
            raise BackupRejected("the backup goes on after its end: it was changed, or put together of several")

    def peek(self) -> None:
        """Open the first chunk: whether the key is right and the head line is what was sealed."""
        if self._number == 0:
            self._packed = self._open()

    def _fill(self) -> None:
        if not self._packed:
            self._packed = self._open()
        try:
            self._ready += self._unpacking.decompress(self._packed, CHUNK)
        except zlib.error as error:
            raise BackupRejected(f"chunk {self._number} of the backup does not unpack: {error}") from error
        self._packed = self._unpacking.unconsumed_tail

    def _open(self) -> bytes:
        if self._ended:
            raise BackupRejected("the backup ends before all of its rows came")
        length, last = _length(self._file.read(_LENGTH))
        sealed = self._file.read(length)
        if len(sealed) != length:
            raise _truncated()
        try:
            opened = self._aead.decrypt(_nonce(self._number, last=last), sealed, self._bound)
        except InvalidTag:
            raise BackupRejected(
                f"chunk {self._number + 1} of the backup is not what was sealed: the file was changed or damaged. "
                "Take another copy of it, or another backup; nothing was restored"
            ) from None
        self._number, self._ended = self._number + 1, last
        return opened


def is_whole(file: BinaryIO) -> bool:
    """Whether the chunks go on to a last one, with which the file ends; looks at their lengths alone."""
    end = file.seek(0, 2)
    file.seek(0)
    file.readline()
    last = False
    while not last:
        try:
            length, last = _length(file.read(_LENGTH))
        except BackupRejected:
            return False
        if file.seek(length, 1) > end:
            return False
    return file.tell() == end


def _length(read: bytes) -> tuple[int, bool]:
    if len(read) != _LENGTH:
        raise _truncated()
    number = int.from_bytes(read, "big")
    length, last = number & ~_LAST, bool(number & _LAST)
    if not _TAG <= length <= CHUNK + _TAG:
        raise BackupRejected("the backup holds a chunk of a length that none has: it was changed or damaged")
    return length, last


def _truncated() -> BackupRejected:
    return BackupRejected(
        "the backup is cut off: its end is missing. It was not copied whole, or the disk was full. Copy it again, or "
        "take another one; nothing was restored"
    )


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
