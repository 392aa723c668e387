"""No column of bytes is forgotten when the key is rotated."""

import pytest
from sqlalchemy import LargeBinary

from tracer.storage.sealed_columns import INDEXED, SEALED, UNSEALED
from tracer.storage.tables import Base

BYTES = {
    f"{table.name}.{column.name}"
    for table in Base.metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, LargeBinary)
}
DECLARED = {
    "sealed": {f"{one.stored.name}.{name}" for one in SEALED for name in one.columns},
    "indexed": {f"{one.stored.name}.{name}" for one in INDEXED for name in one.columns},
    "neither": set(UNSEALED),
}


def test_every_column_of_bytes_is_declared_sealed_or_an_index_or_neither():
    assert set().union(*DECLARED.values()) == BYTES


def test_none_is_declared_twice():
    assert sum(map(len, DECLARED.values())) == len(BYTES)


@pytest.mark.parametrize("declared", [*SEALED, *INDEXED], ids=lambda one: f"{type(one).__name__}-{one.stored.name}")
def test_what_a_declaration_names_is_there(declared):
    assert {*declared.columns, *declared.of} <= set(declared.stored.columns.keys())
