"""Which canaries each call may belong to: the line first, then the name and the values heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracer.domain.call import Call
from tracer.domain.match import Candidate, Heard, LineMatcher, OrderValues
from tracer.storage.campaign import CanaryFacts
from tracer.storage.unit_of_work import UnitOfWork

KEPT_PER_CALL = 40


@dataclass(frozen=True, slots=True)
class CallOnLine:
    """A call with the place of its line, and of the canary that a person said it was for.

    `line` is -1 and `number_id` empty where it is not known which number rang.
    """

    call: Call
    day: float
    line: int
    number_id: str
    line_key: bytes
    has_extension: bool
    stated: int | None


def match_calls(
    work: UnitOfWork, calls: Sequence[CallOnLine], facts: Sequence[CanaryFacts]
) -> list[tuple[int, int, float]]:
    """(place of call, place of canary, log ratio) for every candidate pair, by call.

    A canary is a candidate for calls after it was issued and before it was retired.
    """
    on_line: dict[bytes, list[int]] = defaultdict(list)
    on_number: dict[str, list[int]] = defaultdict(list)
    for place, fact in enumerate(facts):
        on_line[fact.line_key].append(place)
        on_number[fact.number_id].append(place)
    alive_for = [_candidates(item, on_line, on_number, facts) for item in calls]
    needed = {
        place for item, alive in zip(calls, alive_for, strict=True) if _must_read(item.call, alive) for place in alive
    }
    candidates = _read_candidates(work, {facts[place].canary_id: place for place in needed})
    matchers: dict[tuple[tuple[int, ...], bool], LineMatcher] = {}
    matches: list[tuple[int, int, float]] = []
    for number, (item, alive) in enumerate(zip(calls, alive_for, strict=True)):
        if not alive:
            continue
        if not _must_read(item.call, alive):
            matches.append((number, alive[0], 0.0))
            continue
        # On an extension of its own the line identifies the canary; a shared number with one canary does not.
        key = (tuple(alive), item.has_extension and len(alive) == 1)
        if key not in matchers:
            matchers[key] = LineMatcher([candidates[place] for place in alive], own_line=key[1])
        ranking = matchers[key].match(heard_in(item.call), keep=KEPT_PER_CALL)
        found = zip(ranking.indices.tolist(), ranking.log_ratios.tolist(), strict=True)
        matches.extend((number, alive[index], ratio) for index, ratio in sorted(found))
    return matches


def heard_in(call: Call) -> Heard:
    """The values heard in a call."""
    return Heard(call.heard_name, call.heard_item, call.heard_price, call.heard_order_no, call.heard_waybill_no)


def _candidates(
    item: CallOnLine,
    on_line: dict[bytes, list[int]],
    on_number: dict[str, list[int]],
    facts: Sequence[CanaryFacts],
) -> list[int]:
    if item.stated is not None:
        possible: Iterable[int] = (item.stated,)
    elif not item.number_id:  # the number is not known: anybody, if anything was heard to tell by
        possible = range(len(facts)) if any(heard_in(item.call)) else ()
    elif item.has_extension or on_line.get(item.line_key):
        possible = on_line.get(item.line_key, ())
    else:  # the extension was left out
        possible = on_number.get(item.number_id, ())
    return [place for place in possible if _lives(facts[place], item.day)]


def _lives(fact: CanaryFacts, day: float) -> bool:
    return fact.issued <= day and (fact.retired is None or day <= fact.retired)


def _must_read(call: Call, alive: Sequence[int]) -> bool:
    """Whether names and values decide or may contradict; a person's statement settles it."""
    return len(alive) > 1 or (len(alive) == 1 and call.canary_id is None and any(heard_in(call)))


def _read_candidates(work: UnitOfWork, wanted: dict[str, int]) -> dict[int, Candidate]:
    orders: dict[str, list[OrderValues]] = defaultdict(list)
    for order in work.orders.of_canaries(list(wanted)):
        orders[order.canary_id].append(OrderValues.of(order))
    return {
        wanted[canary_id]: Candidate(canary_id, canary.recipient_name, tuple(orders[canary_id]))
        for canary_id, canary in work.canaries.find(list(wanted)).items()
    }
