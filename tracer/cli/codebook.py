"""tracer codebook …"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from tracer.cli.context import application
from tracer.cli.output import FormatOption, OutputFormat, say, say_json, say_table

commands = typer.Typer(no_args_is_help=True, help="The codebook: names that can be told apart by ear.")


@commands.callback()
def group() -> None:
    """The codebook: names that can be told apart by ear."""


@commands.command()
def capacity(
    locale: Annotated[str, typer.Option(help="Only this locale; by default all that have a codebook.")] = "",
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """How many names each number carries and still takes, and the whole registry.

    Example: tracer codebook capacity --locale zh_CN
    """
    from tracer.domain.codebook.repertoire import LOCALES, require_locale
    from tracer.services.canaries.codebook_capacity import codebook_capacity

    locales = [require_locale(locale)] if locale else list(LOCALES)
    with application().reading() as work:
        numbers, registry = codebook_capacity(work, locales)
    if output is OutputFormat.JSON:
        say_json({"numbers": [asdict(row) for row in numbers], "registry": [asdict(row) for row in registry]})
        return
    if numbers:
        say_table(
            ("number", "lines", "locale", "used", "capacity", "left", "left that differ in every part", "sound alike"),
            [
                [
                    row.number,
                    "shared" if row.extension_digits is None else f"{row.extension_digits}-digit extensions",
                    row.locale,
                    f"{row.used:,}",
                    f"{row.capacity:,}",
                    f"{row.left:,}",
                    f"{row.first_left:,}" if row.extension_digits is None else "",
                    f"{row.sounding_alike:,}",
                ]
                for row in numbers
            ],
        )
    else:
        say("No numbers. `tracer number add NUMBER` adds one you own.")
    say("")
    say_table(
        ("whole registry", "used", "capacity", "left"),
        [[row.locale, f"{row.used:,}", f"{row.capacity:,}", f"{row.left:,}"] for row in registry],
    )
