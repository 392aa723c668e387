"""What SQLite leaves behind in pages, although it writes zeros over what is deleted or changed (secure_delete).

When rows grow, SQLite shares them out anew among neighbouring pages, and copies of those that moved stay in the
unused middle of the page they left: the zeros come over the row where it is now. Only VACUUM takes such copies away.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HEAD = 100
"""Bytes of the file's own header, before the first page's (SQLite's file format, sections 1.3 and 1.6)."""
_LEAF_OF_TABLE = 13
_HEADER = 8
"""Bytes of the header of a leaf: its kind, 1; the first free block, 2; cells, 2; start of their contents, 2; and 1."""


def holds_leftovers(path: Path) -> bool:
    """Whether anything lies in the unused middle of a page that holds rows; the write-ahead log is not looked at.

    Another process looks: who closes a file loses every lock that its process has on it, and SQLite would lose
    commits (its "How to corrupt an SQLite database file", 2.2).
    """
    looked = [sys.executable, "-I", str(Path(__file__).resolve()), str(path)]
    return subprocess.run(looked, check=False, stdout=subprocess.DEVNULL).returncode != 0  # noqa: S603  # this file


def look(path: Path) -> bool:
    """The same in this process, which must have no connection to the database.

    Overflow and free pages begin with a page number, which is no kind of a page.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(_HEAD)[16:18], "big")
        size = 65536 if size == 1 else size  # so the format says
        file.seek(0)
        begin = _HEAD
        while page := file.read(size):
            if page[begin] == _LEAF_OF_TABLE and any(_unused(page, begin)):
                return True
            begin = 0
    return False


def _unused(page: bytes, begin: int) -> bytes:
    """Between the list of cells and the first of their contents."""
    cells = int.from_bytes(page[begin + 3 : begin + 5], "big")
    contents = int.from_bytes(page[begin + 5 : begin + 7], "big") or 65536
    return page[begin + _HEADER + 2 * cells : contents].strip(b"\0")


if __name__ == "__main__":
    sys.exit(look(Path(sys.argv[1])))
