"""Which character a listener types for a syllable of a name: what the right one, or a wrong one, tells."""

from __future__ import annotations

from functools import lru_cache

from tracer.domain.codebook.phonetics import syllable_of
from tracer.domain.codebook.repertoire import GENDERS, given_words, surnames

COPIED = 0.6
"""Share of contacts where the name's own characters are typed: they came in writing, or are the ones one thinks of."""

MISCOPIED = 0.05
"""How often a character comes over wrong when characters do."""

RAREST = 0.01
"""The least share that a character is given among those typed for its syllable."""


@lru_cache(maxsize=2)
def _shares(surname: bool) -> dict[str, float]:
    lists = [surnames("zh_CN")] if surname else [given_words("zh_CN", g, place) for g in GENDERS for place in (1, 2)]
    weights: dict[str, float] = {}
    syllables: dict[int, float] = {}
    for words in lists:
        for word, weight in zip(words.words, words.weights.tolist(), strict=True):
            weights[word] = weights.get(word, 0.0) + weight
            syllable = syllable_of(word, surname=surname)
            syllables[syllable] = syllables.get(syllable, 0.0) + weight
    return {word: max(RAREST, w / syllables[syllable_of(word, surname=surname)]) for word, w in weights.items()}


def typed_share(character: str, *, surname: bool) -> float:
    """P(a listener types this character | its syllable was heard), by how common it is in names."""
    return _shares(surname).get(character, RAREST)
