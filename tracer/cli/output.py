"""How commands speak: tables for people, JSON for programs, refusals on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import IO, Annotated, Any, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tracer.domain.errors import BundleRejected, TracerError

TEXT_WIDTH = 100


class OutputFormat(StrEnum):
    """What a command prints."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[
    OutputFormat, typer.Option("--format", help="table is for people, json is stable and for programs.")
]


def say(text: str = "") -> None:
    """One line to standard output."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """One line to standard error."""
    sys.stderr.write(text + "\n")


def say_json(value: object) -> None:
    """A JSON document to standard output."""
    say(_json(value))


def say_long_json(value: Mapping[str, object]) -> None:
    """The same for an object some of whose values are iterators: arrays with an entry a line, never held whole."""
    whole = {key: _json(part).replace("\n", "\n ") for key, part in value.items() if not isinstance(part, Iterator)}
    sys.stdout.write("{")
    opening = ""
    for key, part in value.items():
        sys.stdout.write(f"{opening}\n {_json(key)}: ")
        opening = ","
        if not isinstance(part, Iterator):
            sys.stdout.write(whole[key])
            continue
        first = True
        for one in part:
            sys.stdout.write(("[" if first else ",") + "\n  " + json.dumps(one, ensure_ascii=False, allow_nan=False))
            first = False
        sys.stdout.write("[]" if first else "\n ]")
    say("\n}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def counted(number: int, noun: str) -> str:
    """`1 call`, `2,000 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def erased_on(erased_at: str) -> str:
    """What stands in a table in place of what was erased."""
    return f"(erased on {erased_at[:10]})" if erased_at else "(erased)"


def say_records(
    records: Sequence[Mapping[str, Any]], columns: Sequence[str], output: OutputFormat, nothing: str
) -> None:
    """Records as a JSON array with all their keys, or as a table of the columns named; `nothing` if there are none."""
    if output is OutputFormat.JSON:
        say_json([dict(record) for record in records])
    elif not records:
        say(nothing)
    else:
        say_table(columns, [[str(record[column]) for column in columns] for record in records])


class _Trimmed:
    """Standard output without the blanks that rich pads lines with."""

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(r"[ \t]+(?=\n)", "", text))

    def flush(self) -> None:
        sys.stdout.flush()


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table that knows how wide Chinese characters are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def console() -> Console:
    """Standard output: as wide as the terminal, fixed in a pipe, no markup in data."""
    terminal = sys.stdout.isatty()
    width = None if terminal else TEXT_WIDTH
    return Console(
        file=sys.stdout if terminal else cast("IO[str]", _Trimmed()),
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
    )


def refuse(error: TracerError) -> int:
    """Print a refusal; gives the exit code 1."""
    warn(f"tracer: {error}")
    if isinstance(error, BundleRejected):
        for problem in error.problems:
            warn(f"  {problem}")
        if error.total > len(error.problems):
            warn(f"  … and {error.total - len(error.problems):,} more")
    return 1


@contextmanager
def progress_bar(what: str, total: float | None, *, wanted: bool) -> Iterator[Progress]:
    """A bar on standard error if that is a terminal, silence otherwise. Its first task is made."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%") if total == 1 else MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr, markup=False),
        disable=not (wanted and sys.stderr.isatty()),
        transient=True,
    )
    with bar:
        bar.add_task(what, total=total)
        yield bar


@contextmanager
def share_bar(what: str, *, wanted: bool) -> Iterator[Callable[[float], None]]:
    """The same for work that tells the share done, from 0 to 1."""
    with progress_bar(what, 1, wanted=wanted) as bar:
        yield lambda share: bar.update(bar.task_ids[0], completed=share)
