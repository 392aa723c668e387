"""Long work as every face over the network shows it: whose it is, and the file that it made."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response, StreamingResponse

from tracer.bootstrap import Application
from tracer.domain.access import Principal, Scope
from tracer.domain.errors import NotAllowed, UnknownId
from tracer.domain.job import KIND_SCOPES, OUTPUTS, Job, JobState
from tracer.http.asker import Asker
from tracer.services.jobs.queue_job import note_output_fetched


def may_see(principal: Principal, job: Job) -> bool:
    """Whether it is the principal's own, or the principal manages everybody's."""
    return job.principal == principal.principal_id or principal.may(Scope.MANAGE_ACCESS)


def job_for(asker: Asker, job_id: str) -> Job:
    """A job that the asker may see. Raises UnknownId for any other: that it is there is nobody else's business."""
    with asker.app.reading() as work:
        job = work.jobs.get(job_id)
    if not may_see(asker.principal, job):
        raise UnknownId("job", job_id)
    return job


def output_answer(asker: Asker, job_id: str) -> Response:
    """The file that a job made, which the journal notes. Raises NotPermitted, and NotAllowed where there is none."""
    job = job_for(asker, job_id)
    asker.require(KIND_SCOPES[job.kind])
    if job.kind not in OUTPUTS or job.state is not JobState.DONE:
        raise NotAllowed(f"job {job_id!r} is a {job.kind.value} that is {job.state.value}: it has no output to fetch")
    media_type, name = OUTPUTS[job.kind]
    with asker.app.writing(asker.principal.principal_id) as work:
        note_output_fetched(work, job)
        work.commit()
    headers = {"Content-Disposition": f'attachment; filename="{name.format(job_id)}"'}
    return StreamingResponse(_pieces(asker.app, job_id), headers=headers, media_type=media_type)


def _pieces(app: Application, job_id: str) -> Iterator[bytes]:
    with app.reading() as work:
        yield from work.jobs.file(job_id, "output")
