"""Telephone numbers and names as people and programs write them; every number lies in a range kept for fiction."""

from __future__ import annotations

from hypothesis import strategies as st

_FICTIONAL = (
    [("44", "7700900", 3), ("44", "2079460", 3), ("44", "1632960", 3), ("61", "25550", 4)],
    [("1", f"{area}55501", 2) for area in (212, 415, 907)],
)
_BASES = [base for group in _FICTIONAL for base in group]
_SEPARATORS = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011", "\uff0d", "\u202a", "\u200b", "  "])
_EXTENSIONS = st.sampled_from([";ext={}", " ext. {}", "x{}", "转{}", "分机 {}", "＃{}", "*{}", "（{}）", "-{}", ",,{}"])
_NAMES = st.sampled_from(
    [
        "欧阳晓萌",
        "张三",
        "𠮷野家",
        "e\u0301milie",
        "Zoë",
        "مریم",
        "דוד",
        "‮emordnilap",
        "👩‍🌾",
        "🏮",
        "a\u200bb",
        "ﬁ",
        "ａｂｃ",
        "Ааа",
        "ΑΑΑ",
        "O'Brien-Núñez",
        "王\u3000小明",
        "\ufeff李",
        "가나",
        "가나",
        "ß",
        "İ",
        "=1+1",
        "\u0661\u0662",
    ]
)


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isdigit() else c for c in text)


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A number in some form: E.164, national, with 00, in full-width or other digits, with or without an extension."""
    code, head, open_digits = draw(st.sampled_from(_BASES))
    national = head + draw(st.text("0123456789", min_size=open_digits, max_size=open_digits))
    written = draw(_SEPARATORS).join(
        [draw(st.sampled_from([f"+{code}", f"00{code}", f"＋{code}", "0", f"tel:+{code}"])), national[:3], national[3:]]
    )
    if draw(st.booleans()):
        digits = draw(st.text("0123456789", min_size=1, max_size=8))
        written += draw(_EXTENSIONS).format(digits)
    if draw(st.integers(0, 3)) == 0:
        written = _full_width(written)
    if draw(st.integers(0, 9)) == 0:
        written = written.translate({ord("0") + n: 0x660 + n for n in range(10)})
    return draw(st.sampled_from(["", " ", "\u200e"])) + written


def names() -> st.SearchStrategy[str]:
    """A name in some script, of letters that look alike, with marks that combine, or with what does not show."""
    drawn = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    return st.one_of(_NAMES, st.lists(_NAMES, min_size=2, max_size=3).map("".join), drawn)
