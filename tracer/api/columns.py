"""The bundle's columns as JSON: what each means, an example, and which of them are personal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from tracer.domain.call import ROLES, SCRIPTS, ContactKind, Nature, Reached
from tracer.domain.canary import CanaryState
from tracer.domain.columns import LONG_TEXT_LIMIT, TEXT_LIMIT
from tracer.domain.line import NumberKind
from tracer.domain.personal import PERSONAL

_TIME = "ISO 8601 with offset."
_FIELDS = "Fields with blanks between: name name:masked phone phone:last4 phone:alias address item price order_no …"

MEANING: Mapping[str, tuple[str, str]] = {
    "channel_id": ("Id of the channel.", "merchant-1"),
    "kind": ("What it is.", "merchant"),
    "name": ("What people call the channel.", "兰亭旗舰店"),
    "parent_id": ("The channel it belongs to.", "platform-1"),
    "contact": ("Whom to write to.", "privacy@lanting.example"),
    "legitimate_numbers": ("Numbers it calls from rightly, with blanks between.", "+442079460999"),
    "natural_person": ("yes for a person, such as a courier.", "no"),
    "tags": ("Words with blanks between.", "spring"),
    "number": ("An owned number with its country code.", "+442079460016"),
    "extension_digits": ("How many digits its extensions have; empty: shared by many canaries.", "4"),
    "owned_from": (f"Since when it is yours. {_TIME}", "2026-01-01T00:00:00+08:00"),
    "owned_until": (f"Until when it is yours. {_TIME}", ""),
    "notes": ("Anything worth knowing.", ""),
    "canary_id": ("Id of the canary.", "k-4t9xm2c7qe"),
    "recipient_name": ("The name for the checkout form.", "欧阳晓萌"),
    "phone": ("The line, E.164, with ;ext= where it has an extension.", "+442079460016;ext=0042"),
    "issued_at": (f"When it was issued. {_TIME}", "2026-02-01T09:00:00+08:00"),
    "locale": ("Locale of the name.", "zh_CN"),
    "gender": ("male or female.", "female"),
    "issued_for": ("The channels it was handed to, with blanks between.", "merchant-1"),
    "purpose": ("control, or empty.", ""),
    "state": ("Where it stands.", "issued"),
    "order_id": ("Id of the order.", "o-8k2m4c9xqe"),
    "placed_at": (f"When it was placed. {_TIME}", "2026-02-02T10:30:00+08:00"),
    "order_no": ("The platform's order number.", "240202-7781"),
    "item": ("The goods.", "护肤品套装"),
    "price": ("The price, a plain number.", "180.00"),
    "currency": ("Its currency.", "CNY"),
    "waybill_no": ("The waybill number.", "SF1234500981"),
    "account": ("The shopping account.", ""),
    "ended_at": (f"When it ended early. {_TIME}", ""),
    "exposed_at": (f"When the channel was shown the order. {_TIME}", "2026-02-02T10:31:00+08:00"),
    "fields": (f"What it saw; empty: the default of its kind. {_FIELDS}", "name phone address item"),
    "alias": ("The platform's virtual number it was given.", ""),
    "alias_expires_at": (f"Until when that reaches you. {_TIME}", ""),
    "call_id": ("Id of the call.", "c-2f7k9m4xqe"),
    "received_at": (f"When it came. {_TIME}", "2026-02-10T15:04:00+08:00"),
    "dialled_number": ("Your number that rang.", "+442079460016;ext=0042"),
    "caller_number": ("The caller's number as shown.", "+447700900321"),
    "heard_name": ("The name as heard.", "欧阳女士"),
    "claimed_role": ("Whom the caller claimed to be.", "merchant"),
    "known_fields": (f"What the caller knew. {_FIELDS}", "name:masked item price"),
    "unknown_fields": (f"What the caller was asked and could not say. {_FIELDS}", "order_no"),
    "script": ("The story told.", "defect_refund"),
    "transcript": ("What was said.", ""),
    "heard_item": ("The goods as said.", "护肤品"),
    "heard_price": ("The price as said.", "180"),
    "heard_order_no": ("The order number as said; a tail is enough.", ""),
    "heard_waybill_no": ("The waybill number as said; a tail is enough.", "00981"),
    "nature": ("What the contact was; empty: scam.", "scam"),
    "answered": ("no where nobody spoke.", "yes"),
    "caller_reached": ("Which number rang where the order had an alias.", "line"),
    "merged_into": ("The call it is part of.", ""),
}

_WORDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("number", "kind"): [kind.value for kind in NumberKind],
    ("call", "kind"): ["", *(kind.value for kind in ContactKind)],
    ("call", "nature"): ["", *(nature.value for nature in Nature)],
    ("call", "claimed_role"): ["", *ROLES],
    ("call", "script"): ["", *SCRIPTS],
    ("call", "caller_reached"): [reached.value for reached in Reached],
    ("canary", "state"): [state.value for state in CanaryState],
}
_EXAMPLES = {("number", "kind"): "landline", ("call", "kind"): "call", ("call", "state"): "logged"}
_LONG = frozenset({("call", "transcript"), ("call", "notes")})


def output_model(name: str, noun: str, columns: Sequence[str], **more: Any) -> type[BaseModel]:
    """A record as it is answered: every column, as text; personal ones null where they may not be seen."""
    fields: dict[str, Any] = {}
    for column in columns:
        hidden = column in PERSONAL[noun] or (noun == "channel" and column == "name")
        kind = str | None if hidden else str
        fields[column] = (kind, Field(description=MEANING[column][0], examples=[_example(noun, column)]))
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields, **more)


def input_model(name: str, noun: str, columns: Sequence[str], required: Sequence[str] = ()) -> type[BaseModel]:
    """A record as it is sent: text in every column, those not required may be left out; no others."""
    fields: dict[str, Any] = {}
    for column in columns:
        limit = LONG_TEXT_LIMIT if (noun, column) in _LONG else TEXT_LIMIT
        words = _WORDS.get((noun, column))
        schema: dict[str, Any] = {"enum": list(words)} if words else {}
        missing: Any = ... if column in required else ""
        fields[column] = (
            str,
            Field(
                missing,
                description=MEANING[column][0],
                examples=[_example(noun, column)],
                max_length=limit,
                json_schema_extra=schema,
            ),
        )
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def changes_model(name: str, noun: str, columns: Sequence[str]) -> type[BaseModel]:
    """Columns to change; those left out stay as they are."""
    fields: dict[str, Any] = {
        column: (
            str | None,
            Field(
                None,
                description=MEANING[column][0],
                max_length=LONG_TEXT_LIMIT if (noun, column) in _LONG else TEXT_LIMIT,
            ),
        )
        for column in columns
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)


def _example(noun: str, column: str) -> str:
    return _EXAMPLES.get((noun, column), MEANING[column][1])
