import numpy as np
import pytest

from tracer.domain.codebook.confusion import confusion, parts, syllable_distance
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES, merged_class


def p(heard, said):
    return confusion()[SYLLABLE_ID[heard], SYLLABLE_ID[said]]


def test_each_said_syllable_is_heard_as_something():
    np.testing.assert_allclose(confusion().sum(axis=0), 1)
    assert (np.diag(confusion()) == confusion().max(axis=0)).all()
    assert confusion().min() > 0


def test_every_syllable_has_parts_of_its_own():
    assert (
        len({parts(syllable) for syllable in SYLLABLES}) >= len(SYLLABLES) - 2
    )  # o and wo, lo and luo are spelled apart only


@pytest.mark.parametrize(
    ("said", "merged", "near", "far"),
    [
        ("zhang", "zang", "jiang", "ba"),
        ("xu", "xu", "su", "ma"),
        ("ran", "rang", "yan", "po"),
        ("huang", "fang", "wang", "qi"),
        ("hui", "fei", "wei", "zha"),
        ("li", "ni", "lv", "ke"),
        ("xiang", "xian", "shang", "de"),
        ("wen", "weng", "en", "tie"),
    ],
)
def test_a_smaller_step_is_likelier(said, merged, near, far):
    assert p(said, said) >= p(merged, said) > p(near, said) > 3 * p(far, said)


def test_what_is_merged_is_confused_more_than_most_else():
    alike = [merged_class(a) == merged_class(b) and a != b for a in SYLLABLES for b in SYLLABLES]
    values = confusion().ravel()
    assert np.median(values[alike]) > 20 * np.median(values)


def test_distance_is_graded_and_the_same_both_ways():
    def apart(one, other):
        return syllable_distance(SYLLABLE_ID[one], SYLLABLE_ID[other])

    assert apart("zhang", "zhang") == 0
    assert 0 < apart("zhang", "zang") < apart("zhang", "zan") < apart("zhang", "jiang") < apart("zhang", "po") <= 1
    assert apart("hui", "fei") == apart("fei", "hui")
