"""tracer call parse, and what `tracer call log --transcript` shows before it counts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json, warn
from tracer.documents.words import percent
from tracer.domain.errors import InvalidValue

if TYPE_CHECKING:
    from tracer.domain.transcript.reading import Reading


def parse(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A text file, - for standard input.")],
    dialled: Annotated[
        str, typer.Option(help="Your number that rang: what was said is checked against its orders.")
    ] = "",
    canary: Annotated[str, typer.Option(help="The canary, where you know which it was.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Read a transcript without logging it: what the caller knew, claimed and wanted.

    Example: tracer call parse said.txt --dialled +442079460016 --format json
    """
    from tracer.services.calls.read_call import reading_object

    reading = read(read_text(file, "FILE"), dialled, canary)
    if output is OutputFormat.JSON:
        say_json(reading_object(reading))
        return
    for line in lines_of(reading):
        say(line)


def read(text: str, dialled: str, canary: str) -> Reading:
    """A reading of a text, checked against the orders of a line or canary where one is given."""
    from tracer.domain.codebook.phone_number import parse_line
    from tracer.domain.transcript.reading import read_transcript
    from tracer.services.calls.read_call import read_call

    if not dialled and not canary:
        return read_transcript(text)
    app = application()
    line = parse_line(dialled) if dialled else None
    with app.reading() as work:
        return read_call(work, text, line, canary or None, prior_ours=app.settings.canary_prior)


def lines_of(reading: Reading) -> list[str]:
    """A reading for people, a line a finding."""
    rows = [
        ("nature", f"{reading.nature} ({percent(reading.nature_p)} sure)"),
        ("name heard", reading.heard_name),
        ("knew", " ".join(reading.known_fields)),
        ("could not say", " ".join(reading.unknown_fields)),
        ("claimed to be", reading.claimed_role),
        ("story", reading.script),
        ("asked for", " ".join(reading.asked_for)),
    ]
    spans = [f"  {span.p:4.0%}  {span.what:<20} {_one_line(span.text)}" for span in reading.spans]
    return [f"{name:<14} {text or '-'}" for name, text in rows] + (["found in the text:", *spans] if spans else [])


def settled(record: Mapping[str, str], *, yes: bool, from_input: bool) -> dict[str, str]:
    """The record with what its transcript tells filled in: shown first and, on a terminal, asked about.

    Raises typer.Exit where the answer is no.
    """
    from tracer.services.calls.read_call import completed

    reading = read(record["transcript"], record["dialled_number"], record["canary_id"])
    filled = completed(record, reading)
    for line in lines_of(reading):
        warn(line)
    given = [column for column in filled if record.get(column) and column in _FOUND]
    if given:
        warn(f"kept as you gave it: {' '.join(given)}")
    if not yes and not from_input and sys.stdin.isatty() and not typer.confirm("Log it so?", default=True, err=True):
        warn("Not logged. Give what is wrong as an option (--name, --knew, --could-not-say, --script …), or --unread.")
        raise typer.Exit(1)
    return filled


_FOUND: Mapping[str, Any] = dict.fromkeys(
    ("heard_name", "claimed_role", "known_fields", "unknown_fields", "script", "heard_item", "heard_price", "nature")
)


def read_text(name: str, option: str = "--transcript") -> str:
    """The text of a file, - for standard input. Raises InvalidValue where it cannot be read."""
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise InvalidValue(option, name, "a text file in UTF-8", f"Byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise InvalidValue(option, name, "a file that can be read", str(error.strerror)) from error


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:59] + "…"
