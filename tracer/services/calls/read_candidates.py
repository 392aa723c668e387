"""Canaries with what a caller may know of their orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tracer.domain.heard_values import OrderValues
from tracer.domain.match import Candidate
from tracer.storage.unit_of_work import UnitOfWork


class Named(NamedTuple):
    """A canary's id, name and gender."""

    canary_id: str
    name: str
    gender: str


def read_candidates(work: UnitOfWork, canaries: Iterable[Named]) -> list[Candidate]:
    """Candidates with the values of their orders, in the same order, keyed by canary id."""
    named = list(canaries)
    values: dict[str, list[OrderValues]] = defaultdict(list)
    for order in work.orders.of_canaries([canary.canary_id for canary in named]):
        values[order.canary_id].append(OrderValues.of(order))
    return [Candidate(c.canary_id, c.name, tuple(values[c.canary_id]), c.gender) for c in named]
