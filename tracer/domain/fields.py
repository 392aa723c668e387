"""The data fields of an order, and sets of them as seen by a channel or known to a caller."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag
from functools import lru_cache

from tracer.domain.errors import InvalidValue


class Fields(IntFlag):
    """A set of order fields; a masked variant is a member of its own.

    The text form is the members' tokens in the order below, separated by blanks:
    `name phone address item price order_no waybill_no order_time account`, and the
    masked forms `name:masked` (surname only), `phone:last4`, `phone:alias`
    (the platform's virtual number).
    """

    NAME = 1 << 0
    PHONE = 1 << 1
    ADDRESS = 1 << 2
    ITEM = 1 << 3
    PRICE = 1 << 4
    ORDER_NO = 1 << 5
    WAYBILL_NO = 1 << 6
    ORDER_TIME = 1 << 7
    ACCOUNT = 1 << 8
    NAME_MASKED = 1 << 9
    PHONE_LAST4 = 1 << 10
    PHONE_ALIAS = 1 << 11

    NONE = 0

    @property
    def text(self) -> str:
        """The canonical, blank-separated form; empty for the empty set."""
        return _format(int(self))


TOKENS: Mapping[str, Fields] = {
    "name": Fields.NAME,
    "name:masked": Fields.NAME_MASKED,
    "phone": Fields.PHONE,
    "phone:last4": Fields.PHONE_LAST4,
    "phone:alias": Fields.PHONE_ALIAS,
    "address": Fields.ADDRESS,
    "item": Fields.ITEM,
    "price": Fields.PRICE,
    "order_no": Fields.ORDER_NO,
    "waybill_no": Fields.WAYBILL_NO,
    "order_time": Fields.ORDER_TIME,
    "account": Fields.ACCOUNT,
}
ANY_NAME = Fields.NAME | Fields.NAME_MASKED


@lru_cache(maxsize=8192)
def _format(bits: int) -> str:
    return " ".join(token for token, flag in TOKENS.items() if flag & bits)


@lru_cache(maxsize=8192)
def parse_fields(text: str, *, field: str = "fields") -> Fields:
    """Read blank-separated field tokens; raises InvalidValue naming the unknown or doubled token."""
    found = Fields.NONE
    for token in text.split():
        flag = TOKENS.get(token)
        if flag is None:
            raise InvalidValue(field, token, "blank-separated field names out of: " + " ".join(TOKENS))
        if flag & found:
            raise InvalidValue(field, text, f"each field once, {token} stands twice")
        found |= flag
    if found & ANY_NAME == ANY_NAME:
        raise InvalidValue(field, text, "either name or name:masked, not both")
    return found
