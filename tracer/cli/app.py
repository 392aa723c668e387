"""The `tracer` command."""

from __future__ import annotations

from typing import Annotated

import typer

from tracer import __version__
from tracer.cli import (
    backup,
    bundle,
    call,
    canary,
    channel,
    codebook,
    demo,
    doctor,
    erase,
    evidence,
    intake,
    jobs,
    key,
    ledger,
    move,
    notify,
    number,
    order,
    plan,
    report,
    rotate_key,
    serve,
    simulate,
    user,
)
from tracer.cli.context import application
from tracer.cli.output import say

app = typer.Typer(
    name="tracer",
    help="Which link of the chain leaked my order?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.add_typer(channel.commands, name="channel")
app.add_typer(number.commands, name="number")
app.add_typer(canary.commands, name="canary")
app.add_typer(codebook.commands, name="codebook")
app.add_typer(order.commands, name="order")
app.add_typer(call.commands, name="call")
app.add_typer(erase.commands, name="erase")
app.add_typer(intake.commands, name="intake")
app.add_typer(user.commands, name="user")
app.add_typer(key.commands, name="key")
app.add_typer(notify.commands, name="notify")
app.add_typer(evidence.commands, name="evidence")
app.add_typer(ledger.commands, name="ledger")
app.command("identify")(report.identify)
app.command("explain")(report.explain)
app.command("report")(report.report)
app.command("plan")(plan.plan)
app.command("refresh")(report.refresh)
app.command("import")(bundle.import_)
app.command("export")(bundle.export)
app.command("simulate")(simulate.simulate)
app.command("serve")(serve.serve)
app.command("work")(serve.work)
app.add_typer(jobs.commands, name="jobs")
app.command("migrate-to")(move.migrate_to)
app.command("rotate-key")(rotate_key.rotate_key)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


@app.command()
def migrate() -> None:
    """Make the registry, or bring it up to date. Every other command does this by itself as well.

    Example: tracer migrate
    """
    say(f"{application().registry.where} is up to date.")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"tracer {__version__}")
        raise typer.Exit


@app.callback()
def root(
    _version_: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Which link of the chain leaked my order?"""
