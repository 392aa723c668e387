"""Pages: a template, in the visitor's language, with what every page shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.responses import HTMLResponse, RedirectResponse

from tracer import __version__
from tracer.documents.catalogues import translations
from tracer.web.languages import LANGUAGES, Language, language_of

FOLDER = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class _InMemory(BytecodeCache):
    """What templates are compiled to, once for all languages."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._made:
            bucket.bytecode_from_string(self._made[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._made[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _InMemory()


def compile_templates() -> None:
    """Make every page ready in every language, so that nobody's first look at one waits for that."""
    for key in LANGUAGES:
        for name in environment(key).list_templates():
            environment(key).get_template(name)


@cache
def environment(key: str) -> Environment:
    """The templates in one language. Everything is escaped; a name that is not given is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(key), newstyle=True)  # type: ignore[attr-defined]  # the extension's
    language = LANGUAGES[key]
    made.filters["moment"] = lambda when: _moment(when, language)
    # Remembered: in a long list the same few figures stand a thousand times.
    made.filters["number"] = lru_cache(1024, typed=True)(lambda value: format_decimal(value, locale=language.locale))
    made.filters["percent"] = lambda value: format_percent(value, locale=language.locale, format="#,##0.0%")
    return made


def language_for(request: Request) -> Language:
    """The visitor's language; by default that of the names the registry issues."""
    locale = request.app.state.service.application.settings.locale
    return language_of(request, "zh_Hans" if locale == "zh_CN" else "en")


def page(request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A template with its values, as the answer."""
    language = language_for(request)
    visitor = getattr(request.state, "visitor", None)
    shown: Mapping[str, Any] = {
        "language": language,
        "languages": LANGUAGES.values(),
        "visitor": visitor,
        "path": request.url.path,
        "here": _here(request),
        "done": request.query_params.get("done", ""),
        "version": __version__,
        **values,
    }
    body = environment(language.key).get_template(template).render(shown)
    return HTMLResponse(body, status, headers={"Content-Security-Policy": POLICY, "Content-Language": language.html})


def translate(request: Request, text: str, **values: Any) -> str:
    """A text that Python code says, in the visitor's language; `text` is to stand in the catalogue."""
    found = translations(language_for(request).key).gettext(text)
    return found % values if values else found


def go(path: str) -> RedirectResponse:
    """Show another page after something was done."""
    return RedirectResponse(path, 303)


def _here(request: Request) -> str:
    if request.url.path == "/login":  # its link is a secret
        return "/login"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def _moment(when: datetime | str | None, language: Language) -> str:
    """A time to the minute as its offset has it; empty for none."""
    if not when:
        return ""
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    return format_datetime(moment, "yyyy-MM-dd HH:mm", tzinfo=moment.tzinfo, locale=language.locale)
