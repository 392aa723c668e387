"""Erasing personal data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tracer.api.schemas.strict import Strict


class ErasureIn(Strict):
    """Why personal data is erased. The reason is kept, so let it name nobody."""

    reason: str = Field(min_length=1, max_length=200, description="Kept for ever.", examples=["asked by the person"])


class CallErasureIn(ErasureIn):
    """Why, and what to do where only what was heard tells which canary the call was for."""

    unsettled: Literal["refuse", "settle", "anyway"] = Field(
        default="refuse",
        description="refuse with 409; settle: note the canary first where it is sure enough; anyway: it is lost.",
    )


class ErasureOut(Strict):
    """What was erased: ids, how many facts and kept answers lost something, how many files of jobs were deleted.

    `settled`: the canary that was noted for the call before, empty where none was.
    """

    calls: list[str]
    canaries: list[str]
    orders: list[str]
    facts: int
    answers: int
    job_files: int
    settled: str
