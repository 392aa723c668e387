"""An API key as text: `trc_<id>_<secret>_<crc>`, which says for itself whether it was copied whole.

`id`: ten characters of the ids' alphabet; `secret`: 32 random bytes in base 62, 43 digits; `crc`: CRC-32 of all
that stands before it, eight hexadecimal digits. CRC-32 notices every change within 32 bits, so any one character;
the lengths are fixed, so any cut is noticed as well. A scanner for leaked secrets can check a find without asking us.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

from tracer.domain.errors import NotAuthenticated
from tracer.domain.ids import ALPHABET, LENGTH

SECRET_BYTES = 32
MARK = "trc_"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43  # 62 to the 43rd is more than 2 to the 256th
_KEY_ID = rf"{MARK}[{ALPHABET}]{{{LENGTH}}}"
_WHOLE = re.compile(rf"(({_KEY_ID})_([0-9A-Za-z]{{{_SECRET_LENGTH}}})_)([0-9a-f]{{8}})")


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key taken apart: the id by which it is known (`trc_…`), and its secret."""

    key_id: str
    secret: str = field(repr=False)


def write_key(key_id: str, secret: bytes) -> str:
    """The text of a key out of its id and 32 random bytes."""
    head = f"{key_id}_{_base62(secret)}_"
    return head + _check(head)


def read_key(text: str) -> KeyText:
    """A key taken apart; raises NotAuthenticated, which does not repeat it, where it is not whole."""
    parts = _WHOLE.fullmatch(text)
    if parts is None or _check(parts[1]) != parts[4]:
        raise NotAuthenticated(
            f"this key is not whole: expected {MARK}, an id, a secret and a check sum with _ between them. "
            "Part of it is missing or altered; copy it again from where it was kept"
        )
    return KeyText(parts[2], parts[3])


def _check(head: str) -> str:
    return f"{zlib.crc32(head.encode()):08x}"


def _base62(secret: bytes) -> str:
    value = int.from_bytes(secret, "big")
    digits = []
    for _ in range(_SECRET_LENGTH):
        value, digit = divmod(value, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
