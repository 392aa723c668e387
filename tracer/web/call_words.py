"""What the words of a call are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from tracer.domain.call import SCRIPTS
from tracer.web.page import language_for, translate


def said(text: str) -> str:
    """Mark a text that is translated later, where it is shown."""
    return text


NATURES = {"scam": said("scam"), "unsure": said("unsure"), "legitimate": said("legitimate")}
KINDS = {"call": said("phone call"), "sms": said("text message"), "chat": said("chat")}
STATES = {"logged": said("counts"), "undone": said("undone"), "merged": said("part of another call")}
ANSWERED = {"yes": said("yes"), "no": said("no")}
REACHED = {"": said("not known"), "line": said("my number"), "alias": said("the platform's virtual number")}
ROLES = {
    "platform": said("platform"),
    "merchant": said("shop"),
    "warehouse": said("warehouse"),
    "courier": said("courier firm"),
    "station": said("parcel station"),
    "payment": said("payment service"),
    "bank": said("bank"),
    "police": said("police"),
    "other": said("somebody else"),
}
FIELDS = {
    "name": said("full name"),
    "name:masked": said("surname only"),
    "phone": said("phone number"),
    "phone:last4": said("last four digits"),
    "phone:alias": said("virtual number"),
    "address": said("address"),
    "item": said("goods"),
    "price": said("price"),
    "order_no": said("order number"),
    "waybill_no": said("waybill number"),
    "order_time": said("order time"),
    "account": said("account name"),
}
COLUMNS = {
    "received_at": said("When"),
    "kind": said("How"),
    "dialled_number": said("The line that rang"),
    "caller_number": said("Caller's number"),
    "heard_name": said("Name as heard"),
    "claimed_role": said("Claimed to be"),
    "known_fields": said("Caller knew"),
    "unknown_fields": said("Could not say"),
    "script": said("Story told"),
    "transcript": said("What was said"),
    "canary_id": said("Canary"),
    "heard_item": said("Goods as said"),
    "heard_price": said("Price as said"),
    "heard_order_no": said("Order number as said"),
    "heard_waybill_no": said("Waybill number as said"),
    "nature": said("What it was"),
    "answered": said("Did somebody speak?"),
    "caller_reached": said("Which number was dialled"),
    "notes": said("Notes"),
    "tags": said("Tags"),
}
EVENTS = {
    "call_logged": said("Logged"),
    "call_imported": said("Imported"),
    "call_taken_in": said("Came in by itself"),
    "call_corrected": said("Corrected"),
    "call_undone": said("Undone"),
    "call_restored": said("Restored"),
    "call_merged": said("Merged into another call"),
    "call_erased": said("Personal data erased"),
    "call_history_erased": said("History erased with another record"),
    "identity_revealed": said("Looked at"),
    "file_attached": said("A file was added"),
    "file_content_kept": said("A file was kept whose hash was noted before"),
    "attachment_fetched": said("A file was downloaded"),
    "evidence_exported": said("An evidence pack was made"),
}
TERMS = {
    "timing": said("When the call came"),
    "reach": said("Whether the number dialled could reach the line"),
    "heard name and values": said("The name and the values as heard"),
    "nature unsure": said("It is not sure that it was a scam"),
    "record of the channel and of the order's other calls": said("What else is known of it and of the order's calls"),
}
SAID = {
    "said": said("The caller knew: %(field)s"),
    "did not say": said("The caller did not mention: %(field)s"),
    "could not say": said("The caller could not say: %(field)s"),
}


@dataclass(frozen=True, slots=True)
class CallWords:
    """Each table in the visitor's language: value as stored to what people read."""

    natures: Mapping[str, str]
    kinds: Mapping[str, str]
    states: Mapping[str, str]
    answered: Mapping[str, str]
    reached: Mapping[str, str]
    roles: Mapping[str, str]
    scripts: Mapping[str, str]
    fields: Mapping[str, str]
    columns: Mapping[str, str]
    events: Mapping[str, str]

    def value(self, column: str, text: str) -> str:
        """A column's value in words."""
        if column in {"known_fields", "unknown_fields"}:
            return " · ".join(self.fields.get(token, token) for token in text.split())
        tables: dict[str, Mapping[str, str]] = {
            "nature": self.natures,
            "kind": self.kinds,
            "answered": self.answered,
            "caller_reached": self.reached,
            "claimed_role": self.roles,
            "script": self.scripts,
        }
        return tables[column].get(text, text) if column in tables and text else text


def call_words(request: Request) -> CallWords:
    """The words of a call for this visitor."""

    def table(texts: Mapping[str, str]) -> Mapping[str, str]:
        return {key: translate(request, text) for key, text in texts.items()}

    known = request.app.state.service.application.scripts
    language = "zh" if language_for(request).key == "zh_Hans" else "en"
    return CallWords(
        table(NATURES),
        table(KINDS),
        table(STATES),
        table(ANSWERED),
        table(REACHED),
        table(ROLES),
        {script: known[script][language] for script in SCRIPTS},
        table(FIELDS),
        table(COLUMNS),
        table(EVENTS),
    )


def term_in_words(request: Request, term: str) -> str:
    """One reason of an explanation in words; as it is where there is none for it."""
    if term in TERMS:
        return translate(request, TERMS[term])
    for verb, text in SAID.items():
        if term.startswith(f"{verb} ") and (field := term[len(verb) + 1 :]) in FIELDS:
            label = said("name") if field == "name" else FIELDS[field]
            return translate(request, text, field=translate(request, label))
    return term
