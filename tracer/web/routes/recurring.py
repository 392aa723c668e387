"""What a person does about a recurring job; the page /jobs lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Annotated, Literal

from fastapi import APIRouter
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.recurring import Planned
from tracer.services.access.answer_once import Work
from tracer.services.jobs.steer_recurring import ask_for_run, find_planned, pause_job, resume_job
from tracer.web.page import go
from tracer.web.visitor import Sent, Visitor, sending

router = APIRouter(include_in_schema=False)
_STEPS: Mapping[str, Callable[[Work, Planned, tzinfo], None]] = {
    "run": ask_for_run,
    "pause": pause_job,
    "resume": resume_job,
}


@router.post("/recurring-jobs/{job}/{step}")
def steer(
    job: str, step: Literal["run", "pause", "resume"], sent: Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_JOBS)]
) -> Response:
    """Have it run now, pause it, or let it go on; twice is as good as once."""
    visitor, _ = sent
    planned = find_planned(visitor.service.planned, job)
    with visitor.app.writing(visitor.principal.principal_id) as work:
        _STEPS[step](work, planned, visitor.app.zone)
        work.commit()
    return go(f"/jobs?done=recurring-{step}#recurring")
