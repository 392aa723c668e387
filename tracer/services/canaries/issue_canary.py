"""Issue canaries: a recipient name and a line for each, ready for a checkout form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tracer.domain.canary import CONTROL, Canary
from tracer.domain.codebook.allocate import Allocator, IssuedName
from tracer.domain.codebook.capacity import LINE_CAPACITY
from tracer.domain.codebook.repertoire import GENDERS, require_locale
from tracer.domain.codebook.written_phone import written_form
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed
from tracer.domain.ids import new_id
from tracer.domain.line import Line
from tracer.domain.pool import PoolNumber, Rota, usable
from tracer.domain.records import canary_record, check_annotations
from tracer.services.canaries.change_canary import release_lines
from tracer.services.canaries.codebook_capacity import names_on_shared
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
        number_ids = {item.owned.number: item.number_id for item in numbers}
        lines = _draw_lines(work, request, numbers, rng)
        names = _draw_names(work, request, lines, number_ids, rng)
        canaries = [_canary(request, name, line, work.now, rng) for name, line in zip(names, lines, strict=True)]
        first = {canary.canary_id for canary, name in zip(canaries, names, strict=True) if name.first}
        try:
            work.canaries.issue(canaries, number_ids, work.now, first)
        except AlreadyExists:
            continue
        work.journal.record(Fact("canary_issued", canary.canary_id, canary_record(canary)) for canary in canaries)
        return canaries
    raise NotAllowed(f"other processes took the drawn names {_ATTEMPTS} times in a row. Try again")


def card(canary: Canary) -> dict[str, object]:
    """An issued canary as JSON, ready for a checkout form."""
    return {
        "canary_id": canary.canary_id,
        "recipient_name": canary.recipient_name,
        "gender": canary.gender,
        "locale": canary.locale,
        "phone": canary.phone.text,
        "written_phone": written_form(canary.phone),
        "issued_for": list(canary.issued_for),
    }


def _checked_kinds(work: UnitOfWork, request: CanaryRequest) -> set[str]:
    if not 1 <= request.count <= _LARGEST_BATCH:
        raise InvalidValue("--count", request.count, f"a whole number from 1 to {_LARGEST_BATCH:,}")
    require_locale(request.locale)
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
    bearing = names_on_shared(work, request.locale)
    pool = [
        PoolNumber(
            item.number_id,
            item.owned,
            live=live.get(item.number_id, 0),
            rivals=rivals.get(item.number_id, 0),
            names_left=max(0, LINE_CAPACITY[request.locale] - bearing.get(item.number_id, 0)),
        )
        for item in work.numbers.all()
    ]
    return usable(pool, work.now, request.number)


def _canary(request: CanaryRequest, name: IssuedName, line: Line, now: datetime, rng: np.random.Generator) -> Canary:
    return Canary(
        canary_id=new_id("k", rng),
        recipient_name=name.name,
        phone=line,
        issued_at=now,
        locale=request.locale,
        gender=name.gender,
        issued_for=request.issued_for,
        purpose=CONTROL if request.control else "",
        tags=request.tags,
        notes=request.notes,
    )


def _draw_lines(
    work: UnitOfWork, request: CanaryRequest, numbers: Sequence[PoolNumber], rng: np.random.Generator
) -> list[Line]:
    rota = Rota(numbers, lambda item, extensions: _taken_extensions(work, item, extensions), request.locale)
    drawn = [rota.next(rng) for _ in range(request.count)]
    return [Line(item.owned.number, extension) for item, extension in drawn]


def _taken_extensions(work: UnitOfWork, item: PoolNumber, extensions: Sequence[str]) -> set[str]:
    """Those of the extensions of a number that are in use or still rest."""
    lines = {Line(item.owned.number, extension): extension for extension in extensions}
    return {lines[line] for line in work.canaries.lines_in_use(list(lines))}


def _draw_names(
    work: UnitOfWork,
    request: CanaryRequest,
    lines: Sequence[Line],
    number_ids: Mapping[str, str],
    rng: np.random.Generator,
) -> list[IssuedName]:
    """A name for each line: shared numbers one by one, spaced from all names that were ever there."""
    genders = (request.gender,) if request.gender else GENDERS
    allocator = Allocator(
        request.locale, rng, genders, free=lambda names: work.canaries.unclaimed([name[:2] for name in names])
    )
    places: dict[str | None, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        places[line.number if line.extension is None else None].append(place)
    names: dict[int, IssuedName] = {}
    for number, mine in places.items():
        there = None
        if number is not None:
            there = allocator.line([name for name, _, _ in work.canaries.names_on_number(number_ids[number])])
        names.update(zip(mine, allocator.issue(len(mine), there), strict=True))
    return [names[place] for place in range(len(lines))]
