"""The kinds of columns, and the base of all tables.

Columns of type `Sealed` hold AES-GCM ciphertext (storage.crypto); nothing personal is plain.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
