"""tracer evidence export, tracer evidence verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_table, share_bar, warn
from tracer.domain.errors import EvidenceRejected, InvalidValue
from tracer.domain.evidence.opening import CLOSED, parse_opening
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verdict import Verdict, VerifiedFact, verdict_object

_SHOWN = 100
commands = typer.Typer(no_args_is_help=True, help="Evidence packs: what a stranger can verify without this registry.")


@commands.command()
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The file to make; never one that exists.")],
    call: Annotated[str, typer.Option(metavar="ID", help="On a call: with the canary and the orders it is for.")] = "",
    canary: Annotated[str, typer.Option(metavar="ID", help="On a canary: with its orders and calls.")] = "",
    channel: Annotated[str, typer.Option(metavar="ID", help="On a channel: the called canaries it was shown.")] = "",
    opened: Annotated[
        list[str] | None,
        typer.Option("--open", metavar="FIELD", help=f"A field that else stays closed: {' '.join(CLOSED)}. Repeats."),
    ] = None,
    name_persons: Annotated[bool, typer.Option("--name-persons", help="Name natural persons, too.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Make an evidence pack: the facts on one call, canary or channel, proved, with the report on it, and no others.

    It opens names and numbers of the canaries concerned, so they are no traps any more once it is out of your hands.

    Example: tracer evidence export --call c-2f7k9m4xqe --out evidence.zip
    """
    from tracer.documents.evidence.make_pack import prepare_pack, seal_pack

    subject = _subject(call=call, canary=canary, channel=channel)
    opening = parse_opening(opened or (), name_persons=name_persons)
    _refuse_existing(out)
    app = application()
    with share_bar("Attributing", wanted=app.settings.progress) as progress:
        prepared = prepare_pack(app, subject, opening, progress)
    with app.writing() as work:
        pack = seal_pack(work, prepared)
        work.commit()  # first: nothing leaves that the journal does not know of
    _write(out, pack.content)
    if prepared.not_stamped:
        warn(f"Note: the newest facts have no time stamp. {prepared.not_stamped}")
    for canary_id in prepared.never_called:
        warn(f"Note: nobody has called {canary_id}. Whoever reads the pack knows a trap that is still live.")
    if output is OutputFormat.JSON:
        told = {"file": str(out), "sha256": pack.sha256, "size": len(pack.content), "facts": prepared.facts}
        say_json({**told, "fingerprint": prepared.fingerprint, "never_called": list(prepared.never_called)})
        return
    say(f"{out}: {counted(prepared.facts, 'fact')} on {subject}, {len(pack.content):,} bytes.")
    say(f"SHA-256 of the file:    {pack.sha256}")
    say(f"Fingerprint of the key: {prepared.fingerprint}")
    say("Publish the fingerprint where the readers can find it without you, or give it to them in person.")
    say(f"Check it: tracer evidence verify {out} --trust {prepared.fingerprint}")


@commands.command()
def verify(
    pack: Annotated[Path, typer.Argument(metavar="FILE.zip", help="An evidence pack.")],
    trust: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="The key you trust: its fingerprint, or the verifier key.")
    ] = None,
    time_roots: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pem", help="Root certificates of time-stamping authorities that you trust."),
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Verify an evidence pack; needs no registry, no database and no network.

    Without --trust it can only say "intact, origin not proven": anybody can make a key. Exit code 1 where anything
    does not hold, and what it was.

    Example: tracer evidence verify evidence.zip --trust 3f2a9c…
    """
    from tracer.documents.evidence.pack_zip import MOST_BYTES, read_pack
    from tracer.domain.evidence.read_time import time_reader
    from tracer.domain.evidence.verify_pack import verify_pack
    from tracer.domain.ledger.certificate_chain import read_roots

    if trust is not None and not trust.strip():  # such as a variable of the shell that was never set
        raise InvalidValue("--trust", trust, "the fingerprint of the key you trust", "To trust none, leave it out")
    trusted = read_roots(_read(time_roots, MOST_BYTES)) if time_roots is not None else None
    try:
        verdict = verify_pack(read_pack(_read(pack, MOST_BYTES)), trust or "", time_reader(trusted))
    except EvidenceRejected as error:
        raise EvidenceRejected(_plain(str(error))) from None
    if output is OutputFormat.JSON:
        say_json(verdict_object(verdict))
    else:
        _say_verdict(verdict)


def _say_verdict(verdict: Verdict) -> None:
    say(f"{verdict.words.upper()}")
    say()
    say(f"About:        {_plain(str(verdict.subject))}, made {verdict.made_at}")
    say(f"Signed by:    {verdict.key.name}")
    say(f"Fingerprint:  {verdict.key.fingerprint}")
    say(f"Checkpoint:   {counted(verdict.checkpoint.size, 'fact')} in the ledger, {len(verdict.facts)} of them here")
    say()
    width = 4 if verdict.stamps else 3
    columns = ("fact", "recorded", "what", "proved to be no later than")
    say_table(columns[:width], [_row(one)[:width] for one in verdict.facts[:_SHOWN]])
    if len(verdict.facts) > _SHOWN:
        say(f"… and {len(verdict.facts) - _SHOWN:,} more: --format json")
    say()
    closed = sum(len(one.fact.closed) for one in verdict.facts)
    erased = [one for one in verdict.facts if one.fact.erased]
    say(f"{counted(closed, 'field')} kept closed. What is opened: the members facts/…, or --format json.")
    for one in erased:
        say(f"ERASED in {one.member}: {counted(len(one.fact.erased), 'field')}, at {_plain(str(one.fact.erased_at))}.")
    if not erased:
        say("Nothing was erased in these facts.")
    if not verdict.stamps:
        say("No time stamp: when the facts were recorded, only the registry's own clock says.")
    for stamp in verdict.stamps:
        if stamp.proven is not None:
            say(f"Time stamp {stamp.member}: {stamp.proven.time}, by {_plain(stamp.proven.authority)}")
    if any(stamp.proven is not None and not stamp.proven.trusted for stamp in verdict.stamps):
        say("Whose time stamps these are is not proven: give the authority's root certificate with --time-roots.")
    if not verdict.origin_proven:
        say("Origin not proven: compare the fingerprint with one that you got elsewhere, and give it with --trust.")
    say('That a canary was given to a channel can be proved; that it was given "only" there cannot.')


def _row(one: VerifiedFact) -> tuple[str, str, str, str]:
    times = [stamp.proven.time for stamp in one.stamps if stamp.proven is not None]
    trusted = all(stamp.proven.trusted for stamp in one.stamps if stamp.proven is not None)
    proved = min(times) if times else (one.stamps[0].member if one.stamps else "–")
    if times and not trusted:
        proved = f"{proved} (authority not proven)"
    what = f"{one.fact.event.replace('_', ' ')} {one.fact.subject_id}"
    return one.member, _plain(one.fact.recorded_at), _plain(what), _plain(proved)


def _plain(text: str) -> str:
    """Without what steers a terminal: whoever made the pack may be anybody."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _subject(**given: Any) -> Subject:
    named = [(kind, subject_id) for kind, subject_id in given.items() if subject_id]
    if len(named) != 1:
        raise typer.BadParameter("give exactly one of --call, --canary and --channel")
    return Subject(SubjectKind(named[0][0]), named[0][1])


def _refuse_existing(out: Path) -> None:
    if out.exists():
        raise InvalidValue("--out", str(out), "a file that does not exist yet", "Name another, or move that one away")
    if not out.parent.is_dir():
        raise InvalidValue("--out", str(out), "a file in a folder that exists")


def _write(out: Path, content: bytes) -> None:
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise InvalidValue("--out", str(out), "a file that can be written", str(error.strerror)) from error


def _read(pack: Path, most: int) -> bytes:
    try:
        with pack.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise InvalidValue("FILE.zip", str(pack), "a file that can be read", str(error.strerror)) from error
