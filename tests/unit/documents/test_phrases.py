"""Every sentence that the engine says of a report, a plan or a power fits a phrase, so that it can be translated."""

import numpy as np
import pytest

from tests.factories.campaigns import MODEL
from tracer.documents.catalogues import translations
from tracer.documents.phrases import PHRASES
from tracer.documents.report_view import ReportView
from tracer.documents.words import ENGLISH, Words, percent
from tracer.domain.attribution.explain import RECORD
from tracer.domain.attribution.power import power_assumptions
from tracer.domain.attribution.verdicts import Counts, _reason, _spell
from tracer.domain.report import LeakWindow, Verdict

CHINESE = Words(translations("zh_Hans").gettext, "zh_Hans", "zh-Hans")
COUNTS = Counts(np.array([14]), np.array([11]), np.array([2.5]), np.array([0.9]))
WINDOW = LeakWindow("2026-03-01", "2026-04-02", 0.9)


def chinese(sentence):
    told = CHINESE.retold(sentence)
    letters = sum(letter.isascii() and letter.isalpha() for letter in told)
    return told != sentence and letters < len(sentence) / 4


@pytest.mark.parametrize("window", [None, WINDOW])
@pytest.mark.parametrize("p", [0.2, 0.7, 0.9999])
@pytest.mark.parametrize("bound", [None, 0.41])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_reasons(verdict, bound, p, window):
    assert chinese(_reason(verdict, p, bound, COUNTS, 0, 36) + _spell(window))


def test_what_is_assumed_of_a_power():
    for sentence in power_assumptions(MODEL, 0.01, 30.0):
        assert chinese(sentence), sentence


@pytest.mark.parametrize(
    "term", ["said item", "did not say order_no", "could not say price", "timing", "reach", RECORD]
)
def test_evidence(term):
    assert chinese(term)


def test_a_name_in_a_sentence_is_not_translated():
    assert (
        CHINESE.retold("Does bank %(p)s leak at all? P is now below 0.01.")
        == "bank %(p)s 到底泄露吗？目前概率 低于 0.01。"
    )


def test_what_no_phrase_fits_stays_as_it_is():
    assert CHINESE.retold("Something quite new.") == "Something quite new."
    assert len({phrase.text for phrase in PHRASES}) == len(PHRASES)


@pytest.mark.parametrize(("p", "shown"), [(1.0, ">99.9%"), (0.0, "<0.1%"), (0.5, "50.0%")])
def test_no_probability_is_certain(p, shown):
    assert percent(p) == shown


def test_the_order_that_separates_a_group_uses_the_names_of_the_view():
    from tests.factories.reports import channel, report_of

    group = {"channel_ids": ["a", "b"], "p_any": 0.9, "p_exactly_one": 0.8, "verdict": "unresolved"}
    report = report_of([channel("a", "Anna", 0.5), channel("b", "Bo", 0.4)], [], groups=[group])
    view = ReportView(report, ENGLISH, names={"a": "a"})
    assert view.groups[0].separating == "Place an order that passes through a but not through Bo."


def test_names_with_or_between_are_joined_as_the_language_does():
    told = CHINESE.retold("Is it station or bank? So far either explains the same calls.")
    assert told == "是 station或bank 中的哪一个？目前都能解释同样的来电。"
