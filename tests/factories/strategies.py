"""Generated registries, as bundle tables: anything that a bundle may hold, and the rows fit together."""

# ruff: noqa: DTZ001  # hypothesis takes bounds without a zone
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TypeAlias

from hypothesis import strategies as st

from tracer.domain.call import ROLES, SCRIPTS
from tracer.domain.fields import TOKENS

PHONES = [f"+4420794600{n}" for n in range(10, 16)] + [f"+447700900{n}" for n in range(100, 104)]
_NASTY = st.sampled_from(
    [
        "=1+1",
        "@SUM(A1)",
        '"',
        '""',
        ",",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "'",
        ";",
        " ",
        "\u2028",
        "\x85",
        "ﬁ",
        "张三",
        "é",
        "e\u0301",
    ]
)
_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
TEXT = st.lists(_NASTY | st.text(_CHARACTERS, max_size=6), max_size=5).map("".join)
NAME = TEXT.filter(str.strip)
WORD = st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=10)
IDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "Pd"]), min_size=1, max_size=12)
YES_NO = st.sampled_from(["yes", "no"])
Rows: TypeAlias = list[dict[str, str]]
OLD, NEW = datetime(2020, 1, 1), datetime(2030, 1, 1)


def times(first: datetime = OLD, last: datetime = NEW) -> st.SearchStrategy[str]:
    zones = st.integers(-17 * 60, 17 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    return st.builds(lambda moment, zone: moment.replace(tzinfo=zone).isoformat(), st.datetimes(first, last), zones)


def words_of(strategy: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(strategy.filter(bool), max_size=most, unique=True).map(" ".join)


def choice(*known: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *known])


@st.composite
def fields(draw: st.DrawFn, among: tuple[str, ...] = tuple(TOKENS)) -> str:
    chosen = draw(st.sets(st.sampled_from(among))) if among else set()
    if "name" in chosen:
        chosen.discard("name:masked")
    return " ".join(token for token in TOKENS if token in chosen)


@st.composite
def seen(draw: st.DrawFn) -> dict[str, str]:
    """Fields of an exposure, with an alias only where they have room for one."""
    shown = draw(fields())
    aliased = "phone:alias" in shown
    alias = draw(choice("95338", *PHONES)) if aliased or not shown else ""
    expires = draw(st.just("") | times(datetime(2024, 6, 4), NEW)) if alias or aliased else ""
    return {"fields": shown, "alias": alias, "alias_expires_at": expires}


def phones(*, extension: bool = True) -> st.SearchStrategy[str]:
    digits = st.text("0123456789", min_size=1, max_size=7).map(";ext={}".format)
    bare = st.sampled_from(PHONES)
    return st.builds(str.__add__, bare, st.just("") | digits) if extension else bare


def _some(ids: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(ids) if ids else st.just("")


@st.composite
def _channels(draw: st.DrawFn, channel_ids: list[str]) -> Rows:
    return [
        {
            "channel_id": one,
            "kind": draw(st.sampled_from(["platform", "merchant", "warehouse", "courier", "station"])),
            "name": draw(NAME),
            "parent_id": draw(st.sampled_from(["", *channel_ids[:place]])),
            "contact": draw(TEXT),
            "legitimate_numbers": draw(words_of(st.sampled_from([*PHONES, "95338", "anonymous"]))),
            "natural_person": draw(YES_NO),
            "tags": draw(words_of(WORD)),
        }
        for place, one in enumerate(channel_ids)
    ]


@st.composite
def _numbers(draw: st.DrawFn) -> Rows:
    return [
        {
            "number": one,
            "kind": draw(st.sampled_from(["sim", "landline", "virtual"])),
            "extension_digits": draw(st.sampled_from(["", *"1234567"])),
            "owned_from": draw(st.just("") | times(OLD, datetime(2024, 1, 1))),
            "owned_until": draw(st.just("") | times(datetime(2025, 1, 1), NEW)),
            "notes": draw(TEXT),
        }
        for one in draw(st.lists(phones(extension=False), max_size=3, unique=True))
    ]


@st.composite
def _canaries(draw: st.DrawFn, canary_ids: list[str], channel_ids: list[str]) -> Rows:
    return [
        {
            "canary_id": one,
            "recipient_name": draw(NAME),
            "phone": draw(phones()),
            "issued_at": draw(times()),
            "locale": draw(WORD),
            "gender": draw(choice("male", "female")),
            "issued_for": draw(words_of(_some(channel_ids))),
            "purpose": draw(choice("control")),
            "state": draw(choice("issued", "used", "quarantined", "retired")),
            "tags": draw(words_of(WORD)),
            "notes": draw(TEXT),
        }
        for one in canary_ids
    ]


@st.composite
def _orders(draw: st.DrawFn, order_ids: list[str], canary_ids: list[str]) -> Rows:
    return [
        {
            "order_id": one,
            "canary_id": draw(st.sampled_from(canary_ids)),
            "placed_at": draw(times(OLD, datetime(2024, 1, 1))),
            "order_no": draw(TEXT),
            "item": draw(TEXT),
            "price": draw(choice("0", "349.10", "1.0")),
            "currency": draw(choice("CNY")),
            "waybill_no": draw(TEXT),
            "account": draw(TEXT),
            "ended_at": draw(st.just("") | times(datetime(2024, 1, 3), NEW)),
            "state": draw(WORD),
            "notes": draw(TEXT),
        }
        for one in (order_ids if canary_ids else [])
    ]


@st.composite
def _exposures(draw: st.DrawFn, orders: Rows, channel_ids: list[str]) -> Rows:
    return [
        {
            "order_id": order["order_id"],
            "channel_id": channel_id,
            "exposed_at": draw(times(datetime(2024, 1, 3), datetime(2024, 6, 1))),
            **draw(seen()),
        }
        for order in orders
        for channel_id in draw(
            st.lists(_some(channel_ids).filter(bool), max_size=3, unique=True) if channel_ids else st.just([])
        )
    ]


@st.composite
def _call(draw: st.DrawFn, call_id: str, canary_ids: list[str]) -> dict[str, str]:
    known = draw(fields())
    left = tuple(token for token in TOKENS if token not in known.split())
    return {
        "call_id": call_id,
        "received_at": draw(times()),
        "kind": draw(st.sampled_from(["call", "sms", "chat"])),
        "dialled_number": draw(phones()),
        "caller_number": draw(choice("anonymous", "95338", *PHONES) | TEXT.filter(_displayable)),
        "heard_name": draw(TEXT),
        "claimed_role": draw(choice(*ROLES)),
        "known_fields": known,
        "unknown_fields": draw(fields(left)),
        "script": draw(choice(*SCRIPTS)),
        "transcript": draw(TEXT),
        "canary_id": draw(st.sampled_from(["", *canary_ids])),
        "heard_item": draw(TEXT),
        "heard_price": draw(choice("345", "约三百块")),
        "heard_order_no": draw(TEXT),
        "heard_waybill_no": draw(TEXT),
        "nature": draw(choice("scam", "legitimate", "unsure")),
        "answered": draw(YES_NO),
        "caller_reached": draw(choice("line", "alias")),
        "notes": draw(TEXT),
        "tags": draw(words_of(WORD)),
    }


@st.composite
def registries(draw: st.DrawFn) -> dict[str, Rows]:
    def unique_ids(most: int) -> list[str]:
        return draw(st.lists(IDS.filter(lambda one: one not in {"background", "other"}), max_size=most, unique=True))

    channel_ids, canary_ids, order_ids, call_ids = (unique_ids(most) for most in (4, 4, 5, 5))
    tables = {
        "channels.csv": draw(_channels(channel_ids)),
        "numbers.csv": draw(_numbers()),
        "canaries.csv": draw(_canaries(canary_ids, channel_ids)),
        "orders.csv": (orders := draw(_orders(order_ids, canary_ids))),
        "exposures.csv": draw(_exposures(orders, channel_ids)),
        "calls.csv": [draw(_call(one, canary_ids)) for one in call_ids],
    }
    return {name: rows for name, rows in tables.items() if rows}


def _displayable(text: str) -> bool:
    return not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text)
