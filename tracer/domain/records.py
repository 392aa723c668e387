"""Each noun as a text record, and back: the bundle's columns, which journal and JSON lists use as well.

`X_COLUMNS` are the column names in file order, `X_REQUIRED` those that a file must have;
`X_record(x)` writes all of them, `read_X(record)` reads them (missing ones as empty) and raises InvalidRecord.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracer.domain.call import ROLES, SCRIPTS, Call, ContactKind, Nature, Reached
from tracer.domain.canary import CONTROL, Canary, CanaryState
from tracer.domain.channel import Channel
from tracer.domain.codebook.phone_number import is_fictional, normalise_caller, parse_line
from tracer.domain.columns import LONG_TEXT_LIMIT, Columns, format_time, parse_list, parse_price
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields, parse_fields
from tracer.domain.line import Line, NumberKind, OwnedNumber
from tracer.domain.order import Exposure, Order
from tracer.domain.report import BACKGROUND, OTHER

Record = Mapping[str, str]

CHANNEL_REQUIRED = ("channel_id", "kind", "name")
CHANNEL_COLUMNS = (*CHANNEL_REQUIRED, "parent_id", "contact", "legitimate_numbers", "natural_person", "tags")
NUMBER_REQUIRED = ("number", "kind")
NUMBER_COLUMNS = (*NUMBER_REQUIRED, "extension_digits", "owned_from", "owned_until", "notes")
CANARY_REQUIRED = ("canary_id", "recipient_name", "phone", "issued_at")
CANARY_COLUMNS = (
    *CANARY_REQUIRED,
    "locale",
    "gender",
    "issued_for",
    "purpose",
    "state",
    "tags",
    "notes",
)
ORDER_REQUIRED = ("order_id", "canary_id", "placed_at", "order_no", "item", "price", "currency", "waybill_no")
ORDER_COLUMNS = (*ORDER_REQUIRED, "account", "ended_at", "state", "notes")
EXPOSURE_REQUIRED = ("order_id", "channel_id", "exposed_at", "fields")
EXPOSURE_COLUMNS = (*EXPOSURE_REQUIRED, "alias", "alias_expires_at")
CALL_REQUIRED = (
    "call_id",
    "received_at",
    "kind",
    "dialled_number",
    "caller_number",
    "heard_name",
    "claimed_role",
    "known_fields",
    "unknown_fields",
    "script",
    "transcript",
    "canary_id",
)
CALL_COLUMNS = (
    *CALL_REQUIRED,
    "heard_item",
    "heard_price",
    "heard_order_no",
    "heard_waybill_no",
    "nature",
    "answered",
    "caller_reached",
    "notes",
    "tags",
)
_NOWHERE = Line("")


def read_channel(record: Record) -> Channel:
    """A channel; "background" and "other" are reserved ids."""
    columns = Columns(record)
    channel_id = columns.id("channel_id")
    if channel_id in {BACKGROUND, OTHER}:
        columns.refuse("channel_id", "another id; background and other are reserved")
    parent_id = columns.optional_id("parent_id")
    if parent_id and parent_id == channel_id:
        columns.refuse("parent_id", "another channel than itself")
    channel = Channel(
        channel_id=channel_id,
        kind=columns.text("kind", required=True, limit=64),
        name=columns.text("name", required=True),
        parent_id=parent_id,
        contact=columns.text("contact"),
        legitimate_numbers=columns.read("legitimate_numbers", _callers, ()),
        natural_person=columns.flag("natural_person", default=False),
        tags=parse_list(columns.text("tags")),
    )
    columns.finish()
    return channel


def channel_record(channel: Channel) -> dict[str, str]:
    """All columns of channels.csv."""
    return {
        "channel_id": channel.channel_id,
        "kind": channel.kind,
        "name": channel.name,
        "parent_id": channel.parent_id or "",
        "contact": channel.contact,
        "legitimate_numbers": " ".join(channel.legitimate_numbers),
        "natural_person": "yes" if channel.natural_person else "no",
        "tags": " ".join(channel.tags),
    }


def read_number(record: Record) -> OwnedNumber:
    """An owned number, E.164 without extension; fictional ranges become test lines."""
    columns = Columns(record)
    number = columns.read("number", _base_number, "", required=True)
    kind = columns.one_of("kind", NumberKind, NumberKind.SIM)
    if not record.get("kind"):
        columns.refuse("kind", "one of: sim landline virtual")
    owned_from = columns.optional_time("owned_from")
    owned_until = columns.optional_time("owned_until")
    if owned_from and owned_until and owned_until < owned_from:
        columns.refuse("owned_until", f"a time after owned_from ({format_time(owned_from)})")
    owned = OwnedNumber(
        number=number,
        kind=kind,
        extension_digits=columns.read("extension_digits", parse_extension_digits, None),
        owned_from=owned_from,
        owned_until=owned_until,
        notes=columns.text("notes"),
        test_line=is_fictional(number),
    )
    columns.finish()
    return owned


def number_record(number: OwnedNumber) -> dict[str, str]:
    """All columns of numbers.csv."""
    return {
        "number": number.number,
        "kind": number.kind.value,
        "extension_digits": "" if number.extension_digits is None else str(number.extension_digits),
        "owned_from": format_time(number.owned_from),
        "owned_until": format_time(number.owned_until),
        "notes": number.notes,
    }


def read_canary(record: Record) -> Canary:
    """A canary. An empty state reads as issued; whoever stores it may know better.

    Only one that was given up may lack its name: it was erased.
    """
    columns = Columns(record)
    given_up = record.get("state") in {CanaryState.QUARANTINED.value, CanaryState.RETIRED.value}
    canary = Canary(
        canary_id=columns.id("canary_id"),
        recipient_name=columns.text("recipient_name", required=not given_up, limit=200),
        phone=columns.read("phone", parse_line, _NOWHERE, required=True),
        issued_at=columns.time("issued_at"),
        locale=columns.word("locale"),
        gender=columns.choice("gender", ("male", "female")),
        issued_for=columns.ids("issued_for"),
        purpose=columns.choice("purpose", (CONTROL,)),
        state=columns.one_of("state", CanaryState, CanaryState.ISSUED),
        tags=parse_list(columns.text("tags")),
        notes=columns.text("notes"),
    )
    columns.finish()
    return canary


def canary_record(canary: Canary) -> dict[str, str]:
    """All columns of canaries.csv."""
    return {
        "canary_id": canary.canary_id,
        "recipient_name": canary.recipient_name,
        "phone": canary.phone.text,
        "issued_at": format_time(canary.issued_at),
        "locale": canary.locale,
        "gender": canary.gender,
        "issued_for": " ".join(canary.issued_for),
        "purpose": canary.purpose,
        "state": canary.state.value,
        "tags": " ".join(canary.tags),
        "notes": canary.notes,
    }


def read_order(record: Record) -> Order:
    """An order; it may end early, never before it was placed."""
    columns = Columns(record)
    placed_at = columns.time("placed_at")
    ended_at = columns.optional_time("ended_at")
    if ended_at and ended_at < placed_at:
        columns.refuse("ended_at", f"a time after placed_at ({format_time(placed_at)})")
    order = Order(
        order_id=columns.id("order_id"),
        canary_id=columns.id("canary_id"),
        placed_at=placed_at,
        order_no=columns.text("order_no", limit=200),
        item=columns.text("item"),
        price=columns.read("price", parse_price, ""),
        currency=columns.word("currency"),
        waybill_no=columns.text("waybill_no", limit=200),
        account=columns.text("account", limit=200),
        ended_at=ended_at,
        state=columns.word("state"),
        notes=columns.text("notes"),
    )
    columns.finish()
    return order


def order_record(order: Order) -> dict[str, str]:
    """All columns of orders.csv."""
    return {
        "order_id": order.order_id,
        "canary_id": order.canary_id,
        "placed_at": format_time(order.placed_at),
        "order_no": order.order_no,
        "item": order.item,
        "price": order.price,
        "currency": order.currency,
        "waybill_no": order.waybill_no,
        "account": order.account,
        "ended_at": format_time(order.ended_at),
        "state": order.state,
        "notes": order.notes,
    }


def read_exposure(record: Record) -> Exposure:
    """An exposure; an alias needs phone:alias among the fields unless the default holds."""
    columns = Columns(record)
    exposed_at = columns.time("exposed_at")
    fields = columns.read("fields", _exposed_fields, None)
    expires_at = columns.optional_time("alias_expires_at")
    through_alias = fields is not None and bool(fields & Fields.PHONE_ALIAS)
    if record.get("alias") and fields is not None and not through_alias:
        columns.refuse("fields", "phone:alias among the fields, since the channel was given an alias")
    if expires_at and expires_at < exposed_at:
        columns.refuse("alias_expires_at", f"a time after exposed_at ({format_time(exposed_at)})")
    if expires_at and not record.get("alias") and not through_alias:
        columns.refuse("alias_expires_at", "nothing where there is neither an alias nor phone:alias among the fields")
    exposure = Exposure(
        order_id=columns.id("order_id"),
        channel_id=columns.id("channel_id"),
        exposed_at=exposed_at,
        fields=fields,
        alias=columns.read("alias", _alias, ""),
        alias_expires_at=expires_at,
    )
    columns.finish()
    return exposure


def exposure_record(exposure: Exposure) -> dict[str, str]:
    """All columns of exposures.csv."""
    return {
        "order_id": exposure.order_id,
        "channel_id": exposure.channel_id,
        "exposed_at": format_time(exposure.exposed_at),
        "fields": "" if exposure.fields is None else exposure.fields.text,
        "alias": exposure.alias,
        "alias_expires_at": format_time(exposure.alias_expires_at),
    }


def read_call(record: Record) -> Call:
    """A call. An empty kind is a voice call, an empty nature a scam, an empty answered yes.

    Neither number nor canary need be known yet: it is logged first and identified later.
    """
    columns = Columns(record)
    known = columns.read("known_fields", parse_fields, Fields.NONE)
    unknown = columns.read("unknown_fields", parse_fields, Fields.NONE)
    if known & unknown:
        columns.refuse("unknown_fields", f"other fields than known_fields ({(known & unknown).text} is in both)")
    call = Call(
        call_id=columns.id("call_id"),
        received_at=columns.time("received_at"),
        dialled=columns.read("dialled_number", parse_line, None),
        kind=columns.one_of("kind", ContactKind, ContactKind.CALL),
        caller_number=columns.read("caller_number", normalise_caller, ""),
        heard_name=columns.text("heard_name", limit=200),
        claimed_role=columns.choice("claimed_role", ROLES),
        known_fields=known,
        unknown_fields=unknown,
        script=columns.choice("script", SCRIPTS),
        transcript=columns.text("transcript", limit=LONG_TEXT_LIMIT),
        canary_id=columns.optional_id("canary_id"),
        heard_item=columns.text("heard_item"),
        heard_price=columns.text("heard_price", limit=40),
        heard_order_no=columns.text("heard_order_no", limit=200),
        heard_waybill_no=columns.text("heard_waybill_no", limit=200),
        nature=columns.one_of("nature", Nature, Nature.SCAM),
        answered=columns.flag("answered", default=True),
        caller_reached=columns.one_of("caller_reached", Reached, Reached.UNKNOWN),
        notes=columns.text("notes", limit=LONG_TEXT_LIMIT),
        tags=parse_list(columns.text("tags")),
    )
    columns.finish()
    return call


def call_record(call: Call) -> dict[str, str]:
    """All columns of calls.csv."""
    return {
        "call_id": call.call_id,
        "received_at": format_time(call.received_at),
        "kind": call.kind.value,
        "dialled_number": "" if call.dialled is None else call.dialled.text,
        "caller_number": call.caller_number,
        "heard_name": call.heard_name,
        "claimed_role": call.claimed_role,
        "known_fields": call.known_fields.text,
        "unknown_fields": call.unknown_fields.text,
        "script": call.script,
        "transcript": call.transcript,
        "canary_id": call.canary_id or "",
        "heard_item": call.heard_item,
        "heard_price": call.heard_price,
        "heard_order_no": call.heard_order_no,
        "heard_waybill_no": call.heard_waybill_no,
        "nature": call.nature.value,
        "answered": "yes" if call.answered else "no",
        "caller_reached": call.caller_reached.value,
        "notes": call.notes,
        "tags": " ".join(call.tags),
    }


def check_annotations(tags: Sequence[str], notes: str = "") -> None:
    """Raise InvalidValue or InvalidRecord where tags or notes could not stand in a record."""
    for tag in tags:
        if parse_list(tag) != (tag,):
            raise InvalidValue("tag", tag, "one word without blanks or commas", "Give each tag by itself")
    columns = Columns({"tags": " ".join(tags), "notes": notes})
    columns.text("tags")
    columns.text("notes")
    columns.finish()


def _base_number(text: str) -> str:
    line = parse_line(text)
    if line.extension is not None:
        digits = len(line.extension)
        raise InvalidValue(
            "number",
            text,
            "a number without extension",
            f"Say how many digits its extensions have: tracer number add {line.number} --extensions {digits}",
        )
    return line.number


def parse_extension_digits(text: str) -> int:
    """How many digits extensions have: 1 to 7."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 7:
        raise InvalidValue("extension_digits", text, "a whole number from 1 to 7, or nothing for a shared number")
    return int(text)


def _alias(text: str) -> str:
    if not any(map(str.isdigit, text)):
        raise InvalidValue("alias", text, "the virtual number that the platform gave out")
    return normalise_caller(text)


def _callers(text: str) -> tuple[str, ...]:
    return tuple(normalise_caller(item) for item in parse_list(text))


def _exposed_fields(text: str) -> Fields | None:
    return parse_fields(text) or None
