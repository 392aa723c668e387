"""Choices of forms in the visitor's language."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request

from tracer.domain.access import Role, Scope
from tracer.domain.codebook.repertoire import LOCALES
from tracer.domain.fields import TOKENS
from tracer.domain.line import NumberKind
from tracer.web.page import environment, language_for

Options = list[tuple[str, str]]


def options(request: Request, table: str, keys: Iterable[str]) -> Options:
    """Choices (value, text) for these keys, in the words of that table of words.html."""
    module = environment(language_for(request).key).get_template("words.html").module
    words: dict[str, str] = getattr(module, table)
    return [(str(key), words.get(key, key)) for key in keys]


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
