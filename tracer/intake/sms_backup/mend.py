"""Mending what the app writes that is not XML, as the file is read.

Asked to keep emoji, it writes each as references to halves of a UTF-16 pair (`&#55357;&#56832;`), which XML forbids.
Two halves become the one character they stand for; a half alone, and references to other forbidden characters, U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

BLOCK_BYTES = 1 << 18
_NEAR_THE_END = 24
"""A reference that began farther than this from a block's end has ended in it."""
_REFERENCE = re.compile(rb"&#(x[0-9a-fA-F]{1,8}|[0-9]{1,10});")
_RUN = re.compile(rb"(?:&#(?:x[0-9a-fA-F]{1,8}|[0-9]{1,10});)+")
_BREAKS = (b" ", b'"', b"\n", b">", b"<")
_UNKNOWN = 0xFFFD


def mended(file: IO[bytes]) -> Iterator[bytes]:
    """The file's bytes in blocks, with every numeric character reference one that XML 1.0 allows."""
    kept = b""
    while block := file.read(BLOCK_BYTES):
        text = kept + block
        kept = b""
        if b"&" in text[-_NEAR_THE_END:]:
            split = max(text.rfind(mark) for mark in _BREAKS) + 1  # no reference, and no pair of two, goes over these
            text, kept = text[:split], text[split:]
            if len(kept) > BLOCK_BYTES:
                text, kept = text + kept, b""
        yield _RUN.sub(_allowed, text) if b"&#" in text else text
    yield _RUN.sub(_allowed, kept)


def _allowed(run: re.Match[bytes]) -> bytes:
    written: list[int] = []
    high = 0
    for digits in _REFERENCE.findall(run[0]):
        code = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
        if high and 0xDC00 <= code < 0xE000:
            written[-1] = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        else:
            written.append(code if _is_character(code) else _UNKNOWN)
        high = code if 0xD800 <= code < 0xDC00 else 0
    return b"".join(b"&#%d;" % code for code in written)


def _is_character(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
