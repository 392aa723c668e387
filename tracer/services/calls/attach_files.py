"""Add recordings and screenshots to a call that was logged: hashes become facts at once, contents lie sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracer.domain.errors import InvalidValue, NotAllowed
from tracer.services.calls.log_call import AttachedFile, file_facts, keep_content, keep_file
from tracer.storage.calls import Attachment
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

MOST_FILES = 50
"""So many files may belong to one call."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AttachedNow:
    """A file as it lies with its call. `added`: it was new to the call; `kept`: there is more of it than its hash."""

    attachment: Attachment
    added: bool
    kept: bool


def file_name_of(given: str) -> str:
    """A file's own name, without folders and control characters, 200 characters at most."""
    name = _CONTROL.sub("", given.replace("\\", "/").rpartition("/")[2])[-200:].strip()
    return "file" if name in {"", ".", ".."} else name


def check_size(size: int, megabytes: int, before: int = 0) -> None:
    """Raise InvalidValue where files of `size` bytes in all, beside `before` bytes that a call holds, are too large."""
    if size + before > megabytes << 20:
        held = f"; the call holds {_in_megabytes(before)} MB already" if before else ""
        expected = f"files of at most {megabytes} MB together (these have {_in_megabytes(size)} MB{held})"
        raise InvalidValue("attachments", f"{size:,} bytes", expected, "Choose fewer or shorter ones")


def check_files(files: Sequence[AttachedFile], megabytes: int, held: Mapping[str, int] | None = None) -> None:
    """Raise InvalidValue for an empty file, and for contents of more than so many megabytes together.

    `held` is what the call holds already, in bytes by SHA-256; the same file is not counted twice.
    """
    for file in files:
        if file.size == 0 and file.content is not None:
            raise InvalidValue("attachments", file.file_name, "files that hold something", "One is empty: 0 bytes")
    before = dict(held or {})
    new = {file.sha256: file.size for file in files if file.content is not None and file.sha256 not in before}
    if new:
        check_size(sum(new.values()), megabytes, sum(before.values()))


def attach_files(
    work: UnitOfWork, call_id: str, files: Sequence[AttachedFile], megabytes: int, rng: np.random.Generator
) -> list[AttachedNow]:
    """Add files to a call, all or none, each with what became of it, in order.

    A file that the call has already changes nothing; where only its hash was noted, its content is kept now.
    `megabytes` is what the contents of one call may hold together. Raises UnknownId, InvalidValue (a file that is
    empty or too large), NotAllowed (too many files).
    """
    work.calls.hold([call_id])
    erased_at = work.calls.get(call_id).erased_at
    if erased_at is not None:
        raise NotAllowed(
            f"the personal data of call {call_id!r} was erased on {erased_at.date().isoformat()}, and none is taken "
            "for it again: leave out files"
        )
    held = work.calls.attachments(call_id)
    stored = work.attachment_contents.stored([one.attachment_id for one in held])
    held.sort(key=lambda one: one.attachment_id in stored)  # of two records of one file the one with the content counts
    known = {one.sha256: one for one in held}
    check_files(files, megabytes, {key: one.size for key, one in known.items() if one.attachment_id in stored})
    made = []
    for file in files:
        before = known.get(file.sha256)
        found = before or _add(work, call_id, file, len(known), rng)
        known[file.sha256] = found
        if file.content is not None and found.attachment_id not in stored:
            if before is not None:
                _fill(work, call_id, before, file.content)
            stored.add(found.attachment_id)
        made.append(AttachedNow(found, before is None, found.attachment_id in stored))
    return made


def attachment_objects(work: UnitOfWork, call_id: str) -> list[dict[str, Any]]:
    """The files of a call as JSON objects: `kept` says whether there is more of one than its hash."""
    files = work.calls.attachments(call_id)
    stored = work.attachment_contents.stored([file.attachment_id for file in files])
    return [attachment_object(file, file.attachment_id in stored) for file in files]


def attachment_object(file: Attachment, kept: bool) -> dict[str, Any]:
    """One file as a JSON object."""
    return {
        "attachment_id": file.attachment_id,
        "file_name": file.file_name,
        "size": file.size,
        "sha256": file.sha256,
        "kept": kept,
    }


def _add(work: UnitOfWork, call_id: str, file: AttachedFile, before: int, rng: np.random.Generator) -> Attachment:
    if before >= MOST_FILES:
        raise NotAllowed(f"call {call_id!r} has {before} files already, which is the most. Log another call for more")
    made = keep_file(work, call_id, file, rng)
    payload = {"attachment_id": made.attachment_id, **file_facts(made)}
    work.journal.record([Fact("file_attached", call_id, payload)])
    return made


def _fill(work: UnitOfWork, call_id: str, attachment: Attachment, content: bytes) -> None:
    keep_content(work, attachment.attachment_id, content)
    payload = {"attachment_id": attachment.attachment_id, "sha256": attachment.sha256}
    work.journal.record([Fact("file_content_kept", call_id, payload)])


def _in_megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f}"
