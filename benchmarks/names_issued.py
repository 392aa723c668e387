"""Issuing names: how fast, how far apart, where it ends, and what remains of the rate when all is stored."""

from __future__ import annotations

import math
import statistics
import time
from collections import Counter
from collections.abc import Generator
from itertools import islice
from pathlib import Path

import numpy as np
from faker import Faker

from benchmarks.peers import faker_names, mimesis_names, named_by_faker, named_by_mimesis
from benchmarks.tables import rate, seconds, table, timed
from tracer.bootstrap import Application, build
from tracer.domain.codebook.allocate import Allocator, IssuedName
from tracer.domain.codebook.capacity import LINE_CAPACITY, REGISTRY_CAPACITY
from tracer.domain.codebook.faker_provider import Provider
from tracer.domain.codebook.phonetics import sound_key
from tracer.domain.errors import CapacityExhausted
from tracer.domain.heard_values import Heard
from tracer.services.calls.name_directory import NameDirectory
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.registry.add_number import add_number
from tracer.services.registry.register_channel import register_channel

A_NUMBER = 1_000  # names on each number


def rates(locale: str, sizes: tuple[int, ...], rounds: int) -> None:
    """Names a second beside the peers, taken in turns, the middle of the rounds."""
    rows = []
    for size in sizes:
        taken: tuple[list[float], ...] = ([], [], [])
        for turn in range(rounds if size < 40_000 else 1):
            rng = np.random.default_rng(turn)
            taken[0].append(timed(lambda size=size, rng=rng: Allocator(locale, rng).issue(size)))  # type: ignore[misc]
            for i, peer in enumerate((faker_names, mimesis_names), 1):
                taken[i].append(timed(lambda p=peer, s=size, t=turn: list(islice(p(locale, t), s))))  # type: ignore[misc]
        middle = [statistics.median(times) for times in taken]
        peers = [f"{rate(size, middle[0])}", *(rate(size, one) for one in middle[1:])]
        rows.append([f"{size:,}", *peers, f"{middle[1] / middle[0]:,.0f}×", f"{middle[2] / middle[0]:,.1f}×"])
    header = ("names wanted", "Tracer", "Faker", "mimesis", "faster than Faker", "than mimesis")
    table(f"Unique {locale} names a second", header, rows, _provider(locale))


def _provider(locale: str, count: int = 10_000) -> str:
    fake = Faker(locale)
    fake.seed_instance(1)
    fake.add_provider(Provider)
    anywhere = timed(lambda: [fake.canary_name() for _ in range(count)])
    of_line = min(count, LINE_CAPACITY[locale])
    on_line = timed(lambda: [fake.canary_name("a number") for _ in range(of_line)])
    return (
        f"as a Faker provider: {rate(count, anywhere)} a second from fake.canary_name(), "
        f"{rate(of_line, on_line)} spaced on one number"
    )


def ends(locale: str, most_seconds: float) -> None:
    """Where each has no more names, how long that took and what it says."""
    rows, said = [], []
    for who, names in (("Faker", faker_names(locale, 1)), ("mimesis, in a set", mimesis_names(locale, 1))):
        found, last, taken, words = _to_the_end(names, most_seconds)
        rows.append([who, f"{found:,}", seconds(taken), seconds(last)])
        said.append(f"{who}: {words}")
    allocator = Allocator(locale, np.random.default_rng(1))
    line = allocator.line()
    filling = timed(lambda: allocator.issue(LINE_CAPACITY[locale], line))
    start = time.perf_counter()
    try:
        allocator.issue(1, line)
    except CapacityExhausted as refusal:
        said.append(f"Tracer: {refusal}")
    rows.append(["Tracer, one shared number", f"{line.size:,}", seconds(filling), seconds(time.perf_counter() - start)])
    rows.append(["Tracer, a registry, as declared", f"{REGISTRY_CAPACITY[locale]:,}", "", ""])
    table(f"The end of {locale} names", ("", "names", "after", "refused in"), rows, *said)


def _to_the_end(names: Generator[str, None, str], most_seconds: float) -> tuple[int, float, float, str]:
    start = before = time.perf_counter()
    found = 0
    while before - start < most_seconds:
        try:
            next(names)
        except StopIteration as end:
            return found, time.perf_counter() - before, time.perf_counter() - start, str(end.value)
        found, before = found + 1, time.perf_counter()
    return found, 0.0, before - start, "not yet at its end"


def spread(locale: str, count: int) -> None:
    """How many names share their sound with another."""
    sets = {
        "Tracer": Allocator(locale, np.random.default_rng(1)).issue(count),
        "Faker": named_by_faker(count, locale, 1),
    }
    if locale == "zh_CN":
        sets["mimesis"] = named_by_mimesis(count, 1)
    rows = [[who, f"{_alike(names):.1%}"] for who, names in sets.items()]
    table(f"Of {count:,} {locale} names, share that sounds like another of the same gender", ("", "share"), rows)


def _alike(names: list[IssuedName]) -> float:
    heard = Counter((sound_key(one.name), one.gender) for one in names)
    return sum(n for n in heard.values() if n > 1) / len(names)


def identities(locale: str, sizes: tuple[int, ...]) -> list[IssuedName]:
    """Names on shared numbers in memory; gives those of the last size."""
    rows, names = [], []
    for size in sizes:
        allocator = Allocator(locale, np.random.default_rng(1))
        names = []
        start = time.perf_counter()
        for _ in range(size // A_NUMBER):
            names += allocator.issue(A_NUMBER, allocator.line())
        taken = time.perf_counter() - start
        rows.append([f"{size:,} on {size // A_NUMBER:,} numbers", seconds(taken), rate(size, taken)])
    table(f"{locale} identities, spaced on shared numbers, unique over all, in memory", ("", "time", "a second"), rows)
    return names


def shared_app(home: Path, numbers: int) -> Application:
    """A registry with a shop and shared numbers."""
    app = build(home, seed=1)
    with app.writing() as work:
        register_channel(work, app.model.channels, {"kind": "merchant", "name": "shop", "channel_id": "shop"})
        for n in range(numbers):
            add_number(work, {"number": f"+44207946{n:04d}", "kind": "landline"})
        work.commit()
    return app


def issue_stored(app: Application, count: int, locale: str = "zh_CN") -> None:
    """One batch, committed."""
    with app.writing() as work:
        issue_canaries(work, CanaryRequest(issued_for=("shop",), count=count, locale=locale), 90, app.rng)
        work.commit()


def stored(folder: Path, size: int, growth: int) -> None:
    """Canaries a second through the service, beside what Faker takes for names alone."""
    times, one_more = [], []
    for count in (size, size * growth):
        app = shared_app(folder / f"stored-{count}", -(-count // A_NUMBER))
        times.append(timed(lambda app=app, count=count: issue_stored(app, count)))  # type: ignore[misc]
        one_more.append(_one_more(app))
        app.close()
    peer = timed(lambda: list(islice(faker_names("zh_CN", 1), size)))
    exponent = math.log(times[1] / times[0]) / math.log(growth)
    rows = [
        [f"{size:,} canaries stored", seconds(times[0]), rate(size, times[0]), f"{peer / times[0]:.2f}", one_more[0]],
        [f"{size * growth:,} canaries stored", seconds(times[1]), rate(size * growth, times[1]), "", one_more[1]],
        [f"Faker, {size:,} names, nothing stored", seconds(peer), rate(size, peer), "1.00", ""],
    ]
    note = f"time grows with the power {exponent:.2f} of the number of canaries"
    table(
        "Issuing through the service (SQLite, shared numbers)",
        ("", "time", "a second", "× Faker", "one more"),
        rows,
        note,
    )


def _one_more(app: Application) -> str:
    """What a single canary takes when so many are there."""
    return f"{statistics.median(timed(lambda: issue_stored(app, 1)) for _ in range(5)) * 1e3:,.0f} ms"


def stored_in_batches(folder: Path, size: int, batch: int) -> None:
    """A large registry issued batch by batch, then read into memory and asked."""
    app = shared_app(folder / "batches", size // A_NUMBER)
    times = [timed(lambda: issue_stored(app, batch)) for _ in range(size // batch)]
    rows = [[f"{(i + 1) * batch:,} canaries", seconds(one), rate(batch, one)] for i, one in enumerate(times)]
    table(f"{size:,} canaries stored over {size // A_NUMBER:,} shared numbers", ("up to", "time", "a second"), rows)
    directory = NameDirectory()
    with app.reading() as work:
        reading = timed(lambda: directory.follow(work))
        asking = timed(lambda: directory.rank(Heard("王小明"), work, 8))
    one_more = _one_more(app)
    with app.reading() as work:
        following = timed(lambda: directory.follow(work))
    app.close()
    print(
        f"  All names read into memory in {seconds(reading)}; a question {asking * 1e3:,.1f} ms; "
        f"one more canary is issued in {one_more} and taken up in {following * 1e3:,.1f} ms."
    )
