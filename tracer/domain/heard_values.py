"""Values as a caller says them (goods, a price, tails of numbers) against those of orders.

Probabilities are relative to one unit a kind (a tail of its digits, a price written down, goods named), which cancels
between what one of ours would say and what a stranger would.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tracer.domain.call import Call
from tracer.domain.order import Order

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TAIL_RIGHT, SHORTEST_TAIL = 0.97, 3
"""P(a tail is said and typed rightly); shorter tails say nothing."""

PRICE_RIGHT, PRICE_TOLERANCE, PRICE_BY_CHANCE = 0.9, 0.02, 0.03
"""P(a price is said within the tolerance); the tolerance; P(another order's price lies in it)."""

ITEM_RIGHT, ITEM_BY_CHANCE = 0.8, 0.02
"""P(goods are named so that a word fits); P(a stranger's goods fit, where no candidate's do)."""


class OrderValues(NamedTuple):
    """What can be said of one order; empty where it is not known."""

    item: str = ""
    price: str = ""
    order_no: str = ""
    waybill_no: str = ""

    @classmethod
    def of(cls, order: Order) -> OrderValues:
        """The values of an order of the registry."""
        return cls(order.item, order.price, order.order_no, order.waybill_no)


class Heard(NamedTuple):
    """The values as said in one call; empty where not said."""

    name: str = ""
    item: str = ""
    price: str = ""
    order_no: str = ""
    waybill_no: str = ""

    @classmethod
    def of(cls, call: Call) -> Heard:
        """The values said in a call of the registry."""
        return cls(call.heard_name, call.heard_item, call.heard_price, call.heard_order_no, call.heard_waybill_no)


class OrderTable:
    """All orders of the candidates of a line, a row each; a candidate without order has an empty row."""

    def __init__(self, orders: Sequence[Sequence[OrderValues]]) -> None:
        rows = [(i, order) for i, own in enumerate(orders) for order in (own or (OrderValues(),))]
        self._owner: Ints = np.array([i for i, _ in rows], dtype=np.int64)
        self._starts: Ints = np.flatnonzero(np.diff(self._owner, prepend=-1))
        self._log_count = np.log(np.bincount(self._owner, minlength=len(orders)))
        self._order_nos = [_alphanumeric(order.order_no) for _, order in rows]
        self._waybill_nos = [_alphanumeric(order.waybill_no) for _, order in rows]
        prices = [price_in(order.price) for _, order in rows]
        self._prices: Floats = np.array([np.nan if p is None else p for p in prices])
        goods: dict[str, int] = {}
        self._item: Ints = np.array([goods.setdefault(order.item.strip(), len(goods)) for _, order in rows])
        self._goods = list(goods)

    def log_likelihood(self, heard: Heard) -> tuple[Floats, float]:
        """log P(item, price, numbers heard | canary), averaged over its orders, and for a stranger."""
        rows, stranger = np.zeros(len(self._owner)), 0.0
        for said, known in ((heard.order_no, self._order_nos), (heard.waybill_no, self._waybill_nos)):
            tail = _alphanumeric(said)
            if len(tail) >= SHORTEST_TAIL:
                chance = 10.0 ** -len(tail)
                fits = np.array([_same_tail(no, tail) for no in known])
                empty = np.array([not no for no in known])
                rows += np.log(np.where(empty, chance, (1 - TAIL_RIGHT) * chance + TAIL_RIGHT * fits))
                stranger += np.log(chance)
        price = price_in(heard.price)
        if price is not None:
            rows += self._log_price(price)
            stranger += np.log(PRICE_BY_CHANCE)
        if heard.item:
            of_rows, chance = self._log_item(heard.item)
            rows, stranger = rows + of_rows, stranger + chance
        # A canary with several orders: the caller speaks of one of them, each alike.
        return np.logaddexp.reduceat(rows, self._starts) - self._log_count, float(stranger)

    def _log_price(self, said: float) -> Floats:
        known = self._prices
        fits = np.abs(known - said) <= PRICE_TOLERANCE * np.maximum(known, said) + 1e-9
        if said == int(said):
            fits |= (np.round(known) == said) | (np.floor(known) == said)
        p = PRICE_RIGHT * fits + (1 - PRICE_RIGHT) * PRICE_BY_CHANCE
        return np.log(np.where(np.isnan(known), PRICE_BY_CHANCE, p))

    def _log_item(self, said: str) -> tuple[Floats, float]:
        fits = np.array([same_goods(said, item) for item in self._goods])[self._item]
        empty = np.array([not item for item in self._goods])[self._item]
        known = np.count_nonzero(~empty)
        chance = (np.count_nonzero(fits) + ITEM_BY_CHANCE * 10) / (known + 10)
        p = ITEM_RIGHT * fits + (1 - ITEM_RIGHT) * chance
        return np.log(np.where(empty, chance, p)), float(np.log(chance))


def _same_tail(known: str, said: str) -> bool:
    return len(known) >= SHORTEST_TAIL and (known.endswith(said) or said.endswith(known))


@lru_cache(maxsize=65536)
def _alphanumeric(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())


@lru_cache(maxsize=65536)
def price_in(text: str) -> float | None:
    """The amount in a price as written or said (`¥1,299.00`, `298元`), None when there is none."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    found = re.findall(r"\d+(?:\.\d+)?", plain, re.ASCII)
    return float(found[0]) if len(found) == 1 else None


@lru_cache(maxsize=65536)
def _words_of_goods(item: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and Latin words of three letters or more."""
    han = re.findall(r"[\u3400-\u9fff]{2,}", item)
    pairs = {run[i : i + 2] for run in han for i in range(len(run) - 1)}
    return frozenset(pairs | set(re.findall(r"[^\W\d_\u3400-\u9fff]{3,}", item)))


def same_goods(said: str, item: str) -> bool:
    """Whether goods named by a caller can be this item: equal, part of one another, or a shared word."""
    a, b = (unicodedata.normalize("NFKC", text).casefold().strip() for text in (said, item))
    if not a or not b:
        return False
    return a in b or b in a or not _words_of_goods(a).isdisjoint(_words_of_goods(b))
