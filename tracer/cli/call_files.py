"""tracer call attach, tracer call fetch: recordings and screenshots that are kept with a call."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json
from tracer.domain.errors import InvalidValue

if TYPE_CHECKING:
    from tracer.services.calls.log_call import AttachedFile

HashOnly = Annotated[
    bool, typer.Option("--hash-only", help="Note the SHA-256 of the files; their content stays with you.")
]


def attach(
    call_id: Annotated[str, typer.Argument(help="The call.")],
    files: Annotated[list[Path], typer.Argument(help="Recordings, screenshots.")],
    hash_only: HashOnly = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Add files to a call that was logged: kept sealed, their SHA-256 noted at once.

    The same file again changes nothing; one whose hash alone was noted is kept from now on.

    Example: tracer call attach c-2f7k9m4xqe recording.ogg screenshot.png
    """
    from tracer.services.calls.attach_files import attach_files, attachment_object

    app = application()
    given = read_files(files, hash_only=hash_only)
    with app.writing() as work:
        made = attach_files(work, call_id, given, app.settings.attachment_megabytes, app.rng)
        work.commit()
    if output is OutputFormat.JSON:
        say_json([{**attachment_object(one.attachment, one.kept), "added": one.added} for one in made])
        return
    for path, one in zip(files, made, strict=True):
        what = ("added" if one.added else "was there already") + ("" if one.kept else "; only its hash is noted")
        say(f"{path.name}: {what} ({one.attachment.attachment_id}, sha256 {one.attachment.sha256})")


def fetch(
    call_id: Annotated[str, typer.Argument(help="The call.")],
    attachment_id: Annotated[str, typer.Argument(help="The file, as `tracer call show` names it.")],
    out: Annotated[
        str, typer.Option(help="Where to write it, - for standard output; by default its own name, here.")
    ] = "",
) -> None:
    """Write a file that was kept with a call; the journal notes that it was fetched.

    Example: tracer call fetch c-2f7k9m4xqe a-8d3hx6w0zr --out recording.ogg
    """
    from tracer.services.calls.attach_files import file_name_of
    from tracer.services.calls.fetch_attachment import fetch_attachment

    with application().writing() as work:
        found, content = fetch_attachment(work, call_id, attachment_id)
        if out == "-":
            work.commit()
            sys.stdout.buffer.write(content)
            return
        path = Path(out or file_name_of(found.file_name))
        try:
            target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            expected = "the name of a file that can be made and is not there yet"
            raise InvalidValue("--out", str(path), expected, str(error.strerror)) from error
        with os.fdopen(target, "wb") as file:
            work.commit()
            file.write(content)
    say(f"Wrote {path} ({len(content):,} bytes, sha256 {found.sha256}).")


def read_files(paths: Sequence[Path], *, hash_only: bool = False) -> list[AttachedFile]:
    """The files as they are given with a call. Raises InvalidValue where one cannot be read, is empty or too large."""
    from tracer.services.calls.attach_files import check_files, check_size

    megabytes = application().settings.attachment_megabytes
    sizes = [_size(path) for path in paths]
    if not hash_only:
        try:
            check_size(sum(sizes), megabytes)  # before anything large is read
        except InvalidValue as error:
            hint = "Give fewer or shorter ones, or note their hashes with --hash-only"
            raise InvalidValue("file", error.got, error.expected, hint) from error
    files = [_read(path, hash_only) for path in paths]
    check_files(files, megabytes)
    return files


def _size(path: Path) -> int:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise _unreadable(path, error) from error
    if not path.is_file():
        raise InvalidValue("file", str(path), "a file that can be read", "This is no file")
    return size


def _read(path: Path, hash_only: bool) -> AttachedFile:
    from tracer.services.calls.attach_files import file_name_of
    from tracer.services.calls.log_call import AttachedFile, attached

    name = file_name_of(path.name)
    try:
        if not hash_only:
            return attached(name, path.read_bytes())
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return AttachedFile(name, file.tell(), digest)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InvalidValue:
    return InvalidValue("file", str(path), "a file that can be read", str(error.strerror))
