"""The word lists that names are drawn from, with weights like real use.

Surnames with weights and the English names come from Faker's providers; Chinese given names are
pairs of the characters that Faker lists for that gender and of a supplement below, since Faker has
too few. Left out: surnames that are misread (曾 单 仇 解 区 翟 盖 朴) or have two characters, and
given-name characters with two usual readings (晟 茜 乐 朝 行). Issued names are stored, so a
changed Faker changes future proposals only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from faker.providers.person.en_GB import Provider as BritishNames
from faker.providers.person.en_US import Provider as AmericanNames
from faker.providers.person.zh_CN import Provider as ChineseNames
from numpy.typing import NDArray

from tracer.domain.errors import InvalidValue

LOCALES = ("zh_CN", "en_US", "en_GB")
"""The locales that names can be issued in."""

GENDERS = ("female", "male")
"""The genders of an issued name, which its title (女士, 先生) tells apart."""

MISREAD_SURNAMES = frozenset("曾单仇解区翟盖朴")
AMBIGUOUS_GIVEN = frozenset("晟茜乐朝行")
"""Surnames and given-name characters left out because they are read in two ways."""

_NOT_MALE = frozenset("霞红")  # Faker lists 红霞 among the men
FAMOUS = frozenset({
    "习近平", "毛泽东", "周恩来", "邓小平", "江泽民", "胡锦涛", "温家宝", "李克强", "刘德华", "王力宏",
    "刘强东", "李小龙", "王俊凯", "张国荣", "马化腾", "王思聪", "易建联", "李雪健", "刘国梁", "张雨绮",
    "杨丽萍", "李玉刚", "陈冠希", "金正恩", "王健林",
})  # fmt: skip
"""Names that everybody knows: a caller who says one may mean its owner."""
_TOO_RARE = 0.008  # per cent: below, a surname is remarkable in itself
_MORE_MALE = (
    "子宇俊浩泽铭轩翔凯博天志文建国海伟明成家荣世昌振德永庆春林树新思远立承启骏逸景瑞晨睿昊嘉皓哲"
    "弘毅鸿正豪然彬诚达恒安绍传书学光良仁义利民生金玉东江河山松柏涵毓清源润泉"
)
_MORE_FEMALE = (
    "子雨欣怡佳思语诗梦雅婷晓静芳文慧美丽玉秀春雪梅月红海燕萍霞云丹桂淑琴娟兰英珍凤艳彩巧嘉馨"
    "涵萱琪瑶蕾薇菲悦可心怀若依宁安舒曼妍婉素珊珂冰洁清秋冬小亚金银爱惠莲菊翠香"
)


@dataclass(frozen=True, slots=True)
class Words:
    """Words with their probabilities (summing to one)."""

    words: tuple[str, ...]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, weighted: Mapping[str, float]) -> Words:
        """Normalise weights of any scale."""
        weights = np.fromiter(weighted.values(), dtype=np.float64, count=len(weighted))
        return cls(tuple(weighted), weights / weights.sum())

    def draw(self, rng: np.random.Generator, n: int) -> list[str]:
        """n words, independently, by weight."""
        places = np.searchsorted(np.cumsum(self.weights), rng.random(n))
        return [self.words[i] for i in np.minimum(places, len(self.words) - 1).tolist()]


def require_locale(locale: str) -> str:
    """The locale itself when names can be issued in it; raises InvalidValue naming those that can."""
    if locale not in LOCALES:
        raise InvalidValue("locale", locale, "a locale out of: " + " ".join(LOCALES))
    return locale


@lru_cache(maxsize=8)
def surnames(locale: str) -> Words:
    """The family names of a locale with weights."""
    source = {"zh_CN": ChineseNames, "en_US": AmericanNames, "en_GB": BritishNames}[require_locale(locale)]
    names = cast("Mapping[str, float]", source.last_names)  # typed as a bare collection
    if locale != "zh_CN":
        return Words.of({name: w for name, w in names.items() if name.isascii() and name.isalpha()})
    kept = {n: w for n, w in names.items() if len(n) == 1 and w >= _TOO_RARE and n not in MISREAD_SURNAMES}
    # Faker misses these common surnames; shares as in household registers, in per cent.
    return Words.of(kept | {"肖": 0.6, "付": 0.3, "闫": 0.3, "代": 0.15, "候": 0.05})


@lru_cache(maxsize=16)
def given_words(locale: str, gender: str) -> Words:
    """What given names are made of: first names (English) or single characters (Chinese)."""
    if gender not in GENDERS:
        raise InvalidValue("gender", gender, "a gender out of: " + " ".join(GENDERS))
    male = gender == "male"
    if require_locale(locale) == "zh_CN":
        listed = ChineseNames.first_names_male if male else ChineseNames.first_names_female
        weights = _character_weights(listed, _MORE_MALE if male else _MORE_FEMALE)
        return Words.of({c: w for c, w in weights.items() if not (male and c in _NOT_MALE)})
    source = AmericanNames if locale == "en_US" else BritishNames
    names = source.first_names_male if male else source.first_names_female
    weighted = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, 1.0)
    return Words.of({name: w for name, w in weighted.items() if name.isascii() and name.isalpha()})


def _character_weights(names: Sequence[str], supplement: str) -> dict[str, float]:
    counts: dict[str, float] = {}
    for character in "".join(names) + supplement:
        if character not in AMBIGUOUS_GIVEN:
            counts[character] = counts.get(character, 0.0) + 1.0
    # Square roots: a short list repeats 秀, 玉 and 梅 more often than parents do.
    return {character: count**0.5 for character, count in counts.items()}


def propose(locale: str, gender: str, rng: np.random.Generator, n: int) -> list[str]:
    """n natural full names, not necessarily different: three characters, or first and last name.

    Fewer than n come back when some were names of the famous. Raises InvalidValue for another
    locale (naming the supported ones) or gender.
    """
    given = given_words(locale, gender)
    family = surnames(locale).draw(rng, n)
    if locale == "zh_CN":
        parts = zip(family, given.draw(rng, n), given.draw(rng, n), strict=True)
        return [name for name in map("".join, parts) if name not in FAMOUS and name[0] not in name[1:]]
    return [f"{first} {last}" for first, last in zip(given.draw(rng, n), family, strict=True)]
