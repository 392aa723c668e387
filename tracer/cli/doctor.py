"""`tracer doctor`: look at the whole installation and say what to do."""

from __future__ import annotations

from dataclasses import asdict

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json


def doctor(output: FormatOption = OutputFormat.TABLE) -> None:
    """Look at database, key, clock, disk, ledger, time authority, backups, lines, jobs and notifications, and
    say what to do.

    Ends with exit code 1 where something is to be mended. It names no person and no number, so it can be shown to
    whoever helps.

    Example: tracer doctor
    """
    from tracer.checkup.checkup import examine
    from tracer.domain.finding import State

    marks = {State.WELL: "well  ", State.NOTICE: "notice", State.WRONG: "WRONG "}
    found = []
    for finding in examine(application()):
        found.append(finding)
        if output is OutputFormat.TABLE:
            say(f"{marks[finding.state]}  {finding.check}: {finding.says}")
            if finding.advice:
                say(f"        -> {finding.advice}")
    if output is OutputFormat.JSON:
        say_json([asdict(finding) for finding in found])
    if any(finding.state is State.WRONG for finding in found):
        raise typer.Exit(1)
