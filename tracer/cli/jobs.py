"""tracer jobs: the recurring ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json, say_records

if TYPE_CHECKING:
    from tracer.bootstrap import Application
    from tracer.domain.recurring import Planned
    from tracer.services.access.answer_once import Work

commands = typer.Typer()
_COLUMNS = ("job", "what", "every", "last_run", "result", "next_run")
Name = Annotated[str, typer.Argument(metavar="NAME", help="A job of `tracer jobs`.")]
Output = FormatOption


@commands.callback(invoke_without_command=True)
def listing(context: typer.Context, output: Output = OutputFormat.TABLE) -> None:
    """The recurring jobs, which `tracer serve` and `tracer work` run in their time: last run, result, next run.

    Example: tracer jobs
    """
    if context.invoked_subcommand is not None:
        return
    app = application()
    records = _records(app)
    if output is OutputFormat.JSON:
        say_json(records)
        return
    say_records([_shown(record, app.zone) for record in records], _COLUMNS, output, "There are none.")


@commands.command("run")
def run(name: Name, output: Output = OutputFormat.TABLE) -> None:
    """Run a job now, in this process, whether it is due, paused or off.

    Example: tracer jobs run backup
    """
    from tracer.domain.errors import NotAllowed
    from tracer.domain.recurring import RunResult
    from tracer.logs import begin_log
    from tracer.scheduler.recurring.jobs import RECURRING
    from tracer.scheduler.run_jobs import new_worker
    from tracer.scheduler.run_recurring import Worker, run_now
    from tracer.services.jobs.run_recurring import begin_rows

    begin_log(logging.CRITICAL)  # what comes of it is said below
    app = application()
    planned = _planned(app, name)
    with app.writing() as work:
        begin_rows(work, [planned], app.zone)
        work.commit()
    outcome = run_now(app, RECURRING[name], Worker(new_worker()))
    if outcome.result is RunResult.FAILED:
        raise NotAllowed(f"recurring job {name!r} failed: {outcome.note}")
    if output is OutputFormat.JSON:
        say_json(_record(app, name))
    else:
        say(f"{name}: {outcome.note} ({outcome.seconds:.1f} s)")


@commands.command("pause")
def pause(name: Name, output: Output = OutputFormat.TABLE) -> None:
    """Run a job no more until it is resumed; one that is at work goes on.

    Example: tracer jobs pause backup
    """
    from tracer.services.jobs.steer_recurring import pause_job

    _steer(name, pause_job, "is paused. To let it go on: tracer jobs resume", output)


@commands.command("resume")
def resume(name: Name, output: Output = OutputFormat.TABLE) -> None:
    """Let a paused job go on; of what it missed one run is made up.

    Example: tracer jobs resume backup
    """
    from tracer.services.jobs.steer_recurring import resume_job

    _steer(name, resume_job, "goes on. To see when: tracer jobs", output)


def _steer(name: str, do: Callable[[Work, Planned, tzinfo], None], said: str, output: OutputFormat) -> None:
    app = application()
    planned = _planned(app, name)
    with app.writing() as work:
        do(work, planned, app.zone)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(_record(app, name))
    else:
        say(f"{name} {said}{f' {name}' if said.endswith('resume') else ''}")


def _planned(app: Application, name: str) -> Planned:
    from tracer.scheduler.recurring.jobs import planned_jobs
    from tracer.services.jobs.steer_recurring import find_planned

    return find_planned(planned_jobs(app), name)


def _records(app: Application) -> Sequence[dict[str, Any]]:
    from tracer.scheduler.recurring.jobs import planned_jobs
    from tracer.services.jobs.steer_recurring import list_recurring

    with app.reading() as work:
        return [dict(record) for record in list_recurring(work, planned_jobs(app), app.zone)]


def _record(app: Application, name: str) -> dict[str, Any]:
    return next(record for record in _records(app) if record["job"] == name)


def _shown(record: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """A record for people: times of this machine's zone, and what stands in the way instead of the next run."""
    state = record["state"]
    result = f"{record['result']}: {record['note']}" if record["result"] else "never run"
    if record["failures_in_a_row"] > 1:
        result += f" ({record['failures_in_a_row']} in a row)"
    coming = _moment(record["next_run"], zone)
    if state in ("paused", "off", "running", "interrupted"):
        coming = state if state != "interrupted" else "taken over soon"
    elif state == "needless":
        coming = record["needless"]
    return {**record, "last_run": _moment(record["last_finished"], zone), "result": result, "next_run": coming}


def _moment(text: str | None, zone: tzinfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if text else ""
