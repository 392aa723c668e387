"""Words that report, plan and letters share on every face: figures without false certainty, names, times.

Texts are English and translated by what a face hands over (gettext); without it they stay English. The test of the
catalogues finds them by the calls of `said`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracer.documents.phrases import PHRASES, TOKENS, Phrase
from tracer.domain.report import BACKGROUND, OTHER

MOST_DECADES = 6
_WORD = re.compile(r"[a-z_]+")
_BOUND = re.compile(r"(above|below) (.+)")


def percent(p: float) -> str:
    """A probability without false certainty: never 0% or 100%."""
    if p >= 0.9995:
        return ">99.9%"
    if p < 0.0005:
        return "<0.1%"
    return f"{p:.1%}"


@dataclass(frozen=True)
class Words:
    """One language: `gettext` gives a text in it, `key` is the catalogue's name, `html` what HTML calls it."""

    gettext: Callable[[str], str] = str
    key: str = "en"
    html: str = "en"
    _known: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def said(self, text: str, **values: object) -> str:
        """A text with its values in place."""
        found = self.gettext(text)
        return found % values if values else found

    def counted(self, count: int, noun: str) -> str:
        """`1 call`, `2,000 calls`, `2,000 通来电`."""
        one, many = self._nouns()[noun]
        return (one if count == 1 else many) % {"count": f"{count:,}"}

    def _nouns(self) -> Mapping[str, tuple[str, str]]:
        said = self.said
        return {
            "call": (said("%(count)s call"), said("%(count)s calls")),
            "campaign": (said("%(count)s campaign"), said("%(count)s campaigns")),
            "fact": (said("%(count)s fact"), said("%(count)s facts")),
            "channel": (said("%(count)s channel"), said("%(count)s channels")),
            "order": (said("%(count)s order"), said("%(count)s orders")),
            "time": (said("%(count)s time"), said("%(count)s times")),
        }

    def times(self, log_factor: float) -> str:
        """How many times more probable, from a log Bayes factor."""
        decades = log_factor / 2.302585092994046
        if decades > MOST_DECADES:  # beyond, the figure says more of the assumptions than of the channel
            return self.said("more than 10^%(decades)s times", decades=MOST_DECADES)
        shown = f"{10**decades:,.0f}" if decades < 4 else f"10^{decades:.0f}"
        return self.said("%(number)s times", number=shown)

    def factor(self, nats: float) -> str:
        """A factor above 1 from its logarithm, small ones to two figures: `1.4 times`."""
        if nats < 2.3:
            return self.said("%(number)s times", number=f"{math.exp(nats):.1f}")
        return self.times(nats)

    def source(self, channel_id: str, names: Mapping[str, str]) -> str:
        """A source of a call: a channel's name and id, or in words what is none."""
        if channel_id == BACKGROUND:
            return self.said("background")
        if channel_id == OTHER:
            return self.said("somebody on no route")
        name = names.get(channel_id, channel_id)
        return channel_id if name == channel_id else f"{name} ({channel_id})"

    def token(self, word: str) -> str:
        """A kind, field, script, role or nature in words; the word itself where it is none of ours."""
        return self.gettext(TOKENS[word]) if word in TOKENS else word.replace("_", " ")

    def tokens(self, text: str) -> str:
        """A list such as `name phone:alias` in words."""
        return self.said(", ").join(self.token(word.partition(":")[0]) for word in text.split())

    def retold(self, sentence: str) -> str:
        """A sentence of the engine in this language; what no phrase fits stays as it is."""
        if self.key == "en":
            return sentence
        if sentence not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[sentence] = self._retell(sentence)
        return self._known[sentence]

    def _retell(self, sentence: str) -> str:
        for phrase in PHRASES:
            found = phrase.pattern.fullmatch(sentence)
            if found:
                return self._fill(phrase, found.groupdict())
        for phrase in PHRASES:  # two sentences in one text
            found = phrase.pattern.match(sentence)
            if found and sentence[found.end() : found.end() + 1] == " ":
                return self._fill(phrase, found.groupdict()) + self._retell(sentence[found.end() + 1 :])
        return sentence

    def _fill(self, phrase: Phrase, values: Mapping[str, str]) -> str:
        either = values.get("either", "").replace(" or ", self.said(" or "))
        names = {"name": values.get("name", ""), "either": either}
        shown = {place: names.get(place, "") or self._value(value) for place, value in values.items()}
        return phrase.filled(self.gettext(phrase.text), shown)

    def _value(self, value: str) -> str:
        found = _BOUND.fullmatch(value)
        if found:
            return (self.said("above %(x)s") if found[1] == "above" else self.said("below %(x)s")) % {"x": found[2]}
        return _WORD.sub(lambda word: self.token(word[0]) if word[0] in TOKENS else word[0], value)

    def moment(self, when: str | datetime | None) -> str:
        """A time to the minute, in its own offset."""
        if when is None or when == "":
            return ""
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
        return f"{moment:%Y-%m-%d %H:%M}"


ENGLISH = Words()
