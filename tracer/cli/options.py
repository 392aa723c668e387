"""Options that belong together, as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Signature, signature
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """A command with a dataclass among its parameters, as typer takes it: each field is an option of its own, in the
    place of the dataclass. So several commands can share their options, and none has to hand them on one by one."""
    hints = get_type_hints(command, include_extras=True)
    parameters = []
    groups: dict[str, Any] = {}
    for parameter in signature(command).parameters.values():
        kind = hints[parameter.name]
        if not is_dataclass(kind):
            parameters.append(parameter.replace(annotation=kind))
            continue
        groups[parameter.name] = kind
        own = get_type_hints(kind, include_extras=True)
        parameters += [
            parameter.replace(name=one.name, annotation=own[one.name], default=one.default) for one in fields(kind)
        ]

    @wraps(command)
    def run(**given: Any) -> None:
        made = {name: kind(**{one.name: given.pop(one.name) for one in fields(kind)}) for name, kind in groups.items()}
        command(**given, **made)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what inspect reads first
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
