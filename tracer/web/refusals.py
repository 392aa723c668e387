"""What services refuse with, as patterns: so that a refusal is read in the visitor's language.

A refusal that fits none of them is shown as it was written, in English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fastapi import Request

from tracer.documents.phrases import Phrase, said
from tracer.web.page import translate

PHRASES: Sequence[Phrase] = [
    Phrase(text)
    for text in (
        # what a value is expected to be
        said("a value"),
        said("one word"),
        said("yes or no"),
        said("each id once"),
        said("male or female"),
        said("text without control characters"),
        said("printable characters"),
        said("printable characters only"),
        said("one of: %(words)s"),
        said("one or more of: %(words)s"),
        said("at most %(most)s characters (these are %(these)s)"),
        said("at most %(most)s characters"),
        said("%(least)s to %(most)s characters"),
        said("%(least)s to %(most)s printable characters"),
        said("a whole number from %(least)s to %(most)s"),
        said("a whole number from 1 to 7, or nothing for a shared number"),
        said("a plain number such as 57.30, without currency sign or thousands comma"),
        said("an id of 1 to 128 characters without blanks, commas or quotes"),
        said("an ISO 8601 time with offset such as 2026-01-05T04:24:12+08:00"),
        said("a time that has come; it is %(now)s"),
        said("a time after now, %(now)s"),
        said("a time after %(column)s (%(when)s)"),
        said("a year from %(first)s to %(last)s"),
        said("one word without blanks or commas"),
        said("one telephone number"),
        said("a number without extension"),
        said("something else than the log-in name"),
        said("either name or name:masked, not both"),
        said("another channel than itself"),
        said("another id; background and other are reserved"),
        said("what the caller said: a name, goods, a price or a number"),
        # what to do about it
        said("This column may not be empty"),
        said("Choose another one"),
        said("Give each tag by itself"),
        said("Several stand here: give each its own row"),
        said("The offset is missing; China is +08:00"),
        # what a rule forbids
        said("canary %(id)s is %(state)s already"),
        said("call %(id)s is %(state)s already; `tracer call show %(again)s` tells more"),
        said("call %(id)s is %(state)s; merge into one that counts"),
        said("a call cannot be merged into itself"),
        said("call %(last)s was merged into %(target)s later. Restore %(again)s first"),
        said(
            "canary %(id)s is on another line than the one that rang. Correct the number or the canary, or leave one "
            "of them out"
        ),
        said(
            "canary %(id)s is %(state)s: nothing is ordered with it any more. "
            "Issue a new one with `tracer canary issue`"
        ),
        said("call %(id)s holds nothing that is personal any more: it was erased on %(day)s"),
        said("canary %(id)s holds nothing that is personal any more: it was erased on %(day)s"),
        said(
            "the personal data of %(noun)s %(id)s was erased on %(day)s, and none is taken for it again: leave out "
            "%(columns)s"
        ),
        said("what call %(id)s gave to %(target)s was erased, so it can no longer be taken back: they stay one"),
        said("the route of order %(id)s names a channel twice at the same time"),
        said("there is no number in the pool. Add one you own: tracer number add NUMBER [--extensions 4]"),
        said("no number of the pool is owned at this time. Add one: tracer number add NUMBER"),
        said("user %(id)s is the last enabled owner. Make another user an owner first"),
        said("key %(id)s was revoked already, on %(when)s"),
        said("there is a %(noun)s %(id)s already: %(difference)s"),
        said("there is no report 'latest'. Make one on the page /report"),
        said("there is no such %(noun)s. %(hint)s"),
        said("there is no %(noun)s %(id)s. %(hint)s"),
        said("there is no %(noun)s %(id)s"),
        said("this needs the scope %(scope)s, which you were not given. An owner can grant it"),
        said("this form has expired or did not come from this page. Go back, reload, try again"),
        said("this came from a page of another site"),
        said("too many %(what)s. Try again in %(seconds)s s"),
        said("%(where)s: another program held the database for %(seconds)s s. Try again"),
        said("%(where)s: the disk is full. Nothing was written; free some space and do it again"),
    )
]
_SENTENCE = re.compile(r"(?<=\.) ")


def in_words(request: Request, text: str) -> str:
    """A refusal in the visitor's language, as far as it is known there."""
    whole = _translated(request, text)
    if whole is not None:
        return whole
    parts = [(_translated(request, part.removesuffix(".")), part) for part in _SENTENCE.split(text)]
    return " ".join(part if known is None else known for known, part in parts)


def _translated(request: Request, text: str) -> str | None:
    for phrase in PHRASES:
        found = phrase.pattern.fullmatch(text)
        if found:
            return phrase.filled(translate(request, phrase.text), found.groupdict())
    return None
