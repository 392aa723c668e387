"""The stored state of the attribution: one row, written by a full run and read for quick answers.

It names channels by id and calls not at all; nothing in it is personal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
from sqlalchemy import delete, or_, select

from tracer.domain.attribution.background import Kind
from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.bursts import Bursts
from tracer.domain.attribution.learning import Learned
from tracer.domain.attribution.snapshot import Snapshot
from tracer.storage.session import Session
from tracer.storage.tables import AttributionStateRow, JournalRow

FORMAT = 2
_ARRAYS = ("node", "spell", "profile", "nodes", "begin", "stop")
_SUBJECTS = ("call", "canary", "order", "exposure", "channel", "number")
_SCALARS = ("as_of", "origin", "width")


@dataclass(frozen=True, slots=True)
class AttributionState:
    """A snapshot, when it was made, under which settings, and how far into the journal it had read.

    `implicated` are the channels that it implicates, with P(leaked); not kept with it, and None where it was kept.
    """

    snapshot: Snapshot
    made_at: datetime
    as_of: datetime
    settings: str
    position: int
    implicated: Mapping[str, float] | None = None


class AttributionStates:
    """The latest state, seen from one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def as_of(self) -> datetime | None:
        """Up to when the state looked that is kept; None where none is."""
        query = select(AttributionStateRow.as_of).order_by(AttributionStateRow.state_id.desc())
        found: datetime | None = self._session.connection.execute(query).scalar()
        return found

    def keep(self, state: AttributionState) -> None:
        """Store a state in place of what was there."""
        self._session.connection.execute(delete(AttributionStateRow))
        row = {
            "format": FORMAT,
            "made_at": state.made_at,
            "as_of": state.as_of,
            "settings": state.settings,
            "position": state.position,
            "body": pack_snapshot(state.snapshot),
        }
        self._session.insert(AttributionStateRow, [row])

    def latest(self) -> AttributionState | None:
        """The state, None where there is none that this program can read."""
        query = select(*AttributionStateRow.__table__.columns).where(AttributionStateRow.format == FORMAT)
        query = query.order_by(AttributionStateRow.state_id.desc())  # two that refresh at once leave two
        row = self._session.connection.execute(query).mappings().first()
        if row is None:
            return None
        snapshot = unpack_snapshot(row["body"])
        return AttributionState(snapshot, row["made_at"], row["as_of"], row["settings"], row["position"])

    def changed_since(self, position: int) -> bool:
        """Whether facts that an attribution goes by were written after a place in the journal."""
        like = [JournalRow.event.like(f"{noun}\\_%", escape="\\") for noun in _SUBJECTS]
        query = select(JournalRow.position).where(JournalRow.position > position, or_(*like)).limit(1)
        return self._session.connection.execute(query).first() is not None

    def calls_since(self, position: int) -> set[str]:
        """The ids of calls that were logged, imported or changed after a place in the journal."""
        query = select(JournalRow.subject_id).where(
            JournalRow.position > position, JournalRow.event.like("call\\_%", escape="\\")
        )
        return set(self._session.connection.execute(query).scalars())


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes: NumPy's own format, never pickled."""
    arrays = {name: getattr(snapshot, name) for name in _ARRAYS}
    for prefix, part in (("assumed", snapshot.assumed), ("learned", snapshot.learned)):
        arrays |= {f"{prefix}.{one.name}": np.asarray(getattr(part, one.name)) for one in fields(part)}
    plain: dict[str, Any] = {name: getattr(snapshot, name) for name in _SCALARS}
    plain["channel_ids"] = list(snapshot.channel_ids)
    bursts = snapshot.bursts
    arrays |= {"bursts.count": bursts.count, "bursts.expected": bursts.expected}
    plain["bursts"] = [bursts.origin, bursts.share]
    plain["kinds"] = [[kind, *values] for kind, values in snapshot.kinds.items()]
    arrays["plain"] = np.frombuffer(json.dumps(plain).encode(), dtype=np.uint8)
    written = BytesIO()
    np.savez_compressed(written, **arrays)
    return written.getvalue()


def unpack_snapshot(packed: bytes) -> Snapshot:
    """The snapshot that `pack_snapshot` packed."""
    with np.load(BytesIO(packed), allow_pickle=False) as stored:
        arrays = dict(stored)
    plain = json.loads(arrays["plain"].tobytes())
    origin, share = plain["bursts"]
    scalar = {one.name for one in fields(Behaviour) if one.type == "float"}
    assumed: dict[str, Any] = {
        one.name: float(arrays[f"assumed.{one.name}"]) if one.name in scalar else arrays[f"assumed.{one.name}"]
        for one in fields(Behaviour)
    }
    return Snapshot(
        **{name: arrays[name] for name in _ARRAYS},
        **{name: plain[name] for name in _SCALARS},
        channel_ids=tuple(plain["channel_ids"]),
        kinds={kind: Kind(mean, shape) for kind, mean, shape in plain["kinds"]},
        bursts=Bursts(origin, arrays["bursts.count"], arrays["bursts.expected"], share),
        assumed=Behaviour(**assumed),
        learned=Learned(*(arrays[f"learned.{one.name}"] for one in fields(Learned))),
    )
