"""tracer notify …"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracer.cli.context import application
from tracer.cli.options import spread
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records
from tracer.domain.errors import InvalidValue
from tracer.domain.notice import LANGUAGES, Event, Rhythm, Target, target_record

if TYPE_CHECKING:
    from tracer.services.notices.manage_targets import Address

commands = typer.Typer(
    no_args_is_help=True,
    help="Notifications: where people are told of new findings, calls on canary lines and failing jobs.",
)
TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help="The target's id; `tracer notify list` has it.")]
UserOption = Annotated[str, typer.Option(metavar="USER", help="Whose: id or log-in name. Default: the eldest owner.")]
UrlArgument = Annotated[
    str,
    typer.Argument(metavar="URL", help="The service's address; - reads it from standard input, where nobody sees it."),
]


@dataclass(frozen=True)
class WishOptions:
    """What is told at a place, when and how; None where nothing was said."""

    name: Annotated[str | None, typer.Option(help="What you call it.")] = None
    language: Annotated[str | None, typer.Option(help=f"Language of the texts: {' or '.join(LANGUAGES)}.")] = None
    event: Annotated[
        list[Event] | None,
        typer.Option("--event", help="What is told there; may be given several times. Default: all."),
    ] = None
    rhythm: Annotated[Rhythm | None, typer.Option(help="At once, or together once a day or week.")] = None
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="The hour of a digest.")] = None
    weekday: Annotated[int | None, typer.Option(min=0, max=6, help="The day of a weekly digest; 0 is Monday.")] = None
    zone: Annotated[str | None, typer.Option(help="Your time zone: Asia/Shanghai, or +08:00.")] = None
    quiet: Annotated[
        str | None, typer.Option(metavar="FROM-TO", help="Hours in which nothing is sent: 22-7; none: -.")
    ] = None
    reveal: Annotated[
        bool | None,
        typer.Option("--reveal/--no-reveal", help="Names and numbers may stand in the text, where you may see them."),
    ] = None

    def given(self) -> Mapping[str, Any]:
        """As the services take it."""
        quiet = None if self.quiet is None else _quiet(self.quiet)
        told = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "event"}
        return {**told, "events": self.event or None, "quiet": quiet}


_COLUMNS = ("target_id", "name", "service", "host", "rhythm", "state", "waiting")


@commands.command()
@spread
def add(
    url: UrlArgument,
    user: UserOption = "",
    *,
    wishes: WishOptions,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Add a place where a user is told of things: a robot of DingTalk, WeCom or Feishu, Bark, ServerChan, ntfy,
    e-mail, Telegram and others. The address is sealed and never shown again. docs/notifications.md has their forms.

    Example: tracer notify add 'ntfys://ntfy.sh/my-secret-topic' --name phone --rhythm daily --hour 9 --zone +08:00
    """
    from tracer.services.notices.manage_targets import add_target, first_wishes, read_wishes

    app, address = application(), _read(url)
    usual = "zh_Hans" if app.settings.locale == "zh_CN" else "en"
    first = first_wishes(address.service, usual, app.clock().isoformat()[-6:])
    wished = read_wishes(wishes.given(), first)
    with app.writing() as work:
        target = add_target(work, _user_id(work, user), address, wished)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(target_record(target))
        return
    say(f"Added {target.wishes.name} ({_where(target)}) as {target.target_id}.")
    say(f"Try it: tracer notify test {target.target_id}")


@commands.command("list")
def list_(user: UserOption = "", output: FormatOption = OutputFormat.TABLE) -> None:
    """List the places where people are told of things, and how each does; without --user everybody's.

    Example: tracer notify list
    """
    from tracer.services.access.manage_users import find_user

    with application().reading() as work:
        targets = work.notify_targets.all(find_user(work, user).user_id if user else None)
        waiting = work.outbox.count_waiting()
    records = [
        {**target_record(one), "state": _state(one), "waiting": waiting.get(one.target_id, 0)} for one in targets
    ]
    say_records(records, _COLUMNS, output, "Nobody is told anything yet. `tracer notify add URL` adds a place.")


@commands.command()
def show(target: TargetArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """Show a place: what is told there, when, and what went wrong last. Its address is not shown.

    Example: tracer notify show nt-4t9xm2c7qe
    """
    from tracer.documents.notices.compose import trouble_words

    with application().reading() as work:
        found = work.notify_targets.get(target)
        waiting = work.outbox.count_waiting().get(target, 0)
    record = {**target_record(found), "state": _state(found), "waiting": waiting}
    if output is OutputFormat.JSON:
        say_json(record)
        return
    for key, value in record.items():
        if value not in (None, ""):
            if key == "last_error":
                value = trouble_words(str(value), "en")
            say(f"{key:14} {' '.join(map(str, value)) if isinstance(value, list) else value}")


@commands.command("test")
def try_(target: TargetArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """Send a test message and say what the service answered. One that arrives switches a dead target on again.

    Example: tracer notify test nt-4t9xm2c7qe
    """
    from tracer.documents.notices.compose import trouble_words
    from tracer.documents.notices.send import try_target

    found, outcome = try_target(application(), target, None)
    if output is OutputFormat.JSON:
        say_json({"target_id": found.target_id, "sent": outcome.is_sent, "error": outcome.error})
    elif outcome.is_sent:
        say(f"{_where(found)} took the test message. Look whether it came.")
    else:
        say(f"Not sent: {trouble_words(outcome.error, 'en')}")
    if not outcome.is_sent:
        raise typer.Exit(1)


@commands.command()
@spread
def change(
    target: TargetArgument,
    url: Annotated[str | None, typer.Option(help="Another address; - reads it from standard input.")] = None,
    *,
    wishes: WishOptions,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Switch it on or off.")] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Change what is told at a place, and when; what is left out stays.

    Example: tracer notify change nt-4t9xm2c7qe --event channel_implicated --event job_failing --quiet 22-7
    """
    from tracer.services.notices.manage_targets import change_target

    given = wishes.given()
    address = _read(url) if url is not None else None
    with application().writing() as work:
        changed = change_target(work, target, None, given, address, on=on)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(target_record(changed))
    else:
        say(f"{changed.target_id} ({_where(changed)}) is {_state(changed)}.")


@commands.command()
def remove(target: TargetArgument) -> None:
    """Remove a place: its address and all that waits for it are deleted.

    Example: tracer notify remove nt-4t9xm2c7qe
    """
    from tracer.services.notices.manage_targets import remove_target

    with application().writing() as work:
        remove_target(work, target, None)
        work.commit()
    say(f"Removed {target}.")


@commands.command()
def outbox(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 50,
    deliver: Annotated[
        bool, typer.Option("--deliver", help="First send what is due; the worker does that else.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """List what was or is to be told: ids only, and what became of each.

    Example: tracer notify outbox --limit 20
    """
    from tracer.scheduler.deliver import deliver as send
    from tracer.services.notices.manage_targets import list_outbox, outbox_record

    if deliver:
        sent = send(application())
        if output is OutputFormat.TABLE:
            say(f"Sent: {counted(sent, 'message')}.")
    with application().reading() as work:
        entries = [outbox_record(one) for one in list_outbox(work, None, limit)]
    columns = ("position", "created_at", "event", "subject_id", "target_id", "state", "message_id")
    say_records([{**one, "message_id": one["message_id"] or ""} for one in entries], columns, output, "Nothing yet.")


def _read(url: str) -> Address:
    from tracer.documents.notices.send import read_address

    return read_address(application(), sys.stdin.readline().strip() if url == "-" else url)


def _user_id(work: Any, user: str) -> str:
    from tracer.services.access.manage_users import ensure_owner, find_user

    return (find_user(work, user) if user else ensure_owner(work, application().actor)).user_id


def _quiet(text: str) -> tuple[int, ...]:
    begin, _, end = text.partition("-")
    if not begin and not end:
        return ()
    try:
        return int(begin), int(end)
    except ValueError:
        raise InvalidValue("--quiet", text, "two hours such as 22-7, or - for none") from None


def _where(target: Target) -> str:
    return f"{target.service}, {target.host}" if target.host else target.service


def _state(target: Target) -> str:
    if target.off is not None:
        return "off" if target.off.value == "owner" else "switched off: it did not answer for days"
    return f"failing ({target.failures})" if target.failures else "on"
