"""A pack's zip: the same bytes for the same members, and nothing in it that two programs could read differently."""

import io
import struct
import warnings
import zipfile
import zlib

import pytest

from tests.factories.packs import pack_members
from tracer.documents.evidence import pack_zip
from tracer.documents.evidence.pack_zip import read_pack, write_pack
from tracer.domain.errors import EvidenceRejected

MEMBERS = {"MANIFEST": b"list\n", "facts/0001.json": b"{}\n" * 50, "README.en.txt": b""}


def refused(content, *words):
    with pytest.raises(EvidenceRejected) as caught:
        read_pack(content)
    for word in words:
        assert word in str(caught.value), caught.value


def zipped(entries, method=zipfile.ZIP_STORED, comment=b""):
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as pack:
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in entries:
            pack.writestr(name, content)
        pack.comment = comment
    return file.getvalue()


def test_the_same_members_give_the_same_bytes_in_whatever_order():
    assert write_pack(MEMBERS) == write_pack(dict(reversed(MEMBERS.items())))
    assert read_pack(write_pack(MEMBERS)) == MEMBERS
    whole = pack_members()
    assert read_pack(write_pack(whole)) == whole


def test_other_programs_read_it():
    with zipfile.ZipFile(io.BytesIO(write_pack(MEMBERS))) as pack:
        assert pack.testzip() is None
        assert {name: pack.read(name) for name in pack.namelist()} == MEMBERS
        assert {entry.date_time for entry in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packed_again_with_the_same_members_it_is_the_same(method):
    assert read_pack(zipped(list(MEMBERS.items()), method)) == MEMBERS


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("a", b"1"), ("a", b"2")], "a is in the pack twice"),
        ([("a", b"1"), ("A", b"2")], "A is in the pack twice"),
        ([("facts/", b"")], "facts/ is a folder"),
        ([("/etc/passwd", b"")], "is no name of a file"),
        ([("../up", b"")], "is no name of a file"),
        ([("a/../b", b"")], "is no name of a file"),
        ([("a\\b", b"")], "is no name of a file"),
        ([("C:x", b"")], "is no name of a file"),
        ([("名.txt", b"")], "is no name of a file"),
        ([(".hidden", b"")], "is no name of a file"),
    ],
)
def test_names_that_are_none_are_refused(entries, words):
    refused(zipped(entries), words)


def test_a_zip_with_something_around_it_is_refused():
    whole = write_pack(MEMBERS)
    refused(b"", "expected an evidence pack")
    refused(b"%PDF-1.7", "expected an evidence pack")
    refused(b"x" + whole, "begins with its first file")
    refused(whole + b"x", "behind its end")
    refused(whole + whole, "does not fit the zip")
    refused(whole[:-1], "behind it")
    refused(whole[: len(whole) // 2], "cut off")
    refused(zipped(list(MEMBERS.items()), comment=b"hello"), "behind its end")


def test_a_second_end_is_refused():
    whole = write_pack(MEMBERS)
    refused(whole + whole[-22:], "does not fit the zip")


def entry_at(whole):
    """Where the list of files begins."""
    return struct.unpack("<I", whole[-6:-2])[0]


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [
        (8, struct.pack("<H", 1), "is encrypted"),
        (8, struct.pack("<H", 8), "packed in a way"),
        (10, struct.pack("<H", 12), "packed in a way"),
        (30, struct.pack("<H", 4), ""),
        (32, struct.pack("<H", 4), "packed in a way"),
        (16, b"\x00\x00\x00\x00", "two things of it"),
        (24, struct.pack("<I", 1 << 30), "larger than"),
        (40, struct.pack("<H", 0o120777), "no plain file"),
        (42, struct.pack("<I", 1), "belong to no file"),
    ],
)
def test_a_list_that_says_something_else_is_refused(offset, value, words):
    whole = bytearray(write_pack(MEMBERS))
    at = entry_at(whole) + offset
    whole[at : at + len(value)] = value
    refused(bytes(whole), words)


def test_names_in_both_places_must_be_the_same():
    whole = bytearray(write_pack({"a.txt": b"1"}))
    whole[30] = ord("b")
    refused(bytes(whole), "a.txt: the zip says two things of it")


def test_bytes_between_files_are_refused():
    whole = write_pack({"a": b"1", "b": b"2"})
    start = entry_at(whole)
    gap = whole[:start] + b"hidden" + whole[start:-6] + struct.pack("<I", start + 6) + whole[-2:]
    refused(gap, "6 bytes behind the last file")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    bomb = zipped([("a", b"\x00" * 5_000_000)], zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(pack_zip, "MOST_BYTES", 1_000_000)
    refused(bomb, "larger than")


def test_a_bomb_that_lies_of_its_size_is_refused():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\x00" * 5_000_000) + packer.flush()
    head = struct.pack("<5H3I2H", 20, 0, 8, 0, 33, 0, len(packed), 100, 1, 0)
    listed = struct.pack("<6H3I5H2I", 20, 20, 0, 8, 0, 33, 0, len(packed), 100, 1, 0, 0, 0, 0, 0, 0)
    first = b"PK\x03\x04" + head + b"a" + packed
    directory = b"PK\x01\x02" + listed + b"a"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(first), 0)
    refused(first + directory + end, "unpacks to more or less than it says")


def test_a_pack_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(pack_zip, "MOST_BYTES", 100)
    refused(write_pack(MEMBERS), "at most")
