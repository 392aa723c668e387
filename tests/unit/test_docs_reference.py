"""docs/reference is what the program says of itself."""

import importlib.util

import pytest

from tests.command_line import ROOT

SPEC = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
assert SPEC is not None
assert SPEC.loader is not None
make_reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_reference)


@pytest.fixture(scope="module")
def pages():
    return make_reference.pages()


def test_the_pages_are_those_that_the_program_makes(pages):
    for name, text in pages.items():
        kept = (make_reference.REFERENCE / name).read_text("utf-8")
        assert kept == text, f"{name} is out of date: run `make reference`"


def test_they_hold_what_there_is(pages):
    assert pages["commands.md"].count("\n## tracer ") >= 55
    assert "| `--dialled` | Your number that rang, with its extension if one was dialled. |" in pages["commands.md"]
    assert "## POST /api/v1/calls\n" in pages["api.md"]
    assert "| `leak_rate` * | number | The share of its orders that leaks. |" in pages["api.md"]
    assert "Only of this kind. One of: `call`, `sms`, `chat`." in pages["api.md"]
    assert "## quarantine_days\n\n```toml\nquarantine_days = 90\n```" in pages["settings.md"]
    assert "| `tracer_http_requests_total` | counter | method route status |" in pages["metrics.md"]
    assert "| `tracer_recurring_job_seconds_since_success` | gauge | job |" in pages["metrics.md"]


def test_nothing_goes_without_a_meaning(pages):
    for name, text in pages.items():
        assert [line for line in text.splitlines() if line.endswith("|  |")] == [], name
