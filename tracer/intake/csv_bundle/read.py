"""Reading a bundle: a folder, a zip or a single CSV file, row by row."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from tracer.domain.columns import LONG_TEXT_LIMIT
from tracer.domain.errors import BundleRejected, InvalidValue, RowProblem
from tracer.services.export_bundle import COLUMNS
from tracer.services.import_bundle import FILES, Bundle
from tracer.services.import_table import Row

_OPTIONAL = frozenset(
    (
        *("parent_id", "contact", "legitimate_numbers", "natural_person", "tags", "extension_digits", "owned_from"),
        *("owned_until", "notes", "locale", "gender", "issued_for", "purpose", "state", "account", "ended_at", "alias"),
        *("alias_expires_at", "heard_item", "heard_price", "heard_order_no", "heard_waybill_no", "nature"),
        *("answered", "caller_reached"),
    )
)
REQUIRED = {name: tuple(c for c in columns if c not in _OPTIONAL) for name, columns in COLUMNS.items()}
csv.field_size_limit(4 * LONG_TEXT_LIMIT)


@contextmanager
def open_bundle(path: Path) -> Iterator[tuple[Bundle, int]]:
    """The bundle at a path and its size in rows, about; files stay open inside the context.

    Raises InvalidValue where the path is no bundle, BundleRejected where a header is wrong.
    """
    with ExitStack() as stack:
        files = _open_files(path, stack)
        if not files:
            raise InvalidValue(str(path), "no such file in it", "a bundle with files out of: " + " ".join(FILES))
        problems = []
        tables = {}
        rows = 0
        for name in FILES:
            if name in files:
                rows += _count_lines(files[name])
                reader = CsvFile(name, files[name])
                tables[name] = reader
                problems += reader.header_problems()
        if problems:
            raise BundleRejected(problems, len(problems))
        yield Bundle(path.name, tables), rows


class CsvFile:
    """One CSV file of a bundle: UTF-8 (a byte order mark and any line ends are taken), header first."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name = name
        self._bad_line: tuple[int, str] | None = None
        self._lines = 0
        self._reader = csv.reader(self._decoded(file), strict=True)
        self._header: list[str] = next(self._reader, [])

    def header_problems(self) -> list[RowProblem]:
        """What is wrong with the header; empty where it is right."""
        known, required = COLUMNS[self._name], REQUIRED[self._name]
        if self._bad_line:
            return [RowProblem(self._name, self._bad_line[0], "", self._bad_line[1])]
        if not self._header:
            return [RowProblem(self._name, 0, "", f"the file is empty; expected the header {','.join(required)}")]
        problems = []
        for column in self._header:
            if column not in known:
                problems.append(
                    RowProblem(self._name, 1, column, f"unknown column; expected columns out of: {' '.join(known)}")
                )
            elif self._header.count(column) > 1:
                problems.append(RowProblem(self._name, 1, column, "this column stands in the header more than once"))
        problems += [
            RowProblem(self._name, 1, column, "this column is missing from the header")
            for column in required
            if column not in self._header
        ]
        return problems

    def __iter__(self) -> Iterator[Row]:
        width = len(self._header)
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                yield Row(line, {}, f"not readable as CSV: {error}. Check the quotation marks")
                return
            if cells is None:
                break
            if len(cells) == width:
                yield Row(line, dict(zip(self._header, cells, strict=True)))
            elif cells:
                yield Row(line, {}, f"expected {width} columns as in the header, got {len(cells)}")
        if self._bad_line:
            yield Row(self._bad_line[0], {}, self._bad_line[1])

    def _decoded(self, file: IO[bytes]) -> Iterator[str]:
        for number, raw in enumerate(file, start=1):
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")  # Excel's byte order mark
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                self._bad_line = (
                    number,
                    f"not UTF-8 (byte 0x{raw[error.start]:02x} at position {error.start + 1}). "
                    "Save the file as CSV UTF-8; nothing after this line was read",
                )
                return


def _open_files(path: Path, stack: ExitStack) -> dict[str, IO[bytes]]:
    if path.is_dir():
        _refuse_strangers([entry.name for entry in path.iterdir() if entry.suffix.lower() == ".csv"], path)
        return {name: stack.enter_context((path / name).open("rb")) for name in FILES if (path / name).is_file()}
    if not path.exists():
        raise InvalidValue("PATH", str(path), "a folder, a zip or a CSV file", "There is nothing at this path")
    if zipfile.is_zipfile(path):
        return _open_zip(path, stack)
    _refuse_strangers([path.name], path)
    return {path.name: stack.enter_context(path.open("rb"))}


def _open_zip(path: Path, stack: ExitStack) -> dict[str, IO[bytes]]:
    archive = stack.enter_context(zipfile.ZipFile(path))
    members = {Path(info.filename).name: info for info in archive.infolist() if info.filename.endswith(".csv")}
    _refuse_strangers(list(members), path)
    if any(info.flag_bits & 1 for info in members.values()):
        raise InvalidValue(str(path), "an encrypted zip", "a zip without password")
    return {name: stack.enter_context(archive.open(info)) for name, info in members.items()}


def _refuse_strangers(names: Sequence[str], path: Path) -> None:
    strangers = sorted(set(names) - set(FILES))
    if strangers:
        raise InvalidValue(str(path), strangers[0], "only files named " + " ".join(FILES))


def _count_lines(file: IO[bytes]) -> int:
    count = 0
    while block := file.read(1 << 20):
        count += block.count(b"\n")
    file.seek(0)
    return count
