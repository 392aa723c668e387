"""Reading a bundle: a folder, a zip or a single CSV file, row by row."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from tracer.domain.columns import LONG_TEXT_LIMIT
from tracer.domain.errors import BundleRejected, InvalidValue, RowProblem
from tracer.domain.records import (
    CALL_REQUIRED,
    CANARY_REQUIRED,
    CHANNEL_REQUIRED,
    EXPOSURE_REQUIRED,
    NUMBER_REQUIRED,
    ORDER_REQUIRED,
)
from tracer.services.bundles.export_bundle import COLUMNS
from tracer.services.bundles.import_bundle import FILES, Bundle
from tracer.services.bundles.import_table import Row

REQUIRED = {
    "channels.csv": CHANNEL_REQUIRED,
    "numbers.csv": NUMBER_REQUIRED,
    "canaries.csv": CANARY_REQUIRED,
    "orders.csv": ORDER_REQUIRED,
    "exposures.csv": EXPOSURE_REQUIRED,
    "calls.csv": CALL_REQUIRED,
}
_EARLY_ROWS = 100
UNPACKED_LIMIT = 4 << 30
"""How large the files of a zip that was sent may be together; a zip of nothing but zeros unpacks a thousandfold."""
_EXPECTED = "a folder, a zip or a CSV file"
_DAMAGED = "The zip is damaged or packed in an unknown way: pack it again"
csv.field_size_limit(4 * LONG_TEXT_LIMIT)


@contextmanager
def open_bundle(path: Path) -> Iterator[tuple[Bundle, int]]:
    """The bundle at a path and its size in rows, about; files stay open inside the context.

    Raises InvalidValue where the path is no bundle, BundleRejected where a header is wrong.
    """
    with ExitStack() as stack:
        with _readable(str(path)):  # counting reads a zip to its end, so damage shows here
            tables, rows = _tables(_open_files(path, stack), str(path))
        yield Bundle(path.name, tables), rows


@contextmanager
def open_zip(content: bytes, name: str) -> Iterator[tuple[Bundle, int]]:
    """The bundle in the bytes of a zip, called `name`, likewise; nothing of it is written to the disk.

    Raises as open_bundle, also for one that unpacks to more than UNPACKED_LIMIT bytes.
    """
    with ExitStack() as stack:
        with _readable(name):
            tables, rows = _tables(_open_zip(io.BytesIO(content), name, stack, UNPACKED_LIMIT), name)
        yield Bundle(name, tables), rows


def _tables(files: Mapping[str, IO[bytes]], path: str) -> tuple[dict[str, CsvFile], int]:
    if not files:
        raise InvalidValue("PATH", path, "a bundle with files out of: " + " ".join(FILES), "None is in it")
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
    return tables, rows


@contextmanager
def _readable(path: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InvalidValue("PATH", path, _EXPECTED, _DAMAGED) from error
    except OSError as error:
        raise InvalidValue("PATH", path, _EXPECTED, f"It cannot be read: {error.strerror}") from error


class CsvFile:
    """One CSV file of a bundle: UTF-8 (a byte order mark and any line ends are taken), header first."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name = name
        self._undecoded: tuple[int, str] | None = None
        self._reader = csv.reader(self._decoded(file), strict=True)
        self._header: list[str] = []
        self._fault = ""
        try:
            self._header = next(self._reader, [])
        except csv.Error as error:
            self._fault = _not_csv(error)

    def header_problems(self) -> list[RowProblem]:
        """What is wrong with the header; empty where it is right."""
        if self._undecoded:
            return [RowProblem(self._name, self._undecoded[0], "", self._undecoded[1])]
        if self._fault:
            return [RowProblem(self._name, 1, "", self._fault)]
        known, required, header = COLUMNS[self._name], REQUIRED[self._name], self._header
        if not header:
            return [RowProblem(self._name, 0, "", f"the file is empty; expected the header {','.join(required)}")]
        if len(header) == 1 and (found := re.search(r"\w([;\t|])\w", header[0])):
            return [RowProblem(self._name, 1, "", f"expected columns separated by commas, got {found[1]!r}")]
        problems = [
            RowProblem(self._name, 1, column, f"unknown column; expected columns out of: {' '.join(known)}")
            if column
            else RowProblem(self._name, 1, "", f"column {header.index(column) + 1} of the header has no name")
            for column in dict.fromkeys(header)
            if column not in known
        ]
        problems += [
            RowProblem(self._name, 1, column, "this column stands in the header more than once")
            for column in known
            if header.count(column) > 1
        ]
        problems += [
            RowProblem(self._name, 1, column, "this column is missing from the header")
            for column in required
            if column not in header
        ]
        return self._early_undecoded() or problems if problems else []

    def _early_undecoded(self) -> list[RowProblem]:
        """Bytes that are not UTF-8 in the first rows: a file in another encoding, whose header is no guide."""
        with suppress(csv.Error):
            for _ in islice(self._reader, _EARLY_ROWS):
                pass
        return [RowProblem(self._name, self._undecoded[0], "", self._undecoded[1])] if self._undecoded else []

    def __iter__(self) -> Iterator[Row]:
        width = len(self._header)
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                if self._undecoded is None:
                    yield Row(line, {}, _not_csv(error))
                    return
                break  # what ended too early for CSV did so because it could not be decoded
            if cells is None:
                break
            if len(cells) == width:
                yield Row(line, dict(zip(self._header, cells, strict=True)))
            elif cells:
                fault = f"expected {width} columns as in the header, got {len(cells)}"
                yield Row(line, dict(zip(self._header, cells, strict=False)), fault)
        if self._undecoded:
            yield Row(self._undecoded[0], {}, self._undecoded[1])

    def _decoded(self, file: IO[bytes]) -> Iterator[str]:
        for number, raw in enumerate(file, start=1):
            if number == 1:
                if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in raw[:4]:
                    self._undecoded = (1, "this is UTF-16, expected UTF-8. Save the file as CSV UTF-8")
                    return
                raw = raw.removeprefix(codecs.BOM_UTF8)  # Excel writes one
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                self._undecoded = (
                    number,
                    f"not UTF-8 (byte 0x{raw[error.start]:02x} at position {error.start + 1}). "
                    "Save the file as CSV UTF-8; nothing after this line was read",
                )
                return


def _not_csv(error: csv.Error) -> str:
    # The advice of the csv module is for programmers.
    return f"not readable as CSV: {str(error).partition(' - ')[0]}. Check the quotation marks and the line ends"


def _open_files(path: Path, stack: ExitStack) -> dict[str, IO[bytes]]:
    if not path.exists():
        raise InvalidValue("PATH", str(path), _EXPECTED, "There is nothing at this path")
    if path.is_dir():
        _refuse_strangers([entry.name for entry in path.iterdir() if entry.suffix.lower() == ".csv"], path)
        return {name: stack.enter_context((path / name).open("rb")) for name in FILES if (path / name).is_file()}
    if not path.is_file():
        raise InvalidValue("PATH", str(path), _EXPECTED)
    if zipfile.is_zipfile(path):
        return _open_zip(path, str(path), stack)
    if path.suffix.lower() == ".zip":
        raise InvalidValue("PATH", str(path), _EXPECTED, _DAMAGED)
    _refuse_strangers([path.name], path)
    return {path.name: stack.enter_context(path.open("rb"))}


def _open_zip(file: Path | IO[bytes], path: str, stack: ExitStack, limit: int | None = None) -> dict[str, IO[bytes]]:
    archive = stack.enter_context(zipfile.ZipFile(file))
    members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
    names = [PurePosixPath(info.filename).name for info in members]
    _refuse_strangers(names, path)
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidValue("PATH", path, "each file of the bundle once", f"{twice[0]} stands in it more than once")
    if any(info.flag_bits & 1 for info in members):
        raise InvalidValue("PATH", path, "a zip without password", "This one is encrypted")
    if limit is not None and sum(info.file_size for info in members) > limit:
        raise InvalidValue("PATH", path, f"a zip that unpacks to at most {limit >> 20:,} MB", "Import it in parts")
    return {name: stack.enter_context(archive.open(info)) for name, info in zip(names, members, strict=True)}


def _refuse_strangers(names: Sequence[str], path: Path | str) -> None:
    strangers = sorted(set(names) - set(FILES))
    if strangers:
        raise InvalidValue("PATH", strangers[0], "only files named " + " ".join(FILES), f"Look into {path}")


def _count_lines(file: IO[bytes]) -> int:
    count = 0
    while block := file.read(1 << 20):
        count += block.count(b"\n")
    file.seek(0)
    return count
