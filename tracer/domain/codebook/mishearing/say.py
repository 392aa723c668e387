"""A telephone call in miniature: a caller says a recipient's name, and the listener types what arrived.

It is made to judge the decoder, so it knows nothing of it: its accents, its ear and its keyboard are its
own, taken from what is known of Mandarin accents and of typing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from tracer.domain.codebook.mishearing.keyboard import first_offered, in_pinyin, in_traditional, offered, phrases_of
from tracer.domain.codebook.mishearing.names import COMPOUND_SURNAMES, Weighted, ordinary_name, pick, weighted
from tracer.domain.codebook.mishearing.sounds import heard_as, sounds_of
from tracer.domain.codebook.mishearing.voices import FORMS, VOICES, Rules, Voice, rules
from tracer.domain.errors import InvalidValue

__all__ = ["FORMS", "VOICES", "Rules", "Voice", "hear", "ordinary_name", "rules", "say"]

Parts = tuple[tuple[str, ...], int]
"""The pieces of a name that are said one by one, and how many of them are the surname."""

Sounds = list[tuple[str, int, str]]
"""For each piece the syllable spoken, its tone and the syllable heard."""

_TITLES: dict[str, Weighted] = {
    "male": weighted({"先生": 0.93, "师傅": 0.03, "老师": 0.02, "总": 0.02}),
    "female": weighted({"女士": 0.62, "小姐": 0.33, "老师": 0.03, "阿姨": 0.02}),
}
_COMPOUND_KNOWN = 0.85
"""Probability that a compound surname heard rightly is typed as one, which keyboards offer whole."""

_NICKNAMES = weighted({"小": 0.6, "老": 0.35, "阿": 0.05})

_PINYIN_STYLES = weighted({"together": 0.4, "apart": 0.25, "capitals": 0.2, "two words": 0.15})


@lru_cache(maxsize=8192)
def _taken_apart(name: str) -> Parts:
    """Characters that have a sound one by one, other runs as they are; and the surname's size."""
    pieces: list[str] = []
    loose = False
    for c in name:
        silent = not sounds_of(c, False)
        if silent and loose:
            pieces[-1] += c
        else:
            pieces.append(c)
        loose = silent
    kept = tuple(piece.strip() for piece in pieces if piece.strip())
    return kept, 2 if "".join(kept[:2]) in COMPOUND_SURNAMES and len(kept) > 2 else 1


def _said(name: str, form: str, chance: Callable[[], float]) -> Parts:
    """The pieces of the name that are said in this form, and how many of them are the surname."""
    pieces, size = _taken_apart(name)
    if form in {"titled", "nickname"}:
        return pieces[:size], size
    if form == "given" and len(pieces) > size:
        return pieces[size:], 0
    if form == "one" and len(pieces) > 1:
        # The last syllable is the one that stays in the ear.
        at = min(int(chance() * (len(pieces) + 1)), len(pieces) - 1)
        return (pieces[at],), int(at < size)
    if form == "dropped" and len(pieces) > 1:
        at = int(chance() * len(pieces))
        return pieces[:at] + pieces[at + 1 :], size - int(at < size)
    return pieces, size


def _strength(voice: Voice, chance: float) -> float:
    for share, strength in voice.strengths:
        if chance < share:
            return strength
        chance -= share
    return voice.strengths[-1][1]


def hear(pieces: Sequence[str], surname_size: int, voice: Voice, rng: np.random.Generator) -> Sounds:
    """For each piece the syllable spoken, its tone and the syllable heard; empty syllables where it has no sound."""
    chance = rng.random
    strength = _strength(voice, chance())
    found: list[tuple[str, int, str]] = []
    for at, piece in enumerate(pieces):
        surname = at < surname_size
        readings = sounds_of(piece, surname)
        if not readings:
            found.append(("", 0, ""))
            continue
        spoken, tone, _ = readings[0]
        if len(readings) > 1 and chance() >= readings[0][2]:
            spoken, tone, _ = readings[1]
        found.append((spoken, tone, heard_as(voice, strength, spoken, surname, rng)))
    return found


def _character(
    piece: str, sound: tuple[str, int, str], surname: bool, voice: Voice, chance: Callable[[], float]
) -> str:
    """What is typed for one syllable."""
    spoken, tone, heard = sound
    if not heard or (heard == spoken and chance() < voice.exact):
        return piece
    if chance() < voice.some_pinyin:
        return heard
    # A surname is a word of its own to whoever types names: fewer take any character for it.
    wordy = chance() < (voice.words**2 if surname else voice.words)
    use = "words" if wordy else "surname" if surname else "given"
    if chance() < voice.first:
        return first_offered(heard, use)
    return pick(offered(heard, tone if chance() < voice.tone else 0, use), chance())


def _typed(pieces: Sequence[str], size: int, voice: Voice, rng: np.random.Generator) -> list[str]:
    """The characters, or the pinyin, typed for the pieces said."""
    chance = rng.random
    sounds = hear(pieces, size, voice, rng)
    heard = [sound[2] for sound in sounds]
    if all(heard) and chance() < voice.pinyin:
        return [in_pinyin(tuple(heard), size, pick(_PINYIN_STYLES, chance()))]
    typed = [
        _character(piece, sound, at < size, voice, chance)
        for at, (piece, sound) in enumerate(zip(pieces, sounds, strict=True))
    ]
    if size == 2 and chance() < _COMPOUND_KNOWN:
        compound = _compounds().get((heard[0], heard[1]))
        typed[:2] = compound or typed[:2]
    if len(heard) > size and len(heard) > 1 and chance() < voice.phrases:
        words = phrases_of(heard[-2], heard[-1])
        if words:
            typed[-2:] = words[int(chance() * len(words))]
    if chance() < voice.traditional:
        typed = [in_traditional(c) for c in typed]
    return typed


@lru_cache(maxsize=1)
def _compounds() -> dict[tuple[str, str], str]:
    """Compound surnames by sound; those in traditional characters come last and so go first here."""
    return {(sounds_of(name[0], True)[0][0], sounds_of(name[1], True)[0][0]): name for name in COMPOUND_SURNAMES[::-1]}


def _masked(typed: list[str], chance: float) -> str:
    """The name with stars as shops print it: 王**, 王*明, *小明, **明, and 王* for short."""
    last = len(typed) - 1
    if last < 1 or chance < 0.1:
        return typed[0] + "*"
    shown: set[int] = {0}
    if last > 1:
        shown = {0} if chance < 0.45 else {0, last} if chance < 0.7 else set(range(1, last + 1))
    if chance > 0.92:
        shown = {last}
    return "".join(c if at in shown else "*" for at, c in enumerate(typed))


def say(name: str, gender: str, voice: Voice, rng: np.random.Generator, form: str | None = None) -> str:
    """The text that a listener types for a name said over the telephone.

    `gender` chooses the title; anything but `female` and `male` leaves it to chance. `form` is one of
    FORMS and drawn from the voice when None. A name without any Chinese character is not misheard.
    """
    chance = rng.random
    if form is None:
        form = pick(_forms(voice), chance())
    elif form not in FORMS:
        raise InvalidValue("form", form, f"one of {', '.join(FORMS)}")
    if not any(sounds_of(piece, False) for piece in _taken_apart(name)[0]):
        return name.strip()
    pieces, size = _said(name, form, chance)
    typed = _typed(pieces, size, voice, rng)
    if form == "masked":
        return _masked(typed, chance())
    text = "".join(typed)
    if form == "nickname":
        return pick(_NICKNAMES, chance()) + text
    if form in {"titled", "full_titled"}:
        known = gender if gender in _TITLES else "female" if chance() < 0.5 else "male"
        return text + pick(_TITLES[known], chance())
    return text


@lru_cache(maxsize=256)
def _forms(voice: Voice) -> Weighted:
    return weighted(voice.forms)
