"""Open a backup: its head, the keys that it needs, and its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracer.domain.backup import BackupHead
from tracer.domain.errors import BackupRejected, DatabaseTooNew, WrongKey
from tracer.storage.backup.frames import Batch, End, read_frames
from tracer.storage.backup.head_line import read_head
from tracer.storage.backup.sealed_stream import Opening, bound_to
from tracer.storage.crypto import backup_subkey, key_check
from tracer.storage.keyfile import GivenKeys, KeySource
from tracer.storage.migrations import HEAD, known_revisions


@dataclass(frozen=True, slots=True)
class BackupKeys:
    """The master keys that a backup needs, by version, and the versions of those that had been set aside."""

    masters: dict[int, bytes]
    from_aside: tuple[int, ...]

    def source(self) -> KeySource:
        """Where a cipher for the rows of the backup gets them from."""
        return GivenKeys(",".join(key.hex() for key in self.masters.values()), "the keys of the backup")


@dataclass(frozen=True, slots=True)
class OpenBackup:
    """A backup whose first chunk opened: the head is what was sealed, and the key is right."""

    head: BackupHead
    keys: BackupKeys
    _body: Opening
    _share: Callable[[], float]

    def share(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return self._share()

    def frames(self) -> Iterator[Batch | End]:
        """The rows, once; raises BackupRejected where the file is not what was sealed to its very end."""
        try:
            for one in read_frames(self._body):
                if isinstance(one, End):
                    self._body.finish()
                yield one
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
            raise BackupRejected("the backup holds what no program of ours wrote") from error


@contextmanager
def open_backup(path: Path, source: KeySource) -> Iterator[OpenBackup]:
    """Open a file. Raises BackupRejected for what is none or was changed, DatabaseTooNew, WrongKey naming versions."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupRejected(f"{path} cannot be read: {error.strerror}") from error
    with file:
        head, line = read_head(file, path.name)
        if head.schema not in known_revisions():
            raise DatabaseTooNew(
                f"{path.name} was made by a newer Tracer ({head.program}, schema {head.schema}; this program knows up "
                f"to {HEAD}). Upgrade the program; nothing was restored"
            )
        keys = _keys_for(head, source)
        newest = head.keys[-1][0]
        body = Opening(file, backup_subkey(keys.masters[newest], bytes.fromhex(head.backup_id)), bound_to(line))
        body.peek()
        size = max(1, path.stat().st_size)
        yield OpenBackup(head, keys, body, lambda: min(1.0, file.tell() / size))


def _keys_for(head: BackupHead, source: KeySource) -> BackupKeys:
    at_hand = {key_check(key, head.instance_id): key for key in source.read()}
    aside = {key_check(key, head.instance_id): key for _, key in source.kept_aside()}
    masters = {}
    from_aside = []
    for version, check in head.keys:
        if check in at_hand:
            masters[version] = at_hand[check]
        elif check in aside:
            masters[version] = aside[check]
            from_aside.append(version)
    missing = [version for version, _ in head.keys if version not in masters]
    if missing:
        raise WrongKey(_what_is_missing(head, missing, bool(at_hand), source.origin))
    return BackupKeys(masters, tuple(from_aside))


def _what_is_missing(head: BackupHead, missing: list[int], any_at_hand: bool, origin: str) -> str:
    wanted = f"version {' and '.join(map(str, missing))} of the key of registry {head.instance_id}"
    came = f"{origin} holds another key" if any_at_hand else f"there is no key in {origin}"
    if len(missing) < len(head.keys):
        came = f"only the other one is in {origin}: the backup was made while the key was being rotated"
    return (
        f"the backup of {head.made_at.isoformat()} needs {wanted}, and {came}. Put that key there, as a line of its "
        "own, from where you keep it (one retired by `tracer rotate-key` was set aside beside the key file as "
        f"tracer.key.retired-{missing[0]}); nothing was touched"
    )
