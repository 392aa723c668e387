import pytest

from tracer.domain.codebook.phonetics import han_only, is_han, readings, sound_key, syllable_of
from tracer.domain.codebook.repertoire import given_words, surnames
from tracer.domain.codebook.syllables import SYLLABLES, initial_and_final, merged_class


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhang", "zan"),
        ("cheng", "cen"),
        ("shi", "si"),
        ("nan", "lang"),
        ("ran", "lan"),
        ("hua", "fa"),
        ("huang", "fan"),
        ("hui", "fei"),
        ("jing", "jin"),
        ("liang", "nian"),
        ("wang", "wan"),
        ("ying", "yin"),
    ],
)
def test_what_a_telephone_merges(one, other):
    assert merged_class(one) == merged_class(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hu", "fu"), ("dong", "dun"), ("ju", "zhu"), ("lv", "lu"), ("yu", "wu"), ("xun", "xin"), ("ba", "pa")],
)
def test_what_it_keeps_apart(one, other):
    assert merged_class(one) != merged_class(other)


def test_spelling_hides_the_same_final():
    assert initial_and_final("yun")[1] == initial_and_final("jun")[1] == "vn"
    assert initial_and_final("wei")[1] == initial_and_final("hui")[1] == "uei"


def test_there_are_about_two_thirds_as_many_classes_as_syllables():
    assert len(SYLLABLES) == len(set(SYLLABLES)) == 410
    assert 255 <= len({merged_class(s) for s in SYLLABLES}) <= 280


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张晓萌", "章小门"),
        ("張曉萌", "张晓萌"),
        ("曾成", "增诚"),
        ("单宝", "山饱"),
        ("欧阳娜娜", "欧阳拉拉"),
        ("Catherine Phillips", "KATHRYN  FILIPS"),
    ],
)
def test_names_that_sound_alike_share_a_key(one, other):
    assert sound_key(one) == sound_key(other)


def test_names_that_differ_to_the_ear_do_not():
    assert sound_key("王伟") != sound_key("王芳")
    assert sound_key("Mary Jones") != sound_key("Mark Jones")
    assert len(sound_key("王晓芳").classes) == 3
    assert sound_key("Mary K. Smith") != sound_key("Mary Smith")


def test_a_character_without_reading_stands_for_itself():
    assert sound_key("王\U00031400") != sound_key("王\U00031401")


def test_a_compound_surname_is_one_place():
    assert [len(sound_key(name).classes) for name in ("欧阳娜", "欧阳娜娜", "王伟", "诸葛亮")] == [2, 3, 2, 2]


def test_an_upgraded_pypinyin_changes_no_reading_of_the_repertoire(monkeypatch):
    words = surnames("zh_CN"), given_words("zh_CN", "female", 2)
    before = [[syllable_of(word, surname=not i) for word in some.words] for i, some in enumerate(words)]
    monkeypatch.setattr("pypinyin.pinyin", lambda *_, **__: [["ba"]])
    readings.cache_clear()
    syllable_of.cache_clear()
    after = [[syllable_of(word, surname=not i) for word in some.words] for i, some in enumerate(words)]
    assert SYLLABLES[syllable_of("龘")] == "ba"  # not of the repertoire
    monkeypatch.undo()
    readings.cache_clear()
    syllable_of.cache_clear()
    assert after == before


@pytest.mark.parametrize(("first", "last"), [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x323AF), (0x3007, 0x3007)])
def test_chinese_characters_are_those_of_the_unified_blocks(first, last):
    assert [is_han(chr(code)) for code in (first - 1, first, last, last + 1)] == [False, True, True, False]


def test_of_a_mixed_text_the_chinese_characters_are_kept():
    assert han_only("王A小 明") == "王小明"
    assert (han_only("Mary"), han_only("Zoë"), han_only("")) == ("", "", "")
