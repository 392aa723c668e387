"""The bundle's columns as JSON: what each means, an example, and which of them are personal."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from tracer.api.schemas.strict import Strict
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


class _Columns(Strict):
    """A model whose fields begin with columns of the bundle: a subclass says of which noun, and which of them.

    They join before pydantic looks at the class, so that the model is a class like any other and routes can name it.
    """

    def __init_subclass__(cls, *, noun: str = "", columns: Sequence[str] = (), **more: Any) -> None:
        super().__init_subclass__(**more)
        own = inspect.get_annotations(cls)
        cls.__annotations__ = {**{column: cls._kind(noun, column) for column in columns}, **own}
        for column in columns:
            setattr(cls, column, cls._field(noun, column))

    @classmethod
    def _kind(cls, noun: str, column: str) -> Any:
        raise NotImplementedError

    @classmethod
    def _field(cls, noun: str, column: str) -> Any:
        raise NotImplementedError


class Told(_Columns):
    """A record as it is answered: every column, as text; personal ones null where they may not be seen."""

    @classmethod
    def _kind(cls, noun: str, column: str) -> Any:
        return str | None if column in PERSONAL[noun] or (noun, column) == ("channel", "name") else str

    @classmethod
    def _field(cls, noun: str, column: str) -> Any:
        return Field(description=MEANING[column][0], examples=[_example(noun, column)])


class Sent(_Columns):
    """A record as it is sent: text in every column, those not required may be left out."""

    _required: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, *, required: Sequence[str] = (), **more: Any) -> None:
        cls._required = frozenset(required)
        super().__init_subclass__(**more)

    @classmethod
    def _kind(cls, noun: str, column: str) -> Any:
        return str

    @classmethod
    def _field(cls, noun: str, column: str) -> Any:
        words = _WORDS.get((noun, column))
        return Field(
            ... if column in cls._required else "",
            description=MEANING[column][0],
            examples=[_example(noun, column)],
            max_length=_longest(noun, column),
            json_schema_extra={"enum": list(words)} if words else {},
        )


class Changed(_Columns):
    """Columns to change; those left out stay as they are."""

    @classmethod
    def _kind(cls, noun: str, column: str) -> Any:
        return str | None

    @classmethod
    def _field(cls, noun: str, column: str) -> Any:
        return Field(None, description=MEANING[column][0], max_length=_longest(noun, column))


def erased_at() -> Any:
    """The field that says when personal data was erased."""
    return Field(description="When its personal data was erased, ISO 8601; empty: it was not.", examples=[""])


def history() -> Any:
    """The field with the facts about a record."""
    return Field(description="Every fact about it, oldest first.")


def _longest(noun: str, column: str) -> int:
    return LONG_TEXT_LIMIT if (noun, column) in _LONG else TEXT_LIMIT


def _example(noun: str, column: str) -> str:
    return _EXAMPLES.get((noun, column), MEANING[column][1])
