"""tracer key …"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json, say_records
from tracer.domain.access import ApiKey, Scope
from tracer.domain.access_records import key_record
from tracer.domain.columns import format_time, parse_time

commands = typer.Typer(no_args_is_help=True, help="API keys: what programs show instead of a password.")
_LONGEST_DAYS = 3650


@commands.command()
def add(
    label: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="What it may do; repeats. A wrong one is answered with all.")
    ] = None,
    intake: Annotated[bool, typer.Option("--intake", help="It may log calls and nothing else.")] = False,
    expires: Annotated[str, typer.Option(help="When it ends (ISO 8601); by default never.")] = "",
    days: Annotated[
        int | None, typer.Option(help="In how many days it ends.", min=1, max=_LONGEST_DAYS, show_default=False)
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Make a key. It is printed once: only its id and a hash of its secret are kept.

    Example: tracer key add "answering machine" --intake --days 365
    """
    from tracer.services.access.manage_keys import make_key

    if intake == bool(scope):
        raise typer.BadParameter("expected either --intake or at least one --scope")
    if expires and days is not None:
        raise typer.BadParameter("expected --expires or --days, not both")
    with application().writing() as work:
        ends = work.now + timedelta(days=days) if days is not None else _time(expires)
        text, key = make_key(work, label, [Scope.LOG_CALLS] if intake else scope or [], ends, None)
        work.commit()
    if output is OutputFormat.JSON:
        say_json({**key_record(key), "key": text})
        return
    say(text)
    say(f"This is {key.key_id}, for {key.label}: {' '.join(sorted(key.scopes))}.")
    say(f"It holds until {format_time(key.expires_at) or 'it is revoked'}. Keep it now: it cannot be shown again.")


@commands.command("list")
def list_(output: FormatOption = OutputFormat.TABLE) -> None:
    """List the keys, without their secrets.

    Example: tracer key list --format json
    """
    app = application()
    with app.reading() as work:
        keys = work.api_keys.all()
        now = work.now
    if output is OutputFormat.JSON:
        say_json([key_record(key) for key in keys])
        return
    rows = [
        {
            "key_id": key.key_id,
            "label": key.label,
            "scopes": " ".join(sorted(key.scopes)),
            "last used": format_time(key.used_at) or "never",
            "state": _state(key, now),
        }
        for key in keys
    ]
    nothing = "No keys yet. `tracer key add LABEL --intake` makes one."
    say_records(rows, ("key_id", "label", "scopes", "last used", "state"), output, nothing)


@commands.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id: trc_ and ten characters.")],
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Revoke a key, for ever.

    Example: tracer key revoke trc_4t9xm2c7qe
    """
    from tracer.services.access.manage_keys import revoke_key

    with application().writing() as work:
        key = revoke_key(work, key_id)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(key_record(key))
    else:
        say(f"Revoked {key.key_id}, {key.label}.")


def _time(text: str) -> datetime | None:
    return parse_time(text, "--expires") if text else None


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "for good"
    return f"{'expired on' if key.expires_at <= now else 'until'} {format_time(key.expires_at)}"
