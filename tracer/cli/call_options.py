"""What the options of `tracer call log` say of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(frozen=True)
class HeardOptions:
    """A call as it was heard: nearly the columns of calls.csv."""

    dialled: Annotated[str, typer.Option(help="Your number that rang, with its extension if one was dialled.")] = ""
    canary: Annotated[str, typer.Option(help="The canary, where you know which it was.")] = ""
    heard_name: Annotated[str, typer.Option("--name", help="The name as you heard it.")] = ""
    known: Annotated[
        str, typer.Option("--knew", help="What the caller knew: fields with blanks, such as 'name item price'.")
    ] = ""
    unknown: Annotated[
        str, typer.Option("--could-not-say", help="What the caller was asked and could not say: fields.")
    ] = ""
    received_at: Annotated[str, typer.Option("--at", help="When (ISO 8601); by default now.")] = ""
    kind: Annotated[str, typer.Option(help="call, sms or chat.")] = ""
    caller: Annotated[str, typer.Option(help="The caller's number as shown.")] = ""
    role: Annotated[str, typer.Option(help="Whom the caller claimed to be: platform, courier, …")] = ""
    script: Annotated[str, typer.Option(help="The story told: defect_refund, lost_parcel, …")] = ""
    nature: Annotated[str, typer.Option(help="scam, legitimate or unsure; by default scam.")] = ""
    item: Annotated[str, typer.Option(help="The goods as said.")] = ""
    price: Annotated[str, typer.Option(help="The price as said.")] = ""
    order_no: Annotated[str, typer.Option(help="The order number as said; a tail is enough.")] = ""
    waybill_no: Annotated[str, typer.Option(help="The waybill number as said; a tail is enough.")] = ""
    unanswered: Annotated[bool, typer.Option("--unanswered", help="It rang, nobody spoke.")] = False
    reached: Annotated[str, typer.Option(help="line or alias: which number rang, where the order had an alias.")] = ""

    def columns(self) -> dict[str, str]:
        """By the columns of calls.csv; empty where nothing was said."""
        return {
            "received_at": self.received_at,
            "kind": self.kind,
            "dialled_number": self.dialled,
            "caller_number": self.caller,
            "heard_name": self.heard_name,
            "claimed_role": self.role,
            "known_fields": self.known,
            "unknown_fields": self.unknown,
            "script": self.script,
            "canary_id": self.canary,
            "heard_item": self.item,
            "heard_price": self.price,
            "heard_order_no": self.order_no,
            "heard_waybill_no": self.waybill_no,
            "nature": self.nature,
            "answered": "no" if self.unanswered else "yes",
            "caller_reached": self.reached,
        }
