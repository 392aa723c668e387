import numpy as np
import pytest

from tracer.domain.codebook.phonetics import latin_key, sound_key
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES, initial_and_final, log_confusion, merged_class


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


def test_each_said_syllable_is_heard_as_something():
    p = np.exp(log_confusion())
    np.testing.assert_allclose(p.sum(axis=0), 1)
    zhang, zang, zhong, ba = (SYLLABLE_ID[s] for s in ("zhang", "zang", "zhong", "ba"))
    assert p[zhang, zhang] > p[zang, zhang] > p[zhong, zhang] > p[ba, zhang] > 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张晓萌", "章小门"),
        ("張曉萌", "张晓萌"),
        ("曾成", "增诚"),
        ("单宝", "山饱"),
        ("Catherine Phillips", "KATHRYN  FILIPS"),
    ],
)
def test_names_that_sound_alike_share_a_key(one, other):
    assert sound_key(one) == sound_key(other)


def test_names_that_differ_to_the_ear_do_not():
    assert sound_key("王伟") != sound_key("王芳")
    assert sound_key("Mary Jones") != sound_key("Mark Jones")
    assert len(sound_key("王晓芳")) == 3


def test_a_character_without_reading_stands_for_itself():
    assert sound_key("王\U00031400") != sound_key("王\U00031401")


def test_an_initial_vowel_counts_and_an_empty_word_does_not():
    assert latin_key("anna") == "an"
    assert latin_key("ian") == latin_key("eoin")
    assert latin_key("") == ""
