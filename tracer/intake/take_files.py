"""Take in the files of other programs, some rows in a transaction each: good rows are calls, bad ones are held."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from tracer.bootstrap import Application
from tracer.domain.errors import InvalidValue, StoreError, TracerError
from tracer.domain.incoming import NotReceived
from tracer.intake.find_files import FoundFile, find_files, is_anybodys, is_bundle
from tracer.intake.sources import FileOptions, FileSource, Item
from tracer.services.incoming.take_in import TakenIn, take_in

ROWS_AT_ONCE = 1_000


@dataclass(slots=True)
class FileTaken:
    """What came of one file. `refused`: why it was not read, or no further; empty where it was."""

    name: str
    source: str
    taken: TakenIn = field(default_factory=TakenIn)
    refused: str = ""
    left_alone: Counter[str] = field(default_factory=Counter)
    """Why things of the file were no received contact, but for what was sent; it may name lines: shown, never kept."""

    @property
    def record(self) -> dict[str, Any]:
        """The same as JSON; of what was left alone how much it was."""
        counts = {**self.taken.record, "left_alone": self.left_alone.total()}
        return {"file": self.name, "source": self.source, **counts, "refused": self.refused}


def is_of_another_program(path: Path, source: FileSource | None) -> bool:
    """Whether a path is to be taken in here; else it is a bundle, or nothing that is known."""
    if source is not None:
        return True
    return path.exists() and not is_bundle(path) and is_anybodys(path, None)


def take_path(
    app: Application,
    path: Path,
    source: FileSource | None,
    options: FileOptions,
    on_rows: Callable[[int], None] = lambda rows: None,
    actor: str = "",
) -> list[FileTaken]:
    """Take in whatever files of known sources are at a path; again without effect. It commits as it goes.

    Raises InvalidValue where there is nothing to read; what is wrong with one of several files is told with it.
    """
    if not path.exists():
        raise InvalidValue("PATH", str(path), "a folder, a zip or a file", "There is nothing at this path")
    return [_take(app, found, options, on_rows, actor) for found in find_files(path, source)]


def together(files: Iterable[FileTaken]) -> TakenIn:
    """The counts of all files."""
    total = TakenIn()
    for one in files:
        total.add(one.taken)
    return total


def taken_record(files: list[FileTaken]) -> Mapping[str, Any]:
    """What came of all files, as JSON."""
    return {"files": [one.record for one in files], "taken": together(files).record}


def _take(
    app: Application, found: FoundFile, options: FileOptions, on_rows: Callable[[int], None], actor: str
) -> FileTaken:
    done = FileTaken(found.name, found.source.name if found.source else "")
    if found.source is None:
        done.refused = "no source recognises it"
        return done
    rng = app.fresh_rng()  # a worker takes in from several threads
    try:
        for batch in _batches(found.source.read(found.path, options)):
            with app.writing(actor) as work:
                taken = take_in(work, batch, rng)
                work.commit()
            done.taken.add(taken)
            whys = (item.why for item in batch if isinstance(item, NotReceived) and item.why != "outgoing")
            done.left_alone.update(whys)
            on_rows(len(batch))
    except StoreError:
        raise
    except (TracerError, OSError, EOFError, zlib.error) as error:
        done.refused = str(error) if isinstance(error, TracerError) else f"it cannot be read: {type(error).__name__}"
    return done


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(islice(items, ROWS_AT_ONCE)):
        yield batch
