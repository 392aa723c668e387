"""Every event that the program writes into its journal is told in words, and every field that a pack keeps closed."""

import re

from tests.command_line import ROOT
from tracer.domain.canary import CanaryState
from tracer.domain.evidence.opening import CALL_EVENTS, CANARY_EVENTS, CHANNEL_EVENTS, CLOSED, ORDER_EVENTS
from tracer.domain.job import JobState
from tracer.web.page import environment

EVENT = re.compile(r'\bFact\(\s*"(\w+)"')


def words():
    return environment("en").get_template("fact_words.html").module


def test_every_event_of_the_source_has_words():
    written = {event for path in (ROOT / "tracer").rglob("*.py") for event in EVENT.findall(path.read_text())}
    assert len(written) > 30
    by_state = {"canary_quarantined", "canary_retired", "job_done", "job_failed", "call_undone", "call_restored"}
    assert {state.value for state in CanaryState} > {"quarantined", "retired"}
    assert {state.value for state in JobState} > {"done", "failed"}
    of_packs = {*CALL_EVENTS, *CANARY_EVENTS, *ORDER_EVENTS, *CHANNEL_EVENTS}
    assert (written | by_state | of_packs) - set(words().events) == set()


def test_every_closed_field_can_be_opened_on_the_page():
    assert set(words().openings) == set(CLOSED)
