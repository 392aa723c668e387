"""Who may ask, what was asked, and long work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tracer.storage.tables.base import Base, BlindIndex, Id, Sealed, Word


class UserRow(Base):
    """A person who may log in. `login_key` is the blind index of the login name, folded."""

    __tablename__ = "users"
    user_id: Mapped[Id] = mapped_column(primary_key=True)
    login: Mapped[Sealed]
    login_key: Mapped[BlindIndex] = mapped_column(unique=True)
    role: Mapped[Word]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SessionRow(Base):
    """A log-in that lasts, known by the SHA-256 of its token."""

    __tablename__ = "sessions"
    token_hash: Mapped[BlindIndex] = mapped_column(primary_key=True)
    session_id: Mapped[Id] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(String(128), ForeignKey("users.user_id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LoginLinkRow(Base):
    """A link that logs a user in once, known by the SHA-256 of its token."""

    __tablename__ = "login_links"
    token_hash: Mapped[BlindIndex] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(128), ForeignKey("users.user_id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKeyRow(Base):
    """A key for programs: its id and the SHA-256 of its secret. `user_id` NULL: made on the command line."""

    __tablename__ = "api_keys"
    key_id: Mapped[Id] = mapped_column(primary_key=True)
    secret_hash: Mapped[BlindIndex]
    label: Mapped[Sealed]
    user_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("users.user_id"), index=True)
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class RequestRow(Base):
    """A request that was carried out under an Idempotency-Key, and its answer, to be given again.

    Keys are blind indexes: of the principal with the key it sent, and of the body.
    `kept`: for ever; else until it is old.
    """

    __tablename__ = "requests"
    request_key: Mapped[BlindIndex] = mapped_column(primary_key=True)
    operation: Mapped[Id]
    body_key: Mapped[BlindIndex]
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[Sealed]
    made_at: Mapped[datetime] = mapped_column(index=True)
    kept: Mapped[bool]


class RateLimitRow(Base):
    """How far a bucket is used: the theoretical arrival time of the generic cell rate algorithm."""

    __tablename__ = "rate_limits"
    bucket: Mapped[BlindIndex] = mapped_column(primary_key=True)
    arrival_at: Mapped[datetime]


class JobRow(Base):
    """Long work. A process claims it by conditional update and holds it while `lease_until` lies ahead."""

    __tablename__ = "jobs"
    job_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    state: Mapped[Word] = mapped_column(index=True)
    principal: Mapped[Id]
    parameters: Mapped[Sealed]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(SmallInteger)
    result: Mapped[Sealed]


class JobPartRow(Base):
    """A piece of a file that a job takes in or gives out, sealed."""

    __tablename__ = "job_parts"
    job_id: Mapped[str] = mapped_column(String(128), ForeignKey("jobs.job_id"), primary_key=True)
    side: Mapped[Word] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RecurringJobRow(Base):
    """How a recurring job stands. `claims` is the version of the row: whoever raises it has the run.

    `claimed_by` and its times: of a run at work outside a transaction. `note` holds nothing personal.
    """

    __tablename__ = "recurring_jobs"
    job: Mapped[Word] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(BigInteger)
    claims: Mapped[int] = mapped_column(BigInteger)
    runs: Mapped[int] = mapped_column(BigInteger)
    failed_runs: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(BigInteger)
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    claimed_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    result: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(300))
    milliseconds: Mapped[int | None] = mapped_column(BigInteger)
    retry_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
