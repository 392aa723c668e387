"""Canary orders and what channels were shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracer.domain.fields import Fields


@dataclass(frozen=True, slots=True)
class Order:
    """An order placed with one canary. `price` keeps the digits as written.

    `erased_at`: when its personal data was erased.
    """

    order_id: str
    canary_id: str
    placed_at: datetime
    order_no: str = ""
    item: str = ""
    price: str = ""
    currency: str = ""
    waybill_no: str = ""
    account: str = ""
    ended_at: datetime | None = None
    state: str = ""
    notes: str = ""
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """Channel C was shown fields F of order O at time T.

    `fields` None means the default of the channel (or its kind). An `alias` is the
    platform's virtual number for this order; it reaches the line until `alias_expires_at`.
    A channel that was given one saw it in place of the number, also where the default holds.
    """

    order_id: str
    channel_id: str
    exposed_at: datetime
    fields: Fields | None = None
    alias: str = ""
    alias_expires_at: datetime | None = None

    def shown(self, default: Fields) -> Fields:
        """What the channel saw, where `default` is what channels like it see."""
        return fields_shown(self.fields, default, aliased=bool(self.alias))


def fields_shown(stated: Fields | None, default: Fields, *, aliased: bool) -> Fields:
    """What was seen: as stated, else the default, with the alias in place of the number where there was one."""
    if stated is not None:
        return stated
    return default & ~Fields.PHONE | Fields.PHONE_ALIAS if aliased else default
