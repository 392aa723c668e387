import numpy as np
import pytest

from tracer.domain.codebook.allocate import allocate
from tracer.domain.codebook.decode import GARBLED, NameIndex
from tracer.domain.codebook.hearing import Form, chinese_readings
from tracer.domain.codebook.latin.spoken import latin_reading
from tracer.domain.codebook.mishearing.say import VOICES, say
from tracer.domain.codebook.ordinary import log_ordinary

NAMES = ["张晓萌", "王伟", "欧阳娜娜", "单宝黄", "刘建国", "陈思雨"]
LATIN = ["David Smith", "Catherine Phillips", "Mary-Ann O'Neill"]


def ratios(heard, names=NAMES):
    index = NameIndex(names)
    return index.log_likelihood(heard) - index.log_ordinary(heard)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("张晓萌", "张晓萌"),
        ("章小梦", "张晓萌"),
        ("張曉萌", "张晓萌"),
        ("zhang xiao meng", "张晓萌"),
        ("Zhang Xiaomeng", "张晓萌"),
        ("zhangxiaomeng", "张晓萌"),
        ("Xiaomeng Zhang", "张晓萌"),
        ("Zhāng Xiǎoméng", "张晓萌"),
        ("zhang1 xiao3 meng2", "张晓萌"),
        ("张女士", "张晓萌"),
        ("Ms Zhang", "张晓萌"),
        ("张晓萌女士", "张晓萌"),
        ("张*萌", "张晓萌"),
        ("张x萌", "张晓萌"),
        ("张某某", "张晓萌"),
        ("张**", "张晓萌"),
        ("晓萌", "张晓萌"),
        ("小张", "张晓萌"),
        ("老刘", "刘建国"),
        ("请问是张晓萌吗?", "张晓萌"),
        ("张晓", "张晓萌"),
        ("张萌", "张晓萌"),
        ("脏晓门", "张晓萌"),
        ("汪威", "王伟"),
        ("王先生", "王伟"),
        ("欧阳小姐", "欧阳娜娜"),
        ("欧阳拉拉", "欧阳娜娜"),
        ("山宝皇", "单宝黄"),
        ("牛建国", "刘建国"),
        ("刘jianguo", "刘建国"),
    ],
)
def test_the_name_meant_is_found_however_it_was_typed(heard, name):
    found = ratios(heard)
    assert NAMES[int(found.argmax())] == name
    assert found.max() > 1.5


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("david smith", "David Smith"),
        ("Smith, David", "David Smith"),
        ("Mr. Smith", "David Smith"),
        ("Davit Smyth", "David Smith"),
        ("kathryn filips", "Catherine Phillips"),
        ("Catherine", "Catherine Phillips"),
        ("Mary Ann O’Neill", "Mary-Ann O'Neill"),
    ],
)
def test_latin_names_are_found_by_spelling_and_by_sound(heard, name):
    found = ratios(heard, LATIN + NAMES)
    assert (LATIN + NAMES)[int(found.argmax())] == name
    assert found.max() > 1.5


@pytest.mark.parametrize("heard", ["赵国庆", "李雷", "孙女士", "高*强", "David Smith", "Zhao Guoqing"])
def test_a_strangers_name_speaks_against_everybody_down_to_the_garbled_share(heard):
    found = ratios(heard)
    assert found.max() < -2
    assert found.min() >= np.log(GARBLED) - 1e-9


@pytest.mark.parametrize("heard", ["", "  ", "???", "😀", "123"])
def test_no_name_says_nothing(heard):
    assert (NameIndex(NAMES).log_likelihood(heard) == 0).all()
    assert log_ordinary(heard) == 0.0


def test_wrong_characters_with_the_right_sound_cost_little():
    right, homophones, sounds, near, far = (
        ratios(h)[0] for h in ("张晓萌", "章小蒙", "zhang xiao meng", "脏小门", "张大伟")
    )
    assert right > homophones > near > 0 > far
    assert sounds - homophones < 1


def test_rare_names_say_more_than_common_ones():
    index = NameIndex(["王伟", "单伟"])
    common, rare = (index.log_likelihood(h) - index.log_ordinary(h) for h in ("王先生", "单先生"))
    assert rare[1] > common[0] + 1


def test_a_common_reading_outweighs_a_rare_one():
    found = ratios("张晓萌", ["张小明", "张小梦"])  # 萌 was once also read ming
    assert found[1] > found[0]


def test_equal_names_score_alike_and_order_does_not_matter():
    forward, backward = NameIndex(NAMES + LATIN), NameIndex([*reversed(NAMES + LATIN)])
    for heard in ("章小梦", "david", "王女士"):
        np.testing.assert_allclose(forward.log_likelihood(heard), backward.log_likelihood(heard)[::-1])


def test_names_without_a_known_reading_neither_fail_nor_match():
    odd = "王\U00031400"
    found = ratios("王住", [odd, "王伟"])
    assert np.isfinite(found).all()
    assert ratios("", [odd]).tolist() == [0.0]
    assert NameIndex([]).log_likelihood("张三").shape == (0,)
    assert np.isfinite(NameIndex(["", "!"]).log_likelihood("张三")).all()


def test_answers_cannot_be_changed_by_their_readers():
    index = NameIndex(NAMES)
    with pytest.raises(ValueError, match="read-only"):
        index.log_likelihood("张晓萌")[0] = 0.0


def test_a_common_character_for_the_sound_says_less_than_a_rare_one():
    index = NameIndex(["王伟华", "王纬华"])
    common, rare = (index.log_likelihood(h) for h in ("王伟华", "王纬华"))
    assert rare[1] - rare[0] > common[0] - common[1] > 0


def test_names_may_come_later():
    whole, grown = NameIndex(NAMES + LATIN), NameIndex()
    for name in NAMES + LATIN:
        grown.extend([name])
    for heard in ("章小梦", "david", "王女士", "zhang xiao meng"):
        np.testing.assert_allclose(grown.log_likelihood(heard), whole.log_likelihood(heard))
    before = grown.log_likelihood("赵国庆").max()
    grown.extend(["赵国庆"])
    assert grown.log_likelihood("赵国庆")[-1] > before + 5


@pytest.fixture(scope="module")
def many():
    issued = allocate(12_000, "zh_CN", np.random.default_rng(3)) + allocate(500, "en_GB", np.random.default_rng(3))
    return [one.name for one in issued], [one.gender for one in issued]


SAID = ["full", "given", "titled", "dropped", "masked", "nickname", "one", "full_titled"]


@pytest.mark.parametrize("form", SAID)
def test_a_large_index_finds_what_scoring_everybody_finds(many, monkeypatch, form):
    names, genders = many
    everybody = NameIndex(names, genders)
    monkeypatch.setattr("tracer.domain.codebook.decode.SCORE_ALL", 100)
    large = NameIndex(names[:9_000], genders[:9_000])
    large.extend(names[9_000:], genders[9_000:])
    rng = np.random.default_rng(4)
    for place in rng.integers(12_000, size=25).tolist():
        heard = say(names[place], genders[place], VOICES["wu"], rng, form)
        found, scores = large.best(heard, 5), everybody.log_likelihood(heard)
        if scores.max() > everybody.log_ordinary(heard):  # else nobody fits, and any order is as good
            assert scores[found.places[0]] == pytest.approx(scores.max())
            np.testing.assert_allclose(found.log_likelihoods, scores[found.places])
            assert found.log_sum == pytest.approx(np.logaddexp.reduce(scores), abs=0.2)


def test_an_english_name_is_found_in_a_large_index(many, monkeypatch):
    monkeypatch.setattr("tracer.domain.codebook.decode.SCORE_ALL", 100)
    names, genders = many
    found = NameIndex(names, genders).best(names[12_100], 3)
    assert names[found.places[0]] == names[12_100]


def test_a_text_that_holds_no_name_says_nothing_in_a_large_index_either(monkeypatch):
    monkeypatch.setattr("tracer.domain.codebook.decode.SCORE_ALL", 0)
    found = NameIndex(LATIN).best("???", 2)
    assert (found.places.tolist(), found.log_likelihoods.tolist()) == ([0, 1], [0.0, 0.0])
    assert found.log_sum == pytest.approx(np.log(3))


def test_letters_are_pinyin_first_where_names_are_chinese():
    chinese, english = (log_ordinary("wang wei", locale) for locale in ("zh_CN", "en_US"))
    assert chinese == log_ordinary("wang wei") != english
    assert NameIndex(NAMES).log_ordinary("wang wei") == chinese
    assert NameIndex(LATIN).log_ordinary("wang wei") == english


def test_an_empty_index_has_no_best():
    found = NameIndex().best("张晓萌", 3)
    assert found.places.size == 0
    assert found.log_sum == -np.inf


@pytest.mark.parametrize(
    "typed", ["Lyu Xiaomeng", "lv xiao meng", "lü xiaomeng", "Lü Xiǎoméng", "lvxiaomeng", "吕xiaomeng"]
)
def test_pinyin_of_lv_is_spelled_in_many_ways(typed):
    assert ratios(typed, ["吕晓萌", "张晓萌"])[0] > 5


def test_a_syllable_boundary_does_not_make_another_syllable():
    found = ratios("Chen Hanyun", ["陈涵云", "牛花兰"])  # hanyun holds the letters nyu
    assert found[0] > 5 > found[1]


def test_utterances_are_read_as_their_form():
    assert [s.form for s in chinese_readings("小张")] == [Form.NAME, Form.NICKNAME]
    assert chinese_readings("张*萌")[0].trailing == 1
    assert chinese_readings("*") == ()
    assert len(chinese_readings("xian")) == 2  # xian and xi an
    assert chinese_readings("Smith") == ()
    assert latin_reading("Mrs. Smith").titled
    assert latin_reading("123") is None


@pytest.mark.parametrize(
    ("heard", "name", "other"),
    [
        ("chen xiao jie", "陈笑洁", "陈雅瑞"),
        ("lan xiao jie", "兰小杰", "蓝卓怡"),
        ("王钧总", "王钧中", "李建钧"),
        ("衬萧姐", "陈笑洁", "陈雅瑞"),
    ],
)
def test_what_looks_like_a_title_may_be_the_end_of_a_name(heard, name, other):
    found = ratios(heard, [name, other])
    assert found[0] > max(2, found[1])
    assert ratios("陈小姐", ["陈雅瑞", "王伟"])[0] > 1  # and yet a title is one


@pytest.mark.parametrize(
    "heard",
    ["沈叶琼是吧", "找沈叶琼", "我找一下沈叶琼", "是沈叶琼吗", "沈叶琼（女）", "请问沈叶琼在吗?", "给沈叶琼送快递"],
)
def test_phrases_around_a_name_are_left_out(heard):
    assert ratios(heard, ["沈叶琼", "王伟"])[0] == pytest.approx(ratios("沈叶琼", ["沈叶琼", "王伟"])[0])
