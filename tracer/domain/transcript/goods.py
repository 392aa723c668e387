"""Goods named in a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tracer.domain.heard_values import same_goods
from tracer.domain.transcript.finding import KnownOrder, Mention
from tracer.domain.transcript.patterns import pattern, words
from tracer.domain.transcript.plain import plain
from tracer.domain.transcript.said import Said

_LISTS = Path(__file__).with_name("words") / "shelves.toml"
_BOUGHT = pattern("goods", "bought")
_ENGLISH = pattern("goods", "english")
_PLAIN_BOUGHT = pattern("goods", "plain_bought")
_ABOUT = pattern("goods", "about")
_POSSESSED = pattern("goods", "possessed")
_NAMED_PRICE = pattern("goods", "named_price")
_OWNED = pattern("goods", "owned")
_HEADED = pattern("goods", "headed")
_NOT_GOODS = pattern("goods", "not_goods")
_BRACKETED = pattern("goods", "bracketed")
_VAGUE_HAN = pattern("goods", "vague_han")
_VAGUE_WORDS = words("goods", "vague_words")
_STOPS = words("goods", "possessed_stops")
_SMALL_WORDS = words("goods", "small_words")
_COMPOUNDED = words("goods", "compounded")
_NOT_OURS = pattern("goods", "not_ours")
_SHOP = pattern("goods", "shop")


_LEADING = re.compile(
    r"(?:那|这)?[个件条双套瓶盒支箱台袋副款只份罐本部把床组对张块枝樽桶盏顶辆串批](?=[一-鿿]{2})(?!包|装|机|子|板|头)"
)
"""A measure that a lazy pattern took for the beginning of the goods."""


_DETERMINED = re.compile(r".*\b(?:the|a|an|your|some|my|those)\s(?=[a-z]{3})")
"""What stands before the last article of a phrase, where a pattern began at the first."""


class _Entry(NamedTuple):
    shelf: str
    number: int
    whole: bool


class GoodsList(NamedTuple):
    """The words of goods: what each stands for, and the patterns that find them."""

    entries: dict[str, _Entry]
    common: frozenset[str]
    han: re.Pattern[str]
    latin: re.Pattern[str]


@lru_cache(maxsize=1)
def goods_list() -> GoodsList:
    """The list of goods, read once."""
    entries: dict[str, _Entry] = {}
    common: set[str] = set()
    for shelf, rows in tomllib.loads(_LISTS.read_text(encoding="utf-8")).items():
        for number, row in enumerate([rows["shelf"], *rows["goods"]]):
            for word in _words(row):
                if shelf == "common":
                    common.add(word)
                entries.setdefault(word, _Entry(shelf, number, number == 0))
    han = sorted((word for word in entries if not word.isascii()), key=len, reverse=True)
    latin = sorted((word for word in entries if word.isascii()), key=len, reverse=True)
    return GoodsList(
        entries,
        frozenset(common),
        re.compile("|".join(map(re.escape, han))),
        re.compile(rf"\b(?:{'|'.join(map(re.escape, latin))})\b"),
    )


def _words(text: str) -> list[str]:
    han, _, latin = text.partition("=")
    return [word.lower() for word in han.split()] + [word.strip().lower() for word in latin.split(",") if word.strip()]


def goods(said: Said, orders: Sequence[KnownOrder] = ()) -> Iterator[Mention]:
    """Every mention of goods that may be an order's: field "item"."""
    found: list[Mention] = []
    found += _bought(said)
    found += _listed(said)
    found += _ordered(said, orders)
    taken: list[tuple[int, int]] = []
    for one in sorted(found, key=lambda m: (-m.p, m.start - m.end)):
        if not any(one.start < end and start < one.end for start, end in taken):
            taken.append((one.start, one.end))
            yield one


def _bought(said: Said) -> Iterator[Mention]:
    for rule in (_BOUGHT, _ENGLISH, _BRACKETED, _ABOUT, _OWNED, _HEADED, _POSSESSED, _PLAIN_BOUGHT, _NAMED_PRICE):
        for found in rule.finditer(said.text):
            group = found.lastgroup or "item"
            value = found[group].strip(" '-")
            if rule is _BOUGHT and (measure := _LEADING.match(value)):
                value = value[measure.end() :]
            at = found.start(group)
            if value.isascii() and (determined := _DETERMINED.match(value)):
                value, at = value[determined.end() :], at + determined.end()
            if value.isascii() and not _is_noun_phrase(said, at, value, cut=rule is _PLAIN_BOUGHT):
                continue
            if rule is _HEADED and (_NOT_GOODS.search(value) or value[0] in "您你我"):
                continue
            if rule is _POSSESSED and not (_SMALL_WORDS | _STOPS).isdisjoint(value.split()):
                continue
            if not _is_vague(value) and not _refused(said, found.start(group), found.end(group)):
                known = bool(goods_list().han.search(value) or goods_list().latin.search(value))
                yield Mention(
                    "item",
                    at,
                    found.start(group) + len(found[group].rstrip()),
                    value,
                    0.95
                    if known
                    else 0.55
                    if rule is _POSSESSED
                    else 0.65
                    if rule in (_PLAIN_BOUGHT, _OWNED, _NAMED_PRICE)
                    else 0.7,
                )


def _is_noun_phrase(said: Said, start: int, value: str, *, cut: bool) -> bool:
    """Whether English words can be goods: no small word among them (none at the ends), and no person's name."""
    words = value.split()
    inner = {"and", "with", "of", "for", "in"} if not cut else {"and", "of"}
    if words[0] in _STOPS or words[-1] in _STOPS | _SMALL_WORDS - {"set", "pair"} or words[-1] == "of":
        return False
    if not (_STOPS - inner).isdisjoint(words):
        return False
    return not re.match(r"(?:Mr|Mrs|Ms|Miss|Dr|MR|MRS)\b", said.plain.cased[start : start + 6])


def _listed(said: Said) -> Iterator[Mention]:
    words = goods_list()
    for rule in (words.han, words.latin):
        for found in rule.finditer(said.text):
            start, end = found.span()
            if _refused(said, start, end):
                continue
            if len(found[0]) == 1 and said.left(start, 1) in set("里外上下前后方对见片"):
                continue  # 里面 is a place, and no noodles
            if found[0][-1] in "柜架桌" and re.match("[上里旁边顶]", said.right(end, 1)):
                continue  # where something is put
            if found[0] in words.common and not _beside_buying(said, start, end):
                continue
            yield Mention("item", start, end, found[0], 0.9)


def _ordered(said: Said, orders: Sequence[KnownOrder]) -> Iterator[Mention]:
    """The words of the orders' own goods, wherever they are said."""
    for item in {plain(order.item).text for order in orders if order.item}:
        han = {
            run[i:j]
            for run in re.findall("[一-鿿]{2,}", item)
            for i in range(len(run))
            for j in range(i + 2, len(run) + 1)
        }
        latin = set(re.findall(r"[a-z]{3,}", item)) - _VAGUE_WORDS - _SMALL_WORDS
        pieces = [re.escape(piece) for piece in sorted(han, key=len, reverse=True)]
        if latin:
            words = "|".join(sorted(latin, key=len, reverse=True))
            pieces.append(rf"\b(?:{words})(?:[ -](?:{words}))*\b")
        for found in re.finditer("|".join(pieces), said.text) if pieces else ():
            if not _SHOP.match(said.text, found.end()):
                yield Mention("item", *found.span(), found[0], 0.9 if len(found[0]) > 2 else 0.75)


def _beside_buying(said: Said, start: int, end: int) -> bool:
    left, right = said.left(start, 30), said.right(end, 8)
    return bool(
        re.search(
            r"(?:买|拍|购|订)(?:了|的|到|过)?[^,。!?;\n卡会]{0,6}$|\b(?:bought|ordered|purchased|purchase of"
            r"|order for|order of)\b[^,.!?\n]{0,24}$",
            left,
        )
        or re.match(r"(?:的)?订单", right)
    )


def _is_vague(value: str) -> bool:
    if re.match("包裹|快递|快件|订单|手机[号尾上]", value):
        return True
    if re.search("[一-鿿]", value):
        return bool(_VAGUE_HAN.search(value)) and not goods_list().han.search(value)
    words = re.findall(r"[a-z]+", value)
    if len(words) > 1 and words[-1] in _COMPOUNDED and words[0] not in _VAGUE_WORDS:
        return False
    return not words or words[-1] in _VAGUE_WORDS or len(words) > 6


def _refused(said: Said, start: int, end: int) -> bool:
    clause = re.split(r"[,。!?;\n]", said.left(start, 16))[-1]
    return bool(_SHOP.match(said.text, end) or _NOT_OURS.search(clause))


def fits(value: str, order: KnownOrder) -> bool:
    """Whether goods as said can be an order's: a shared word, the same thing in the other language, or its shelf."""
    item = order.item.casefold()
    if not item or not value:
        return False
    words = goods_list()
    heads = [_head(text, words) for text in (value, item)]
    if heads[0] and heads[1] and heads[0] != heads[1]:
        return False  # a hiking bag is no hiking shoe
    if same_goods(value, item):
        return True
    said = {words.entries[word] for word in _hits(value, words)}
    own = {words.entries[word] for word in _hits(item, words)}
    return any(
        one.shelf == other.shelf != "common" and (one.whole or other.whole or one.number == other.number)
        for one in said
        for other in own
    )


def _head(text: str, words: GoodsList) -> _Entry | None:
    """The one thing that Chinese goods are at their end; None for a shelf, for words of many things, for English."""
    found = [hit for hit in words.han.finditer(text) if hit.end() == len(text)]
    entry = words.entries[found[-1][0]] if found else None
    return None if entry is None or entry.whole or entry.shelf == "common" else entry


def _hits(text: str, words: GoodsList) -> list[str]:
    return words.han.findall(text) + words.latin.findall(text)
