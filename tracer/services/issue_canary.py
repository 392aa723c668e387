"""Issue canaries: a recipient name and a line for each, ready for a checkout form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracer.domain.canary import CONTROL, Canary, CanaryState
from tracer.domain.codebook.allocate import Allocator, IssuedName, LineSpacing
from tracer.domain.codebook.repertoire import GENDERS
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed
from tracer.domain.ids import new_id
from tracer.domain.line import Line
from tracer.domain.pool import PoolNumber, choose, draw_extension, usable
from tracer.domain.records import canary_record, check_annotations
from tracer.services.change_canary import release_lines
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

_ATTEMPTS = 8
_LARGEST_BATCH = 100_000


@dataclass(frozen=True, slots=True)
class CanaryRequest:
    """What to issue: `count` canaries, each issued for all the channels; `number` pins the base number (E.164)."""

    issued_for: tuple[str, ...] = ()
    count: int = 1
    locale: str = "zh_CN"
    gender: str = ""
    number: str | None = None
    control: bool = False
    tags: tuple[str, ...] = ()
    notes: str = ""


def issue_canaries(
    work: UnitOfWork, request: CanaryRequest, quarantine_days: int, rng: np.random.Generator
) -> list[Canary]:
    """Issue canaries; the database refuses a name or line that another process took meanwhile, then others are drawn.

    Raises UnknownId (channel), InvalidValue (count, locale, gender), NotAllowed (no number, control
    with channels), CapacityExhausted.
    """
    kinds = _checked_kinds(work, request)
    work.canaries.take_turns()
    release_lines(work, quarantine_days)
    for _ in range(_ATTEMPTS):
        numbers = _pool(work, request, kinds)
        canaries = _draw(work, request, numbers, rng)
        number_ids = {item.owned.number: item.number_id for item in numbers}
        try:
            work.canaries.issue(canaries, number_ids, work.now)
        except AlreadyExists:
            continue
        work.journal.record(Fact("canary_issued", canary.canary_id, canary_record(canary)) for canary in canaries)
        return canaries
    raise NotAllowed(f"other processes took the drawn names {_ATTEMPTS} times in a row. Try again")


def _checked_kinds(work: UnitOfWork, request: CanaryRequest) -> set[str]:
    if not 1 <= request.count <= _LARGEST_BATCH:
        raise InvalidValue("--count", request.count, f"a whole number from 1 to {_LARGEST_BATCH:,}")
    if request.gender and request.gender not in GENDERS:
        raise InvalidValue("--gender", request.gender, "male or female")
    if request.control and request.issued_for:
        raise NotAllowed("a control is given to nobody: leave out either --control or --for")
    if not request.control and not request.issued_for:
        raise NotAllowed("say whom the canary is for with --for CHANNEL, or --control for one that nobody is given")
    check_annotations(request.tags, request.notes)
    return {work.channels.get(channel_id).kind for channel_id in request.issued_for}


def _pool(work: UnitOfWork, request: CanaryRequest, kinds: set[str]) -> list[PoolNumber]:
    live = work.canaries.live_per_number()
    rivals = work.canaries.rivals_per_number(kinds)
    pool = [
        PoolNumber(item.number_id, item.owned, live=live.get(item.number_id, 0), rivals=rivals.get(item.number_id, 0))
        for item in work.numbers.all()
    ]
    return usable(pool, work.now, request.number)


def _draw(
    work: UnitOfWork, request: CanaryRequest, numbers: Sequence[PoolNumber], rng: np.random.Generator
) -> list[Canary]:
    lines = _draw_lines(work, request.count, numbers, rng)
    names = _draw_names(work, request, lines, rng)
    return [
        Canary(
            canary_id=new_id("k", rng),
            recipient_name=name.name,
            phone=line,
            issued_at=work.now,
            locale=request.locale,
            gender=name.gender,
            issued_for=request.issued_for,
            purpose=CONTROL if request.control else "",
            tags=request.tags,
            notes=request.notes,
        )
        for name, line in zip(names, lines, strict=True)
    ]


def _draw_lines(work: UnitOfWork, count: int, numbers: Sequence[PoolNumber], rng: np.random.Generator) -> list[Line]:
    lines = []
    for _ in range(count):
        item = choose(numbers)
        while item.owned.extension_digits is not None and item.extensions is None:
            item.extensions = _taken_extensions(work, item)  # read only for numbers that come up
            item = choose(numbers)
        extension = None
        if item.extensions is not None:
            extension = draw_extension(item, rng)
            item.extensions.add(extension)
        item.live += 1
        item.rivals += 1
        lines.append(Line(item.owned.number, extension))
    return lines


def _taken_extensions(work: UnitOfWork, item: PoolNumber) -> set[str]:
    """Extensions of a number that are in use or still rest."""
    return {
        canary.phone.extension
        for canary in work.canaries.on_number(item.number_id)
        if canary.phone.extension is not None and canary.state is not CanaryState.RETIRED
    }


def _draw_names(
    work: UnitOfWork, request: CanaryRequest, lines: Sequence[Line], rng: np.random.Generator
) -> list[IssuedName]:
    allocator = Allocator(request.locale, rng, genders=(request.gender,) if request.gender else GENDERS)
    spacing = _spacing(work, {line.number for line in lines if line.extension is None})
    names: list[IssuedName | None] = [None] * len(lines)
    open_ = list(range(len(lines)))
    while open_:
        for index in open_:
            line = lines[index]
            (names[index],) = allocator.issue(1, spacing[line.number] if line.extension is None else None)
        drawn = {index: name.name for index in open_ if (name := names[index]) is not None}
        taken = work.canaries.named(list(drawn.values()))
        open_ = [index for index, name in drawn.items() if name in taken]
    return [name for name in names if name is not None]


def _spacing(work: UnitOfWork, numbers: set[str]) -> dict[str, LineSpacing]:
    row_ids = [stored.number_id for stored in work.numbers.find(list(numbers)).values()]
    by_number: dict[str, list[str]] = {number: [] for number in numbers}
    for canary in work.canaries.on_numbers(row_ids, extension=False):
        by_number[canary.phone.number].append(canary.recipient_name)
    return {number: LineSpacing(names) for number, names in by_number.items()}
