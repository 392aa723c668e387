"""Names heard over the telephone: who finds the one that was said, how surely, and how fast.

The callers are those of mishearing/voices.py, which know nothing of the decoder: most have a strong
accent or a bad line. Every method answers the same questions, question by question in turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faker import Faker

from benchmarks.figures import timed
from benchmarks.misheard_english import typed_name
from benchmarks.peers import Answers, Fuzzy, best_rule, by_sound, named_by_faker, on_names, surely
from benchmarks.section import Section, Short
from benchmarks.tables import Table, seconds, share, times
from tracer.domain.codebook.allocate import Allocator, IssuedName, allocate
from tracer.domain.codebook.decode import NameIndex
from tracer.domain.codebook.mishearing.say import VOICES, ordinary_name, say
from tracer.domain.heard_values import Heard
from tracer.domain.match import VERDICT, Candidate, LineMatcher, match_probabilities

PRIOR_OURS = 0.9
ALLOWED = (0.002, 0.01)  # shares of ours taken for another and of strangers let pass that count as few
ON_A_NUMBER = 1_000

Question = tuple[int, str]
"""The place of the name that was said, −1 for a stranger's, and what was typed."""

METHODS = ("Tracer", "rapidfuzz on names", "pinyin edit distance")


@dataclass(frozen=True)
class Method:
    """Shares of one method's answers, and milliseconds an answer: the middle and the slowest but one in twenty."""

    name: str
    first: float
    sure_right: float
    sure_wrong: float
    stranger: float
    millis: float
    slow_millis: float


@dataclass(frozen=True)
class Case:
    """Names on one number, how they are said, and what each method made of so many questions."""

    label: str
    questions: int
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Search:
    """One method over a whole registry: the share that came first, and milliseconds as above."""

    name: str
    first: float
    millis: float
    slow_millis: float


@dataclass(frozen=True)
class Figures:
    """By case; over a registry of so many names, by so many questions; seconds for making and extending its index."""

    chinese: tuple[Case, ...]
    english: tuple[Case, ...]
    names: int
    questions: int
    searches: tuple[Search, ...]
    loading: float
    adding: float
    after: float


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


def measure(quick: bool, _folder: Path) -> Figures:
    """Every figure of hearing."""
    names = _registry(20_000 if quick else 1_000_000)
    index, loading = _indexed(names)
    asked = questions(names, "full", 5 if quick else 10, 4)
    searches = _searched(names, index, asked)
    adding, after = _growing(index)
    chinese, english = _chinese(20 if quick else 200), _english(200 if quick else 2_000)
    return Figures(chinese, english, len(names), len(asked), searches, loading, adding, after)


def _chinese(calls: int) -> tuple[Case, ...]:
    """So many calls of every voice a case, and as many of strangers."""
    spaced = {n: allocate(n, "zh_CN", np.random.default_rng(8), names_on_line=()) for n in (100, 1_000, 5_000)}
    faker = {n: named_by_faker(n, "zh_CN", 8) for n in (100, 1_000)}
    cases: list[tuple[str, list[IssuedName], str | None]] = [
        ("1,000 of Tracer, full name", spaced[1_000], "full"),
        ("1,000 of Faker, full name", faker[1_000], "full"),
        ("5,000 of Tracer, full name", spaced[5_000], "full"),
        ("100 of Tracer, surname and title", spaced[100], "titled"),
        ("100 of Faker, surname and title", faker[100], "titled"),
        ("100 of Tracer, in any way", spaced[100], None),
        ("1,000 of Tracer, in any way", spaced[1_000], None),
    ]
    return tuple(
        _compared(label, names, questions(names, form, calls, 1), strangers(names, form, calls, 2))
        for label, names, form in cases
    )


def _english(calls: int) -> tuple[Case, ...]:
    found = []
    for label, names in (
        ("1,000 of Tracer, full name", allocate(1_000, "en_US", np.random.default_rng(8), names_on_line=())),
        ("1,000 of Faker, full name", named_by_faker(1_000, "en_US", 8)),
    ):
        rng = np.random.default_rng(3)
        places = rng.integers(len(names), size=calls).tolist()
        ours, known = [(place, typed_name(names[place].name, rng)) for place in places], {one.name for one in names}
        others = [one.name for one in named_by_faker(calls, "en_US", 4)]
        strange = [(-1, typed_name(one, rng)) for one in others if one not in known]
        found.append(_compared(label, names, ours, strange))
    return tuple(found)


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


def _compared(label: str, names: Sequence[IssuedName], ours: Sequence[Question], others: Sequence[Question]) -> Case:
    methods = [Decoder(names), on_names(names), by_sound(names)]
    taken = _times(methods, [text for _, text in ours])
    said, found, most = np.array([place for place, _ in ours]), list[Method](), (1.0, 1.0)
    for method, name, millis in zip(methods, METHODS, taken, strict=True):
        answers, passing = (_answers(method, asked) for asked in (ours, others))
        right = answers[:, 0] == said
        tracer = not found
        rule = (VERDICT, VERDICT) if tracer else best_rule(answers, right, passing, *most)
        sure = surely(answers, rule) if not tracer else answers[:, 1] >= VERDICT
        passed = float(np.mean(passing[:, 1] >= VERDICT if tracer else surely(passing, rule)))
        wrong = float(np.mean(sure & ~right))
        most = (max(wrong, ALLOWED[0]), max(passed, ALLOWED[1])) if tracer else most
        shares = float(np.mean(right)), float(np.mean(sure & right)), wrong, passed
        found.append(Method(name, *shares, *np.percentile(millis, [50, 95]).tolist()))
    return Case(label, len(ours), tuple(found))


def _times(methods: Sequence[Callable[[str], int]], texts: Sequence[str]) -> list[list[float]]:
    """Milliseconds of each question, each text once: the decoder remembers what it was asked."""
    taken: list[list[float]] = [[] for _ in methods]
    for text in dict.fromkeys(texts):
        for method, spent in zip(methods, taken, strict=True):
            spent.append(timed(lambda method=method, text=text: method(text)) * 1e3)  # type: ignore[misc]
    return taken


def _answers(method: Decoder | Fuzzy, asked: Sequence[Question]) -> Answers:
    return np.array([method.surely(text) for _, text in asked])


def _registry(size: int) -> list[IssuedName]:
    allocator = Allocator("zh_CN", np.random.default_rng(1))
    return [name for _ in range(size // ON_A_NUMBER) for name in allocator.issue(ON_A_NUMBER, allocator.line())]


def _indexed(names: Sequence[IssuedName]) -> tuple[NameIndex, float]:
    start = time.perf_counter()
    return NameIndex([one.name for one in names], [one.gender for one in names]), time.perf_counter() - start


def _searched(names: Sequence[IssuedName], index: NameIndex, asked: Sequence[Question]) -> tuple[Search, ...]:
    """Searching all names where the number is not known, one method after the other: caches are its own."""
    searches: list[Callable[[str], int]] = [lambda text: int(index.best(text, 8).places[0])]
    searches += [on_names(names), by_sound(names)]
    found = []
    for name, search in zip(METHODS, searches, strict=True):
        millis, right = [], []
        for place, text in asked:
            start = time.perf_counter()
            right.append(search(text) == place)
            millis.append((time.perf_counter() - start) * 1e3)
        found.append(Search(name, float(np.mean(right)), *np.percentile(millis, [50, 95]).tolist()))
    return tuple(found)


def _growing(index: NameIndex) -> tuple[float, float]:
    """Seconds in the middle for adding a name, and for the first question after that."""
    unlike = Faker("zh_CN")
    unlike.seed_instance(5)
    names = [unlike.name() for _ in range(20)]
    pairs = [
        (timed(lambda name=name: index.extend([name], [""])), timed(lambda name=name: index.best(name, 8)))  # type: ignore[misc]
        for name in names
    ]
    adding, after = np.median(pairs, axis=0).tolist()
    return adding, after


def section(found: Figures) -> Section:
    """The figures as tables."""
    return Section(
        "Names heard",
        (
            f"Simulated callers say a name, somebody types what they hear: {len(VOICES)} voices that no method knows "
            "anything of, most with a strong accent or a bad line. Every method answers the same questions about the "
            "same names. *Sure* is Tracer when its posterior is 0.95 or more, with a prior of 0.9 that one of ours is "
            "meant. The others give no probability: their rule (least score, least lead over the second) is chosen "
            "afterwards, on these very calls, as the best that errs no more often than Tracer, or in 0.2% of ours and "
            "1% of strangers. *Stranger* is the share of names never issued, said likewise, that pass for one of ours.",
        ),
        (
            _table("Chinese names on one number", found.chinese, ()),
            _table(
                "English names (en_US) on one number",
                found.english,
                ("Misheard by benchmarks/misheard_english.py, which is simple. For pinyin read Double Metaphone.",),
            ),
            _searches(found),
        ),
        tuple(_short(found)),
    )


def _short(found: Figures) -> Iterator[Short]:
    case = found.chinese[0]
    for what, of in (("comes first", lambda one: one.first), ("sure and right", lambda one: one.sure_right)):
        for peer in case.methods[1:]:
            yield f"a name heard, {case.label}: {what}", share(of(case.methods[0])), peer.name, share(of(peer)), ""
    ours, *peers = found.searches
    for peer in peers:
        ratio = times(peer.millis / ours.millis)
        yield (
            f"a name heard among {found.names:,}, number not known",
            f"{ours.millis:.2f} ms",
            peer.name,
            f"{peer.millis:.2f} ms",
            ratio,
        )


def _table(title: str, cases: Sequence[Case], notes: Sequence[str]) -> Table:
    header = (
        *("names, what is said", "found by", "first", "sure and right", "sure and WRONG", "stranger"),
        *("ms in the middle", "1 in 20 slower than", "time × Tracer's"),
    )
    rows = [
        [
            case.label if method.name == METHODS[0] else "",
            method.name,
            *(share(one) for one in (method.first, method.sure_right, method.sure_wrong, method.stranger)),
            *(f"{one:.2f}" for one in (method.millis, method.slow_millis)),
            times(method.millis / case.methods[0].millis),
        ]
        for case in cases
        for method in case.methods
    ]
    return Table(f"{title}, {cases[0].questions:,} calls each and as many of strangers", header, rows, notes, left=2)


def _searches(found: Figures) -> Table:
    rows = [
        [
            *(one.name, share(one.first), f"{one.millis:.2f}", f"{one.slow_millis:.2f}"),
            times(one.millis / found.searches[0].millis),
        ]
        for one in found.searches
    ]
    title = f"{found.names:,} names, the number not known, full name, {found.questions:,} calls"
    header = ("found by", "first", "ms in the middle", "1 in 20 slower than", "time × Tracer's")
    note = (
        f"Tracer's index is made in {seconds(found.loading)}; adding a name takes {seconds(found.adding)}, the next "
        f"question {seconds(found.after)}."
    )
    return Table(title, header, rows, (note,))
