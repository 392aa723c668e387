"""Drafts of letters: facts, probabilities and alternatives, and nothing more; a person reads them before they go.

No caller's number stands in them, and no natural person's name.
"""

from __future__ import annotations

from datetime import datetime

from tracer.documents.report_rows import ChannelRow
from tracer.documents.report_view import ReportView
from tracer.documents.words import Words, percent
from tracer.services.reports.gather_facts import Contact, Handed, LetterFacts

AT_LEAST = 0.2
"""A call is told of where it came from the channel with at least this probability."""


def letter_title(words: Words, to: str) -> str:
    """What a letter is called."""
    said = words.said
    return {
        "shop": said("Enquiry about the handling of order data"),
        "council": said("Report of calls that used order data"),
        "police": said("Statement of calls that used order data"),
    }[to]


def draft_letter(
    view: ReportView, row: ChannelRow, to: str, facts: LetterFacts, today: datetime, *, named: bool = False
) -> str:
    """The draft in the view's language; with `named` recipients' names and order numbers stand in it."""
    words = view.words
    said = words.said
    parts = [
        letter_title(words, to),
        said("Date: %(day)s", day=f"{today:%Y-%m-%d}"),
        "",
        _greeting(words, to),
        "",
        _opening(words, to, row),
        "",
        said("1. What was given, and when"),
        *([_handed(words, one, named) for one in facts.handed] or [said("(no order is recorded)")]),
        *_more(words, facts.more_handed),
        "",
        said("2. Which calls came, and what the callers knew"),
        *([_contact(words, view, row, one) for one in facts.contacts] or [said("(no call is recorded)")]),
        *_more(words, facts.more_contacts),
        "",
        said("3. How probable it is, and what else may be"),
        *_probabilities(view, row),
        "",
        said("4. What this rests on"),
        said(
            "A report as of %(as_of)s, worked out with stated assumptions. %(closing)s",
            as_of=view.as_of,
            closing=view.closing(),
        ),
        *([view.erased()] if view.erased() else []),
        "",
        _request(words, to),
        "",
        said("(name, address and signature of the sender)"),
    ]
    return "\n".join(parts)


def _greeting(words: Words, to: str) -> str:
    said = words.said
    return {
        "shop": said("To whom it may concern,"),
        "council": said("To the consumer council,"),
        "police": said("To the police,"),
    }[to]


def _opening(words: Words, to: str, row: ChannelRow) -> str:
    said = words.said
    who = f"{row.label} ({row.kind})"
    if to == "shop":
        return said(
            "For each order below a recipient identity was used that exists nowhere else. Calls then came for these "
            "identities. This letter states what is known; it accuses nobody. It concerns: %(who)s.",
            who=who,
        )
    return said(
        "For each order below a recipient identity was used that exists nowhere else, so that a call for it tells "
        "where the data of the order surfaced. This states what is known of %(who)s; it accuses nobody.",
        who=who,
    )


def _handed(words: Words, one: Handed, named: bool) -> str:
    said = words.said
    more = ""
    if named:
        more = said(" Recipient: %(name)s.", name=one.recipient_name or said("(erased)"))
        if one.order_no:
            more += said(" Order number: %(number)s.", number=one.order_no)
    if one.order_id:
        text = said(
            "- Identity %(canary)s, order %(order)s, placed %(placed)s; shown to this party %(shown)s.",
            canary=one.canary_id,
            order=one.order_id,
            placed=words.moment(one.placed_at),
            shown=words.moment(one.shown_at),
        )
    else:
        text = said(
            "- Identity %(canary)s, handed to this party %(shown)s.",
            canary=one.canary_id,
            shown=words.moment(one.shown_at),
        )
    return text + more


def _contact(words: Words, view: ReportView, row: ChannelRow, one: Contact) -> str:
    said = words.said
    found = view.call(one.call_id)
    canary = found[0].canary_id if found else ""
    p = next((p for channel_id, _, p in found[0].sources if channel_id == row.channel_id), "") if found else ""
    text = said(
        "- %(when)s, for identity %(canary)s (%(call)s). The caller knew: %(known)s.",
        when=words.moment(one.received_at),
        canary=canary or "?",
        call=one.call_id,
        known=words.tokens(one.known) or said("nothing of the order"),
    )
    if one.unknown:
        text += said(" Asked, the caller could not say: %(unknown)s.", unknown=words.tokens(one.unknown))
    if one.role:
        text += said(" Claimed to be: %(role)s.", role=words.token(one.role))
    if one.script:
        text += said(" Pretext: %(script)s.", script=words.token(one.script))
    if p:
        text += said(" From this party or someone holding its data: %(p)s.", p=p)
    return text


def _more(words: Words, count: int) -> list[str]:
    """What a list that was cut says of the rest."""
    return [words.said("- And %(count)s more, listed in the report.", count=f"{count:,}")] if count else []


def _probabilities(view: ReportView, row: ChannelRow) -> list[str]:
    said = view.words.said
    lines = [
        said(
            "- That order data surfaced via this party or someone holding its data: %(p)s. %(orders)s of its orders "
            "are watched; %(called)s of them were called, %(silent)s stayed silent.",
            p=row.p_text,
            orders=f"{row.orders:,}",
            called=f"{row.called:,}",
            silent=f"{row.silent:,}",
        )
    ]
    for group in view.groups:
        if row.channel_id in dict(group.members):
            others = " / ".join(label for _, label in group.members)
            lines.append(
                said("- The data cannot tell these apart: %(others)s. %(told)s", others=others, told=group.sentence)
            )
    more = [f"{other.label} {percent(other.p)}" for other in view.channels if other is not row and other.p >= AT_LEAST]
    if more:
        lines.append(said("- Other parties that may have leaked as well: %(others)s.", others=said(", ").join(more)))
    lines.append(
        said("- A leak outside the route, or a caller who knew nothing and guessed, is possible for every single call.")
    )
    return lines


def _request(words: Words, to: str) -> str:
    said = words.said
    return {
        "shop": said(
            "We ask you to check who had access to the data of these orders at these times, and to tell us what you "
            "find and what you do."
        ),
        "council": said("We put these facts at your disposal. Further records can be shown on request."),
        "police": said(
            "We put these facts at your disposal for tracing where the data came from. Further records can be shown on "
            "request."
        ),
    }[to]
