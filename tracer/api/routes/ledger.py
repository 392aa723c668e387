"""/journal and /ledger: what happened in the order in which it was written, and that it is sealed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter
from tracer.api.schemas.ledger import CheckpointOut, FactOut, LedgerOut, ProofOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.services.access.answer_once import Answer, Work
from tracer.services.ledger.read_ledger import browse_checkpoints, ledger_state, prove_entry
from tracer.services.ledger.seal_ledger import seal_ledger
from tracer.services.registry.browse import browse_journal

router = APIRouter(prefix=V1, tags=["ledger"])
Auditing = Annotated[Asked, asking(Scope.READ_LEDGER)]


@router.get("/journal", responses=reads(page_of(FactOut)), summary="List facts")
def list_facts(
    asked: Auditing,
    event: Annotated[str, Query(max_length=64, description="Only of this kind, such as call_logged.")] = "",
    subject_id: Annotated[str, Query(max_length=128, description="Only about what has this id.")] = "",
    actor: Annotated[str, Query(max_length=128, description="Only by this user, key or program.")] = "",
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Who did what when, to what, oldest first. What was recorded stays sealed."""
    place = read_cursor(asked.request, cursor, int) if cursor else read_cursor(asked.request, cursor)
    after = int(place.after[0]) if place.after else 0
    with asked.app.reading() as work:
        found = browse_journal(work, after, limit, event=event, subject_id=subject_id, actor=actor)
    return asked.answer(page(found.records, place.next(found.after)))


@router.get("/ledger", responses=reads(LedgerOut), summary="Show the ledger")
def show_ledger(asked: Auditing) -> Response:
    """How much is sealed, under which key, the newest checkpoint, and whether something is wrong.

    POST /jobs with kind `verify` looks at everything again.
    """
    head = asked.app.ledger_head.now()
    with asked.app.reading() as work:
        return asked.answer(ledger_state(work, head))


@router.post("/ledger/checkpoints", responses=makes(LedgerOut, status=200), summary="Seal now")
def seal(asked: Auditing) -> Response:
    """Seal what was registered since the newest checkpoint and sign the ledger, without waiting for the worker."""

    def sealed(work: Work) -> Answer:
        seal_ledger(work, asked.app.ledger_head)
        return Answer(200, ledger_state(work, asked.app.ledger_head))

    answer = asked.once(sealed)
    asked.app.seal_ledger()  # nothing is left to sign; the newest checkpoint is remembered outside the database
    return answer


@router.get("/ledger/checkpoints", responses=reads(page_of(CheckpointOut)), summary="List checkpoints")
def list_checkpoints(asked: Auditing, limit: LimitParameter = 50, cursor: CursorParameter = "") -> Response:
    """Every checkpoint that was signed, the first one first."""
    place = read_cursor(asked.request, cursor, int, int) if cursor else read_cursor(asked.request, cursor)
    epoch, size = (int(part) for part in place.after) if place.after else (0, 0)
    with asked.app.reading() as work:
        found = browse_checkpoints(work, epoch, size, limit)
    return asked.answer(page(found.records, place.next(found.after)))


@router.get("/ledger/proofs/{entry_id}", responses=reads(ProofOut, 404, 409), summary="Prove a fact")
def prove(entry_id: str, asked: Auditing) -> Response:
    """That a fact of the journal is sealed, under the first checkpoint with a time token over it, if there is one."""
    with asked.app.reading() as work:
        proved = prove_entry(work, entry_id)
    tokens = [{"authority": one.authority, "time": one.stamped_at.isoformat()} for one in proved.tokens]
    return asked.answer(
        {
            "entry_id": entry_id,
            "leaf_index": proved.proof.index,
            "leaf_hash": proved.leaf_hash.hex(),
            "proof": proved.proof.text(),
            "time_tokens": tokens,
        }
    )
