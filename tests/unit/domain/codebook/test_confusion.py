import numpy as np
import pytest

from tracer.domain.codebook.confusion import (
    ANY_PART,
    ANY_SYLLABLE,
    MERGED,
    NEAR,
    SAME,
    confusion,
    parts,
    syllable_distance,
)
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


@pytest.mark.parametrize(
    ("syllable", "found"),
    [
        ("zi", ("z", "", "y", "")),
        ("zhi", ("zh", "", "y", "")),
        ("ci", ("c", "", "y", "")),
        ("chi", ("ch", "", "y", "")),
        ("si", ("s", "", "y", "")),
        ("shi", ("sh", "", "y", "")),
        ("ri", ("r", "", "y", "")),
        ("ji", ("z", "", "i", "")),
        ("li", ("l", "", "i", "")),
        ("yi", ("", "", "i", "")),
        ("bo", ("b", "", "o", "")),
        ("po", ("p", "", "o", "")),
        ("mo", ("m", "", "o", "")),
        ("fo", ("f", "", "o", "")),
        ("duo", ("d", "u", "o", "")),
        ("wo", ("", "u", "o", "")),
        ("jiang", ("z", "i", "a", "ng")),
        ("qun", ("c", "", "v", "n")),
        ("xue", ("s", "v", "E", "")),
        ("liu", ("l", "i", "o", "u")),
        ("gui", ("g", "u", "e", "i")),
        ("lun", ("l", "u", "e", "n")),
        ("er", ("", "", "r", "")),
    ],
)
def test_a_syllable_is_taken_apart(syllable, found):
    assert parts(syllable) == found


def weight(kinds, step):
    """Of a part among so many kinds that is heard by this step."""
    return ANY_PART / kinds + step


def test_the_shares_are_products_of_the_weights_of_their_parts():
    split = [parts(syllable) for syllable in SYLLABLES]
    initials, glides, vowels, codas = (len({part[i] for part in split}) for i in range(4))
    floor = ANY_SYLLABLE / len(SYLLABLES)

    def ratio(heard, said):
        return (p(heard, said) - floor) / (p(said, said) - floor)

    same = {kinds: weight(kinds, SAME) for kinds in (initials, glides, vowels, codas)}
    merged, near, other = (weight(initials, step) / same[initials] for step in (MERGED, NEAR, 0.0))
    assert ratio("zang", "zhang") == ratio("zhang", "zang") == pytest.approx(merged)
    assert ratio("lang", "nang") == pytest.approx(merged)
    assert ratio("pang", "bang") == pytest.approx(near)
    assert ratio("bang", "lang") == pytest.approx(other)
    assert ratio("zan", "zang") == pytest.approx(weight(codas, MERGED) / same[codas])
    assert ratio("zai", "zan") == pytest.approx(weight(codas, NEAR) / same[codas])
    assert ratio("wai", "ai") == pytest.approx(weight(glides, NEAR) / same[glides])
    assert ratio("zen", "zan") == pytest.approx(weight(vowels, NEAR) / same[vowels])
    assert ratio("zan", "zhang") == pytest.approx(merged * weight(codas, MERGED) / same[codas])


def test_two_parts_may_be_misheard_in_one_step():
    def joint(heard, said):
        parts_same = np.prod([SAME + ANY_PART / kinds for kinds in counts])
        return (p(heard, said) - floor) / (p(said, said) - floor) * parts_same / SAME**3

    split = [parts(syllable) for syllable in SYLLABLES]
    counts = [len({part[i] for part in split}) for i in range(4)]
    floor = ANY_SYLLABLE / len(SYLLABLES)
    assert joint("fei", "hui") == joint("fang", "huang") == pytest.approx(MERGED)
    assert joint("huang", "fang") == pytest.approx(MERGED)
    assert joint("yan", "ran") == joint("ran", "yan") == pytest.approx(NEAR)


def test_a_distance_is_the_log_of_the_likeness_on_the_scale_of_the_least():
    one, other = SYLLABLE_ID["zhang"], SYLLABLE_ID["zan"]
    table = confusion()
    likeness = table[one, other] * table[other, one] / (table[one, one] * table[other, other])
    assert syllable_distance(one, other) == pytest.approx(0.5 * np.log(likeness) / np.log(table.min()))
    assert confusion() is confusion()
    with pytest.raises(ValueError, match="read-only"):
        confusion()[0, 0] = 1
