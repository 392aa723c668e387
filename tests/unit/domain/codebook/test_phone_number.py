import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.domain.codebook.phone_number import is_fictional, normalise_caller, parse_line
from tracer.domain.codebook.written_phone import STYLES, write_as, written_form
from tracer.domain.errors import InvalidValue
from tracer.domain.line import Line

# China keeps no range for fiction: 010-8234 5678 and 13800138000 stand for the forms only.
LANDLINE, MOBILE, LONDON = "+861082345678", "+8613800138000", "+442079460016"

FICTIONAL = st.one_of(
    st.integers(0, 999).map("+442079460{:03}".format),
    st.integers(0, 999).map("+447700900{:03}".format),
    st.integers(0, 999).map("+441632960{:03}".format),
    st.integers(0, 999).map("+443069990{:03}".format),
    st.integers(0, 999).map("+448081570{:03}".format),
    st.integers(0, 99).map("+120255501{:02}".format),
    st.integers(0, 9999).map("+6125550{:04}".format),
)
NUMBERS = FICTIONAL | st.sampled_from([LANDLINE, MOBILE, "+8657188888888", "+864008001234"])
EXTENSIONS = st.none() | st.text("0123456789", min_size=1, max_size=7)
LINES = st.builds(Line, NUMBERS, EXTENSIONS)


@pytest.mark.parametrize(
    "text",
    [
        "010-82345678-801",
        "010-8234-5678-801",
        "010-82345678转801",
        "010-82345678轉801",
        "01082345678分机801",
        "010-82345678 分机 801",
        "010 8234 5678 分机号：801",
        "010-82345678 分機 801",
        "010-82345678 转分机 801",
        "010-82345678內線801",
        "010-82345678内线801",
        "010-82345678(801)",
        "（010）82345678（801）",
        "010-82345678（转801）",
        "010-82345678*801",
        "010-82345678#801",
        "010-82345678,801",
        "010-82345678，转801",
        "０１０－８２３４５６７８－８０１",
        "010—82345678—801",
        "(010) 8234 5678 ext. 801",
        "010-82345678 x801",
        "86-10-82345678-801",
        "+86 10 8234 5678;ext=801",
        "+86 010 82345678-801",
        "tel:+86-10-8234-5678;ext=801",
        "0086 10 8234 5678 转 801",
    ],
)
def test_a_landline_with_its_extension_however_it_is_written(text):
    assert parse_line(text) == Line(LANDLINE, "801")


@pytest.mark.parametrize(
    "text",
    ["13800138000-1234", "138 0013 8000-1234", "138-0013-8000转1234", "+86 138 0013 8000#1234", "8613800138000,1234"],
)
def test_a_mobile_with_a_platforms_four_digits(text):
    assert parse_line(text) == Line(MOBILE, "1234")


@pytest.mark.parametrize(
    ("text", "region", "line"),
    [
        ("+442079460016", None, Line(LONDON)),
        ("+442079460016;ext=0042", None, Line(LONDON, "0042")),
        ("+44 (0)20 7946 0016", None, Line(LONDON)),
        ("0044 20 7946 0016 ext 0042", None, Line(LONDON, "0042")),
        ("tel:+44-20-7946-0016;ext=0042", None, Line(LONDON, "0042")),
        ("\u202a+44 20 7946 0016\u202c", None, Line(LONDON)),
        ("+44 20 7946 0016-0042", None, Line(LONDON, "0042")),
        ("020 7946 0016 x42", "GB", Line(LONDON, "42")),
        ("(202) 555-0123", "us", Line("+12025550123")),
        ("1632 960123", "GB", Line("+441632960123")),
        ("010-82345678", None, Line(LANDLINE)),
        ("+٤٤٢٠٧٩٤٦٠٠١٦ x٤٢", None, Line(LONDON, "42")),
    ],
)
def test_other_numbers(text, region, line):
    assert parse_line(text, region) == line


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  \u3000", "empty"),
        ("hello", "no digits of a number"),
        ("转801", "no digits of a number"),
        ("xyz", "no digits of a number"),
        ("02079460016-3", r"country code is missing: \+44"),
        ("02 5550 1234", r"country code is missing: \+61"),
        ("138O0138000", "Letters"),
        ("12345", "too short"),
        ("+44123", "too short"),
        ("95338", "too short"),
        ("+442079460016" * 6, "64 characters"),
        ("1" * 30, "too long"),
        ("23800138000", "Without a country code"),
        ("4008001234", "Without a country code"),
        ("1380013800", "missing or extra digits"),
        ("138001380001", "missing or extra digits"),
        ("+999123456789", "No telephone plan"),
        ("+44 20 7946 0016 0042", "No telephone plan"),
        ("010-82345678-", "No telephone plan"),
        ("+442079460016;ext=", "No telephone plan"),
        ("13800138000-12345678", "extension of 1 to 7 digits"),
        ("+442079460016;ext=12345678", "extension of 1 to 7 digits"),
        ("13800138000/13900139000", "one telephone number"),
        ("+442079460016,+442079460017", "one telephone number"),
        ("+442079460016 +442079460017", "one telephone number"),
        ("13800138000或13900139000", "one telephone number"),
    ],
)
def test_what_is_no_number_is_refused_and_told_why(text, says):
    with pytest.raises(InvalidValue, match=says) as refusal:
        parse_line(text)
    assert refusal.value.field == "phone"


def test_a_british_fictional_number_is_not_taken_for_one_in_guangzhou():
    with pytest.raises(InvalidValue):
        parse_line("020 7946 0016")


@pytest.mark.parametrize(
    ("number", "fictional"),
    [
        ("+12025550100", True),
        ("+12025550199", True),
        ("+12025550200", False),
        ("+12025550099", False),
        ("+442079460000", True),
        ("+442079461000", False),
        ("+447700900999", True),
        ("+441632960000", True),
        ("+443069990000", True),
        ("+448081570000", True),
        ("+61255501234", True),
        ("+61355501234", False),
        (MOBILE, False),
    ],
)
def test_ranges_kept_for_fiction(number, fictional):
    assert is_fictional(number) is fictional


@given(LINES)
def test_the_file_form_reads_back(line):
    assert parse_line(line.text) == line


@given(LINES, st.sampled_from([None, "CN", "GB", "US", "AU"]))
def test_the_written_form_reads_back_in_its_region(line, region):
    assert parse_line(written_form(line, region), region) == line


@given(LINES, st.sampled_from(sorted(STYLES)), st.booleans(), st.text(" \u3000\u202a\u200b", max_size=3))
def test_every_style_reads_back_also_in_full_width(line, style, full_width, around):
    text = write_as(line, style)
    if full_width:
        text = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() or c in "+-();=" else c for c in text)
    assert parse_line(around + text + around) == line


@pytest.mark.parametrize(
    ("line", "region", "text"),
    [
        (Line(LANDLINE, "801"), None, "010-82345678-801"),
        (Line("+8657188888888", "1"), None, "0571-88888888-1"),
        (Line(MOBILE, "1234"), None, "13800138000-1234"),
        (Line(MOBILE), None, "13800138000"),
        (Line(LONDON, "0042"), None, "+44 20 7946 0016转0042"),
        (Line(LONDON, "0042"), "GB", "020 7946 0016 ext 0042"),
        (Line(LANDLINE, "801"), "GB", "+86 10 8234 5678 ext 801"),
    ],
)
def test_a_form_gets_what_its_readers_know(line, region, text):
    assert written_form(line, region) == text


def test_each_style_marks_the_extension_in_its_way():
    written = {style: write_as(Line(LANDLINE, "801"), style) for style in STYLES}
    assert written == {
        "plain": "01082345678-801",
        "dash": "010-82345678-801",
        "zhuan": "010-82345678转801",
        "fenji": "010-82345678 分机801",
        "rfc3966": "tel:+86-10-8234-5678;ext=801",
        "ext": "010-82345678 ext 801",
    }


def test_an_unknown_style_names_the_known_ones():
    with pytest.raises(InvalidValue, match="zhuan"):
        write_as(Line(LONDON), "morse")


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("", ""),
        (" anonymous ", "anonymous"),
        ("未知号码", "未知号码"),
        ("95338", "95338"),
        ("0095338", "0095338"),
        ("+86 95338", "95338"),
        ("0086-95338", "95338"),
        ("013800138000", MOBILE),
        ("0138 0013 8000", MOBILE),
        ("8695338", "8695338"),
        ("0 95-588", "095588"),
        ("*67", "*67"),
        ("138 0013 8000", MOBILE),
        ("0044 20 7946 0016", LONDON),
        ("+442079460016;ext=12", "+442079460016;ext=12"),
    ],
)
def test_callers_are_brought_together_or_kept_as_shown(shown, kept):
    assert normalise_caller(shown) == kept


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=64))
def test_no_odd_caller_is_refused(shown):
    assert normalise_caller(normalise_caller(shown)) == normalise_caller(shown)


@pytest.mark.parametrize("shown", ["1" * 65, "12\x0034", "12\n34"])
def test_callers_that_cannot_be_stored_are_refused(shown):
    with pytest.raises(InvalidValue, match="caller_number"):
        normalise_caller(shown)
