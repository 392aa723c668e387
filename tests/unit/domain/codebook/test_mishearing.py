from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from tracer.domain.codebook.mishearing.keyboard import keyboard, offered, phrases_of
from tracer.domain.codebook.mishearing.names import TRADITIONAL, by_rank, pick, weighted
from tracer.domain.codebook.mishearing.say import FORMS, VOICES, Voice, _said, hear, ordinary_name, rules, say
from tracer.domain.codebook.mishearing.sounds import _options, accented, join, near, sounds_of, split
from tracer.domain.errors import InvalidValue

ACCENTS = ("southwestern", "min", "cantonese", "wu", "hunan", "northeastern")
FAITHFUL = Voice(name="faithful", near_noise=0.0, any_noise=0.0, exact=1.0, pinyin=0.0, traditional=0.0)


def heard_of(character: str, voice: str, surname: bool = False, calls: int = 3000) -> dict[str, float]:
    """Shares of the syllables heard for one character."""
    rng = np.random.default_rng(7)
    counts = Counter(hear([character], int(surname), VOICES[voice], rng)[0][2] for _ in range(calls))
    return {syllable: count / calls for syllable, count in counts.items()}


def wrong_share(voice: str, names: int = 4000) -> float:
    """Share of syllables of ordinary names that are heard as another."""
    rng = np.random.default_rng(11)
    sounds = [s for _ in range(names) for s in hear(list(ordinary_name(rng)[0]), 1, VOICES[voice], rng)]
    return sum(spoken != heard for spoken, _, heard in sounds) / len(sounds)


@pytest.mark.parametrize("voice", VOICES)
def test_the_seed_decides_what_is_typed(voice: str) -> None:
    def calls(seed: int) -> list[str]:
        rng = np.random.default_rng(seed)
        return [say(*ordinary_name(rng), VOICES[voice], rng) for _ in range(60)]

    assert calls(3) == calls(3)
    assert calls(3) != calls(4)


@pytest.mark.parametrize(
    ("voice", "low", "high"),
    [
        ("standard", 0.015, 0.045), ("southwestern", 0.12, 0.2), ("min", 0.12, 0.2), ("cantonese", 0.12, 0.2),
        ("wu", 0.12, 0.2), ("hunan", 0.12, 0.2), ("northeastern", 0.07, 0.14), ("noisy_line", 0.13, 0.2),
        ("hasty_typist", 0.03, 0.07), ("speech_to_text", 0.05, 0.12),
    ],
)  # fmt: skip
def test_as_many_syllables_are_misheard_as_the_voice_is_meant_for(voice: str, low: float, high: float) -> None:
    assert low < wrong_share(voice) < high


@pytest.mark.parametrize(
    ("voice", "character", "heard", "low", "high"),
    [
        ("southwestern", "楠", "lan", 0.4, 0.75), ("southwestern", "明", "min", 0.35, 0.65),
        ("southwestern", "湖", "fu", 0.4, 0.75), ("min", "芬", "hun", 0.25, 0.6), ("min", "惠", "fei", 0.08, 0.3),
        ("min", "蓉", "long", 0.3, 0.65), ("min", "雨", "yi", 0.1, 0.35), ("cantonese", "宁", "ling", 0.2, 0.6),
        ("cantonese", "蓉", "yong", 0.2, 0.55), ("cantonese", "诗", "si", 0.1, 0.4), ("wu", "欣", "xing", 0.25, 0.55),
        ("wu", "英", "yin", 0.25, 0.55), ("hunan", "慧", "fei", 0.35, 0.7), ("hunan", "花", "fa", 0.25, 0.7),
        ("northeastern", "仁", "yin", 0.25, 0.55), ("northeastern", "志", "zi", 0.2, 0.5),
        ("noisy_line", "梅", "nei", 0.01, 0.15),
    ],
)  # fmt: skip
def test_an_accent_does_what_it_is_known_for_and_the_standard_voice_hardly(
    voice: str, character: str, heard: str, low: float, high: float
) -> None:
    assert low < heard_of(character, voice).get(heard, 0.0) < high
    assert heard_of(character, "standard").get(heard, 0.0) < 0.025


def test_huang_is_wang_in_the_south_but_no_listener_makes_a_rare_surname_of_a_usual_one() -> None:
    assert heard_of("黄", "cantonese", surname=True)["wang"] > 0.25
    assert heard_of("张", "southwestern", surname=True)["zang"] < 0.6 * heard_of("彰", "southwestern")["zang"]


@pytest.mark.parametrize("voice", ACCENTS)
def test_most_errors_of_an_accent_are_its_own(voice: str) -> None:
    bare = VOICES[voice]
    rng = np.random.default_rng(5)
    wrong = own = 0
    for _ in range(3000):
        for spoken, _, heard in hear(list(ordinary_name(rng)[0]), 1, bare, rng):
            wrong += spoken != heard
            own += spoken != heard and accented(bare, 1.0, spoken).get(heard, 0.0) > 0.01
    assert own / wrong > 0.5


def test_a_broad_accent_shows_in_both_syllables_of_a_name() -> None:
    rng = np.random.default_rng(2)
    calls = [hear(["英", "明"], 0, VOICES["southwestern"], rng) for _ in range(6000)]
    first, second = (np.array([call[at][0] != call[at][2] for call in calls]) for at in (0, 1))
    assert (first & second).mean() > 1.05 * first.mean() * second.mean()


@pytest.mark.parametrize("voice", VOICES)
def test_an_accent_turns_syllables_into_syllables(voice: str) -> None:
    known = keyboard().words
    for syllable in known:
        found = accented(VOICES[voice], 1.6, syllable)
        assert found.keys() <= known.keys()
        assert sum(found.values()) == pytest.approx(1.0)
        assert min(found.values()) >= 0.0


def test_syllables_come_apart_and_together_again() -> None:
    for syllable in keyboard().words:
        assert join(*split(syllable), "") == syllable
    assert (split("you"), split("jun"), split("shi"), split("lv")) == (
        ("", "iou"), ("j", "vn"), ("sh", "-i"), ("l", "v"),
    )  # fmt: skip
    assert join("j", "-i", "zi") == "ji"
    assert join("n", "ia", "lia") == "lia"
    changed = [("s", "xian", "san"), ("c", "qiang", "cang"), ("z", "jiao", "zao"), ("j", "zhang", "jiang")]
    changed += [("x", "shan", "xian"), ("n", "lian", "nian"), ("q", "jian", "qian"), ("sh", "san", "shan")]
    for initial, before, after in changed:
        assert join(initial, split(before)[1], before) == after
    assert near("ming")["ning"] > near("ming").get("guo", 0.0)
    assert near("zhen")["zheng"] > near("zhen").get("zhuang", 0.0)


def test_forms_of_a_name_heard_and_typed_rightly() -> None:
    def forms(name: str, gender: str, form: str) -> set[str]:
        rng = np.random.default_rng(1)
        return {say(name, gender, FAITHFUL, rng, form) for _ in range(400)}

    assert forms("王小明", "male", "full") == {"王小明"}
    assert forms("王小明", "male", "given") == {"小明"}
    assert forms("王小明", "male", "titled") == {"王先生", "王师傅", "王老师", "王总"}
    assert forms("王小雪", "female", "full_titled") >= {"王小雪女士", "王小雪小姐"}
    assert forms("王小明", "unknown", "titled") >= {"王先生", "王女士"}
    assert forms("王小明", "male", "nickname") == {"小王", "老王", "阿王"}
    assert forms("王小明", "male", "dropped") == {"小明", "王明", "王小"}
    assert forms("王小明", "male", "one") == {"王", "小", "明"}
    assert forms("王小明", "male", "masked") == {"王**", "王*明", "*小明", "**明", "王*"}
    assert forms("王明", "male", "masked") == {"王*", "*明"}
    assert forms("欧阳雪", "female", "titled") >= {"欧阳女士", "欧阳小姐"}
    assert forms("欧阳雪", "female", "given") == {"雪"}


def test_the_usual_forms_come_as_often_as_the_voice_says() -> None:
    rng = np.random.default_rng(1)
    texts = Counter(say("王小明", "male", FAITHFUL, rng) for _ in range(4000))
    assert 0.55 < texts["王小明"] / 4000 < 0.65
    assert 0.06 < texts["王先生"] / 4000 < 0.13
    with pytest.raises(InvalidValue, match="form"):
        say("王小明", "male", FAITHFUL, rng, "shouted")


def test_traditional_characters_are_traditional() -> None:
    for simple, full in TRADITIONAL.items():
        assert full.encode("big5")
        with pytest.raises(UnicodeEncodeError):
            full.encode("gb2312")
        assert sounds_of(simple, False)[0][0] == sounds_of(full, False)[0][0]
    voice = Voice(name="t", near_noise=0.0, any_noise=0.0, exact=1.0, pinyin=0.0, traditional=1.0)
    assert say("张伟强", "male", voice, np.random.default_rng(1), "full") == "張偉強"


def test_pinyin_is_what_the_name_sounds_like() -> None:
    voice = Voice(name="p", near_noise=0.0, any_noise=0.0, pinyin=1.0)
    rng = np.random.default_rng(1)
    assert {say("吕小明", "male", voice, rng, "full") for _ in range(200)} == {
        "lvxiaoming", "lv xiao ming", "lv xiaoming", "Lv Xiaoming",
    }  # fmt: skip


def test_homophones_are_name_characters_for_people_and_words_for_a_machine() -> None:
    rng = np.random.default_rng(1)
    human, machine = (
        Counter(say("王惠", "female", VOICES[voice], rng, "full")[1:] for _ in range(3000))
        for voice in ("standard", "speech_to_text")
    )
    assert human["慧"] + human["惠"] + human["辉"] > 2 * human["会"]
    assert machine["会"] > machine["慧"]
    assert sum(human.values()) == 3000


def test_the_keyboard_offers_characters_of_that_sound_the_usual_first() -> None:
    totals, characters = offered("wei", 3, "given")
    weights = dict(zip(characters, np.diff([0.0, *totals]), strict=True))
    assert max(weights, key=lambda c: weights[c]) == "伟"
    assert weights["伟"] > 5 * weights["为"]
    for character in characters:
        sounds = pinyin(character, heteronym=True, style=Style.NORMAL)[0]
        assert "wei" in sounds


@pytest.mark.parametrize(
    ("name", "typed"),
    [("", ""), ("John Smith", "John Smith"), ("  ", ""), ("\u3400", None), ("王A", None), ("\U00020000", None)],
)
def test_names_without_sounds_stay_as_they_are(name: str, typed: str | None) -> None:
    for voice in VOICES.values():
        for form in FORMS:
            text = say(name, "male", voice, np.random.default_rng(1), form)
            assert typed is None or text == typed


_HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=5)


@settings(max_examples=120, deadline=None)
@given(st.one_of(_HAN, st.text(max_size=8)), st.sampled_from(sorted(VOICES)), st.integers(0, 2**32), st.booleans())
def test_whatever_the_name_something_finite_is_typed(name: str, voice: str, seed: int, woman: bool) -> None:
    rng = np.random.default_rng(seed)
    for form in (None, *FORMS):
        text = say(name, "female" if woman else "male", VOICES[voice], rng, form)
        assert len(text) <= 8 * len(name) + 8
        assert bool(text) == bool(name.strip())


def test_ordinary_names_look_like_the_living() -> None:
    rng = np.random.default_rng(9)
    names = [ordinary_name(rng) for _ in range(6000)]
    again = np.random.default_rng(9)
    assert [ordinary_name(again) for _ in range(100)] == names[:100]
    lengths = Counter(len(name) for name, _ in names)
    assert 0.11 < lengths[2] / 6000 < 0.17
    assert set(lengths) <= {2, 3, 4}
    assert 0.05 < sum(name.startswith("王") for name, _ in names) / 6000 < 0.1
    assert 0.45 < sum(gender == "female" for _, gender in names) / 6000 < 0.55
    assert len(set(names)) > 5000
    assert not {c for name, _ in names for c in name} & set(TRADITIONAL.values())
    assert all(sounds_of(c, False) for name, _ in names for c in name)


def test_a_voice_refuses_rules_that_cannot_be() -> None:
    with pytest.raises(InvalidValue, match="add up to 1"):
        Voice(name="x", initials=rules("n>l 0.7, n>m 0.5"))
    with pytest.raises(InvalidValue, match="some of"):
        Voice(name="x", forms={"sung": 1.0})
    with pytest.raises(InvalidValue, match="syllables of Mandarin"):
        accented(Voice(name="x", syllables=rules("hua>vua 0.5")), 1.0, "hua")


def test_a_chance_falls_on_an_item_by_its_weight() -> None:
    table = weighted({"a": 2.0, "b": 6.0, "c": 2.0})
    assert table == ((2.0, 8.0, 10.0), ("a", "b", "c"))
    picked = [pick(table, chance) for chance in (0.0, 0.19, 0.2, 0.79, 0.8, 0.99, 1.0)]
    assert picked == ["a", "a", "b", "b", "c", "c", "c"]


def test_weights_fall_with_the_first_rank() -> None:
    assert by_rank("xyx", 4.0) == {"x": 1 / 4.0, "y": 1 / 5.0}


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("王小明", "one", ["王 1", "明 0", "明 0"]),
        ("王小明", "dropped", ["小明 0", "王明 1", "王小 1"]),
        ("王小明", "given", ["小明 0"] * 3),
        ("王小明", "titled", ["王 1"] * 3),
        ("王小明", "full", ["王小明 1"] * 3),
        ("欧阳娜", "one", ["欧 1", "娜 0", "娜 0"]),
        ("欧阳娜", "dropped", ["阳娜 1", "欧娜 1", "欧阳 2"]),
        ("欧阳娜", "nickname", ["欧阳 2"] * 3),
        ("王", "given", ["王 1"] * 3),
        ("王", "one", ["王 1"] * 3),
        ("王", "dropped", ["王 1"] * 3),
    ],
)
def test_what_is_said_of_a_name_and_how_much_of_it_is_the_surname(name: str, form: str, said: list[str]) -> None:
    found = [_said(name, form, lambda chance=chance: chance) for chance in (0.0, 0.5, 0.99)]
    assert [f"{''.join(pieces)} {size}" for pieces, size in found] == said


def test_a_keyboard_knows_syllables_with_a_vowel() -> None:
    words = keyboard().words
    assert {"a", "e", "ai", "er", "lv"} <= words.keys()
    assert not {"m", "n", "ng", "hm"} & words.keys()


def test_words_are_offered_by_both_their_syllables() -> None:
    for (first, second), words in list(keyboard().phrases.items())[:20]:
        assert phrases_of(first, second) == words
    assert phrases_of("ming", "no syllable") == ()


def test_of_the_broadest_accent_a_tenth_stays_right() -> None:
    table = {"n": (("l", 0.5), ("m", 0.1))}
    assert _options(table, "n", 1.0) == pytest.approx({"l": 0.5, "m": 0.1, "n": 0.4})
    assert _options(table, "n", 3.0) == pytest.approx({"l": 0.75, "m": 0.15, "n": 0.1})
    assert _options(table, "b", 3.0) == {"b": 1.0}


def test_a_blurred_syllable_is_heard_as_a_near_one() -> None:
    rng = np.random.default_rng(1)
    blurred = Voice(name="blurred", near_noise=0.4, any_noise=0.0)
    heard = Counter(hear(["明"], 0, blurred, rng)[0][2] for _ in range(300))
    assert set(heard) <= {"ming", *near("ming")}
    assert 0.25 < 1 - heard["ming"] / 300 < 0.55
