"""tracer report, tracer explain, tracer identify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, console, say, say_json, say_long_json, share_bar
from tracer.cli.report_text import print_explanation, print_report
from tracer.documents.words import percent
from tracer.domain.columns import parse_time
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.domain.line import Line
from tracer.domain.report import call_object, report_parts

if TYPE_CHECKING:
    from tracer.domain.codebook.differences import Difference

_NOBODY: dict[str, object] = {"candidates": [], "not_ours": 1.0, "verdict": None}
AsOf = Annotated[str, typer.Option("--as-of", help="Events up to this time (ISO 8601 with offset); by default now.")]


def report(
    as_of: AsOf = "",
    tag: Annotated[str, typer.Option(help="One campaign: only canaries that bear this tag.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """The leak attribution report: which channels, how sure, why, and what is not resolved.

    Example: tracer report --as-of 2026-08-29T00:00:00+08:00 --format json
    """
    from tracer.services.reports.build_report import build_report

    app = application()
    with app.reading() as work, share_bar("Attributing", wanted=app.settings.progress) as progress:
        built = build_report(
            work,
            app.model,
            _moment(as_of) or app.clock(),
            tag or None,
            progress=progress,
            tasks=app.tasks,
        )
    if output is OutputFormat.JSON:
        say_long_json(report_parts(built))
    else:
        print_report(built, console())


def explain(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="The call.")],
    as_of: AsOf = "",
    full: Annotated[bool, typer.Option("--full", help="Attribute everything anew, whatever state there is.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Where a call's knowledge came from, and the evidence for it, term by term.

    At once from the state that `tracer refresh` kept, where there is one; else everything is attributed first.

    Example: tracer explain c-2f7k9m4xqe
    """
    from tracer.services.attribution.attribute_call import attribute_call
    from tracer.services.reports.build_report import explain_call

    app = application()
    moment = _moment(as_of) or app.clock()
    with app.reading() as work:
        quick = None if full else attribute_call(work, app.model, call_id, moment)
        if quick is not None:
            finding = quick.finding
        else:
            with share_bar("Attributing", wanted=app.settings.progress) as progress:
                finding = explain_call(
                    work,
                    app.model,
                    call_id,
                    moment,
                    progress=progress,
                    tasks=app.tasks,
                )
        names = {channel.channel_id: channel.name for channel in work.channels.all()}
    if output is OutputFormat.JSON:
        say_json(call_object(finding))
    else:
        print_explanation(finding, names, console())
        if quick is not None:
            since = f"{quick.calls_since:,} calls were logged or changed since" if quick.calls_since else "none since"
            say(f"From the state kept as of {quick.as_of.isoformat(timespec='minutes')} ({since}).")
            say("Everything anew: tracer refresh, or --full here.")


def refresh(as_of: AsOf = "") -> None:
    """Attribute everything anew and keep the state, from which `explain` answers for new calls at once.

    Example: tracer refresh
    """
    from tracer.services.attribution.refresh_attribution import keep_state, refreshed_state

    app = application()
    with app.reading() as work, share_bar("Attributing", wanted=app.settings.progress) as progress:
        state = refreshed_state(
            work,
            app.model,
            _moment(as_of) or app.clock(),
            progress=progress,
            tasks=app.tasks,
        )
    with app.writing() as work:
        keep_state(work, state)
        work.commit()
    channels = len(state.snapshot.channel_ids)
    say(f"Kept the state as of {state.as_of.isoformat(timespec='minutes')}, over {channels:,} channels.")
    say("For a call logged from now on: tracer explain CALL")


def identify(
    heard: Annotated[str, typer.Option(help="The name as heard.")] = "",
    dialled: Annotated[str, typer.Option(help="Your number that rang.")] = "",
    item: Annotated[str, typer.Option(help="The goods as said.")] = "",
    price: Annotated[str, typer.Option(help="The price as said.")] = "",
    order_no: Annotated[str, typer.Option(help="The order number as said, or its tail.")] = "",
    waybill_no: Annotated[str, typer.Option(help="The waybill number as said, or its tail.")] = "",
    batch: Annotated[Path | None, typer.Option(help='A file of {"heard", "dialled"} objects, one a line.')] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Which canary a caller means by what was heard, or that it is none of ours.

    Example: tracer identify --heard 张女士 --dialled +442079460016
    """
    from tracer.domain.codebook.phone_number import parse_line
    from tracer.domain.heard_values import Heard
    from tracer.services.calls.identify_call import Identifier, identification_object

    app = application()
    with app.reading() as work:
        identifier = Identifier(work, app.settings.canary_prior)
        if batch is not None:
            for said, line in list(_read_batch(batch)):  # a bad line is refused before any is answered
                try:
                    answer = identification_object(identifier.identify(Heard(said), line)) if said.strip() else _NOBODY
                except UnknownId:  # a number outside the pool rings for nobody
                    answer = _NOBODY
                say(json.dumps(answer, ensure_ascii=False))
            return
        line = parse_line(dialled) if dialled else None
        found = identifier.identify(Heard(heard, item, price, order_no, waybill_no), line)
    if output is OutputFormat.JSON:
        say_json(identification_object(found))
        return
    for suspect in found.candidates:
        if suspect.p >= 0.001:
            said = "; ".join(_difference(one) for one in suspect.differences)
            say(f"{percent(suspect.p):>7}  {suspect.canary_id}  {suspect.recipient_name}{f'   {said}' if said else ''}")
    say(f"{percent(found.not_ours):>7}  none of ours")
    say(f"Verdict: {found.verdict}" if found.verdict else "No verdict: nothing reaches 95%.")


def _difference(one: Difference) -> str:
    return f"part {one.place}: heard {one.heard}, is {one.said}{' (sounds alike)' if one.alike else ''}"


def _read_batch(path: Path) -> Iterator[tuple[str, Line | None]]:
    from tracer.domain.codebook.phone_number import parse_line

    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidValue("--batch", str(path), "a file in UTF-8 that can be read") from error
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            question = json.loads(text)
            said, dialled = question["heard"], question.get("dialled") or ""
            if not isinstance(said, str) or not isinstance(dialled, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InvalidValue(
                f"--batch line {number}", text, 'an object such as {"heard": "张女士", "dialled": "+442079460016"}'
            ) from None
        try:
            yield said, parse_line(dialled) if dialled else None
        except InvalidValue as error:
            raise InvalidValue(f"--batch line {number}", error.got, error.expected, error.hint) from error


def _moment(text: str) -> datetime | None:
    return parse_time(text, "--as-of") if text else None
