"""The catalogues of translations, which the pages, prints and packs share."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tracer.documents.words import Words

CHINESE = "zh_Hans"
FOLDER = Path(__file__).parents[1] / "web" / "locale"


@cache
def translations(key: str) -> NullTranslations:
    """The catalogue of a language, compiled in memory from its .po files (one for each kind of page).

    English is what the pages are written in, and has none.
    """
    whole = Catalog(locale=key)
    for path in sorted((FOLDER / key).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=key):
                if message.id and message.string:
                    whole[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def words_in(language: str) -> Words:
    """The words of documents in `en` or `zh`."""
    return Words() if language == "en" else Words(translations(CHINESE).gettext, CHINESE, "zh-Hans")
