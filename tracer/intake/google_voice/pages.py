"""The pages of a takeout, one at a time: of its zip, its folder, or a page by itself. Nothing goes to the disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

LARGEST_PAGE = 4 << 20
LARGEST_TAKEOUT = 4 << 30
"""Bytes of all pages together; a zip of nothing but zeros unpacks a thousandfold."""
_END = ".html"


class PageUnreadable(Exception):
    """A page, or the whole takeout, that cannot be read: its place, and why."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        self.reason = reason
        super().__init__(reason)


def pages(path: Path) -> Iterator[tuple[str, str] | PageUnreadable]:
    """The name and text of every page, or why it could not be read."""
    if path.is_dir():
        for page in sorted(path.rglob("*" + _END)):
            with page.open("rb") as file:
                yield _page(page.name, file)
    elif zipfile.is_zipfile(path):
        yield from _zipped(path)
    else:
        with path.open("rb") as file:
            yield _page(path.name, file)


def _zipped(path: Path) -> Iterator[tuple[str, str] | PageUnreadable]:
    try:
        with zipfile.ZipFile(path) as archive:
            left = LARGEST_TAKEOUT
            for member in archive.infolist():
                if not member.filename.lower().endswith(_END):
                    continue
                name = member.filename.rpartition("/")[2]
                if member.flag_bits & 1:
                    yield PageUnreadable(name, "it is encrypted; expected a zip without password")
                    continue
                with archive.open(member) as file:
                    page = _page(name, file)
                left -= len(page[1]) if isinstance(page, tuple) else LARGEST_PAGE
                if left < 0:
                    yield PageUnreadable(path.name, f"its pages are more than {LARGEST_TAKEOUT >> 30} GB together")
                    return
                yield page
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        yield PageUnreadable(path.name, f"the zip is damaged from here on ({str(error)[:80]}): download it again")


def _page(name: str, file: IO[bytes]) -> tuple[str, str] | PageUnreadable:
    # What a zip says of a member's size may be wrong: no more than this is ever unpacked of one.
    content = file.read(LARGEST_PAGE + 1)
    if len(content) > LARGEST_PAGE:
        return PageUnreadable(name, f"expected at most {LARGEST_PAGE >> 20} MB, got more")
    return name, content.decode("utf-8", "replace")
