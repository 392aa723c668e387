"""A transcript read on the page: the form it fills, and the text with its findings marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from tracer.domain.access import Scope
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.transcript.reading import Reading, Span, read_transcript
from tracer.services.calls.read_call import completed, read_call
from tracer.services.registry.lines_in_use import numbers_in_use
from tracer.web.call_form import dialled_number, fields_of, states_of
from tracer.web.call_words import said
from tracer.web.visitor import Visitor

WANTED = {
    "card_number": said("card number"),
    "sms_code": said("a code from a message"),
    "screen_share": said("sharing the screen"),
    "loan": said("taking a loan"),
    "deposit": said("a deposit"),
    "transfer": said("moving money"),
    "id_number": said("an identity number"),
    "scan_code": said("scanning a code"),
    "add_chat": said("moving to a chat"),
    "install_app": said("installing an app"),
}
"""What callers want, in words."""


class Piece(NamedTuple):
    """A stretch of the text and what was found in it, nothing for the text between."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading as the page shows it: the form filled where nothing stood, the text in pieces."""

    reading: Reading
    values: Mapping[str, str]
    pieces: tuple[Piece, ...]


def read_for(visitor: Visitor, values: Mapping[str, str]) -> Shown:
    """Read the transcript of a form: against the orders on the line, where calls may be read, else for itself.

    Such look-ups are counted. Raises InvalidValue, UnknownId, TooManyRequests.
    """
    text = values["transcript"].replace("\r\n", "\n")
    reading = _reading(visitor, values, text)
    return Shown(reading, _filled(values, reading), tuple(pieces_of(text, reading.spans)))


def _reading(visitor: Visitor, values: Mapping[str, str], text: str) -> Reading:
    app, service = visitor.app, visitor.service
    with app.reading() as work:
        dialled = dialled_number(values, numbers_in_use(work))
    if not visitor.may(Scope.READ_CALLS) or not (dialled or values["canary_id"]):
        return read_transcript(text)
    line = parse_line(dialled) if dialled else None
    with app.writing(visitor.principal.principal_id) as work:
        visitor.count_lookup(work)
        work.commit()
    with service.directory_lock, app.reading() as work:  # the names in memory are for one thread at a time
        prior = app.settings.canary_prior
        return read_call(work, text, line, values["canary_id"] or None, service.directory, prior)


def _filled(values: Mapping[str, str], reading: Reading) -> dict[str, str]:
    known, unknown = fields_of(values)
    record = {**values, "known_fields": known, "unknown_fields": unknown}
    filled = completed(record, reading)
    rows = {row: state for row, state in states_of(filled).items() if not values[row]}
    return {**values, **{name: text for name, text in filled.items() if name in values}, **rows}


def pieces_of(text: str, spans: Sequence[Span]) -> Iterator[Piece]:
    """The text cut at the spans; overlapping ones share a piece."""
    cuts = sorted({0, len(text), *(span.start for span in spans), *(span.end for span in spans)})
    for start, end in pairwise(cuts):
        yield Piece(text[start:end], tuple(one for one in spans if one.start <= start and end <= one.end))
