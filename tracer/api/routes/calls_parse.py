"""/calls/parse: what a transcript tells, without logging it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes
from tracer.api.asked import Asked, asking
from tracer.api.schemas.transcripts import ReadingOut, TranscriptIn
from tracer.domain.access import Scope
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.transcript.reading import Reading, read_transcript
from tracer.services.access.answer_once import Answer, Work
from tracer.services.calls.read_call import read_call, reading_object

router = APIRouter(prefix=V1, tags=["calls"])


@router.post("/calls/parse", responses=makes(ReadingOut, status=200), summary="Read a transcript")
def parse(body: TranscriptIn, asked: Annotated[Asked, asking(Scope.LOG_CALLS, Scope.READ_CALLS)]) -> Response:
    """What the caller knew, could not say, claimed and wanted, each with its place in the text. Nothing is logged.

    With the number that rang, or the canary, what was said is checked against the orders there; whoever may read calls
    can ask for that, and such look-ups are limited. Others have the text read for itself. No answer is kept for an
    Idempotency-Key: the same text reads the same.
    """
    reading = read_for(asked, body.transcript, body.dialled, body.canary_id)
    return asked.answer(reading_object(reading))


def read_for(asked: Asked, text: str, dialled: str, canary_id: str) -> Reading:
    """A reading against the orders of a line or canary where whoever asks may read calls, else of the text alone."""
    line = parse_line(dialled) if dialled else None
    if (line is None and not canary_id) or not asked.principal.may(Scope.READ_CALLS):
        return read_transcript(text)

    def count(work: Work) -> Answer:
        asked.count_lookup(work)
        return Answer(200, None)

    asked.change(count)
    service = asked.service
    with service.directory_lock, asked.app.reading() as work:  # the names in memory are for one thread at a time
        prior = asked.app.settings.canary_prior
        return read_call(work, text, line, canary_id or None, service.directory, prior)
