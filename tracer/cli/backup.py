"""tracer backup, tracer restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, say_records, share_bar

if TYPE_CHECKING:
    from tracer.bootstrap import Application
    from tracer.domain.backup import BackupChecked, Restored


def backup(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="A file that is not there yet, or a folder. Default: the folder backups in the Tracer home, where the "
            "oldest ones make room (setting backups_kept).",
        ),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Make none: list those in the folder, newest first.")] = False,
    unsealed: Annotated[
        bool,
        typer.Option(
            "--unsealed",
            help="With --out, for a database that was set back and whose ledger therefore signs nothing: back it up as "
            "it is. `tracer restore --replace` of that backup begins a new log.",
        ),
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Write an encrypted backup of everything while others go on working. The key is not in it: keep a copy apart.

    Example: tracer backup
    """
    from tracer.domain.backup import made_record

    app = application()
    if listing:
        _list(app, output)
        return
    if unsealed and out is None:
        raise typer.BadParameter(
            "only together with --out: in the folder it would push out a good one", param_hint="--unsealed"
        )
    app.open()  # whatever is wrong with the database is said before there is a bar
    with share_bar("Backing up", wanted=app.settings.progress) as told:
        made = app.back_up(told, out, unsealed=unsealed)
    if output is OutputFormat.JSON:
        say_json(made_record(made))
        return
    say(f"{made.path}")
    say(f"{counted(sum(made.rows.values()), 'row')}, {made.size:,} bytes, a ledger of {made.ledger_size:,} facts")
    say(f"SHA-256 {made.sha256}")
    for name in made.dropped:
        say(f"{name} made room for it.")
    key = "TRACER_KEY" if app.settings.key.get_secret_value() else str(app.settings.key_path)
    say(f"It opens with the key in {key} and with nothing else; keep a copy of that somewhere else.")


def _list(app: Application, output: OutputFormat) -> None:
    from tracer.domain.backup import found_record
    from tracer.services.upkeep.make_backup import list_backups

    with app.reading() as work:
        records = [found_record(found) for found in list_backups(work, app.backups_folder)]
    columns = ("name", "made_at", "size", "ledger_size")
    say_records(records, columns, output, f"No backup in {app.backups_folder}. `tracer backup` makes one.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup made by `tracer backup`.")],
    check: Annotated[
        bool, typer.Option("--check", help="Only try it: restore into a private folder, look at everything, forget it.")
    ] = False,
    over: Annotated[
        bool,
        typer.Option("--replace", help="The registry that is there is set aside under another name, and kept."),
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Put the registry back as a backup has it, into the home or database that the settings name.

    The ledger goes on in a new log that says from where. Stop `tracer serve` and `tracer work` before.

    Example: tracer restore --check tracer-20261121T040000Z.backup
    """
    from tracer.domain.backup import checked_record, restored_record

    app = application()
    if check:
        with share_bar("Checking", wanted=app.settings.progress) as told:
            checked = app.check_backup(file, told)
        if output is OutputFormat.JSON:
            say_json(checked_record(checked))
        else:
            _say_checked(checked)
            say("Nothing was changed: this backup can be restored.")
        return
    with share_bar("Restoring", wanted=app.settings.progress) as told:
        restored = app.restore(file, told, over=over)
    if output is OutputFormat.JSON:
        say_json(restored_record(restored))
    else:
        _say_checked(restored.checked)
        _say_restored(restored)


def _say_checked(checked: BackupChecked) -> None:
    head = checked.head
    say(f"A backup of registry {head.instance_id}, made {head.made_at.isoformat()} by Tracer {head.program}.")
    for table, rows in checked.rows.items():
        if rows:
            say(f"{table:<18} {rows:>11,} rows")
    say(f"All rows are there and point to rows that are there; {counted(checked.opened, 'sealed value')} opened.")
    waiting = f", and {counted(checked.waiting, 'fact')} without a place yet" if checked.waiting else ""
    say(f"The ledger is the one that was signed: {counted(checked.ledger_size, 'fact')}{waiting}.")


def _say_restored(restored: Restored) -> None:
    say(f"It is in {restored.where} now.")
    if restored.set_aside:
        facts = counted(restored.facts_set_aside, "fact")
        say(f"What was there before is kept as {restored.set_aside}, with {facts}, and takes no writes.")
    for version in restored.keys_put_back:
        say(f"Version {version} of the key, which had been set aside, is in the key file again: the backup needs it.")
    if restored.behind:
        most = "up to " if restored.checked.waiting else ""
        say(
            f"Of the facts that were signed since, {most}{restored.behind:,} are not in the backup, nor what they said."
        )
    say(f"The ledger goes on as the log {restored.origin}, which says so. Everybody has to log in again.")
    say("Keys and users are as they were then: revoke again what you revoked since (`tracer key list`).")
