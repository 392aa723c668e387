"""The newest checkpoint that was signed, kept outside the database, so that a database set back is noticed.

A file for each registry in a folder beside the key: whoever restores or exchanges the database alone has not
changed it. It never runs ahead of the database, for it is written after the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from tracer.domain.errors import EvidenceRejected, LedgerForked, StoreUnavailable
from tracer.domain.ledger.checkpoint import Checkpoint, read_checkpoint, verified_checkpoint
from tracer.domain.ledger.note import NoteKey
from tracer.storage.durable_file import put_in_place, written_aside


class LedgerHead:
    """The newest signed checkpoints of the registries whose keys lie in this folder."""

    def __init__(self, folder: Path, kept: Mapping[Path, str | StoreUnavailable] | None = None) -> None:
        self._folder = folder
        self._kept = kept

    def now(self) -> LedgerHead:
        """What is kept at this moment. To be taken before the look at the database that it is compared with.

        It is written after a commit, so it is never ahead of what is looked at later; read afterwards it would be.
        What cannot be read is told when it is asked for.
        """
        kept: dict[Path, str | StoreUnavailable] = {}
        for path in self._folder.glob("*.checkpoint"):
            try:
                kept[path] = _read(path)
            except StoreUnavailable as error:
                kept[path] = error
        return LedgerHead(self._folder, kept)

    def checkpoint(self, key: NoteKey, before: Collection[str] = ()) -> Checkpoint | None:
        """The newest checkpoint of this log that is kept here, None where there is none or only one of a log before.

        `before` are the names of the logs before. Raises LedgerForked for a checkpoint that the log's key did not
        sign, and for one of a log that the database does not know: it is older than that log.
        """
        path = self._path(key.name)
        note = _read(path) if self._kept is None else self._kept.get(path, "")
        if isinstance(note, StoreUnavailable):
            raise note
        if not note:
            return None
        try:
            found, _ = read_checkpoint(note)
            if found.origin in before:
                return None
            if found.origin != key.name:
                raise LedgerForked(
                    f"{path} holds a checkpoint of the log {found.origin}, which this database does not know: it was "
                    "set back to a state from before that log began. Facts are still taken, but nothing is signed. Put "
                    "the newer database back, or bring a backup in with `tracer restore`"
                )
            return verified_checkpoint(note, key)
        except EvidenceRejected as error:
            raise LedgerForked(
                f"{path} does not hold a checkpoint of this registry's log: {error}. Either another database was put "
                "in its place, or that file was changed"
            ) from error

    def note(self, key: NoteKey) -> str:
        """The signed note that is kept here of this registry, of whichever of its logs; empty where there is none."""
        return _read(self._path(key.name))

    def remember(self, note: str) -> None:
        """Keep a signed checkpoint, unless a larger one of the same log is kept already."""
        given = read_checkpoint(note)[0]
        path = self._path(given.origin)
        with suppress(EvidenceRejected):
            kept = _read(path)
            mine = read_checkpoint(kept)[0] if kept else None
            if mine and mine.origin == given.origin and mine.size >= given.size:
                return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with written_aside(path) as (aside, file):
                file.write(note.encode())
            put_in_place(aside, path)
        except OSError as error:
            raise StoreUnavailable(f"the ledger's head {path} cannot be written: {error.strerror}") from error

    def _path(self, origin: str) -> Path:
        return self._folder / f"{origin.split('/')[1]}.checkpoint"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StoreUnavailable(f"the ledger's head {path} cannot be read: {error}") from error
