"""`tracer` and `python -m tracer`: exit code 0, 1 (refused, the message says why) or 2 (usage)."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from tracer.cli.app import app
    from tracer.cli.context import seal_behind
    from tracer.cli.output import refuse
    from tracer.domain.errors import TracerError

    try:
        _refuse_undecodable(sys.argv)
        app()
    except TracerError as error:
        sys.exit(refuse(error))
    except SystemExit as stop:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            seal_behind()
            _leave_the_pipe()
        seal_behind()
        if isinstance(stop.__context__, BrokenPipeError):  # typer and rich make an exit code 1 of it
            _leave_the_pipe()
        raise


def _leave_the_pipe() -> NoReturn:
    """`tracer list | head`: not an error, and nothing more can be said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def _refuse_undecodable(arguments: list[str]) -> None:
    from tracer.domain.errors import InvalidValue

    for place, text in enumerate(arguments):
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise InvalidValue(f"argument {place}", text, "text in UTF-8", "It is not UTF-8: set the terminal to UTF-8")


if __name__ == "__main__":
    main()
