"""What the codebook is measured beside: names of Faker and mimesis, and searching names by edit distance."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from functools import lru_cache

import numpy as np
from doublemetaphone import doublemetaphone
from faker import Faker
from faker.exceptions import UniquenessException
from mimesis import Gender, Person
from mimesis.locales import Locale
from numpy.typing import NDArray
from pypinyin import Style, pinyin
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from tracer.domain.codebook.allocate import IssuedName
from tracer.domain.codebook.phonetics import is_han, surname_length

TRIES = 1_000  # doubles in a row before Faker gives up; the same is allowed to mimesis
TITLES = re.compile("(先生|女士|小姐|师傅|老师|阿姨|总)$")


def faker_names(locale: str, seed: int) -> Generator[str, None, str]:
    """Unique names until Faker gives up, and what it says then."""
    fake = Faker(locale)
    fake.seed_instance(seed)
    try:
        while True:
            yield fake.unique.name()
    except UniquenessException as end:
        return str(end)


def mimesis_names(locale: str, seed: int) -> Generator[str, None, str]:
    """Unique names until doubles come one after the other: mimesis keeps no account of its own."""
    person, seen, doubles = Person(Locale(locale.split("_")[0]), seed=seed), set(), 0
    chinese = locale.startswith("zh")
    while doubles < TRIES:
        name = person.full_name(reverse=chinese)
        name = name.replace(" ", "") if chinese else name
        doubles = doubles + 1 if name in seen else 0
        if not doubles:
            seen.add(name)
            yield name
    return f"(the last {TRIES:,} tries brought no new name)"


def named_by_faker(n: int, locale: str, seed: int) -> list[IssuedName]:
    """n unique names of known gender, half women's."""
    fake = Faker(locale)
    fake.seed_instance(seed)
    makers: dict[str, Callable[[], str]] = {"female": fake.name_female, "male": fake.name_male}
    if not locale.startswith("zh"):  # without Dr. and DDS
        makers = {
            "female": lambda: f"{fake.first_name_female()} {fake.last_name()}",
            "male": lambda: f"{fake.first_name_male()} {fake.last_name()}",
        }
    return _unique(n, makers)


def named_by_mimesis(n: int, seed: int) -> list[IssuedName]:
    """n unique Chinese names of known gender, half women's."""
    person = Person(Locale.ZH, seed=seed)
    genders = {"female": Gender.FEMALE, "male": Gender.MALE}
    return _unique(
        n, {g: lambda g=g: person.full_name(gender=genders[g], reverse=True).replace(" ", "") for g in genders}
    )


def _unique(n: int, makers: dict[str, Callable[[], str]]) -> list[IssuedName]:
    made: dict[str, IssuedName] = {}
    while len(made) < n:
        gender = ("female", "male")[len(made) % 2]
        name = makers[gender]()
        made.setdefault(name, IssuedName(name, gender))
    return list(made.values())


class Fuzzy:
    """rapidfuzz over all names, each taken as a text of characters or of sounds.

    It is helped: titles are cut off, and a Chinese surname alone is compared with surnames. Scores reach `most`.
    """

    def __init__(
        self, names: Sequence[IssuedName], text: Callable[[str], str], scorer: Callable[..., float], most: float
    ) -> None:
        self._text, self._scorer, self._factor = text, scorer, 100 / most
        self._names = [text(one.name) for one in names]
        self._surnames = [text(one.name[: surname_length(one.name)]) for one in names]

    def __call__(self, heard: str) -> int:
        """The place of the best name."""
        found = process.extractOne(*self._asked(heard), scorer=self._scorer)
        return int(found[2])

    def surely(self, heard: str) -> tuple[int, float, float]:
        """The best place, its score and its lead over the second."""
        found = process.extract(*self._asked(heard), scorer=self._scorer, limit=2)
        best, second = found[0][1] * self._factor, found[1][1] * self._factor
        return int(found[0][2]), best, best - second

    def _asked(self, heard: str) -> tuple[str, list[str]]:
        plain = TITLES.sub("", heard)
        alone = plain != heard and len(plain) == 1 and is_han(plain)
        return self._text(plain), self._surnames if alone else self._names


def on_names(names: Sequence[IssuedName]) -> Fuzzy:
    """rapidfuzz as it comes, on the characters."""
    return Fuzzy(names, characters, fuzz.ratio, 100)


def by_sound(names: Sequence[IssuedName]) -> Fuzzy:
    """Edit distance over pinyin, or over Double Metaphone."""
    return Fuzzy(names, sounds, Levenshtein.normalized_similarity, 1)


def characters(text: str) -> str:
    """The text itself, letters small."""
    return text.lower()


def sounds(text: str) -> str:
    """Toneless pinyin, or of several English words their Double Metaphone."""
    if any(map(is_han, text)) or " " not in text:
        return "".join(map(_toneless, text.lower()))
    return " ".join(doublemetaphone(word)[0] for word in text.split())


@lru_cache(maxsize=65536)
def _toneless(character: str) -> str:
    return pinyin(character, style=Style.NORMAL)[0][0]


Answers = NDArray[np.float64]
"""A row for each question: best place, score, lead."""


def best_rule(
    ours: Answers, right: NDArray[np.bool_], strangers: Answers, most_wrong: float, most_passing: float
) -> tuple[float, float]:
    """The score and lead from which on to be sure, so that most is right with at most these shares of errors.

    Chosen with hindsight on the very calls it is judged by: no rule of this kind does better.
    """
    best, chosen = -1.0, (np.inf, np.inf)
    for score in np.unique(ours[:, 1]):
        for lead in np.unique(ours[:, 2].round(2)):
            sure, passing = surely(ours, (score, lead)), surely(strangers, (score, lead))
            if np.mean(sure & ~right) > most_wrong or np.mean(passing) > most_passing:
                continue
            if np.mean(sure & right) > best:
                best, chosen = float(np.mean(sure & right)), (float(score), float(lead))
    return chosen


def surely(answers: Answers, rule: tuple[float, float]) -> NDArray[np.bool_]:
    """Which answers a rule of least score and least lead is sure of."""
    return np.asarray((answers[:, 1] >= rule[0]) & (answers[:, 2] >= rule[1] - 0.005))
