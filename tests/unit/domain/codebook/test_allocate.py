from itertools import combinations
from time import perf_counter

import numpy as np
import pytest

from tracer.domain.codebook.allocate import Allocator, LineSpacing, allocate
from tracer.domain.codebook.phonetics import sound_key
from tracer.domain.codebook.repertoire import (
    AMBIGUOUS_GIVEN,
    FAMOUS,
    GENDERS,
    LOCALES,
    MISREAD_SURNAMES,
    given_words,
    propose,
    surnames,
)
from tracer.domain.errors import CapacityExhausted, InvalidValue


def rng(seed=7):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("gender", GENDERS)
def test_proposals_are_of_the_locale_and_gender(locale, gender):
    names = propose(locale, gender, rng(), 2000)
    given = set(given_words(locale, gender).words)
    for name in names:
        first, last = (name[1:], name[0]) if locale == "zh_CN" else name.split(" ")
        assert last in surnames(locale).words
        assert set(first) <= given if locale == "zh_CN" else first in given


def test_chinese_proposals_have_three_characters_none_misread_or_famous():
    names = propose("zh_CN", "male", rng(), 20_000)
    assert {len(name) for name in names} == {3}
    assert not MISREAD_SURNAMES & {name[0] for name in names}
    assert not AMBIGUOUS_GIVEN & set("".join(name[1:] for name in names))
    assert not FAMOUS & set(names)


def test_surnames_come_as_often_as_in_life():
    names = propose("zh_CN", "female", rng(), 20_000)
    wang = sum(name.startswith("王") for name in names) / len(names)
    assert 0.06 < wang < 0.10


def test_another_locale_or_gender_is_refused_with_the_choice():
    with pytest.raises(InvalidValue, match="zh_CN en_US en_GB"):
        propose("fr_FR", "male", rng(), 1)
    with pytest.raises(InvalidValue, match="female male"):
        propose("zh_CN", "robot", rng(), 1)
    with pytest.raises(InvalidValue, match="gender"):
        allocate(1, "zh_CN", rng(), genders=())


@pytest.mark.parametrize("locale", LOCALES)
def test_names_are_unique_and_tell_apart_by_sound_within_a_gender(locale):
    issued = allocate(3000, locale, rng())
    assert len({one.name for one in issued}) == 3000
    assert len({(sound_key(one.name), one.gender) for one in issued}) == 3000
    assert {one.gender for one in issued} == set(GENDERS)


def test_on_one_number_two_names_differ_in_two_of_three_syllables():
    there = ["张晓萌", "王伟", "李静怡"]
    issued = [one.name for one in allocate(400, "zh_CN", rng(), names_on_line=there)]
    keys = [sound_key(name) for name in issued + [n for n in there if len(n) == 3]]
    assert min(sum(a != b for a, b in zip(x, y, strict=True)) for x, y in combinations(keys, 2)) == 2
    assert all(key[:2] != sound_key("王伟") for key in keys)


def test_what_the_registry_holds_is_not_issued_again():
    first = allocate(300, "zh_CN", rng())
    names = {one.name for one in first}
    keys = {(sound_key(one.name), one.gender) for one in first}
    assert not names & {one.name for one in allocate(300, "zh_CN", rng(), taken_names=names)}
    again = {(sound_key(one.name), one.gender) for one in allocate(300, "zh_CN", rng(), taken_keys=keys)}
    assert not keys & again


def test_the_same_generator_gives_the_same_names_and_another_others():
    assert allocate(50, "zh_CN", rng(1)) == allocate(50, "zh_CN", rng(1)) != allocate(50, "zh_CN", rng(2))


def test_a_full_number_refuses_and_says_what_to_add():
    spacing = LineSpacing()
    allocator = Allocator("zh_CN", rng(), genders=["female"])
    with pytest.raises(CapacityExhausted, match="tracer number add"):
        allocator.issue(100_000, spacing)
    assert spacing.size > 1000
    assert allocator.issue(5, LineSpacing())


def test_an_allocator_spaces_each_line_for_itself():
    allocator, one, two = Allocator("zh_CN", rng()), LineSpacing(), LineSpacing(["张晓萌"])
    names = allocator.issue(20, one) + allocator.issue(20, two)
    assert (one.size, two.size, len({n.name for n in names})) == (20, 21, 40)
    assert not two.fits(sound_key("章小门"))
    assert not two.fits(sound_key("章小伟"))
    assert two.fits(sound_key("赵大伟"))


def test_a_name_of_one_word_takes_its_place():
    assert not LineSpacing(["Madonna"]).fits(sound_key("Madonna"))


def test_names_come_fast_enough_for_a_campaign():
    allocate(100, "zh_CN", rng())
    started = perf_counter()
    allocate(10_000, "zh_CN", rng())
    assert perf_counter() - started < 2.0  # 0.1 s alone on a slow core
