"""Values as said against each other and against what is true of an order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum, auto
from functools import lru_cache

from tracer.domain.codebook.decode import NameIndex
from tracer.domain.codebook.phonetics import han_only, sound_key
from tracer.domain.heard_values import PRICE_TOLERANCE, SHORTEST_TAIL, price_in, same_goods
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.goods import fits, goods_list
from tracer.domain.transcript.plain import plain

SOUNDS_ALIKE = 0.7
"""How much likelier (nats) a heard name must be, given the order's name, than as a stranger's."""


class Fit(Enum):
    """How a value stands to what is known: equal to it, against it, or nothing is known."""

    CONFIRMED = auto()
    CONTRADICTED = auto()
    OPEN = auto()


def fit(mention: Mention, orders: Sequence[KnownOrder]) -> Fit:
    """A value against the orders that may be meant: confirmed by any, contradicted by all that have such a value."""
    verdicts = {_fit(mention, order) for order in orders}
    if Fit.CONFIRMED in verdicts:
        return Fit.CONFIRMED
    return Fit.CONTRADICTED if verdicts == {Fit.CONTRADICTED} else Fit.OPEN


def _fit(mention: Mention, order: KnownOrder) -> Fit:
    what, said = mention.field, mention.value
    if not said:
        return Fit.OPEN
    if what in ("name", "name:masked"):
        return _verdict(order.name, lambda: sounds_like(said, order.name, order.gender))
    if what in ("order_no", "waybill_no"):
        true = order.order_no if what == "order_no" else order.waybill_no
        return _verdict(true, lambda: same_tail(true, said))
    if what in ("phone", "phone:last4"):
        true = re.sub(r"\D", "", order.phone)
        return _verdict(true, lambda: same_tail(true, re.sub(r"\D", "", said)))
    if what == "phone:alias":
        return _verdict(order.alias, lambda: same_tail(re.sub(r"\D", "", order.alias), said))
    if what in ("price", "refund", "refunded"):
        return _verdict(order.price, lambda: same_price(order.price, said))
    if what == "item":
        return _verdict(order.item, lambda: fits(said, order))
    if what == "account":
        return _verdict(order.account, lambda: _folded(said) == _folded(order.account))
    if what == "address":
        return _verdict(order.address, lambda: _same_place(said, order.address))
    return _day(said, order) if what == "order_time" else Fit.OPEN


def _verdict(true: str, equal: Callable[[], bool]) -> Fit:
    if not true:
        return Fit.OPEN
    return Fit.CONFIRMED if equal() else Fit.CONTRADICTED


@lru_cache(maxsize=256)
def sounds_like(said: str, name: str, gender: str = "") -> bool:
    """Whether a heard name can be this one by its sound."""
    han, own = _SURNAME_ONLY.sub("", han_only(said)), han_only(name)
    titled = own and 1 <= len(han) <= 2 and han != han_only(said)
    if titled and sound_key(f"{han}家").classes[0] == sound_key(own).classes[0]:
        return True
    said = _HONORIFIC.sub(_formal, said)
    index = NameIndex([name], [gender])
    return float(index.log_likelihood(said)[0]) - index.log_ordinary(said) > SOUNDS_ALIKE


_HONORIFIC = re.compile(r"(?<=[一-鿿])(?:生|哥|总|老板|师傅|经理|主任|老师|太|姐|阿姨|叔叔|大叔|大哥|大姐|师奶|同学)$")
_SURNAME_ONLY = re.compile(
    r"(?:奶奶|爷爷|护士|医生|大爷|大妈|孃孃|女士|先生|小姐姐|小姐|太太|夫人|生|哥|总|老板|师傅|经理|主任|老师|太|姐|阿姨|叔叔|大叔|大哥|大姐|师奶|同学)$"
)
_HERS = frozenset(("太", "姐", "阿姨", "大姐", "师奶"))


def _formal(found: re.Match[str]) -> str:
    return "女士" if found[0] in _HERS else "先生" if found[0] in ("生", "哥", "叔叔", "大叔", "大哥") else "老师"


def same_tail(known: str, said: str) -> bool:
    """Whether one number is the other or its tail."""
    a, b = _folded(known), _folded(said)
    return min(len(a), len(b)) >= SHORTEST_TAIL and (a.endswith(b) or b.endswith(a))


def same_price(known: str, said: str) -> bool:
    """Whether two prices are within two per cent, or the same when rounded."""
    a, b = price_in(known), price_in(said)
    if a is None or b is None:
        return False
    return abs(a - b) <= PRICE_TOLERANCE * max(a, b) + 1e-9 or (b == int(b) and int(b) in (round(a), int(a)))


def _same_place(said: str, known: str) -> bool:
    a, b = (re.sub(r"[\W_]", "", plain(text).text) for text in (said, known))
    return a in b or b in a or any(a[i : i + 4] in b for i in range(max(0, len(a) - 3)))


def _day(said: str, order: KnownOrder) -> Fit:
    found = re.search(r"(\d{1,2})月(\d{1,2})", said)
    if found is None or order.placed_at is None:
        return Fit.OPEN
    placed = order.placed_at
    same_day = placed.month == int(found[1]) and abs(placed.day - int(found[2])) <= 1
    return Fit.CONFIRMED if same_day else Fit.CONTRADICTED


def same(one: Mention, other: Mention) -> bool:
    """Whether two mentions are of the same value."""
    if one.field.split(":")[0] != other.field.split(":")[0]:
        tails = {"order_no", "waybill_no", "phone", "phone:last4", "bare", "tail", "single"}
        return one.field in tails and other.field in tails and same_tail(one.value, other.value)
    if one.field in ("order_no", "waybill_no", "phone", "phone:last4"):
        return same_tail(one.value, other.value)
    if one.field == "price":
        return same_price(one.value, other.value)
    if one.field == "item":
        return same_goods(one.value, other.value) or _same_thing(one.value, other.value)
    if one.field in ("name", "name:masked"):
        return _same_name(one.value, other.value)
    a, b = _folded(one.value), _folded(other.value)
    return a in b or b in a or (one.field == "address" and _same_place(one.value, other.value))


def _same_thing(one: str, other: str) -> bool:
    words = goods_list()
    entries = [
        {words.entries[word] for word in words.han.findall(text) + words.latin.findall(text)} for text in (one, other)
    ]
    return not entries[0].isdisjoint(entries[1])


def _same_name(one: str, other: str) -> bool:
    a, b = (
        re.sub(r"女士|先生|小姐|太太|\b(?:mr|mrs|ms|miss|dr)\b\.?|[\W_]", "", text.casefold()) for text in (one, other)
    )
    return bool(a and b) and (a in b or b in a or (a[0] == b[0] and not a.isascii()))


def _folded(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
