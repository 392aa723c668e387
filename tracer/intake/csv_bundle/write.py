"""Writing a bundle: a folder of CSV files that appears whole or not at all, or a zip of them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO

from tracer.domain.errors import NotAllowed, StoreUnavailable
from tracer.services.bundles.export_bundle import COLUMNS

Tables = Iterable[tuple[str, Iterator[Mapping[str, str]]]]


def write_bundle(tables: Tables, folder: Path, on_row: Callable[[int], None] = lambda rows: None) -> dict[str, int]:
    """Write every file into a new (or empty) folder; gives the rows of each.

    Raises NotAllowed where the folder holds something, StoreUnavailable where the disk refuses.
    """
    with new_folder(folder) as aside:
        return write_files(tables, aside, on_row)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder aside to write into, which is moved into place when all went well and removed when not.

    Raises NotAllowed where the folder holds something, StoreUnavailable where the disk refuses.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotAllowed(f"{folder} holds something already. Name a new or an empty folder; nothing was written")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            yield aside
            if folder.exists():
                folder.rmdir()
            aside.rename(folder)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be written: {error.strerror}. Nothing was left there") from error


def write_files(tables: Tables, folder: Path, on_row: Callable[[int], None] = lambda rows: None) -> dict[str, int]:
    """Write every file into a folder that is there, synced; gives the rows of each."""
    return {name: _write_file(folder / name, name, records, on_row) for name, records in tables}


def write_zip(
    tables: Tables,
    file: IO[bytes],
    on_row: Callable[[int], None] = lambda rows: None,
    *,
    folder: str = "",
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> dict[str, int]:
    """Write every file into a zip, under a folder of it, and `more` beside; gives the rows of each."""
    counts = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, records in tables:
            with archive.open(f"{folder}{name}", "w", force_zip64=True) as member:
                text = io.TextIOWrapper(member, encoding="utf-8", newline="")
                counts[name] = _write_rows(text, name, records, on_row)
                text.flush()
                text.detach()
        for name, content in more.items():
            archive.writestr(name, content)
    return counts


def _write_file(path: Path, name: str, records: Iterator[Mapping[str, str]], on_row: Callable[[int], None]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        count = _write_rows(file, name, records, on_row)
        file.flush()
        os.fsync(file.fileno())
    return count


def _write_rows(file: IO[str], name: str, records: Iterator[Mapping[str, str]], on_row: Callable[[int], None]) -> int:
    columns = COLUMNS[name]
    count = 0
    writer = csv.writer(file, lineterminator="\n")
    # Before Python 3.13 the csv module leaves a lone carriage return bare, which it then cannot read.
    quoting = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    for record in records:
        row = [record[column] for column in columns]
        (quoting if any("\r" in cell for cell in row) else writer).writerow(row)
        count += 1
        if count % 1_000 == 0:
            on_row(1_000)
    return count
