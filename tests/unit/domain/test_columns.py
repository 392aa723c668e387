"""Reading one text record column by column."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.columns import Columns, format_time, parse_id, parse_list, parse_price, parse_time
from tracer.domain.errors import InvalidRecord, InvalidValue


def aware_times():
    offsets = st.integers(-17 * 60, 17 * 60)
    instants = st.integers(40_000_000_000_000, 4_400_000_000_000_000)
    return st.tuples(instants, offsets)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T04:24:12+08:00",
        "2026-01-05T04:24:12.345678-03:30",
        "2026-01-05T04:24:12+05:45",
        "1971-01-01T00:00:00+00:00",
        "2110-12-31T23:59:59+00:00",
        "2026-01-05T04:24:12+17:00",
        "2026-01-05T04:24:12-17:00",
    ],
)
def test_a_time_is_kept_as_written(text):
    assert format_time(parse_time(text)) == text


def test_z_and_a_blank_instead_of_t_are_understood():
    assert format_time(parse_time("2026-01-05 04:24:12Z")) == "2026-01-05T04:24:12+00:00"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-01-05T04:24:12", "offset is missing"),
        ("2026-01-05", "offset is missing"),
        ("2026/1/5 4:24", "spreadsheet"),
        ("46027.18", "spreadsheet"),
        ("5.1.2026 04:24", "spreadsheet"),
        ("0001-01-01T00:00:00+00:00", "year from 1971 to 2110"),
        ("1970-12-31T23:59:59+00:00", "year from 1971 to 2110"),
        ("9999-12-31T23:59:59+08:00", "year from 1971 to 2110"),
        ("2026-01-05T04:24:12+08:00:30", "whole minutes"),
        ("2026-01-05T04:24:12+18:00", "-17:00 to +17:00"),
        ("2026-01-05T04:24:12-23:59", "-17:00 to +17:00"),
        ("2026-02-30T00:00:00+08:00", "ISO 8601"),
        ("yesterday", "ISO 8601"),
        ("", "ISO 8601"),
    ],
)
def test_a_bad_time_is_named_with_what_was_expected(text, says):
    with pytest.raises(InvalidValue) as refusal:
        parse_time(text, "received_at")
    assert refusal.value.field == "received_at"
    assert says in str(refusal.value)


@pytest.mark.parametrize("text", ["0", "57.30", "0.10", "1000000", "", "349."])
def test_a_price_is_kept_as_written(text):
    assert parse_price(text) == text


@pytest.mark.parametrize("text", ["NaN", "inf", "-1", "1e3", "1,299.00", "¥57", "1_000", "9" * 21, "sNaN", "57.30元"])
def test_what_is_no_plain_price_is_refused(text):
    with pytest.raises(InvalidValue, match="plain number"):
        parse_price(text)


@pytest.mark.parametrize("text", ["a", "k-1", "物流-1", "x" * 128, "o/2026:1"])
def test_ids_that_are_fine(text):
    assert parse_id(text, "canary_id") == text


@pytest.mark.parametrize("text", ["", "a b", "a,b", "a;b", 'a"b', "x" * 129, "a\n", "a\x00b", "a\u3000b", "a\udcff"])
def test_ids_that_are_not(text):
    with pytest.raises(InvalidValue, match="canary_id"):
        parse_id(text, "canary_id")


def test_a_list_is_split_at_blanks_and_commas():
    assert parse_list(" a, b\tc,,d ") == ("a", "b", "c", "d")
    assert parse_list("") == ()


def test_every_bad_column_is_named_at_once():
    columns = Columns({"when": "now", "price": "free", "name": " ", "flag": "maybe"})
    columns.time("when")
    columns.read("price", parse_price, "")
    columns.text("name", required=True)
    columns.flag("flag", default=False)
    columns.id("missing")
    with pytest.raises(InvalidRecord) as refusal:
        columns.finish()
    assert [problem.field for problem in refusal.value.problems] == ["when", "price", "name", "flag", "missing"]


def test_text_is_limited_and_free_of_control_characters():
    def problems(text, limit=10):
        columns = Columns({"notes": text})
        kept = columns.text("notes", limit=limit)
        try:
            columns.finish()
        except InvalidRecord as refusal:
            return str(refusal)
        assert kept == text
        return ""

    assert problems("a\tb\r\nc") == ""
    assert problems("=1+1") == ""
    assert "at most 10 characters (these are 11)" in problems("x" * 11)
    assert "control characters" in problems("a\x00b")
    assert "control characters" in problems("a\x1b[2J")
    assert "control characters" in problems("a\udcff")


@pytest.mark.parametrize(("text", "read"), [("yes", True), ("NO", False), ("1", True), ("false", False), ("", True)])
def test_flags(text, read):
    assert Columns({"answered": text}).flag("answered", default=True) is read


@given(st.text(max_size=40))
def test_no_text_makes_time_or_price_fail_otherwise_than_by_refusal(text):
    for parse in (parse_time, parse_price):
        with suppress(InvalidValue):
            parse(text)
