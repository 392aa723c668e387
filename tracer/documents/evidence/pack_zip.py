"""An evidence pack as a zip: written in one form, and read so strictly that every program sees the same in it.

What a zip may hold beside its files is where two programs can be made to see different ones: comments, extra
fields, bytes before, between and behind, names that differ in the two places where they stand, a second end.
None of it is read here; it is refused.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from tracer.domain.errors import EvidenceRejected

MOST_BYTES = 64 << 20
"""Of the zip, and of its files together."""
MOST_MEMBERS = 12_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63})?", re.ASCII)
_END = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED, _UTF8, _STORED, _DEFLATED = 0x1, 0x800, 0, 8
_REGULAR = (0, 0o100000)
_KIND = 0o170000
_REPACKED = "It was not packed by Tracer, or changed since: use the file as it was made"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file as the list at the zip's end has it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def write_pack(members: Mapping[str, bytes]) -> bytes:
    """The zip of these members: sorted, not compressed, of one fixed date, so the same give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as pack:
        for name, content in sorted(members.items()):
            entry = zipfile.ZipInfo(name)  # its date is the first that a zip can tell
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            pack.writestr(entry, content)
    return file.getvalue()


def read_pack(content: bytes) -> dict[str, bytes]:
    """The members of a pack by name; raises EvidenceRejected, which names the member where it is one's fault."""
    if len(content) > MOST_BYTES:
        raise EvidenceRejected(f"expected an evidence pack of at most {MOST_BYTES >> 20} MiB, got {len(content)} bytes")
    start, entries = _entries(content)
    if sum(entry.size for entry in entries) > MOST_BYTES:
        raise EvidenceRejected(f"the files of the pack are larger than {MOST_BYTES >> 20} MiB together")
    members: dict[str, bytes] = {}
    seen: set[str] = set()
    at = 0
    for entry in entries:
        if entry.name.lower() in seen:
            raise EvidenceRejected(f"{entry.name} is in the pack twice")
        seen.add(entry.name.lower())
        if entry.offset != at:
            raise EvidenceRejected(f"{entry.name}: there are bytes before it that belong to no file. {_REPACKED}")
        members[entry.name], at = _read(content, entry, start)
    if at != start:
        raise EvidenceRejected(f"there are {start - at} bytes behind the last file that belong to none. {_REPACKED}")
    return members


def _entries(content: bytes) -> tuple[int, list[_Entry]]:
    """Where the list of files begins, and what it says."""
    end = len(content) - _END.size
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise EvidenceRejected("expected an evidence pack: a zip that begins with its first file")
    if end < 0 or content[end : end + 4] != b"PK\x05\x06":
        more = "it was cut off" if content.rfind(b"PK\x05\x06") < 0 else "there is something behind its end"
        raise EvidenceRejected(f"expected a whole zip and nothing behind it: {more}")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(content, end)
    if comment or disk or first_disk or here != count or start + size != end or count > MOST_MEMBERS:
        raise EvidenceRejected(f"the zip's end does not fit the zip. {_REPACKED}")
    entries = []
    at = start
    for _ in range(count):
        entry, at = _entry(content, at, end)
        entries.append(entry)
    if at != end:
        raise EvidenceRejected(f"the zip's list of files is longer than it says. {_REPACKED}")
    return start, entries


def _entry(content: bytes, at: int, end: int) -> tuple[_Entry, int]:
    if at + _CENTRAL.size > end or content[at : at + 4] != b"PK\x01\x02":
        raise EvidenceRejected(f"the zip's list of files is damaged. {_REPACKED}")
    found = _CENTRAL.unpack_from(content, at)
    flags, method, crc, packed, size, length, extra, comment, disk = *found[3:5], *found[7:14]
    attributes, offset = found[15], found[16]
    after = at + _CENTRAL.size + length
    name = _name(content[at + _CENTRAL.size : after])
    if flags & _ENCRYPTED:
        raise EvidenceRejected(f"{name} is encrypted: an evidence pack is not")
    if flags not in (0, _UTF8) or method not in (_STORED, _DEFLATED) or extra or comment or disk or after > end:
        raise EvidenceRejected(f"{name} is packed in a way that is not read here. {_REPACKED}")
    if (attributes >> 16) & _KIND not in _REGULAR:
        raise EvidenceRejected(f"{name} is no plain file")
    return _Entry(name, flags, method, crc, packed, size, offset), after


def _name(raw: bytes) -> str:
    name = raw.decode("ascii", "backslashreplace")
    if name.endswith("/"):
        raise EvidenceRejected(f"{name[:80]} is a folder: an evidence pack holds files only")
    if not _NAME.fullmatch(name):
        raise EvidenceRejected(f"{name[:80]!r} is no name of a file in an evidence pack")
    return name


def _read(content: bytes, entry: _Entry, start: int) -> tuple[bytes, int]:
    """A file's content, and where the next one begins. What stands before it must say what the list says."""
    name = entry.name.encode()
    begin = entry.offset + _LOCAL.size + len(name)
    after = begin + entry.packed
    if after > start:
        raise EvidenceRejected(f"{entry.name}: it is longer than the zip has room for")
    sign, _, flags, method, _, _, crc, packed, size, length, extra = _LOCAL.unpack_from(content, entry.offset)
    said = (flags, method, crc, packed, size, length, extra)
    listed = (entry.flags, entry.method, entry.crc, entry.packed, entry.size, len(name), 0)
    if sign != b"PK\x03\x04" or said != listed or content[begin - len(name) : begin] != name:
        raise EvidenceRejected(f"{entry.name}: the zip says two things of it. {_REPACKED}")
    found = content[begin:after]
    if entry.method == _DEFLATED:
        found = _inflate(found, entry)
    if len(found) != entry.size or zlib.crc32(found) != entry.crc:
        raise EvidenceRejected(f"{entry.name} is damaged or was edited: its checksum does not fit")
    return found, after


def _inflate(packed: bytes, entry: _Entry) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        found = inflater.decompress(packed, entry.size + 1)
    except zlib.error:
        raise EvidenceRejected(f"{entry.name} is damaged: it cannot be unpacked") from None
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise EvidenceRejected(f"{entry.name} is damaged: it unpacks to more or less than it says")
    return found
