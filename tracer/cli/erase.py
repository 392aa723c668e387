"""tracer erase …"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, warn
from tracer.domain.errors import NotAllowed

if TYPE_CHECKING:
    from tracer.bootstrap import Application
    from tracer.services.erasure.erase_personal import Erasure

commands = typer.Typer(no_args_is_help=True, help="Take personal data away for ever; the ledger stays valid.")
ReasonOption = Annotated[str, typer.Option(help="Why; it is kept, so let it name nobody.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")]


@commands.command("call")
def call(
    call_id: Annotated[str, typer.Argument(help="The call.")],
    reason: ReasonOption,
    settle: Annotated[
        bool, typer.Option("--settle", help="First note the canary that what was heard tells, where it is sure enough.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even where only what was heard tells which canary the call was for.")
    ] = False,
    yes: YesOption = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Erase the caller's number, what was heard, transcript, notes and files of a call, and of all records that were
    merged with it. When it came, on which line, what the caller knew and which canary it was for all stay.

    Example: tracer erase call c-2f7k9m4xqe --reason "asked by the caller" --settle
    """
    from tracer.services.calls.settle_call import Settler
    from tracer.services.erasure.erase_personal import Unsettled, erase_call

    if settle and anyway:
        raise NotAllowed("--settle and --anyway are two answers to one question: give one of them")
    unsettled = Unsettled.SETTLE if settle else Unsettled.ANYWAY if anyway else Unsettled.REFUSE
    app = application()
    with app.reading() as work:
        work.calls.get(call_id)
    _confirm(f"Erase the personal data of call {call_id} for ever?", yes=yes)
    with app.writing() as work:
        done = erase_call(work, call_id, reason, Settler(work, app.settings.canary_prior), unsettled)
        work.commit()
    _say_done(app, done, output)


@commands.command("canary")
def canary(
    canary_id: Annotated[str, typer.Argument(help="The canary, which was given up before.")],
    reason: ReasonOption,
    yes: YesOption = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Erase the name and notes of a canary, and goods, numbers, account, notes and aliases of its orders.

    Its line, its times and its routes stay, so calls on a line of its own are told as before; on a shared number the
    name no longer tells. It has to be given up first (`tracer canary retire`).

    Example: tracer erase canary k-4t9xm2c7qe --reason "the campaign is over"
    """
    from tracer.services.erasure.erase_personal import erase_canary

    app = application()
    with app.reading() as work:
        work.canaries.get(canary_id)
    _confirm(f"Erase the personal data of canary {canary_id} and its orders for ever?", yes=yes)
    with app.writing() as work:
        done = erase_canary(work, canary_id, reason, app.model.channels)
        work.commit()
    _say_done(app, done, output)


@commands.command("due")
def due(yes: YesOption = False, output: FormatOption = OutputFormat.TABLE) -> None:
    """Erase what has been kept for as long as the settings retention_call_days and retention_canary_days say.

    The worker does it by itself once an hour. A clock that has jumped ahead makes nothing old: it is waited for a day.

    Example: tracer erase due --yes
    """
    from tracer.services.erasure.apply_retention import what_is_due

    app = application()
    if not app.retention_rules.is_on:
        raise NotAllowed(
            "nothing is ever due: retention_call_days and retention_canary_days are 0. Set them in tracer.toml, "
            "or erase one by one with `tracer erase call` and `tracer erase canary`"
        )
    with app.writing() as work:
        found = what_is_due(work, app.retention_rules)
        work.commit()
    if found.calls or found.canaries:
        told = f"{counted(len(found.calls), 'call')} and {_canaries(len(found.canaries))}"
        _confirm(f"Erase the personal data of {told} for ever?", yes=yes)
    done = app.apply_retention()
    clock = done.clock
    if output is OutputFormat.JSON:
        told_clock = {"trusted_at": clock.trusted_at.isoformat(), "clock_doubted": clock.is_doubted}
        skipped = [one._asdict() for one in done.skipped]
        say_json({"calls": done.calls, "canaries": done.canaries, "skipped": skipped, **told_clock})
        return
    say(f"Erased: {counted(done.calls, 'call')}, {_canaries(done.canaries)}.")
    for one in done.skipped:
        warn(
            f"{one.subject_id} is due and could not be erased ({one.error}): `tracer ledger verify` looks at every row"
        )
    if clock.is_doubted:
        say(
            f"The clock stands far ahead of {clock.trusted_at.isoformat()}, the last time that is sure: nothing counts "
            "as older than by that. If the clock is right, look again in a day."
        )


def _confirm(question: str, *, yes: bool) -> None:
    """Raise NotAllowed unless somebody says yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise NotAllowed(f"{question} It cannot be undone. Nobody can be asked here: say --yes")
    if not typer.confirm(f"{question} It cannot be undone.", err=True):
        raise NotAllowed("nothing was erased")


def _canaries(number: int) -> str:
    return "1 canary" if number == 1 else f"{number:,} canaries"


def _say_done(app: Application, done: Erasure, output: OutputFormat) -> None:
    from tracer.services.erasure.erase_personal import erasure_object

    cleared = app.registry.clear_overwritten()
    if output is OutputFormat.JSON:
        say_json({**erasure_object(done), "cleared": cleared})
    else:
        if done.settled:
            say(f"Noted first: it was for canary {done.settled}.")
        parts = [
            *(f"call {one}" for one in done.calls),
            *(f"canary {one}" for one in done.canaries),
            *(f"order {one}" for one in done.orders),
        ]
        say(f"Erased the personal data of {', '.join(parts)}: {counted(done.facts, 'fact')} of the journal lost it.")
        if done.job_files:
            say(f"{counted(done.job_files, 'file')} that jobs had made were deleted, since they may have held it.")
        say("Backups and exports made before still hold it until you delete them.")
    if not cleared:
        warn(
            "tracer: bytes of old rows may lie in the database's files a while longer: another program was at work in "
            "it, it is large, or this user may not run VACUUM. See docs/erasure.md"
        )
