"""tracer user …"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records
from tracer.domain.access import Role, User
from tracer.domain.access_records import user_record
from tracer.domain.errors import InvalidValue

commands = typer.Typer(no_args_is_help=True, help="Users: who may log in to the service, and as what.")
UserArgument = Annotated[str, typer.Argument(metavar="USER", help="The user: id or log-in name.")]
PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
]


@commands.command()
def add(
    login: Annotated[str, typer.Argument(help="The log-in name; capitals make no difference.")],
    role: Annotated[Role, typer.Option(help="What the user is.")],
    password_stdin: PasswordOption = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Add a user. An owner may do everything, an analyst reads reports without names and numbers, an operator
    logs calls and sees one case at a time, an auditor reads the ledger. Without a password links let them in.

    Example: tracer user add wenjing --role operator --password-stdin < password.txt
    """
    from tracer.services.access.manage_users import add_user

    password = _first_line() if password_stdin else None
    with application().writing() as work:
        user = add_user(work, login, role, password)
        work.commit()
    if output is OutputFormat.JSON:
        say_json(user_record(user))
        return
    say(f"Added {user.role} {user.login} as {user.user_id}.")
    if not user.has_password:
        say(f"There is no password yet: `tracer user link {user.user_id}` makes a link that logs in once.")


@commands.command("list")
def list_(output: FormatOption = OutputFormat.TABLE) -> None:
    """List the users.

    Example: tracer user list --format json
    """
    with application().reading() as work:
        users = work.users.all()
    if output is OutputFormat.JSON:
        say_json([user_record(user) for user in users])
        return
    rows = [
        {
            "user_id": user.user_id,
            "login": user.login,
            "role": user.role,
            "password": "yes" if user.has_password else "no",
            "state": "enabled" if user.disabled_at is None else "disabled",
        }
        for user in users
    ]
    nothing = "No users yet. `tracer user add NAME --role owner` adds one."
    say_records(rows, ("user_id", "login", "role", "password", "state"), output, nothing)


@commands.command("role")
def role_(
    user: UserArgument,
    role: Annotated[Role, typer.Argument(help="What the user is from now on.")],
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Give a user another role; it holds at once, for sessions and keys as well.

    Example: tracer user role wenjing analyst
    """
    changed = _change(user, role=role)
    _say_user(changed, f"{changed.login} is {changed.role} now.", output)


@commands.command()
def disable(user: UserArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """Disable a user: sessions end, links are void, keys stop.

    Example: tracer user disable wenjing
    """
    changed = _change(user, disabled=True)
    _say_user(changed, f"{changed.login} is disabled: logged out, and neither links nor keys work.", output)


@commands.command()
def enable(user: UserArgument, output: FormatOption = OutputFormat.TABLE) -> None:
    """Enable a user again; their keys work again as well.

    Example: tracer user enable wenjing
    """
    changed = _change(user, disabled=False)
    _say_user(changed, f"{changed.login} is enabled.", output)


@commands.command()
def password(user: UserArgument, password_stdin: PasswordOption = False) -> None:
    """Set a user's password, which ends their sessions. Without --password-stdin it is asked for.

    Example: tracer user password wenjing --password-stdin < password.txt
    """
    from tracer.services.access.manage_users import find_user, set_password

    given = _first_line() if password_stdin else _asked_for()
    with application().writing() as work:
        found = find_user(work, user)
        set_password(work, found.user_id, given)
        work.commit()
    say(f"The password of {found.login} is set; their sessions have ended.")


@commands.command()
def link(
    user: UserArgument,
    minutes: Annotated[int, typer.Option(help="How long it holds.")] = 10,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Make a link that logs a user in, once. It is printed here and kept nowhere.

    Example: tracer user link wenjing --minutes 30
    """
    from tracer.services.access.log_in import make_login_link
    from tracer.services.access.manage_users import find_user

    with application().writing() as work:
        user_id = find_user(work, user).user_id
        path = f"/login?token={make_login_link(work, user_id, minutes)}"
        work.commit()
    if output is OutputFormat.JSON:
        say_json({"user_id": user_id, "path": path, "minutes": minutes})
        return
    say(path)
    say(f"Behind the service's address this logs {user_id} in, once, within {counted(minutes, 'minute')}.")


def _change(user: str, role: str | None = None, disabled: bool | None = None) -> User:
    from tracer.services.access.manage_users import change_user, find_user

    with application().writing() as work:
        changed = change_user(work, find_user(work, user).user_id, role=role, disabled=disabled)
        work.commit()
    return changed


def _say_user(user: User, text: str, output: OutputFormat) -> None:
    if output is OutputFormat.JSON:
        say_json(user_record(user))
    else:
        say(text)


def _first_line() -> str:
    line = sys.stdin.buffer.readline().removesuffix(b"\n").removesuffix(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise InvalidValue("password", "other bytes", "text in UTF-8 on standard input") from None


def _asked_for() -> str:
    if not sys.stdin.isatty():
        hint = "Run this on a terminal, or give --password-stdin"
        raise InvalidValue("password", "no terminal", "a terminal to ask for it", hint)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
