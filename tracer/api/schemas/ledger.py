"""Facts of the journal, and the ledger over them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tracer.api.schemas.strict import Strict


class FactOut(Strict):
    """A fact of the journal: who did what when, to what; what was recorded stays sealed."""

    position: int
    recorded_at: str
    actor: str
    event: str
    subject_id: str
    entry_id: str = Field(description="The fact's own id: /ledger/proofs/{entry_id} proves that it is sealed.")


class HistoryEntry(Strict):
    """A fact of the journal; `before` holds the earlier values of what it changed (null where they may not be seen)."""

    recorded_at: str = Field(examples=["2026-02-10T15:04:00+08:00"])
    actor: str
    event: str = Field(examples=["call_logged"])
    before: dict[str, Any] | None


class TimeTokenOut(Strict):
    """Who stamped a checkpoint, and the time that its token proves."""

    authority: str = Field(examples=["https://tsa.example"])
    time: str = Field(examples=["2026-11-14T02:00:03+00:00"])


class CheckpointOut(Strict):
    """A signed checkpoint (C2SP): how many facts there were, and the root over them."""

    size: int
    note: str = Field(description="The signed note, as verifiers of transparency logs read it.")
    made_at: str = Field(description="By this machine's clock, which proves nothing; time tokens do.")
    time_tokens: list[TimeTokenOut]


class LedgerOut(Strict):
    """The ledger as it is now."""

    size: int = Field(description="Facts that are sealed.")
    waiting: int = Field(description="Facts that wait for the next checkpoint, some seconds.")
    origin: str
    key: str = Field(description="The verifier key of the log.")
    fingerprint: str = Field(description="SHA-256 of the public key: publish it where others keep it.")
    checkpoint: CheckpointOut | None
    stamped: CheckpointOut | None = Field(description="The newest checkpoint that an authority stamped.")
    alarm: str = Field(description="Empty; else why nothing is signed any more.")


class ProofOut(Strict):
    """That a fact is sealed, for whoever holds its opened fields."""

    entry_id: str
    leaf_index: int
    leaf_hash: str = Field(description="Hexadecimal.")
    proof: str = Field(description="A C2SP tlog-proof with the signed checkpoint in it.")
    time_tokens: list[TimeTokenOut]
