"""Issuing names beside Faker and mimesis: how fast, how many sound alike, and where each comes to its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from faker import Faker

from benchmarks.figures import Spread, in_turns, timed
from benchmarks.peers import faker_names, mimesis_names, named_by_faker, named_by_mimesis, sounds
from benchmarks.section import Section, Short
from benchmarks.tables import Table, seconds, share, times, whole
from tracer.domain.codebook.allocate import Allocator, IssuedName
from tracer.domain.codebook.capacity import LINE_CAPACITY, REGISTRY_CAPACITY
from tracer.domain.codebook.faker_provider import Provider
from tracer.domain.codebook.phonetics import sound_key
from tracer.domain.errors import CapacityExhausted

ON_A_NUMBER = 1_000
METHODS = ("Tracer", "Faker.unique", "mimesis, in a set")


@dataclass(frozen=True)
class Rate:
    """Seconds that each took for so many unique names."""

    locale: str
    size: int
    tracer: Spread
    faker: Spread
    mimesis: Spread


@dataclass(frozen=True)
class Alike:
    """Shares of so many names that another of the same gender sounds like: by pinyin alone, and as misheard."""

    locale: str
    count: int
    method: str
    same: float
    confusable: float


@dataclass(frozen=True)
class End:
    """How many names there were, after how long, and what was said then; `ended` where it came to that."""

    method: str
    names: int
    ended: bool
    seconds: float
    words: str


@dataclass(frozen=True)
class Figures:
    """All of it; `identities` are seconds for so many names spaced on shared numbers of a registry."""

    rates: tuple[Rate, ...]
    provider: float
    alike: tuple[Alike, ...]
    ends: tuple[End, ...]
    identities: tuple[tuple[int, float], ...]


def measure(quick: bool, _folder: Path) -> Figures:
    """Every figure of names; the word lists are read before the clock runs."""
    for locale in ("zh_CN", "en_US"):
        Allocator(locale, np.random.default_rng(1)).issue(1)
    sizes = ((1_000, 1), (5_000, 1)) if quick else ((1_000, 5), (10_000, 3), (40_000, 1))
    rates = [_rate("zh_CN", size, rounds) for size, rounds in sizes]
    rates += [_rate("en_US", size, rounds) for size, rounds in sizes[:-1]]
    count = 2_000 if quick else 10_000
    return Figures(
        rates=tuple(rates),
        provider=_provider(count),
        alike=(*_alike("zh_CN", count), *_alike("en_US", count)),
        ends=tuple(_ends("zh_CN", most_seconds=3 if quick else 180)),
        identities=tuple((size, _identities(size)) for size in ((10_000,) if quick else (100_000, 1_000_000))),
    )


def _rate(locale: str, size: int, rounds: int) -> Rate:
    seeds = iter(range(3 * rounds))
    ways = (
        lambda: timed(lambda: Allocator(locale, np.random.default_rng(next(seeds))).issue(size)),
        lambda: timed(lambda: list(islice(faker_names(locale, next(seeds)), size))),
        lambda: timed(lambda: list(islice(mimesis_names(locale, next(seeds)), size))),
    )
    return Rate(locale, size, *in_turns(dict(zip(METHODS, ways, strict=True)), rounds).values())


def _provider(count: int) -> float:
    fake = Faker("zh_CN")
    fake.seed_instance(1)
    fake.add_provider(Provider)
    return timed(lambda: [fake.canary_name() for _ in range(count)]) / count


def _alike(locale: str, count: int) -> list[Alike]:
    sets = [Allocator(locale, np.random.default_rng(1)).issue(count), named_by_faker(count, locale, 1)]
    if locale == "zh_CN":
        sets.append(named_by_mimesis(count, 1))
    return [
        Alike(locale, count, method, _shared(names, sounds), _shared(names, sound_key))
        for method, names in zip(METHODS, sets, strict=False)
    ]


def _shared(names: list[IssuedName], key: Callable[[str], Hashable]) -> float:
    heard = Counter((key(one.name), one.gender) for one in names)
    return sum(n for n in heard.values() if n > 1) / len(names)


def _ends(locale: str, most_seconds: float) -> list[End]:
    found = [
        _to_the_end("Faker.unique", faker_names(locale, 1), most_seconds),
        _to_the_end("mimesis, in a set", mimesis_names(locale, 1), most_seconds / 4),
    ]
    allocator = Allocator(locale, np.random.default_rng(1))
    line, words = allocator.line(), ""
    filling = timed(lambda: allocator.issue(LINE_CAPACITY[locale], line))
    try:
        allocator.issue(1, line)
    except CapacityExhausted as refusal:
        words = str(refusal)
    return [*found, End("Tracer, on one shared number", line.size, bool(words), filling, words)]


def _to_the_end(method: str, names: Generator[str, None, str], most_seconds: float) -> End:
    start = time.perf_counter()
    found = 0
    while time.perf_counter() - start < most_seconds:
        try:
            next(names)
        except StopIteration as end:
            return End(method, found, True, time.perf_counter() - start, str(end.value))
        found += 1
    return End(method, found, False, time.perf_counter() - start, "")


def _identities(size: int) -> float:
    allocator = Allocator("zh_CN", np.random.default_rng(1))
    return timed(
        lambda: [allocator.issue(ON_A_NUMBER, allocator.line()) for _ in range(size // ON_A_NUMBER)],
    )


def section(found: Figures) -> Section:
    """The figures as tables."""
    return Section(
        "Names issued",
        (
            "Recipient names that no two canaries share. Faker keeps its own account (`unique`); mimesis keeps none "
            "and was given a set. Only Tracer looks at how names sound.",
        ),
        (_rates(found), _alikes(found.alike), _capacities(found)),
        tuple(_short(found)),
    )


def _short(found: Figures) -> Iterator[Short]:
    rate = [one for one in found.rates if one.locale == "zh_CN"][-1]
    ours, theirs = (taken.per_second(rate.size).text(whole) for taken in (rate.tracer, rate.faker))
    yield f"{rate.size:,} names, a second", ours, METHODS[1], theirs, rate.faker.over(rate.tracer).text(times)
    mine, faker = found.alike[:2]
    yield f"of {mine.count:,} names sound like another", share(mine.confusable), METHODS[1], share(faker.confusable), ""
    end = found.ends[0]
    yield "names of a registry", f"{REGISTRY_CAPACITY['zh_CN']:,}", end.method, _many(end), ""


def _rates(found: Figures) -> Table:
    rows = [
        [
            f"{one.size:,} {one.locale}",
            *(taken.per_second(one.size).text(whole) for taken in (one.tracer, one.faker, one.mimesis)),
            one.faker.over(one.tracer).text(times),
            one.mimesis.over(one.tracer).text(times),
        ]
        for one in found.rates
    ]
    header = ("names wanted", *(f"{method} a second" for method in METHODS), "× Faker", "× mimesis")
    note = f"As a provider for Faker, one by one: {whole(1 / found.provider)} zh_CN names a second."
    return Table("Unique names a second", header, rows, (note,))


def _alikes(found: tuple[Alike, ...]) -> Table:
    rows = [[f"{one.count:,} {one.locale}", one.method, share(one.same), share(one.confusable)] for one in found]
    header = ("names", "", "the same sound", "easily taken for one another")
    notes = (
        "The same sound: toneless pinyin as pypinyin gives it, in English Double Metaphone. Easily taken for one "
        "another: syllables that are confused on the telephone (zh and z, n and l, -ng and -n …) merged as well.",
    )
    return Table("Share of names that share their sound with another of the same gender", header, rows, notes, left=2)


def _capacities(found: Figures) -> Table:
    rows = [[one.method, _many(one), seconds(one.seconds), _last(one.words)] for one in found.ends]
    rows += [
        [f"Tracer, {size:,} on {size // ON_A_NUMBER:,} numbers", f"{size:,} and more", seconds(taken), ""]
        for size, taken in found.identities
    ]
    rows.append(["Tracer, a registry, as declared", f"{REGISTRY_CAPACITY['zh_CN']:,}", "", ""])
    return Table("How many zh_CN names there are", ("", "names", "after", "what it says then"), rows)


def _many(end: End) -> str:
    return f"{end.names:,}" if end.ended else f"{end.names:,} and more"


def _last(words: str) -> str:
    return words.split(". ")[0].split(": ")[0] if words else ""
