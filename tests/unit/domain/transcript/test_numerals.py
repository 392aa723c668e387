"""Numbers that were spoken are put in digits, and nothing else is."""

import pytest

from tracer.domain.transcript.numerals import in_digits
from tracer.domain.transcript.plain import plain


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("運單號幺五八二洞洞", "运单号158200"),
        ("一百八十块", "180块"),
        ("2百块", "200块"),
        ("一百八", "180"),
        ("两千五", "2500"),
        ("一万二", "12000"),
        ("二百一一饼", "210/一饼"),
        ("十块钱", "10块钱"),
        ("十一月三号", "11月3号"),
        ("尾号五 八 七 一", "尾号5871"),
        ("3 3 0 7，1 9 5 5", "33071955"),
        ("138 0013 8000", "13800138000"),
        ("one five eight double three", "15833"),
        ("oh seven seven triple zero", "077000"),
        ("fifty eight seventy one", "5871"),
        ("it was twenty nine ninety nine", "it was 29.99"),
        ("two hundred and forty pounds", "240 pounds"),
        ("two thousand five hundred", "2500"),
    ],
)
def test_spoken_numbers(said, written):
    assert in_digits(plain(said)).text == written


@pytest.mark.parametrize(
    "said",
    [
        "双十一",
        "万一不行",
        "三倍赔付",
        "周一",
        "两三天",
        "one or two",
        "no one",
        "2026-11-03 14:22",
        "129.00元",
        "五位数",
        "一个一个来",
    ],
)
def test_other_words_stay(said):
    assert in_digits(plain(said)).text == said


def test_a_rewritten_number_points_at_the_words():
    text = "您的尾号幺五八二对吧"
    written = in_digits(plain(text))
    at = written.text.index("1582")
    assert written.original(at, at + 4) == (4, 8)
