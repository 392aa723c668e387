"""Whatever text comes, it is read without a crash, and every finding stands where it says."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.domain.transcript.cases import CASES
from tracer.domain.call import ROLES, SCRIPTS, Nature
from tracer.domain.fields import TOKENS, parse_fields
from tracer.domain.transcript.finding import KnownOrder
from tracer.domain.transcript.numerals import in_digits
from tracer.domain.transcript.plain import plain
from tracer.domain.transcript.reading import ASKED_FOR, read_transcript
from tracer.domain.transcript.turns import read_turns

ORDER = KnownOrder(
    name="張曉萌",
    phone="+442079460016",
    address="Flat 3, 27 Marlow Gardens",
    item="保濕面膜 Sheet mask",
    price="129.00",
    order_no="A-5871",
    waybill_no="SF1390027716",
    account="moth_77",
    placed_at=datetime(2026, 11, 3, tzinfo=UTC),
)
PIECES = sorted({piece for text, _ in CASES.values() for piece in text.replace("\n", "，").split("，")})
ODD = st.sampled_from(
    [
        "　",
        "\x00",
        "\u200b",
        "\u2028",
        "²",
        "ﬁ",
        "㍿",
        "＊",
        "①",
        "e\u0301",
        "👩\u200d👩",
        "\r\n",
        '"',
        "“",
        "**",
        "¥",
        "\ud7ff",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(st.sampled_from(PIECES), ODD, st.text(max_size=12)), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=14).map("\n".join),
    st.text("一二三四五六七八九十百千万零〇幺两洞块元号月 0123456789.,-a我您:：", max_size=120),
    st.text("one two double hundred ninety $.,0123456789 the a", max_size=120),
)


@settings(max_examples=120, deadline=None)
@given(TEXTS, st.booleans())
def test_any_text_is_read(text, known):
    reading = read_transcript(text, [ORDER] if known else [])
    for span in reading.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == span.text
        assert 0.0 < span.p <= 1.0
    assert set(reading.known_fields) <= set(TOKENS)
    parse_fields(" ".join(reading.known_fields))  # never both forms of a name
    bases = {token.split(":")[0] for token in reading.known_fields}
    assert bases.isdisjoint(reading.unknown_fields)
    assert reading.nature in list(Nature)
    assert reading.script in ("", *SCRIPTS)
    assert reading.claimed_role in ("", *ROLES)
    assert set(reading.asked_for) <= set(ASKED_FOR)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_what_is_rewritten_maps_back_to_the_original(text):
    written = in_digits(plain(text))
    assert len(written.text) == len(written.cased) == len(written.starts) == len(written.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(written.starts, written.ends, strict=True))
    assert list(written.starts) == sorted(written.starts)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_turns_lie_in_order_within_the_text(text):
    said = read_turns(plain(text))
    at = 0
    for turn in said.turns:
        assert at <= turn.start <= turn.end <= len(said.text)
        at = turn.end
