"""Which files of a folder, a zip or a path are of which source; a bundle is none of them."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tracer.domain.errors import InvalidValue
from tracer.intake.csv_bundle.read import UNPACKED_LIMIT
from tracer.intake.private_folder import private_folder
from tracer.intake.registry import FILES
from tracer.intake.sources import FileSource
from tracer.services.bundles.import_bundle import FILES as BUNDLE_FILES

HEAD_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file and whose it is; `name` for people. None: no source recognises it."""

    name: str
    path: Path
    source: FileSource | None


def is_bundle(path: Path) -> bool:
    """Whether a path is to be imported as a bundle: whether a file of one is there."""
    if path.is_dir():
        return any((path / name).is_file() for name in BUNDLE_FILES)
    if path.name in BUNDLE_FILES:
        return True
    return zipfile.is_zipfile(path) and bool({PurePosixPath(name).name for name in _members(path)} & {*BUNDLE_FILES})


def recognised(path: Path, name: str = "") -> FileSource | None:
    """Whose file it is, by its name and its first bytes."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((source for source in FILES.values() if source.recognises(name or path.name, head)), None)


def find_files(path: Path, source: FileSource | None) -> Iterator[FoundFile]:
    """The files to read, one after the other; those of a zip are unpacked one at a time, into a private folder.

    `source`: whose they are, whatever they look like. Raises InvalidValue for a path that cannot be read.
    """
    try:
        if path.is_dir():
            for file in sorted(one for one in path.rglob("*") if one.is_file() and not _hidden(one, path)):
                yield FoundFile(str(file.relative_to(path)), file, source or recognised(file))
            return
        its = source or recognised(path)
        if its is None and zipfile.is_zipfile(path):
            yield from _unpacked(path, source)
        else:
            yield FoundFile(path.name, path, its)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InvalidValue(
            "PATH", path.name, "a zip that can be unpacked", "Pack it again, without password"
        ) from error
    except OSError as error:
        raise InvalidValue("PATH", path.name, "a file that can be read", f"{error.strerror}") from error


def is_anybodys(path: Path, source: FileSource | None) -> bool:
    """Whether at least one of the files there is some source's; a zip's names and heads tell."""
    if source is not None:
        return True
    return any(found.source is not None for found in find_files(path, None))


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return []


def _unpacked(path: Path, source: FileSource | None) -> Iterator[FoundFile]:
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in members) > UNPACKED_LIMIT:
            expected = f"a zip that unpacks to at most {UNPACKED_LIMIT >> 20:,} MB"
            raise InvalidValue("PATH", path.name, expected, "Import it in parts")
        for info in members:
            name = PurePosixPath(info.filename).name or "file"
            if name.startswith("."):
                continue
            with private_folder(info.file_size) as folder:
                with archive.open(info) as packed, (folder / "file").open("wb") as plain:
                    shutil.copyfileobj(packed, plain)
                file = (folder / "file").rename(folder / safe_name(name))
                yield FoundFile(info.filename, file, source or recognised(file, name))


def safe_name(name: str) -> str:
    """A name for our own file system: no path, nothing that another program drew up."""
    kept = "".join(c for c in name if c.isprintable() and c not in "/\\\0")
    return kept.encode("utf-8", "replace")[-200:].decode("utf-8", "replace") or "file"


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)
