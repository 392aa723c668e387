"""A folder whose files are taken in by themselves, once they are still.

Only whole files are taken: a name, size and time of change that two looks found the same. One is moved out of the way
first, under a name of its own, so that two workers never have the same; what was moved and not ended (a kill) is
done again, which changes nothing that was done. Its end is a move into done/ or failed/, with a note beside it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import InvalidValue, StoreError, TracerError
from tracer.intake.file_options import read_options
from tracer.intake.find_files import safe_name
from tracer.intake.take_files import FileTaken, is_of_another_program, take_path, taken_record

log = structlog.get_logger("tracer.watch")
WORKING, DONE, FAILED = "working", "done", "failed"
_MOST_WHYS = 20
_OWN = frozenset((WORKING, DONE, FAILED))
Look = dict[str, tuple[int, int]]
"""Size in bytes and time of change in nanoseconds of the files of a folder, by name."""


class WatchedFolder:
    """One folder, looked at now and then by one worker; several workers may look at the same."""

    def __init__(self, app: Application, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._seen: Look = {}
        self._is_begun = False

    def look(self) -> int:
        """Take in what has become still since the look before; how many files. Raises StoreError."""
        if not self._is_begun:
            for name in _OWN:
                (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._is_begun = True
        found = self._files()
        still = [name for name, state in found.items() if self._seen.get(name) == state and state[0]]
        self._seen = found
        with _alone(self._folder / WORKING) as is_ours:
            if not is_ours:  # another worker is at it
                return 0
            waiting = sorted(one for one in (self._folder / WORKING).iterdir() if not one.name.startswith("."))
            for file in waiting:  # of a worker that was killed
                self._end(file)
            done = len(waiting)
            for name in sorted(still):
                if (taken := self._set_aside(name)) is not None:
                    self._end(taken)
                    done += 1
        return done

    def _files(self) -> Look:
        found: Look = {}
        for entry in os.scandir(self._folder):
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                stat = entry.stat(follow_symlinks=False)
                found[entry.name] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _set_aside(self, name: str) -> Path | None:
        """The file where nobody else takes it; None where it is gone by now."""
        to = _free(self._folder / WORKING, name, self._app.clock())
        try:
            (self._folder / name).rename(to)
        except FileNotFoundError:
            return None
        return to

    def _taken(self, file: Path) -> list[FileTaken]:
        options = read_options(self._app.settings.watch_lines, self._app.settings.watch_zone)
        return take_path(self._app, file, None, options, actor="watched folder")

    def _end(self, file: Path) -> None:
        """Take a file in, and put it where it belongs with a note of what came of it."""
        try:
            if not is_of_another_program(file, None):
                raise InvalidValue("file", "", "a file that a source of calls recognises", "Import a bundle by hand")
            files = [_looked_at(one) for one in self._taken(file)]
        except StoreError:
            raise
        except TracerError as error:
            files = [FileTaken(file.name, "", refused=str(error))]
        except Exception as error:  # noqa: BLE001  # whatever it is, the next file is taken
            log.error("file_broke", error=type(error).__name__)
            files = [FileTaken(file.name, "", refused=f"{type(error).__name__}: a fault of this program. Report it")]
        went_well = any(not one.refused for one in files)
        to = self._folder / (DONE if went_well else FAILED) / file.name
        told = {"at": self._app.clock().isoformat(), **taken_record(files), "left_alone": _left_alone(files)}
        note = json.dumps(told, ensure_ascii=False, indent=1)
        to.with_name(f"{to.name}.note.json").write_text(note + "\n", "utf-8")
        file.rename(to)
        counts = {name: value for name, value in taken_record(files)["taken"].items() if value}
        log.info("file_taken" if went_well else "file_failed", source=files[0].source if files else "", **counts)


def _looked_at(taken: FileTaken) -> FileTaken:
    """A file out of which nothing came since nobody said whose lines it tells of has not been read, to its owner."""
    if taken.left_alone and not any(value for name, value in taken.taken.record.items() if name != "not_received"):
        taken.refused = (
            taken.refused or "nothing in it was taken; left_alone says why. Set watch_lines, put it in again"
        )
    return taken


def _left_alone(files: Iterable[FileTaken]) -> dict[str, int]:
    """Why rows were passed over, and how many."""
    together: Counter[str] = Counter()
    for one in files:
        together.update(one.left_alone)
    return dict(together.most_common(_MOST_WHYS))


def _free(folder: Path, name: str, now: datetime) -> Path:
    """A path in working/ whose name nothing has in any of the folders: the name with the time before it.

    The note's name is longer, and a file system has room for 255 bytes.
    """
    stamp, count = now.strftime("%Y%m%dT%H%M%S"), 0
    while True:
        given = f"{stamp}{f'-{count}' if count else ''}-{safe_name(name)}"
        if not any((folder.parent / other / given).exists() for other in _OWN):
            return folder / given
        count += 1


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether this worker alone has the folder, to the end of the block or of the process."""
    import fcntl  # not on every system

    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
