"""An upload that is no bundle: calls out of another program's file, some rows in a transaction each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from time import monotonic
from typing import TYPE_CHECKING, Any

from tracer.domain.errors import InvalidValue
from tracer.intake.file_options import file_source, read_options
from tracer.intake.find_files import safe_name
from tracer.intake.private_folder import private_folder
from tracer.intake.registry import FILES
from tracer.intake.take_files import is_of_another_program, take_path, taken_record
from tracer.services.bundles.import_bundle import FILES as BUNDLE_FILES
from tracer.services.jobs.run_job import note_progress

if TYPE_CHECKING:
    from tracer.scheduler.job_kinds import Running

_NOTED_EVERY = 5.0


def is_bundle_upload(upload: bytes, asked: Mapping[str, Any]) -> bool:
    """Whether an upload is the zip of a bundle; a damaged zip is taken for one, which says what is wrong with it."""
    if asked.get("source") or not upload.startswith(b"PK"):
        return False
    try:
        names = zipfile.ZipFile(io.BytesIO(upload)).namelist()
    except (zipfile.BadZipFile, ValueError):
        return True
    return bool({PurePosixPath(name).name for name in names} & {*BUNDLE_FILES})


def import_calls(running: Running, upload: bytes) -> None:
    """Take the file in; a job that is begun again goes on where it was, since what came before is known."""
    app, job, asked = running.app, running.job, running.job.parameters
    source = file_source(str(asked.get("source", "")))
    options = read_options(asked.get("lines", ()), str(asked.get("zone", "")), asked.get("columns", ()))
    noted = monotonic()

    def on_rows(rows: int) -> None:
        nonlocal noted
        running.count(rows)
        if monotonic() - noted > _NOTED_EVERY:  # so that nobody takes the job for lost
            noted = monotonic()
            with app.writing(job.principal) as work:
                note_progress(work, job, running.worker, running.done, None)
                work.commit()

    with private_folder(len(upload)) as folder:
        path = folder / safe_name(str(asked.get("name", "")) or "upload")
        path.write_bytes(upload)
        if not is_of_another_program(path, source):
            expected = "the zip of a bundle, or a file of one of: " + " ".join(FILES)
            raise InvalidValue("file", path.name, expected, "Say whose it is (source), and which column is which")
        files = take_path(app, path, source, options, on_rows, job.principal)
    running.finish(taken_record(files))
