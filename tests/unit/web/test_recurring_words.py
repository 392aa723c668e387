"""Whatever a recurring job says of itself, and what it is called, has Chinese on the page."""

import ast
import re
from pathlib import Path

import pytest

from tracer.documents.catalogues import CHINESE, translations
from tracer.scheduler import recurring
from tracer.scheduler.recurring.jobs import RECURRING
from tracer.web.recurring_words import NOTE_PHRASES

SOURCES = sorted(Path(recurring.__file__).parent.glob("*.py"))
WORDS = Path(recurring.__file__).parents[2] / "web" / "templates" / "words.html"


def texts(node):
    """What an expression may be as text, with a 7 for each value that is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)]
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    return []


def notes_of(source):
    """Each text that a function of the module gives back, or that a variable `note` or a Done is made of."""
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "note"
        if named or isinstance(node, ast.Return):
            yield from texts(node.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Done":
            yield from texts(node.args[0])


NOTES = sorted({note for path in SOURCES for note in notes_of(path.read_text("utf-8")) if note})


def test_the_notes_are_found():
    assert {"nothing waits", "7 lines freed", "7 messages sent", "no carrier service is set up"} <= set(NOTES)


@pytest.mark.parametrize("note", NOTES)
def test_a_note_has_chinese(note):
    phrase = next(
        (one for one in NOTE_PHRASES if one.pattern.fullmatch(note.replace("7, 7 bytes", "7.backup, 7 bytes"))), None
    )
    assert phrase is not None, "a line in recurring_words.py"
    assert translations(CHINESE).gettext(phrase.text) != phrase.text, "a line in locale/zh_Hans/jobs.po"


@pytest.mark.parametrize("name", RECURRING)
def test_a_job_has_a_name_in_both_languages(name):
    table = WORDS.read_text("utf-8").partition("set recurring =")[2].partition("%}")[0]
    found = re.search(rf'"{name}": _\("([^"]+)"\)', table)
    assert found is not None, "a line in templates/words.html"
    assert translations(CHINESE).gettext(found[1]) != found[1], "a line in locale/zh_Hans/jobs.po"
