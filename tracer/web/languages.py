"""English and Simplified Chinese: catalogues, and which of them a visitor reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel import Locale, negotiate_locale
from fastapi import Request

COOKIE = "tracer_language"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the pages: its key, what HTML calls it, what it calls itself."""

    key: str
    html: str
    name: str

    @property
    def locale(self) -> Locale:
        """For dates and numbers."""
        return Locale.parse(self.key)


LANGUAGES: Mapping[str, Language] = {
    "en": Language("en", "en", "English"),
    "zh_Hans": Language("zh_Hans", "zh-Hans", "简体中文"),
}
_ALIASES = {"zh": "zh_Hans", "zh_CN": "zh_Hans", "zh_SG": "zh_Hans", "zh_TW": "zh_Hans", "zh_HK": "zh_Hans"}


def language_of(request: Request, default: str = "en") -> Language:
    """What the visitor chose, else what the browser asks for, else the default."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return LANGUAGES[chosen]
    asked = [part.partition(";")[0].strip().replace("-", "_") for part in _accepted(request)]
    found = negotiate_locale([_ALIASES.get(one, one) for one in asked], list(LANGUAGES))
    return LANGUAGES[found or default]


def _accepted(request: Request) -> list[str]:
    parts = [part for part in request.headers.get("accept-language", "").split(",") if part.strip()][:20]

    def weight(part: str) -> float:
        _, _, q = part.partition(";q=")
        try:
            return float(q or 1)
        except ValueError:
            return 0.0

    return sorted(parts, key=weight, reverse=True)
