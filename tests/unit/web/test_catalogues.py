"""Every text of the pages stands in the Chinese catalogue, with the same places for values, and none is left over."""

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.command_line import ROOT
from tracer.documents.catalogues import FOLDER

FOLDERS = (ROOT / "tracer" / "web", ROOT / "tracer" / "documents")
METHODS = [("**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "translate": (2,), "said": None}
PLACE = re.compile(r"%\((\w+)\)s")


def used():
    """What the templates and the code of the pages say: text to where."""
    found = {}
    for folder in FOLDERS:
        for file, line, message, _, _ in extract_from_dir(folder, METHODS, keywords=KEYWORDS):
            for text in message if isinstance(message, tuple) else (message,):
                found.setdefault(text, f"{folder.name}/{file}:{line}")
    return found


def catalogue():
    found = {}
    for path in sorted((FOLDER / "zh_Hans").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_Hans"):
                if message.id:
                    ids = message.id if isinstance(message.id, tuple) else (message.id,)
                    for text in ids:
                        assert text not in found or found[text] == message.string, f"{text!r} is translated twice"
                        found[text] = message.string
    return found


def test_every_text_is_translated():
    known = catalogue()
    assert [f"{where}: {text}" for text, where in used().items() if not known.get(text)] == []


def test_no_translation_is_left_over():
    said = used() | dict.fromkeys(indirect(), "")
    assert [text for text in catalogue() if text not in said] == []


def test_translations_have_the_places_of_their_texts():
    for text, translated in catalogue().items():
        strings = translated if isinstance(translated, tuple) else (translated,)
        for string in strings:
            assert set(PLACE.findall(string)) == set(PLACE.findall(text)), text


def indirect():
    """Texts that code picks from a table before it translates them."""
    from tracer.web.app import TITLES
    from tracer.web.routes.more import explanations

    return [*TITLES.values(), *explanations().values()]


@pytest.mark.parametrize("text", ["Log a call", "The name or the password is wrong."])
def test_templates_and_code_are_both_read(text):
    assert text in used()


def test_indirect_texts_are_translated():
    known = catalogue()
    assert [text for text in indirect() if not known.get(text)] == []
