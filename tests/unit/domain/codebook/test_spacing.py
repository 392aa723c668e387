"""Tokens by the letter: what a name takes from others, and that sharing one is the promise broken."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tracer.domain.codebook.allocate import lexicon as lexicon_of
from tracer.domain.codebook.capacity import same_script
from tracer.domain.codebook.lexicon import Lexicon
from tracer.domain.codebook.line_names import LineNames, clashing_within, first_of_each
from tracer.domain.codebook.phonetics import SoundKey, sound_key
from tracer.domain.codebook.sorted_codes import SortedCodes
from tracer.domain.codebook.spacing import distance, least_distance, line_tokens, tokens


def test_the_tokens_of_a_name() -> None:
    sound = " ".join(sound_key("王小明").classes)
    alone = tokens("王小明", "male", shares_number=False)
    assert (alone.registry, alone.line) == (("name|王小明", f"sound|male|{sound}"), ())
    unknown = tokens("王小明", "", shares_number=False)
    assert unknown.registry == ("name|王小明", f"sound|female|{sound}", f"sound|male|{sound}")
    shared = tokens("王小明", "male", shares_number=True)
    assert shared.registry == alone.registry
    assert shared.line == line_tokens(sound_key("王小明"), first=False)
    assert tokens("王小明", "male", shares_number=True, first=True).line == line_tokens(sound_key("王小明"), first=True)


def test_a_name_takes_every_pair_of_its_places_and_a_first_name_every_place_that_is_always_said() -> None:
    chinese, latin = SoundKey(("a", "b", "c"), latin=False), SoundKey(("a", "b", "c"), latin=True)
    pairs = ("01|a|b", "02|a|c", "12|b|c")
    assert line_tokens(chinese, first=False) == line_tokens(latin, first=False) == pairs
    assert line_tokens(chinese, first=True) == (*pairs, "0|a", "1|b", "2|c")
    assert line_tokens(latin, first=True) == (*pairs, "0|a", "1|b")
    assert line_tokens(SoundKey(("a",), latin=False), first=True) == ("01|a|", "0|a")
    assert line_tokens(SoundKey(("a", "b"), latin=False), first=False) == ("01|a|b",)


def test_the_distance_is_the_number_of_places_that_differ() -> None:
    def apart(one: tuple[str, ...], other: tuple[str, ...]) -> int:
        return distance(SoundKey(one, latin=False), SoundKey(other, latin=False))

    assert apart(("a", "b", "c"), ("a", "b", "c")) == 0
    assert apart(("a", "b", "c"), ("a", "x", "c")) == 1
    assert apart(("a", "b"), ("a", "b", "c")) == 1
    assert apart(("a",), ("x", "y", "z")) == 3
    assert least_distance(["王小明", "李大伟", "王小芳"]) == 1
    assert least_distance(["王小明"]) == least_distance([]) == 0


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return lexicon_of("zh_CN")


def test_a_number_takes_what_shares_no_pair_with_what_it_carries(lexicon: Lexicon) -> None:
    line = LineNames(lexicon, ["王小明", "Mary Smith", "诸葛亮", "王"])
    assert line.size == 3, "a name of another script is none that anybody takes for one of these"
    (king, small, bright), (plum, great, gallant) = (
        lexicon.numbers_of(sound_key(name).classes) for name in ("王小明", "李大伟")
    )
    tried = [(king, small, gallant), (king, great, bright), (plum, small, bright), (king, great, gallant)]
    tried += [(plum, small, gallant), (plum, great, bright), (plum, great, gallant)]
    codes = np.array(tried).T
    assert line.fits(*codes).tolist() == [False, False, False, True, True, True, True]
    assert [int(taken.sum()) for taken in line.taken] == [1, 2, 1]
    assert line.surnames[lexicon.surnames["王"]] == 2
    assert line.surnames.sum() == 2
    before = line.size
    line.add(codes[:, 3:4], np.array([lexicon.surnames["王"]]))
    assert line.size == before + 1
    assert line.surnames[lexicon.surnames["王"]] == 3
    assert line.fits(*codes).tolist() == [False] * 4 + [True, True, False]
    assert [bool(line.taken[place][code]) for place, code in enumerate((king, great, gallant))] == [True] * 3
    line.add(codes[:, [6, 6]], np.array([lexicon.surnames["李"]] * 2))
    assert line.surnames[lexicon.surnames["李"]] == 2


def test_who_clashes_within_a_batch_is_who_shares_a_pair_with_an_earlier_one() -> None:
    rng = np.random.default_rng(1)
    sizes = (4, 5, 6)
    codes = np.array([rng.integers(0, size, 60) for size in sizes])
    clash = clashing_within(codes, sizes)
    kept = [column for column in range(60) if not clash[column]]
    for one, other in combinations(kept, 2):
        assert (codes[:, one] == codes[:, other]).sum() < 2
    assert not clash[0]
    assert 0 < len(kept) < 60
    far = np.arange(9).reshape(3, 3).T
    assert not clashing_within(far, (9, 9, 9)).any()
    assert clashing_within(far[:, [0, 1, 0]], (9, 9, 9)).tolist() == [False, False, True]


def test_the_first_of_each_value() -> None:
    assert first_of_each(np.array([3, 1, 3, 0, 1, 7])).tolist() == [0, 1, 3, 5]
    assert first_of_each(np.array([], dtype=np.int64)).tolist() == []
    assert first_of_each(np.array([0])).tolist() == [0]


@pytest.mark.parametrize("batch", [1, 1_000, 4_096, 4_097, 10_000])
def test_rows_are_found_by_their_code_whether_sorted_in_or_not(batch: int) -> None:
    rng, index = np.random.default_rng(batch), SortedCodes()
    codes = rng.integers(0, 50, max(batch * 3, 40))
    assert [rows.tolist() for rows in index.rows([1])] == [[]]
    for start in range(0, len(codes), batch):
        index.extend(codes[start : start + batch], start)
        if start // batch in (0, 1, len(codes) // batch - 1):
            for code in (0, 7, 49, 50):
                found = np.concatenate(index.rows([code]))
                assert sorted(found) == np.flatnonzero(codes[: start + batch] == code).tolist()
    assert len(index._tail_codes) <= 4_096
    several = np.concatenate(index.rows([3, 4]))
    assert sorted(several) == np.flatnonzero((codes == 3) | (codes == 4)).tolist()


def test_a_tail_is_sorted_in_once_it_is_long_and_longer_the_more_there_is() -> None:
    index = SortedCodes()
    index.extend(np.zeros(4_096, dtype=np.int64), 0)
    assert (len(index._codes), len(index._tail_codes)) == (0, 4_096)
    index.extend(np.zeros(1, dtype=np.int64), 4_096)
    assert (len(index._codes), len(index._tail_codes)) == (4_097, 0)
    index.extend(np.arange(320_000), 4_097)
    assert len(index._codes) == 324_097
    index.extend(np.arange(10_128), 324_097)
    assert (len(index._codes), len(index._tail_codes)) == (324_097, 10_128)
    assert np.concatenate(index.rows([5])).tolist() == [4_102, 324_102]
    index.extend(np.arange(1), 334_225)
    assert (len(index._codes), len(index._tail_codes)) == (334_226, 0)


def test_names_of_one_script_can_be_taken_for_one_another() -> None:
    assert same_script("en_US", "en_GB")
    assert same_script("zh_CN", "")
    assert not same_script("en_US", "zh_CN")
    assert not same_script("", "en_GB")


@pytest.mark.parametrize(
    ("name", "sound", "line"),
    [
        ("欧阳娜娜", "+ou +ian l+a l+a", "01|+ou +ian|l+a 02|+ou +ian|l+a 12|l+a|l+a 0|+ou +ian 1|l+a 2|l+a"),
        ("张晓萌", "z+an x+iao m+en", "01|z+an|x+iao 02|z+an|m+en 12|x+iao|m+en 0|z+an 1|x+iao 2|m+en"),
        ("Mary K. Smith", "SM0 MR A", "01|SM0|MR 02|SM0|A 12|MR|A 0|SM0 1|MR"),
    ],
)
def test_tokens_that_a_registry_holds_stay_what_they_are(name: str, sound: str, line: str) -> None:
    """Stored as they are: another way of writing them needs another SOUND_VERSION."""
    found = tokens(name, "female", shares_number=True, first=True)
    assert found.registry == (f"name|{name}", f"sound|female|{sound}")
    assert " ".join(found.line) == line
