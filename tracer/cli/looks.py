"""What the command line shows as it is, the journal notes, as it does for the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracer.cli.context import application
from tracer.cli.output import warn
from tracer.domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tracer.services.access.answer_once import Work


def note_look(noun: str, ids: Sequence[str]) -> None:
    """Names and numbers of these are about to be shown."""
    from tracer.services.registry.reveal_identities import reveal_list, reveal_one

    if len(ids) == 1:
        _note(lambda work: reveal_one(work, noun, ids[0]))
    elif ids:
        _note(lambda work: reveal_list(work, noun, ids))


def note_export() -> None:
    """Everything is about to leave in plain text."""
    from tracer.services.registry.reveal_identities import note_export as note

    _note(lambda work: note(work, "export", {}))


def _note(do: Callable[[Work], None]) -> None:
    """A registry that may only be read can still be looked at: then it is said that the journal does not tell."""
    try:
        with application().writing() as work:
            do(work)
            work.commit()
    except StoreUnavailable as error:
        warn(f"Note: the journal does not tell of this look. {error}.")
