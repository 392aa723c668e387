"""Names heard over the telephone: who finds the one that was said, how surely, and how fast.

The callers are those of mishearing/voices.py, which know nothing of the decoder: most have a strong
accent or a bad line. Every method answers the same questions, question by question in turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from faker import Faker

from benchmarks.misheard_english import typed_name
from benchmarks.peers import Answers, Fuzzy, best_rule, characters, named_by_faker, sounds, surely
from benchmarks.tables import seconds, table
from tracer.domain.codebook.allocate import IssuedName, allocate
from tracer.domain.codebook.decode import NameIndex
from tracer.domain.codebook.mishearing.say import VOICES, ordinary_name, say
from tracer.domain.heard_values import Heard
from tracer.domain.match import VERDICT, Candidate, LineMatcher, match_probabilities

PRIOR_OURS = 0.9
ALLOWED = (0.002, 0.01)  # shares of ours taken for another and of strangers let pass that count as few

Question = tuple[int, str]
"""The place of the name that was said, −1 for a stranger's, and what was typed."""

METHODS = ("Tracer", "rapidfuzz", "rapidfuzz, sounds")
HEADER = ("names on one number, what is said", "found by", "first", "sure, right", "sure, WRONG", "stranger", "ms")
NOTES = (
    "first: the name said comes first. sure: Tracer's posterior is 0.95 or more, with a prior of 0.9 that one of",
    "ours is meant. stranger: share of names never issued, said likewise, that pass for one of ours.",
    "* rapidfuzz gives no probability. Its rule (least score, least lead over the second) is chosen afterwards, on",
    "  these calls, as the best that errs no more often than Tracer, or in 0.2 % of ours and 1 % of strangers.",
)


class Decoder:
    """Tracer's search of one number: score and lead are both the posterior of the best name."""

    def __init__(self, names: Sequence[IssuedName]) -> None:
        self._line = LineMatcher([Candidate(i, one.name, (), one.gender) for i, one in enumerate(names)], False)

    def __call__(self, heard: str) -> int:
        """The place of the best name."""
        return self.surely(heard)[0]

    def surely(self, heard: str) -> tuple[int, float, float]:
        """The best place and its posterior, twice."""
        ranking = self._line.rank(Heard(heard))
        p = float(match_probabilities(ranking, PRIOR_OURS).candidates[0])
        return int(ranking.indices[0]), p, p


def chinese(calls: int) -> None:
    """The table of Chinese names, so many calls of every voice a row and as many of strangers."""
    spaced = {n: allocate(n, "zh_CN", np.random.default_rng(8), names_on_line=()) for n in (100, 1_000, 5_000)}
    faker = {n: named_by_faker(n, "zh_CN", 8) for n in (100, 1_000)}
    cases: list[tuple[str, list[IssuedName], str | None]] = [
        ("1,000 spaced, full name", spaced[1_000], "full"),
        ("1,000 of Faker, full name", faker[1_000], "full"),
        ("5,000 spaced, full name", spaced[5_000], "full"),
        ("100 spaced, surname and title", spaced[100], "titled"),
        ("100 of Faker, surname and title", faker[100], "titled"),
        ("100 spaced, in any way", spaced[100], None),
        ("1,000 spaced, in any way", spaced[1_000], None),
    ]
    rows = []
    for label, names, form in cases:
        rows += compared(label, names, questions(names, form, calls, 1), strangers(names, form, calls, 2))
    table(
        f"Chinese names, {len(VOICES)} voices, {calls:,} calls each and as many strangers", HEADER, rows, *NOTES, left=2
    )


def english(calls: int) -> None:
    """The table of English names."""
    rows = []
    for label, names in (
        ("1,000 spaced, full name", allocate(1_000, "en_US", np.random.default_rng(8), names_on_line=())),
        ("1,000 of Faker, full name", named_by_faker(1_000, "en_US", 8)),
    ):
        rng = np.random.default_rng(3)
        places = rng.integers(len(names), size=calls).tolist()
        ours, known = [(place, typed_name(names[place].name, rng)) for place in places], {one.name for one in names}
        others = [one.name for one in named_by_faker(calls, "en_US", 4)]
        rows += compared(label, names, ours, [(-1, typed_name(one, rng)) for one in others if one not in known])
    note = "Misheard by benchmarks/misheard_english.py, which is simple. Sounds: Double Metaphone of each word."
    table(f"English names (en_US), {calls:,} calls and as many strangers", HEADER, rows, note, left=2)


def questions(names: Sequence[IssuedName], form: str | None, calls: int, seed: int) -> list[Question]:
    """So many calls of every voice about names drawn at random."""
    made = []
    for number, voice in enumerate(VOICES.values()):
        rng = np.random.default_rng([seed, number])
        for _ in range(calls):
            place = int(rng.integers(len(names)))
            made.append((place, say(names[place].name, names[place].gender, voice, rng, form)))
    return made


def strangers(names: Sequence[IssuedName], form: str | None, calls: int, seed: int) -> list[Question]:
    """So many calls of every voice for people who are none of ours."""
    ours, made = {one.name for one in names}, []
    for number, voice in enumerate(VOICES.values()):
        rng = np.random.default_rng([seed, number])
        for _ in range(calls):
            name, gender = ordinary_name(rng)
            if name not in ours:
                made.append((-1, say(name, gender, voice, rng, form)))
    return made


def compared(
    label: str, names: Sequence[IssuedName], ours: Sequence[Question], others: Sequence[Question]
) -> list[list[str]]:
    """A row for each method."""
    methods = [Decoder(names), Fuzzy(names, characters), Fuzzy(names, sounds)]
    times = _times(methods, [text for _, text in ours])
    said, rows, most = np.array([place for place, _ in ours]), [], (1.0, 1.0)
    for method, name, millis in zip(methods, METHODS, times, strict=True):
        answers, passing = (_answers(method, asked) for asked in (ours, others))
        right = answers[:, 0] == said
        tracer = not rows
        rule = (VERDICT, VERDICT) if tracer else best_rule(answers, right, passing, *most)
        sure = surely(answers, rule) if not tracer else answers[:, 1] >= VERDICT
        passed = float(np.mean(passing[:, 1] >= VERDICT if tracer else surely(passing, rule)))
        wrong = float(np.mean(sure & ~right))
        most = (max(wrong, ALLOWED[0]), max(passed, ALLOWED[1])) if tracer else most
        shares = [f"{share:.4f}{' ' if tracer else '*'}" for share in (np.mean(sure & right), wrong, passed)]
        rows.append([label if tracer else "", name, f"{np.mean(right):.4f}", *shares, f"{millis:.2f}"])
    return rows


def _times(methods: Sequence[Callable[[str], int]], texts: Sequence[str]) -> list[float]:
    """Milliseconds a question, each text once: the decoder remembers what it was asked."""
    taken = np.zeros(len(methods))
    once = list(dict.fromkeys(texts))
    for text in once:
        for i, method in enumerate(methods):
            start = time.perf_counter()
            method(text)
            taken[i] += time.perf_counter() - start
    return list(taken / len(once) * 1e3)


def _answers(method: Decoder | Fuzzy, asked: Sequence[Question]) -> Answers:
    return np.array([method.surely(text) for _, text in asked])


def whole_registry(names: Sequence[IssuedName], calls: int) -> None:
    """Searching all names where the number is not known."""
    start = time.perf_counter()
    index = NameIndex([one.name for one in names], [one.gender for one in names])
    loading = time.perf_counter() - start
    searches: list[Callable[[str], int]] = [lambda text: int(index.best(text, 8).places[0])]
    searches += [Fuzzy(names, characters), Fuzzy(names, sounds)]
    asked = questions(names, "full", calls // len(VOICES), 4)
    times: list[list[float]] = [[] for _ in searches]
    right: list[list[bool]] = [[] for _ in searches]
    for search, taken, marks in zip(searches, times, right, strict=True):  # one after the other: caches are its own
        for place, text in asked:
            start = time.perf_counter()
            marks.append(search(text) == place)
            taken.append(time.perf_counter() - start)
    rows = [
        [name, *(f"{value * 1e3:.1f} ms" for value in np.percentile(taken, [50, 95])), f"{np.mean(marks):.3f}"]
        for name, taken, marks in zip(METHODS, times, right, strict=True)
    ]
    title = f"{len(names):,} names, the number not known, full name, {calls:,} calls"
    table(title, ("", "median", "95th percentile", "first"), rows, _growing(index, loading))


def _growing(index: NameIndex, loading: float) -> str:
    unlike = Faker("zh_CN")
    unlike.seed_instance(5)
    adding, after = [], []
    for _ in range(20):
        name = unlike.name()
        start = time.perf_counter()
        index.extend([name], [""])
        adding.append(time.perf_counter() - start)
        start = time.perf_counter()
        index.best(name, 8)
        after.append(time.perf_counter() - start)
    middle = [f"{np.median(times) * 1e3:.1f} ms" for times in (adding, after)]
    return (
        f"Tracer's index is made in {seconds(loading)}; adding a name takes {middle[0]}, the next question {middle[1]}."
    )
