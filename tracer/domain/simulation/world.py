"""A synthetic world as flat arrays: what is registered, what happened, and the truth that nobody is told.

Times are whole seconds since the world's first moment. `other` is the channel past the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from tracer.domain.codebook.borne_names import IssuedName
from tracer.domain.fields import Fields, parse_fields

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY = 86_400
CAMPAIGN_DAYS, WAITING_DAYS = 180, 60
"""Canaries are issued for so many days; then calls are awaited for as many as the second."""

END = (CAMPAIGN_DAYS + WAITING_DAYS) * DAY
"""The last moment that is looked at: `as_of`."""

NEVER = -1
"""Time of what does not happen, such as the end of an alias that there is not."""

ORDERED, HANDED_OVER, CONTROL = 0, 1, 2
"""What became of a canary: an order, given to one shop without an order, given to nobody."""

BACKGROUND_CALL = -1
EVERY_FIELD = int(parse_fields("name phone address item price order_no waybill_no order_time account"))
CONTACT_FIELDS = int(Fields.NAME | Fields.PHONE)


@dataclass(frozen=True, slots=True)
class Parties:
    """C channels; `parent` is a shop's platform, -1 for none."""

    ids: Sequence[str]
    kinds: Sequence[str]
    names: Sequence[str]
    parent: Ints


@dataclass(frozen=True, slots=True)
class Canaries:
    """K canaries in the order of their issue, each on a line; `lines` are what is dialled, `own` if one has one."""

    names: Sequence[IssuedName]
    issued: Ints
    purpose: Ints
    line: Ints
    lines: Sequence[str]
    own: bool


@dataclass(frozen=True, slots=True)
class Orders:
    """The order of each canary, with rows for those without one too: all arrays are (K,).

    `waybill` is 0 where nothing was sent.
    """

    placed: Ints
    item: Ints
    cents: Ints
    number: Ints
    waybill: Ints


@dataclass(frozen=True, slots=True)
class Exposures:
    """E cells "channel was shown fields of a canary at that time", sorted by canary and time."""

    canary: Ints
    channel: Ints
    at: Ints
    fields: Ints
    alias_until: Ints


@dataclass(frozen=True, slots=True)
class Leakage:
    """Who leaks: (C + 1,) share of what a channel sees, and from when until when (the spell)."""

    rate: Floats
    begin: Ints
    end: Ints
    spell: Bools


@dataclass(frozen=True, slots=True)
class Calls:
    """N calls, sorted by time.

    source   channel, or BACKGROUND_CALL
    canary   whom the call is about; for background on a shared line, whom the line's name would mean
    session  callers with one number and script; -1 for a call by itself
    """

    at: Ints
    source: Ints
    canary: Ints
    line: Ints
    session: Ints
    via_alias: Bools
    answered: Bools
    known: Ints
    unknown: Ints

    def keep(self, chosen: Ints | Bools) -> Calls:
        """Only the calls at these places."""
        return Calls(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Said:
    """What was written down of each call: texts, empty where nothing was said."""

    caller: Sequence[str]
    role: Sequence[str]
    script: Sequence[str]
    name: Sequence[str]
    item: Sequence[str]
    price: Sequence[str]
    order_no: Sequence[str]
    waybill_no: Sequence[str]


@dataclass(frozen=True, slots=True)
class World:
    """One world with its truth; `nuisance` are the figures that an engine has to learn."""

    family: str
    as_of: datetime
    nuisance: Mapping[str, object]
    parties: Parties
    canaries: Canaries
    orders: Orders
    exposures: Exposures
    leakage: Leakage
    calls: Calls
    said: Said

    @property
    def origin(self) -> datetime:
        """The moment that times are counted from."""
        return self.as_of - timedelta(days=CAMPAIGN_DAYS + WAITING_DAYS)

    def source_name(self, channel: int) -> str:
        """A channel's id, `other` or `background`."""
        if channel == BACKGROUND_CALL:
            return "background"
        return self.parties.ids[channel] if channel < len(self.parties.ids) else "other"
