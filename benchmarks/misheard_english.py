"""An English name as somebody types it who heard it on the telephone: simple, and ignorant of the decoder.

Half of the words are spelled as they are; the others take one or two of the usual misspellings and
mishearings below, each at a place drawn at random. The shares are invented: compare, do not trust.
"""

from __future__ import annotations

import re

import numpy as np

RIGHT, TWICE, MISHEARD = 0.5, 0.25, 0.2
"""Shares of words spelled rightly; of the others, with two slips; of slips, sounds misheard and not only misspelled."""

_SPELLED = """
ph>f ck>k c(?=[aouklrt])>k k>c s(?=[aeiou])>c c(?=[ei])>s z>s s$>z (?<=\\w)y$>ie ie$>y ey$>y y(?=\\w)>i ee>ea ea>ee
ai>ay ay>ai ei>ie ow>au oo>u ou>u (.)\\1>\\1 (?<=[aeiou])([lnrst])(?=[aeiou])>\\1\\1 (?<=[a-z]{2})e$> ([nrtl])$>\\1e
er>ar ar>er or>er on$>en en$>on an$>en wr>r kn>n gh> ^h> ^j>g sch>sh th>t qu>kw x>ks mc>mac tt>t mb$>m dge>ge
"""
_MISHEARD = "b>p p>b d>t t>d m>n n>m f>s s>f v>b g>k k>g l>r a>o o>a e>a i>e"


def _rules(text: str) -> list[tuple[re.Pattern[str], str]]:
    pairs = (rule.split(">") for rule in text.replace("\n", " ").split(" ") if rule)
    return [(re.compile(said), typed) for said, typed in pairs]


SPELLED, HEARD = _rules(_SPELLED), _rules(_MISHEARD)


def typed_word(word: str, rng: np.random.Generator) -> str:
    """One word as typed, in small letters."""
    word = word.lower()
    if rng.random() < RIGHT:
        return word
    for _ in range(2 if rng.random() < TWICE else 1):
        rules = HEARD if rng.random() < MISHEARD else SPELLED
        places = [(found, typed) for said, typed in rules for found in said.finditer(word)]
        if places:
            found, typed = places[int(rng.integers(len(places)))]
            word = word[: found.start()] + found.expand(typed) + word[found.end() :]
    return word


def typed_name(name: str, rng: np.random.Generator) -> str:
    """A name said in full as typed; half leave out a middle initial."""
    words = [word for word in name.split() if not word.endswith(".") or rng.random() < 0.5]
    return " ".join(word if word.endswith(".") else typed_word(word, rng).capitalize() for word in words)
