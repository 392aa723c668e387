"""The plain first line of a backup: `tracer-backup`, the number of the format, and JSON."""

from __future__ import annotations

import json
from datetime import datetime
from typing import BinaryIO

from tracer import __version__
from tracer.domain.backup import BackupHead
from tracer.domain.errors import BackupRejected, DatabaseTooNew, EvidenceRejected
from tracer.domain.ledger.checkpoint import read_checkpoint

FORMAT = 1
_BEGIN = b"tracer-backup "
_LIMIT = 1 << 16


def write_head(head: BackupHead) -> bytes:
    """The line, with its end."""
    told = {
        "program": head.program,
        "schema": head.schema,
        "instance_id": head.instance_id,
        "backup_id": head.backup_id,
        "made_at": head.made_at.isoformat(),
        "keys": [[version, check.hex()] for version, check in head.keys],
        "checkpoint": head.checkpoint,
    }
    return _BEGIN + f"{FORMAT} {json.dumps(told, ensure_ascii=True)}\n".encode("ascii")


def read_head(file: BinaryIO, name: str) -> tuple[BackupHead, bytes]:
    """The head of an open file and its line; raises BackupRejected for what is no backup, DatabaseTooNew."""
    line = file.readline(_LIMIT)
    if not line.startswith(_BEGIN):
        raise BackupRejected(f"{name} is not a backup of Tracer: expected a file that `tracer backup` made")
    try:
        number, _, told = line.removeprefix(_BEGIN).decode("ascii").partition(" ")
        form = int(number)
        if form > FORMAT:
            raise DatabaseTooNew(
                f"{name} was written by a newer Tracer (format {form}, this program, {__version__}, reads {FORMAT}). "
                "Upgrade the program; nothing was restored"
            )
        if not line.endswith(b"\n"):
            raise BackupRejected(f"{name} is cut off in its first line. Copy it again, or take another backup")
        return _read(json.loads(told)), line
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupRejected(f"the first line of {name} was changed or damaged. Take another copy of it") from error


def ledger_size(head: BackupHead) -> int:
    """How many facts have a place in the ledger; raises BackupRejected where the checkpoint is none."""
    if not head.checkpoint:
        return 0
    try:
        return read_checkpoint(head.checkpoint)[0].size
    except EvidenceRejected as error:
        raise BackupRejected(f"the checkpoint in the first line of the backup is none: {error}") from error


def ledger_place(head: BackupHead) -> tuple[int, int]:
    """Which of the registry's logs it is, and how many facts have a place: larger is later. Raises BackupRejected."""
    size = ledger_size(head)
    if not size:
        return 0, 0
    begun = read_checkpoint(head.checkpoint)[0].origin.split("/")[2:]  # the first log has a name without an epoch
    epoch = begun[0].partition("-")[0] if begun else "1"
    if not (epoch.isascii() and epoch.isdecimal()):
        raise BackupRejected("the checkpoint in the first line of the backup is one of a log without a number")
    return int(epoch), size


def _read(told: dict[str, object]) -> BackupHead:
    texts = {name: told[name] for name in ("program", "schema", "instance_id", "backup_id", "made_at", "checkpoint")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError
    keys = told["keys"]
    if not isinstance(keys, list) or not keys:
        raise TypeError
    head = BackupHead(
        program=str(texts["program"]),
        schema=str(texts["schema"]),
        instance_id=str(texts["instance_id"]),
        backup_id=str(texts["backup_id"]),
        made_at=datetime.fromisoformat(str(texts["made_at"])),
        keys=tuple((int(version), bytes.fromhex(check)) for version, check in keys),
        checkpoint=str(texts["checkpoint"]),
    )
    bytes.fromhex(head.backup_id)
    return head
