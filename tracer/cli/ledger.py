"""`tracer ledger`: sign what was registered, and look whether everything is still as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, say, say_json, share_bar

if TYPE_CHECKING:
    from tracer.services.ledger.audit_ledger import LedgerAudit

commands = typer.Typer(no_args_is_help=True, help="The sealed list of everything that was registered.")


@commands.command("checkpoint")
def checkpoint(output: FormatOption = OutputFormat.TABLE) -> None:
    """Seal what was registered since, and print the newest signed checkpoint.

    Publish it, or the fingerprint of the key, where others keep it: then nobody can say later that the list was
    made up afterwards. It tells how many facts there are, and nothing of what they say.

    Example: tracer ledger checkpoint
    """
    app = application()
    signed = app.seal_ledger()
    app.stamp_ledger()
    with app.reading() as work:
        key = work.ledger.log().key
        tokens = work.ledger.tokens(signed.epoch, signed.size) if signed else []
    if output is OutputFormat.JSON:
        stamps = [{"authority": one.authority, "time": one.stamped_at.isoformat()} for one in tokens]
        told = {"key": key.text(), "fingerprint": key.fingerprint, "time_tokens": stamps}
        say_json({"size": signed.size if signed else 0, "checkpoint": signed.note if signed else "", **told})
        return
    if signed is None:
        say("Nothing was registered yet, so there is nothing to sign.")
    else:
        say(signed.note)
    for token in tokens:
        say(f"Time stamp of {token.authority}: {token.stamped_at.isoformat()}")
    say(f"Key: {key.text()}")
    say(f"Fingerprint of the key: {key.fingerprint}")


@commands.command("verify")
def verify(output: FormatOption = OutputFormat.TABLE) -> None:
    """Look at everything again: every fact, the tree over them, every signature and time stamp, every row.

    Ends with exit code 1 and the first record that does not fit where something was changed behind the program's
    back.

    Example: tracer ledger verify
    """
    from tracer.services.ledger.audit_ledger import audit_record

    app = application()
    app.open()  # whatever is wrong with the key is said before there is a bar
    with share_bar("Verifying", wanted=app.settings.progress) as share:
        audit = app.audit_ledger(share)
    if output is OutputFormat.JSON:
        say_json(audit_record(audit))
    else:
        _say_audit(audit)
    if audit.found:
        raise typer.Exit(1)


def _say_audit(audit: LedgerAudit) -> None:
    waiting = f", {audit.waiting:,} more wait for the next checkpoint" if audit.waiting else ""
    say(f"{counted(audit.size, 'fact')} sealed{waiting}; {counted(audit.rows, 'row')} compared with them.")
    stamped = f", stamped until {audit.stamped_until.isoformat()}" if audit.stamped_until else ""
    say(f"{counted(audit.checkpoints, 'signed checkpoint')}, {counted(audit.tokens, 'time stamp')}{stamped}.")
    if not audit.outside:
        say("Nothing outside the database was compared: this home keeps no checkpoint of its log.")
    if audit.untrusted:
        say(
            f"{counted(audit.untrusted, 'time stamp')} by an authority without a root in the settings: intact, no more."
        )
    if audit.older:
        say(f"{counted(audit.older, 'fact')} from before the ledger: sealed at migration, nothing shows their past.")
    if audit.erased:
        say(f"{counted(audit.erased, 'fact')} with personal data erased; the rest of each is as it was.")
    for log in audit.logs[1:]:
        begun = f"{log.begun_at.isoformat()} over {counted(log.begun_size, 'fact')}"
        say(f"Log {log.key.name} was begun at {begun}, after a restore.")
    say(f"Fingerprint of the key: {audit.logs[-1].key.fingerprint}")
    say("Everything holds." if not audit.found else f"{counted(audit.found, 'problem')}. The first:")
    for problem in audit.problems:
        say(f"- {problem}")
