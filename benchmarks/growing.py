"""One task of the growth curves at one size, in a process of its own; prints seconds as JSON.

For benchmarks.growth: python -m benchmarks.growing TASK SIZE FOLDER
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
from collections.abc import Callable, Iterable
from itertools import count, islice
from pathlib import Path

import numpy as np

from benchmarks.campaign_growing import CampaignGrowing
from benchmarks.figures import worked
from benchmarks.make_bundle import write
from benchmarks.names_heard import METHODS, Decoder, Question, questions
from benchmarks.peers import by_sound, faker_names, mimesis_names, on_names
from benchmarks.registries import opened
from tracer.bootstrap import Application
from tracer.domain.codebook.allocate import Allocator, IssuedName, allocate
from tracer.domain.codebook.decode import NameIndex
from tracer.services.canaries.issue_canary import CanaryRequest, issue_canaries
from tracer.services.registry.add_number import add_number
from tracer.services.registry.register_channel import register_channel

ON_A_NUMBER = 1_000
OF_EVERY_VOICE = 4
Acts = dict[str, tuple[str, list[float]]]
"""By act: the peer it is compared with, and the seconds of each time it was done."""


def main() -> None:
    tasks: dict[str, Callable[[int, Path], dict[str, object]]] = {
        "issuing": issuing,
        "a number": in_a_number,
        "a registry": over_the_registry,
        "a campaign": a_campaign,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=list(tasks))
    parser.add_argument("size", type=int)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True)
    gc.freeze()  # as `tracer import` does
    gc.set_threshold(200_000, 20, 100)
    json.dump(tasks[chosen.task](chosen.size, chosen.folder), sys.stdout)


def issuing(size: int, folder: Path) -> dict[str, object]:
    """Canaries stored on shared numbers in one batch, one more after that, and names alone by the peers."""
    allocate(1, "zh_CN", np.random.default_rng(1))  # the word lists are read before the clock runs
    rounds = 3 if size < 10_000 else 1
    stored, one_more, faker, mimesis = list[float](), list[float](), list[float](), list[float]()
    for turn in range(rounds):
        app = _shared_numbers(folder / f"home-{turn}", -(-size // ON_A_NUMBER))
        stored.append(worked(lambda app=app: _issue(app, size)))  # type: ignore[misc]
        one_more += [worked(lambda app=app: _issue(app, 1)) for _ in range(5)]  # type: ignore[misc]
        app.close()
        faker.append(worked(lambda turn=turn: list(islice(faker_names("zh_CN", turn), size))))  # type: ignore[misc]
        mimesis.append(worked(lambda turn=turn: list(islice(mimesis_names("zh_CN", turn), size))))  # type: ignore[misc]
    peer = "Faker.unique, names alone"
    acts: Acts = {
        "Tracer, stored with number, key and fact": (peer, stored),
        "Tracer, one more after that": ("", one_more),
        peer: (peer, faker),
        "mimesis in a set, names alone": ("mimesis in a set, names alone", mimesis),
    }
    return {"Issuing canaries": acts}


def _shared_numbers(home: Path, numbers: int) -> Application:
    app = opened(home)
    with app.writing() as work:
        register_channel(work, app.model.channels, {"kind": "merchant", "name": "shop", "channel_id": "shop"})
        for n in range(numbers):
            add_number(work, {"number": f"+44207946{n:04d}", "kind": "landline"})
        work.commit()
    return app


def _issue(app: Application, size: int) -> None:
    with app.writing() as work:
        issue_canaries(work, CanaryRequest(issued_for=("shop",), count=size), 90, app.rng)
        work.commit()


def in_a_number(size: int, _folder: Path) -> dict[str, object]:
    """A name heard among those of one number."""
    names = allocate(size, "zh_CN", np.random.default_rng(8), names_on_line=())
    return {"A name heard, names on one number": _asked(names, Decoder(names))}


def over_the_registry(size: int, _folder: Path) -> dict[str, object]:
    """A name heard among all, the number not known; and making the index."""
    allocator = Allocator("zh_CN", np.random.default_rng(1))
    names = [name for _ in range(size // ON_A_NUMBER) for name in allocator.issue(ON_A_NUMBER, allocator.line())]
    texts, genders = [one.name for one in names], [one.gender for one in names]
    making = [worked(lambda: NameIndex(texts, genders)) for _ in range(1 if size > 100_000 else 3)]
    index = NameIndex(texts, genders)
    acts = _asked(names, lambda text: int(index.best(text, 8).places[0]))
    acts["Tracer's index is made"] = ("", making)
    return {"A name heard, names of the registry": acts}


def _asked(names: list[IssuedName], ours: Callable[[str], int]) -> Acts:
    asked = questions(names, "full", OF_EVERY_VOICE, 4)
    ours(asked[0][1])
    peer = METHODS[1]
    methods = zip(METHODS, (ours, on_names(names), by_sound(names)), strict=True)
    return {name: (peer if name == METHODS[0] else name, list(_each(method, asked))) for name, method in methods}


def _each(method: Callable[[str], int], asked: Iterable[Question]) -> Iterable[float]:
    for text in dict.fromkeys(text for _, text in asked):
        yield worked(lambda text=text: method(text))  # type: ignore[misc]


def a_campaign(size: int, folder: Path) -> dict[str, object]:
    """A bundle of so many orders imported, listed, sealed, proved, audited and reported on."""
    write(folder / "bundle", size, calls=round(0.85 * size))
    growing = CampaignGrowing(folder, rounds=3 if size < 10_000 else 1, number=count())
    found = growing.acts()
    found["memory"] = _most_memory()
    return found


def _most_memory() -> float:
    """The peak of this process in MB; what getrusage tells is that of the parent, if that had more."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
