"""Rows as frames of a backup."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.errors import BackupRejected, StoreUnavailable
from tracer.storage.backup import frames
from tracer.storage.backup.frames import Batch, End, batches, end_frame, read_frames, rows_frame, table_frame

CELLS = st.tuples(
    st.integers(-(2**63), 2**63 - 1) | st.none(),
    st.text() | st.none(),
    st.binary(max_size=40) | st.none(),
    st.binary(max_size=40),
)
COLUMNS = [("number", False), ("text", False), ("sealed", True), ("hash", True)]


@given(st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=3))
def test_rows_come_back_as_they_were(batches):
    names = tuple(name for name, _ in COLUMNS)
    written = table_frame("calls", names)
    written += b"".join(rows_frame("calls", COLUMNS, rows) for rows in batches) + end_frame({"calls": 7})
    found = list(read_frames(io.BytesIO(written)))
    assert found[0] == Batch("calls", names, [])
    assert [batch.rows for batch in found[1:-1]] == batches
    assert found[-1] == End({"calls": 7})


def test_a_column_of_bytes_that_holds_text_is_damage():
    with pytest.raises(StoreUnavailable, match=r"calls\.sealed holds something else"):
        rows_frame("calls", [("sealed", True)], [("text",)])


def test_a_frame_of_another_form_is_refused():
    for strange in (b'{"what":1}', b'{"rows":1,"values":[[1],[2]]}'):
        frame = len(strange).to_bytes(4, "big") + bytes(4) + strange
        with pytest.raises(BackupRejected, match="does not know"):
            list(read_frames(io.BytesIO(table_frame("calls", ["a"]) + frame)))
    with pytest.raises(BackupRejected, match="no program of ours"):
        list(read_frames(io.BytesIO(b"\xff" * 8)))


@given(st.lists(st.tuples(st.integers(), st.binary(max_size=60), st.text(max_size=9) | st.none())), st.integers(1, 99))
def test_rows_are_parted_by_their_bytes(rows, most):
    found = list(batches(rows, most))
    assert [row for batch in found for row in batch] == rows
    for batch in found:
        *before, _last = [
            sum(8 if cell is None or isinstance(cell, int) else len(cell) for cell in row) for row in batch
        ]
        assert sum(before) < most


def test_what_could_not_be_read_is_not_written(monkeypatch):
    monkeypatch.setattr(frames, "_MOST", 1000)
    assert rows_frame("calls", [("sealed", True)], [(b"x" * 1000,)])
    for columns, row in (([("sealed", True)], (b"x" * 1001,)), ([("text", False)], ("x" * 1001,))):
        with pytest.raises(StoreUnavailable, match="could not be restored"):
            rows_frame("calls", columns, [row])
