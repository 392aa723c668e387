"""What the codebook promises of names heard over the telephone, on voices that know nothing of the decoder.

Every bar is stated for the average over the voices, of which most have a strong accent or a bad
line (8 to 17 % of their syllables are heard as another); the plain speaker is held to more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from faker import Faker

from tracer.domain.codebook.allocate import IssuedName, allocate
from tracer.domain.codebook.mishearing.say import VOICES, Voice, ordinary_name, say
from tracer.domain.heard_values import Heard
from tracer.domain.match import Candidate, LineMatcher, match_probabilities

PRIOR = 0.9


@dataclass
class Score:
    """Shares over the calls made."""

    top: float
    right: float
    wrong: float


def line_of(names: list[IssuedName]) -> LineMatcher:
    return LineMatcher(
        [Candidate(place, name.name, (), name.gender) for place, name in enumerate(names)], own_line=False
    )


def score(names: list[IssuedName], form: str | None, voices: dict[str, Voice], calls: int, seed: int = 20) -> Score:
    """Every voice calls so often about names of the line."""
    line, marks = line_of(names), []
    for number, voice in enumerate(voices.values()):
        rng = np.random.default_rng([seed, number])
        for _ in range(calls):
            place = int(rng.integers(len(names)))
            ranking = line.rank(Heard(say(names[place].name, names[place].gender, voice, rng, form)))
            sure = match_probabilities(ranking, PRIOR).verdict is not None
            right = int(ranking.indices[0]) == place
            marks.append((right, sure and right, sure and not right))
    return Score(*np.mean(marks, axis=0).tolist())


@pytest.fixture(scope="module")
def spaced() -> Callable[[int, str], list[IssuedName]]:
    made: dict[tuple[int, str], list[IssuedName]] = {}

    def names(n: int, locale: str = "zh_CN") -> list[IssuedName]:
        return made.setdefault((n, locale), allocate(n, locale, np.random.default_rng(8), names_on_line=()))

    return names


def test_of_a_thousand_names_the_one_said_in_full_is_found(spaced):
    accented = score(spaced(1000), "full", VOICES, 200)
    assert accented.top > 0.975
    assert accented.right > 0.87
    assert accented.wrong <= 0.002


@pytest.mark.parametrize("voice", ["standard", "hasty_typist"])
def test_a_clear_speaker_is_understood_almost_always(spaced, voice):
    clear = score(spaced(1000), "full", {voice: VOICES[voice]}, 4000)
    assert clear.top >= 0.99
    assert clear.wrong <= 0.002


def test_of_a_hundred_names_surname_and_title_mostly_do(spaced):
    assert score(spaced(100), "titled", VOICES, 250).top >= 0.92
    assert score(spaced(100), "titled", {"standard": VOICES["standard"]}, 1000).top >= 0.95


def test_names_of_a_hundred_are_found_in_whatever_form_they_are_said(spaced):
    anyhow = score(spaced(100), None, VOICES, 200)
    assert anyhow.top > 0.93
    assert anyhow.wrong <= 0.005


def test_a_name_that_was_never_issued_seldom_passes_for_one(spaced):
    names = spaced(1000)
    line, ours, passed = line_of(names), {name.name for name in names}, []
    for number, voice in enumerate(VOICES.values()):
        rng = np.random.default_rng([21, number])
        for _ in range(400):
            name, gender = ordinary_name(rng)
            if name not in ours:
                said = Heard(say(name, gender, voice, rng, "full"))
                passed.append(match_probabilities(line.rank(said), PRIOR).verdict is not None)
    assert np.mean(passed) <= 0.01


def test_an_english_stranger_seldom_passes_for_one(spaced):
    faker = Faker("en_US")
    faker.seed_instance(4)
    names = spaced(1000, "en_US")
    line, ours, passed = line_of(names), {name.name for name in names}, []
    for _ in range(3000):
        stranger = f"{faker.first_name()} {faker.last_name()}"
        if stranger not in ours:
            passed.append(match_probabilities(line.rank(Heard(stranger)), PRIOR).verdict is not None)
    assert np.mean(passed) <= 0.01


def plain_names(n: int) -> list[IssuedName]:
    faker = Faker("zh_CN")
    faker.seed_instance(8)
    return [IssuedName(faker.unique.name(), "") for _ in range(n)]


def test_names_made_up_without_the_codebook_are_told_apart_less(spaced):
    ours, plain = (score(names, "full", VOICES, 150) for names in (spaced(1000), plain_names(1000)))
    assert ours.top > plain.top + 0.04
    assert ours.right > plain.right + 0.15
    ours, plain = (score(names, "titled", VOICES, 150) for names in (spaced(100), plain_names(100)))
    assert ours.top > plain.top + 0.2


def test_the_posterior_is_not_surer_than_it_is_right(spaced):
    """Of calls about our names the verdict's probability is a promise: at least so many are right."""
    names, line, promised, kept = spaced(1000), line_of(spaced(1000)), [], []
    for number, voice in enumerate(VOICES.values()):
        rng = np.random.default_rng([22, number])
        for _ in range(250):
            ours = rng.random() < PRIOR
            place = int(rng.integers(len(names)))
            name, gender = names[place][:2] if ours else ordinary_name(rng)
            posterior = match_probabilities(ranking := line.rank(Heard(say(name, gender, voice, rng, None))), PRIOR)
            promised.append(posterior.candidates[0])
            kept.append(ours and int(ranking.indices[0]) == place)
    sure = np.array(promised) >= 0.95
    assert sure.mean() > 0.5
    assert np.mean(np.array(kept)[sure]) >= np.mean(np.array(promised)[sure]) - 0.01
    middling = (np.array(promised) > 0.3) & ~sure
    assert np.mean(np.array(kept)[middling]) >= np.mean(np.array(promised)[middling]) - 0.1
