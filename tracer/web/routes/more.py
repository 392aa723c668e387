"""What else there is, and the settings in force."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.settings import Settings, config_folder
from tracer.web.page import page, translate
from tracer.web.visitor import Visitor, visiting

router = APIRouter(include_in_schema=False)


@router.get("/more")
def more(request: Request, visitor: Annotated[Visitor, visiting()]) -> Response:
    """Links to the rest."""
    return page(request, "more.html")


@router.get("/settings")
def settings(request: Request, visitor: Annotated[Visitor, visiting(Scope.MANAGE_ACCESS)]) -> Response:
    """The settings in force, without secrets, and what each means."""
    found = visitor.app.settings
    told = explanations()
    rows = [
        {"name": name, "value": _value(found, name), "told": translate(request, text)} for name, text in told.items()
    ]
    return page(request, "settings.html", rows=rows, home=str(found.home))


def explanations() -> dict[str, str]:
    """What config/default.toml says of each setting, in its order."""
    found: dict[str, str] = {}
    said: list[str] = []
    for line in (config_folder() / "default.toml").read_text("utf-8").splitlines():
        if line.startswith("#"):
            said.append(line.removeprefix("#").strip())
        elif "=" in line:
            found[line.partition("=")[0].strip()] = " ".join(said)
            said = []
        else:
            said = []
    return found


def _value(found: Settings, name: str) -> Any:
    value = getattr(found, name)
    if name != "database_url" or not value:
        return value
    parts = urlsplit(value)  # a password may stand in it, or in its query
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{'…@' if '@' in parts.netloc else ''}{host}{parts.path}"
