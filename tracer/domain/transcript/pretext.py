"""The story a caller opens with."""

from __future__ import annotations

import re

from tracer.domain.transcript.finding import Mention
from tracer.domain.transcript.patterns import pattern, texts
from tracer.domain.transcript.said import Said, Speaker

_CUES = {script: re.compile(words, re.ASCII) for script, words in texts("pretext", "cues").items()}
_DENIED = pattern("pretext", "denied")
_SENTENCE = 160
_DENIED_WITHIN = re.compile(r"\b(?:not|no|nowt|without|nothing)\b[^.]{0,12}(?:double|triple|times|recall|lost)")
_PRETEXTS = (
    "lost_parcel",
    "wrong_membership",
    "wrong_agent",
    "multiple_compensation",
    "defect_refund",
    "threat",
    "order_problem",
)


_WARNING = pattern("pretext", "warning")


def warned(words: str, at: int) -> bool:
    """Whether a place stands in a sentence that warns of frauds: what they ask for is not wanted there."""
    before, after = words[max(0, at - _SENTENCE) : at], words[at : at + _SENTENCE]
    return bool(_WARNING.search(re.split(r"[。!?\n]", before)[-1] + re.split(r"[。!?\n]", after)[0]))


def cues(said: Said) -> dict[str, list[Mention]]:
    """Where each story sounds in the caller's words."""
    found: dict[str, list[Mention]] = {script: [] for script in _CUES}
    for turn in said.turns:
        if turn.speaker is not Speaker.CALLER:
            continue
        words = said.words_of(turn)
        for script, rule in _CUES.items():
            for hit in rule.finditer(words):
                if warned(words, hit.start()):
                    continue
                if not _DENIED.search(words[: hit.start()][-16:]) and not _DENIED_WITHIN.search(hit[0]):
                    found[script].append(Mention(script, turn.start + hit.start(), turn.start + hit.end(), hit[0], 0.8))
    return found


def script_of(found: dict[str, list[Mention]], role: str) -> Mention | None:
    """The opening pretext; None where no story is told. `role`: whom the caller claims to be, "" where nobody."""
    first = {script: hits[0] for script, hits in found.items() if hits}
    frauds = [script for script in _PRETEXTS if script in first]
    if not frauds:
        if "delivery" in first and ("other" not in first or len(found["delivery"]) >= len(found["other"])):
            return first["delivery"]._replace(p=0.85)
        return first["other"]._replace(p=0.7) if "other" in first else first.get("delivery")
    opening = min(frauds, key=lambda script: first[script].start)
    chosen = _first_told(opening, first)
    if chosen == "multiple_compensation" and role == "courier" and "defect_refund" not in first:
        return first[chosen]._replace(field="lost_parcel", p=0.75)  # what a courier pays twice for is the parcel
    return first[chosen]._replace(p=0.9 if len(frauds) == 1 else 0.8)


def _first_told(opening: str, first: dict[str, Mention]) -> str:
    """What a pretext becomes by what follows: a defect with a multiple is multiple compensation."""
    if (
        opening in ("multiple_compensation", "order_problem", "threat")
        and "lost_parcel" in first
        and first["lost_parcel"].start < first[opening].start + 60
    ):
        return "lost_parcel"
    if opening in ("order_problem", "threat", "defect_refund"):
        for stronger in ("wrong_agent", "wrong_membership"):
            if stronger in first and first[stronger].start < first[opening].start + 80 and opening != "defect_refund":
                return stronger
    if opening == "defect_refund" and "multiple_compensation" in first:
        return "multiple_compensation"
    if (
        opening == "order_problem"
        and "defect_refund" in first
        and first["defect_refund"].start < first[opening].start + 50
    ):
        return "multiple_compensation" if "multiple_compensation" in first else "defect_refund"
    if opening == "order_problem" and "multiple_compensation" in first:
        return "multiple_compensation"
    if opening == "wrong_membership" and "wrong_agent" in first and first["wrong_agent"].start < first[opening].end:
        return "wrong_agent"
    return opening
