"""Choices of forms in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Request

from tracer.domain.access import Role, Scope
from tracer.domain.codebook.repertoire import LOCALES
from tracer.domain.evidence.opening import CLOSED
from tracer.domain.fields import TOKENS
from tracer.domain.line import NumberKind
from tracer.web.page import environment, language_for

Options = list[tuple[str, str]]


def options(request: Request, table: str, keys: Iterable[str]) -> Options:
    """Choices (value, text) for these keys, in the words of that table of words.html."""
    words: dict[str, str] = getattr(_tables(request, "words.html"), table)
    return [(str(key), words.get(key, key)) for key in keys]


def event_options(request: Request) -> Options:
    """What facts of the journal tell of."""
    words = _tables(request, "fact_words.html").events
    return sorted(words.items(), key=lambda one: one[1])


def opening_options(request: Request) -> Options:
    """Fields that an evidence pack keeps closed unless they are asked for."""
    words = _tables(request, "fact_words.html").openings
    return [(name, text) for name, text in words.items() if name in CLOSED]


def _tables(request: Request, template: str) -> Any:
    return environment(language_for(request).key).get_template(template).module


def kind_options(request: Request, kinds: Iterable[str]) -> Options:
    """Kinds of channels."""
    return options(request, "kinds", kinds)


def locale_options(request: Request) -> Options:
    """Languages of names."""
    return options(request, "locales", LOCALES)


def field_options(request: Request) -> Options:
    """Fields of an order."""
    return options(request, "fields", TOKENS)


def line_options(request: Request) -> Options:
    """Kinds of numbers."""
    return options(request, "lines", (kind.value for kind in NumberKind))


def role_options(request: Request) -> Options:
    """Roles of users."""
    return options(request, "roles", (role.value for role in Role))


def scope_options(request: Request, scopes: Iterable[Scope]) -> Options:
    """What a key may do."""
    return options(request, "scopes", (scope.value for scope in scopes))
