"""Kept answers to requests, without what an erasure took away."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tracer.domain.personal import ERASED
from tracer.domain.records import CALL_COLUMNS, CANARY_COLUMNS, EXPOSURE_COLUMNS, ORDER_COLUMNS

_IDS = ("call_id", "canary_id", "order_id")
_KEPT = (
    {*CALL_COLUMNS, *CANARY_COLUMNS, *ORDER_COLUMNS, *EXPOSURE_COLUMNS, "state", "merged_into", "erased_at", "route"}
    - {"call_id", "canary_id", "order_id"}
    - {column for columns in ERASED.values() for column in columns}
)


def emptied(value: Any, subject_ids: Collection[str]) -> Any:
    """The value of an answer; of an object that is about one of the subjects only what may stay is left, else null.

    An answer has forms of its own (cards, suggestions): whatever stands beside such an id and is no column that stays
    goes, so that nothing is overlooked.
    """
    if isinstance(value, list):
        return [emptied(one, subject_ids) for one in value]
    if not isinstance(value, dict):
        return value
    inside = {key: emptied(one, subject_ids) for key, one in value.items()}
    if not any(value.get(name) in subject_ids for name in _IDS):
        return inside
    return {key: _left(key, one) for key, one in inside.items()}


def _left(key: str, value: Any) -> Any:
    return value if key in _IDS or key in _KEPT or not isinstance(value, (str, list, dict)) else None
