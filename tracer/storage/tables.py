"""The schema. Columns of type `Sealed` hold AES-GCM ciphertext (storage.crypto); nothing personal is plain."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tracer.storage.instant import Instant

Id = Annotated[str, mapped_column(String(128))]
Word = Annotated[str, mapped_column(String(64))]
Sealed = Annotated[bytes | None, mapped_column(LargeBinary)]
BlindIndex = Annotated[bytes, mapped_column(LargeBinary(32))]
FieldBits = Annotated[int, mapped_column(SmallInteger)]
Serial = Annotated[
    int,
    mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
]


class Base(DeclarativeBase):
    """Declarative base with named constraints, so that migrations can drop what they made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant()}  # noqa: RUF012  # SQLAlchemy's own convention


class InstanceRow(Base):
    """Who this registry is and how to tell its key. One row: the database refuses a second founder.

    `sound_version` says by which version of the phonetics its name claims were made; 0: not at all yet.
    `moved_at` is set when everything was moved into another database: from then on this one is read only.
    `key_version` is that of the master key whose sub-keys make blind indexes and name claims, and
    `key_check` tells this key; which versions seal and open says `key_versions`.
    """

    __tablename__ = "instance"
    instance_id: Mapped[Id] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    key_check: Mapped[BlindIndex]
    single: Mapped[int] = mapped_column(SmallInteger, unique=True, default=1)
    sound_version: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    moved_at: Mapped[datetime | None]
    key_version: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    __table_args__ = (CheckConstraint("single = 1", name="single"),)


class KeyVersionRow(Base):
    """A version of the master key and how to tell it. In force until it is retired; the newest one seals.

    Two are in force while a rotation is under way (ADR 0018). `index_key`: of a retired version the
    sub-key of its blind indexes, sealed, for those of `requests`, which cannot be made anew.
    """

    __tablename__ = "key_versions"
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    key_check: Mapped[BlindIndex]
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    index_key: Mapped[Sealed]


class NextIndexRow(Base):
    """What a blind index will be once the next version of the key makes them; empty but during a rotation."""

    __tablename__ = "next_indexes"
    old_key: Mapped[BlindIndex] = mapped_column(primary_key=True)
    new_key: Mapped[BlindIndex]


class NextClaimRow(Base):
    """The name claims of the next version of the key, to be; empty but during a rotation."""

    __tablename__ = "next_claims"
    claim: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


class NextNameRow(Base):
    """A canary whose name's claims are in `next_claims`; empty but during a rotation."""

    __tablename__ = "next_names"
    canary_id: Mapped[Id] = mapped_column(primary_key=True)


class ImportRow(Base):
    """One bulk import; rows it brought carry its id, NULL means made here."""

    __tablename__ = "imports"
    import_id: Mapped[Serial]
    imported_at: Mapped[datetime]
    source: Mapped[Sealed]


class ChannelRow(Base):
    """A party that handles order data."""

    __tablename__ = "channels"
    channel_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    name: Mapped[Sealed]
    parent_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("channels.channel_id"))
    contact: Mapped[Sealed]
    legitimate_numbers: Mapped[Sealed]
    natural_person: Mapped[bool]
    tags: Mapped[str]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))


class NumberRow(Base):
    """An owned base number. `number_key` is its blind index."""

    __tablename__ = "numbers"
    number_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[Sealed]
    number_key: Mapped[BlindIndex] = mapped_column(unique=True)
    kind: Mapped[Word]
    extension_digits: Mapped[int | None] = mapped_column(SmallInteger)
    owned_from: Mapped[datetime | None]
    owned_until: Mapped[datetime | None]
    notes: Mapped[Sealed]
    test_line: Mapped[bool]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))


class CanaryRow(Base):
    """A decoy recipient; what its name takes from others stands in `name_claims`.

    `issued_line_key` is set on what we issue ourselves, and unique: the database decides between
    processes. An imported registry may hold collisions, so its rows leave it NULL. It is cleared
    when the line is free again. `sounds_like_another`: an earlier canary had claimed the sound.
    """

    __tablename__ = "canaries"
    canary_id: Mapped[Id] = mapped_column(primary_key=True)
    recipient_name: Mapped[Sealed]
    number_id: Mapped[str] = mapped_column(String(128), ForeignKey("numbers.number_id"))
    extension: Mapped[Sealed]
    line_key: Mapped[BlindIndex] = mapped_column(index=True)
    issued_line_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    issued_at: Mapped[datetime]
    locale: Mapped[Word]
    gender: Mapped[Word]
    purpose: Mapped[Word]
    state: Mapped[Word] = mapped_column(index=True)
    state_since: Mapped[datetime]
    tags: Mapped[str]
    notes: Mapped[Sealed]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    sounds_like_another: Mapped[bool] = mapped_column(server_default=false())
    erased_at: Mapped[datetime | None]
    __table_args__ = (
        # Every issue counts what the numbers carry: a million canaries in a tenth of a second, out of this index.
        Index("ix_canaries_number_id", "number_id", "locale", "state", "sounds_like_another", "extension"),
        Index("ix_canaries_issued_at", "issued_at", "canary_id"),  # the newest first, page by page
    )


class NameClaimRow(Base):
    """What names take from others, as keyed hashes of domain.codebook.spacing's tokens (ADR 0009).

    One column and nothing else: an entry needs 15 bytes, and its being there is all it says.
    """

    __tablename__ = "name_claims"
    claim: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )


class IssuedForRow(Base):
    """The channels a canary was handed to, in the order they were named."""

    __tablename__ = "issued_for"
    canary_id: Mapped[str] = mapped_column(String(128), ForeignKey("canaries.canary_id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    channel_id: Mapped[str] = mapped_column(String(128), ForeignKey("channels.channel_id"), index=True)


class OrderRow(Base):
    """An order placed with a canary."""

    __tablename__ = "orders"
    order_id: Mapped[Id] = mapped_column(primary_key=True)
    canary_id: Mapped[str] = mapped_column(String(128), ForeignKey("canaries.canary_id"), index=True)
    placed_at: Mapped[datetime]
    order_no: Mapped[Sealed]
    item: Mapped[Sealed]
    price: Mapped[Word]
    currency: Mapped[Word]
    waybill_no: Mapped[Sealed]
    account: Mapped[Sealed]
    ended_at: Mapped[datetime | None]
    state: Mapped[Word]
    notes: Mapped[Sealed]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"), index=True)
    erased_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_orders_placed_at", "placed_at", "order_id"),)


class ExposureRow(Base):
    """Channel was shown fields of order at a time. `fields` NULL: the default of channel or kind."""

    __tablename__ = "exposures"
    exposure_id: Mapped[Serial]
    order_id: Mapped[str] = mapped_column(String(128), ForeignKey("orders.order_id"))
    channel_id: Mapped[str] = mapped_column(String(128), ForeignKey("channels.channel_id"))
    exposed_at: Mapped[datetime]
    fields: Mapped[int | None] = mapped_column(SmallInteger)
    alias: Mapped[Sealed]
    alias_expires_at: Mapped[datetime | None]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    __table_args__ = (UniqueConstraint("order_id", "channel_id", "exposed_at"),)


class CallRow(Base):
    """A received contact as logged; earlier versions of it are in the journal.

    `caller_group` is drawn by chance where a number was erased: calls that bear the same one came from one caller.
    """

    __tablename__ = "calls"
    call_id: Mapped[Id] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[Word]
    number_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("numbers.number_id"))
    dialled: Mapped[Sealed]
    line_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    caller_number: Mapped[Sealed]
    heard_name: Mapped[Sealed]
    claimed_role: Mapped[Word]
    known_fields: Mapped[FieldBits]
    unknown_fields: Mapped[FieldBits]
    script: Mapped[Word]
    transcript: Mapped[Sealed]
    canary_id: Mapped[str | None] = mapped_column(String(128), ForeignKey("canaries.canary_id"), index=True)
    heard_item: Mapped[Sealed]
    heard_price: Mapped[Word]
    heard_order_no: Mapped[Sealed]
    heard_waybill_no: Mapped[Sealed]
    nature: Mapped[Word]
    answered: Mapped[bool]
    caller_reached: Mapped[Word]
    notes: Mapped[Sealed]
    tags: Mapped[str]
    state: Mapped[Word]
    merged_into: Mapped[str | None] = mapped_column(String(128), ForeignKey("calls.call_id"), index=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.import_id"))
    erased_at: Mapped[datetime | None]
    caller_group: Mapped[str | None] = mapped_column(String(64))


class AttachmentRow(Base):
    """A file that belongs to a call, known by its SHA-256; without parts the content stays where the user keeps it."""

    __tablename__ = "attachments"
    attachment_id: Mapped[Id] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(128), ForeignKey("calls.call_id"), index=True)
    sha256: Mapped[Word]
    size: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[Sealed]
    added_at: Mapped[datetime]


class AttachmentPartRow(Base):
    """A piece of what an attachment holds, sealed."""

    __tablename__ = "attachment_parts"
    attachment_id: Mapped[str] = mapped_column(String(128), ForeignKey("attachments.attachment_id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class AttributionStateRow(Base):
    """What the latest full attribution run left (storage.attribution_states): at most one row."""

    __tablename__ = "attribution_states"
    state_id: Mapped[Serial]
    format: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    as_of: Mapped[datetime]
    settings: Mapped[Word]
    position: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class JournalRow(Base):
    """Every fact, in the order it was written. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "journal"
    position: Mapped[Serial]
    entry_id: Mapped[Id]
    recorded_at: Mapped[datetime]
    actor: Mapped[Id]
    event: Mapped[Word]
    subject_id: Mapped[Id]
    payload: Mapped[Sealed]
    __table_args__ = (
        Index("ix_journal_subject_id", "subject_id"),
        Index("ix_journal_entry_id", "entry_id", unique=True),
    )


class RetentionRow(Base):
    """What is known of the clock that retention goes by. One row, made at the first look.

    `trusted_at` is the newest time that was believed; `doubted_at` when the clock first stood far ahead of it.
    """

    __tablename__ = "retention"
    single: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    trusted_at: Mapped[datetime]
    doubted_at: Mapped[datetime | None]
    looked_at: Mapped[datetime]


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
