"""tracer rotate-key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, counted, progress_bar, say, say_json, say_table

if TYPE_CHECKING:
    from tracer.domain.key_rotation import KeyStatus, Rotation


def rotate_key(
    status: Annotated[bool, typer.Option("--status", help="Change nothing: say which keys are in force.")] = False,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Give the registry a new master key and seal everything anew. Others may go on working meanwhile.

    Stopped at any moment, it goes on where it was when called again. The old key is kept aside:
    backups made before need it.

    Example: tracer rotate-key
    """
    from tracer.services.upkeep.rotate_key import rotate_key

    app = application()
    if status:
        with app.reading() as work:
            _say_status(work.keys.status(), output)
        return
    app.open()  # whatever is wrong with the key is said before there is a bar
    with progress_bar("Sealing anew", None, wanted=app.settings.progress) as bar:

        def tell(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total)

        ended = rotate_key(app.registry, app.actor, app.clock, tell)
    _say_end(ended, output)


def _say_end(ended: Rotation, output: OutputFormat) -> None:
    if output is OutputFormat.JSON:
        say_json(
            {
                "version": ended.new,
                "retired": None if ended.finished_before else ended.old,
                "resealed": ended.resealed,
                "kept_at": ended.kept_at,
                "to_remove": ended.to_remove,
            }
        )
        return
    if ended.finished_before:
        say(f"Version {ended.new} of the key is in force; the rotation to it was through already. Nothing was begun.")
    else:
        say(f"Version {ended.new} of the key is in force; {counted(ended.resealed, 'value')} sealed anew.")
    if ended.to_remove:
        say(f"Now take the old key out of {ended.to_remove}: only the last one is needed.")
    if ended.kept_at and ended.kept_at != ended.to_remove:
        say(f"The old key is kept in {ended.kept_at}: backups made until now need it.")
        say("Put it where those backups' key belongs, apart from them, and delete it with the last of them.")
    if not ended.finished_before:
        say("Make a backup, and a copy of the new key.")


def _say_status(status: KeyStatus, output: OutputFormat) -> None:
    under_way = len(status.in_force) > 1
    newest = status.keys[-1].version
    if output is OutputFormat.JSON:
        keys = [
            {
                "version": key.version,
                "made_at": key.made_at.isoformat(),
                "retired_at": key.retired_at and key.retired_at.isoformat(),
                "seals": key.version == newest,
                "indexes": key.version == status.indexing,
            }
            for key in status.keys
        ]
        say_json({"keys": keys, "under_way": under_way, "values_left": dict(status.left)})
        return
    rows = [
        [
            str(key.version),
            key.made_at.isoformat(),
            f"retired {key.retired_at.isoformat()}" if key.retired_at else "in force",
            ", ".join(["seals"] * (key.version == newest) + ["indexes"] * (key.version == status.indexing)),
        ]
        for key in status.keys
    ]
    say_table(("version", "made", "state", "use"), rows)
    if under_way:
        left = sum(status.left.values())
        say(f"A rotation is under way: {counted(left, 'value')} left to seal. `tracer rotate-key` goes on with it.")
