"""Reading and writing single files of a bundle."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.strategies import TEXT
from tracer.domain.errors import NotAllowed, StoreUnavailable
from tracer.intake.csv_bundle.read import REQUIRED, CsvFile
from tracer.intake.csv_bundle.write import write_bundle
from tracer.services.bundles.export_bundle import COLUMNS

NAME = "channels.csv"
EMPTY = dict.fromkeys(COLUMNS[NAME], "")


def read(raw):
    file = CsvFile(NAME, io.BytesIO(raw))
    assert file.header_problems() == []
    return list(file)


@given(cells=st.lists(TEXT, min_size=1, max_size=6))
def test_any_text_survives_writing_and_reading(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("out") / "bundle"
    records = [{**EMPTY, "channel_id": "x", "name": cell} for cell in cells]
    write_bundle([(NAME, iter(records))], folder)
    assert [row.record["name"] for row in read((folder / NAME).read_bytes())] == cells


def test_a_row_knows_the_line_it_begins_on():
    rows = read(b'channel_id,kind,name\na,b,"two\nlines"\n\nc,d\ne,f,g\n')
    assert [(row.line, row.record.get("channel_id"), bool(row.fault)) for row in rows] == [
        (2, "a", False),
        (5, "c", True),
        (6, "e", False),
    ]


def test_what_is_required_of_each_file():
    assert {name: len(columns) for name, columns in REQUIRED.items()} == {
        "channels.csv": 3,
        "numbers.csv": 2,
        "canaries.csv": 4,
        "orders.csv": 8,
        "exposures.csv": 4,
        "calls.csv": 12,
    }


def test_nothing_appears_where_writing_fails(tmp_path):
    def broken():
        yield EMPTY
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreUnavailable, match=r"No space left on device\. Nothing was left there"):
        write_bundle([(NAME, broken())], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_left_alone(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(NotAllowed, match="holds something already"):
        write_bundle([], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
