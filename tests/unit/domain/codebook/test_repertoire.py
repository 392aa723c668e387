import json
from collections import Counter
from hashlib import sha256
from importlib.resources import files

import numpy as np
import pytest
from scipy.stats import chisquare

from tracer.domain.codebook import repertoire
from tracer.domain.codebook.repertoire import (
    GENDERS,
    LOCALES,
    Words,
    blocked_chinese,
    blocked_english,
    frozen_reading,
    given_words,
    initials,
    is_blocked,
    require_gender,
    surnames,
)
from tracer.domain.codebook.syllables import SYLLABLE_ID, SYLLABLES, merged_class
from tracer.domain.errors import InvalidValue

# A new version is a new entry; the entries that are here stay as they are.
RELEASED = {1: "16a5cf35a151101bd90da528239bec0f93f43e33b49a037892607efe39baff66"}

CHINESE_GIVEN = [(gender, place) for gender in GENDERS for place in (1, 2)]


def stored(version=repertoire.VERSION):
    return (files("tracer.domain.codebook") / "lists" / f"repertoire-{version}.json").read_bytes()


def every_list():
    return (
        [surnames(locale) for locale in LOCALES]
        + [given_words("zh_CN", gender, place) for gender, place in CHINESE_GIVEN]
        + [given_words(locale, gender) for locale in LOCALES[1:] for gender in GENDERS]
        + [initials(locale) for locale in LOCALES[1:]]
    )


def merged_shares(words):
    shares = Counter()
    for sound, share in zip(words.sounds.tolist(), words.weights.tolist(), strict=True):
        shares[merged_class(SYLLABLES[sound])] += share
    return shares


def given(gender):
    return set(given_words("zh_CN", gender, 1).words + given_words("zh_CN", gender, 2).words)


def drawn(locale, gender, n, seed=3):
    rng = np.random.default_rng(seed)
    family, first = surnames(locale).draw(rng, n), given_words(locale, gender).draw(rng, n)
    if locale == "zh_CN":
        return list(map("".join, zip(family, first, given_words(locale, gender, 2).draw(rng, n), strict=True)))
    return [f"{a} {b}" for a, b in zip(first, family, strict=True)]


# -- the file


def test_released_versions_have_not_changed():
    for version, digest in RELEASED.items():
        assert sha256(stored(version)).hexdigest() == digest
    assert RELEASED[repertoire.VERSION] == repertoire.SHA256


def test_a_tampered_copy_is_refused_with_what_to_do(tmp_path, monkeypatch):
    copy = tmp_path / "lists" / f"repertoire-{repertoire.VERSION}.json"
    copy.parent.mkdir()
    monkeypatch.setattr(repertoire, "files", lambda _: tmp_path)
    copy.write_bytes(stored())
    assert repertoire._lists.__wrapped__()["version"] == repertoire.VERSION
    copy.write_bytes(stored().replace("王".encode(), "汪".encode(), 1))
    with pytest.raises(InvalidValue, match=r"repertoire-1\.json: .*Install it anew"):
        repertoire._lists.__wrapped__()


def test_the_file_tells_what_it_was_made_from():
    made = json.loads(stored())
    assert made["version"] == repertoire.VERSION
    assert set(made["made_from"]) == {"faker", "mimesis", "pypinyin"}


# -- words and weights


def test_weights_are_probabilities_and_words_do_not_repeat():
    for words in every_list():
        assert np.isclose(words.weights.sum(), 1.0, rtol=0, atol=1e-12)
        assert words.weights.min() > 0
        assert len(set(words.words)) == len(words.words) == len(words.weights)


def test_arrays_cannot_be_written_to():
    for array in (surnames("zh_CN").weights, surnames("zh_CN").sounds):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_draws_follow_the_weights():
    words = given_words("zh_CN", "male", 2)
    n = 200_000
    places = words.draw_places(np.random.default_rng(11), n)
    seen = np.bincount(places, minlength=len(words.words))
    assert chisquare(seen, words.weights * n).pvalue > 0.001
    assert chisquare(seen, np.full(len(seen), n / len(seen))).pvalue < 1e-9
    assert words.draw(np.random.default_rng(11), 50) == [words.words[i] for i in places[:50]]


def test_a_draw_stays_inside_when_rounding_leaves_the_last_bound_short():
    class AlmostOne:
        def random(self, n):
            return np.full(n, np.nextafter(1.0, 0.0))

    words = Words.of(dict.fromkeys("abcdefghij", 0.1))
    assert words.draw(AlmostOne(), 2) == ["j", "j"]


@pytest.mark.parametrize(("name", "share"), [("王", 0.072), ("李", 0.072), ("张", 0.068), ("刘", 0.054), ("陈", 0.045)])
def test_the_commonest_surnames_have_their_public_shares(name, share):
    family = surnames("zh_CN")
    assert family.weights[family.words.index(name)] == pytest.approx(share, rel=0.1)


@pytest.mark.parametrize("name", "肖付闫代于")
def test_common_surnames_that_the_source_lacks_are_there(name):
    family = surnames("zh_CN")
    assert family.weights[family.words.index(name)] > 0.0009


def test_rare_surnames_are_kept_for_their_sounds_but_stay_rare_together():
    family = surnames("zh_CN")
    classes = merged_shares(family)
    assert len(classes) >= 110
    assert min(classes.values()) >= 0.0004
    assert family.weights[family.weights < 0.0005].sum() < 0.05


@pytest.mark.parametrize(("gender", "place"), CHINESE_GIVEN)
def test_given_names_have_enough_sounds_for_the_first_names_of_a_number(gender, place):
    classes = merged_shares(given_words("zh_CN", gender, place))
    assert len(classes) > 100
    assert 1 / sum(share**2 for share in classes.values()) > 30
    assert max(given_words("zh_CN", gender, place).weights) < 0.04


# -- who is meant


def test_no_surname_that_is_misread_and_no_given_character_with_two_readings():
    assert not set(surnames("zh_CN").words) & set("曾单仇解区翟盖朴查乐缪覃")
    for gender in GENDERS:
        assert len(given(gender)) > 300
        assert not given(gender) & set("晟茜乐朝行重长曾单盛藏传妤筠靓柏和")


def test_characters_tell_the_gender():
    assert not given("male") & set("红霞娜婷芳娟艳莉颖萍丽妍妮娥媛姗琴菊婷慧静淑")
    assert not given("female") & set("刚强军伟勇磊涛鹏斌浩龙雄彪豪栋炳")
    assert {"婷", "娟", "丽"} <= given("female")
    assert {"刚", "伟", "勇"} <= given("male")


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_english_first_names_tell_the_gender_and_all_are_plain_letters(locale):
    female, male = (set(given_words(locale, gender).words) for gender in GENDERS)
    assert not female & male
    assert not (female | male) & {"Taylor", "Kelly", "Jordan", "Robin", "Terry", "Leslie", "Tracy"}
    assert {"Sarah", "Emily"} <= female
    assert {"James", "David"} <= male
    for word in female | male | set(surnames(locale).words):
        assert word.isascii()
        assert word.isalpha()
        assert word[0].isupper()


@pytest.mark.parametrize("locale", LOCALES[1:])
def test_initials_are_as_frequent_as_first_letters(locale):
    letters = initials(locale)
    assert len(letters.words) >= 20
    assert all(len(letter) == 1 and letter.isupper() for letter in letters.words)
    pools = [given_words(locale, gender) for gender in GENDERS]
    beginning = np.mean([p.weights[[w[0] == "J" for w in p.words]].sum() for p in pools])
    assert letters.weights[letters.words.index("J")] == pytest.approx(beginning, rel=1e-4)


# -- readings


def test_frozen_readings_are_those_of_the_lists():
    assert frozen_reading("任", True) == SYLLABLE_ID["ren"]
    assert frozen_reading("俊", False) == SYLLABLE_ID["jun"]
    assert frozen_reading("张", False) == frozen_reading("婷", True) == frozen_reading("鑢", False) == -1
    for words, surname in [(surnames("zh_CN"), True)] + [(given_words("zh_CN", *one), False) for one in CHINESE_GIVEN]:
        assert words.sounds.min() >= 0
        assert [frozen_reading(word, surname) for word in words.words] == words.sounds.tolist()
    assert surnames("en_US").sounds.size == 0


# -- what nobody is called


@pytest.mark.parametrize(
    "name",
    [
        "张学友",
        "刘德华",
        "刘德花",
        "李小龙",
        "杨伟国",
        "吴德才",
        "王紫薇",
        "李子恭",
        "张林冰",
        "钟忠林",
        "林小林",
        "王静静",
        "余雨婷",
    ],
)
def test_famous_offensive_ridiculous_and_repetitive_names_are_blocked(name):
    assert is_blocked(name)


@pytest.mark.parametrize("name", ["王秀萱", "张梓英", "刘建轩", "陈诗国"])
def test_fashions_of_two_generations_are_not_mixed(name):
    assert is_blocked(name)


@pytest.mark.parametrize("name", ["王晓丽", "李建国", "张雨涵", "刘志强", "林梦婷", "杨帆", "吴丽娟", "韓國瑜", "王"])
def test_ordinary_names_are_not_blocked(name):
    assert not is_blocked(name)


@pytest.mark.parametrize("name", ["Donald Trump", "taylor swift", "Taylor A. Swift", "James James", "Holly Wood"])
def test_famous_and_ridiculous_english_names_are_blocked(name):
    assert is_blocked(name)


@pytest.mark.parametrize("name", ["Sarah Miller", "Donald A. Miller", "Madonna", ""])
def test_ordinary_english_names_are_not_blocked(name):
    assert not is_blocked(name)


@pytest.mark.parametrize("gender", GENDERS)
@pytest.mark.parametrize("locale", LOCALES)
def test_few_of_the_names_drawn_are_blocked_yet_some_are(locale, gender):
    names = drawn(locale, gender, 20_000)
    assert 0.001 < sum(map(is_blocked, names)) / len(names) < 0.08


def test_the_sets_say_what_is_blocked_does():
    blocked = blocked_chinese()
    names = drawn("zh_CN", "female", 5000)
    for name in names:
        family = frozen_reading(name[0], True)
        first, second = (frozen_reading(character, False) for character in name[1:])
        assert is_blocked(name) == (
            name[0] in name[1:]
            or (family, first) in blocked.head
            or (first, second) in blocked.given
            or (family, first, second) in blocked.whole
            or name[1:] in blocked.mixed
        )
    assert "donald trump" in blocked_english()


# -- refusals


@pytest.mark.parametrize("ask", [surnames, initials, lambda locale: given_words(locale, "male")])
def test_another_locale_is_refused_with_the_choice(ask):
    with pytest.raises(InvalidValue, match="zh_CN en_US en_GB"):
        ask("fr_FR")


def test_another_gender_or_place_is_refused_with_the_choice():
    assert require_gender("female") == "female"
    with pytest.raises(InvalidValue, match="female male"):
        given_words("zh_CN", "robot")
    with pytest.raises(InvalidValue, match="1 or 2"):
        given_words("zh_CN", "male", 3)
    with pytest.raises(InvalidValue, match="one given word"):
        given_words("en_US", "male", 2)
    with pytest.raises(InvalidValue, match="en_US en_GB"):
        initials("zh_CN")
