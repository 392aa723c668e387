"""Work cut into tasks: the same report however it is cut, and the same answer as without, within sampling error."""

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, QUICK, Rang, Shown, campaign
from tests.factories.tasks import Posted
from tracer.domain.attribution import case_tables, chains, sensitivity
from tracer.domain.attribution.background import first_guess, learn_background
from tracer.domain.attribution.case_tables import CalledCases
from tracer.domain.attribution.engine import attribute
from tracer.domain.attribution.fit import Fitter
from tracer.domain.attribution.posterior import starting_state
from tracer.domain.attribution.sampling import run
from tracer.domain.attribution.tasks import HERE
from tracer.domain.fields import Fields
from tracer.domain.report import report_object

KINDS = ("platform", "merchant", "merchant", "courier")
SHORT = replace(QUICK, warmup=4, draws=5, most_draws=5)


@pytest.fixture(scope="module")
def evidence():
    """Thirty orders within a week, so that there are no spells to weigh; two shops and a courier that may leak."""
    rng = np.random.default_rng(3)
    routes = [[Shown(0, n / 5), Shown(1 + n % 2, n / 5), *[Shown(3, n / 5)] * (n % 3 > 0)] for n in range(30)]
    calls = [Rang(n, n / 5 + 1 + rng.exponential(4), Fields.NAME) for n in (1, 3, 4, 5, 7, 8, 9)]
    return campaign(KINDS, routes, calls)


@pytest.fixture
def brief_reruns(monkeypatch):
    monkeypatch.setattr(sensitivity, "SHORT", replace(SHORT, chains=2))


def report(evidence, tasks, sampling=SHORT, progress=lambda share: None):
    made = attribute(
        evidence,
        {},
        MODEL.assumptions,
        MODEL.thresholds,
        sampling,
        MODEL.other,
        "then",
        progress,
        tasks=tasks,
    )
    return report_object(made)


def fitted(evidence, tasks, sampling, seed=1):
    return Fitter(evidence, MODEL.other, MODEL.assumptions, tasks=tasks).fit(sampling, np.random.default_rng(seed))


@pytest.mark.usefixtures("brief_reruns")
def test_the_report_is_the_same_however_many_work_on_it(evidence):
    tasks = Posted(1)
    one = report(evidence, tasks)
    assert {"walk", "_rerun"} == set(tasks.functions)
    assert report(evidence, Posted(5)) == one
    assert report(evidence, HERE) != one  # other draws


@pytest.mark.parametrize("many", [0, 10_000])
def test_the_answer_is_that_of_one_process_within_its_error(evidence, monkeypatch, many):
    monkeypatch.setattr(chains, "MANY_CASES", many)  # 0: each chain by itself
    problem = prepared(evidence, HERE).problem
    usual, apart = (sampled(problem, tasks, seed) for seed, tasks in enumerate((HERE, Posted())))
    assert usual.leaky.shape == apart.leaky.shape == (4, 120, len(KINDS) + 1)
    assert 0.1 < usual.p_leaky[2] < 0.9  # there is something to be unsure of
    assert 0 < apart.error < 0.03
    assert np.abs(usual.p_leaky - apart.p_leaky).max() < 4 * np.hypot(usual.error, apart.error)
    for one, other in zip(usual.subsets, apart.subsets, strict=True):
        assert np.abs(one - other).max() < 0.1


def sampled(problem, tasks, seed):
    rng = np.random.default_rng(seed)
    return run(problem, starting_state(problem, 4, rng), 20, 120, rng, tasks=tasks)


@pytest.mark.usefixtures("brief_reruns")
def test_chains_apart_go_on_until_they_are_as_precise_as_wanted(evidence):
    told = []
    tasks = Posted()
    draws = fitted(evidence, tasks, replace(SHORT, error=1e-9, most_draws=25)).draws
    assert draws.leaky.shape[1] == 25
    assert tasks.functions.count("walk") == 4 + 5
    report(evidence, Posted(), replace(SHORT, error=1e-9, most_draws=25), told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_leg_goes_on_where_the_one_before_ended(evidence):
    problem = fitted(evidence, HERE, SHORT).prepared.problem
    ground, rng = chains.Ground(problem), np.random.default_rng(2)
    start = chains.Leg(starting_state(problem, 2, rng), rng, 2, 6)
    state, rng_then, tally = chains.walk(ground, start)
    state, _, later = chains.walk(ground, chains.Leg(state, rng_then, 0, 4))
    tally.goes_on(later)
    at_once, _, whole = chains.walk(ground, replace(start, draws=10))
    assert np.array_equal(state.node, at_once.node)
    assert np.allclose(tally.p_leaky, whole.p_leaky, rtol=1e-12)
    assert np.array_equal(np.stack(tally.rate), np.stack(whole.rate))


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_tables_of_a_large_campaign_are_the_same_in_parts(evidence, monkeypatch, parts):
    monkeypatch.setattr(case_tables, "WORTH_TASKS", 0)
    usual, cut = prepared(evidence, HERE), prepared(evidence, Posted(parts))
    assert np.array_equal(usual.problem.quiet, cut.problem.quiet)
    assert len(usual.groups) == len(cut.groups) > 1
    for one, other in zip(usual.groups, cut.groups, strict=True):
        for name in one.__slots__:
            assert np.array_equal(getattr(one, name), getattr(other, name)), name


def prepared(evidence, tasks):
    fitter = Fitter(evidence, MODEL.other, MODEL.assumptions, tasks=tasks)
    fitter.large = True
    background = learn_background(evidence, first_guess(evidence), MODEL.assumptions)
    made = fitter.prepare(fitter.assumed_model(), background, None)
    if tasks is not HERE:
        assert {"_silence", "_tables"} <= set(tasks.functions)
    return made


def test_cases_keep_all_their_calls_when_they_are_cut():
    rng = np.random.default_rng(1)
    case = np.sort(rng.integers(0, 9, 30))
    whole = CalledCases(rng.gamma(1.0, 1.0, (30, 3)), case, rng.gamma(1.0, 1.0, (9, 3)), (1, 2))
    pieces = whole.cut(4)
    assert sum(len(piece.case) for piece in pieces) == 30
    assert sum(piece.entries for piece in pieces) == whole.entries
    log_table, counts, scale = (np.concatenate(one) for one in zip(*map(tables, pieces), strict=True))
    assert np.array_equal(log_table, tables(whole)[0])
    assert np.array_equal(counts, tables(whole)[1])
    assert np.array_equal(scale, tables(whole)[2])


def tables(cases):
    return case_tables.case_tables([cases], HERE)[0]


@pytest.mark.usefixtures("brief_reruns")
def test_no_id_leaves_with_a_task(evidence, monkeypatch):
    monkeypatch.setattr(case_tables, "WORTH_TASKS", 0)
    planted = "Wilhelmina-Quistgaard-+447700900123"
    marked = replace(
        evidence,
        channel_ids=[f"{planted}-{n}" for n, _ in enumerate(evidence.channel_ids)],
        canaries=replace(evidence.canaries, ids=[f"{planted}-{n}" for n, _ in enumerate(evidence.canaries.ids)]),
        calls=replace(evidence.calls, ids=[f"{planted}-{n}" for n, _ in enumerate(evidence.calls.ids)]),
    )
    tasks = Posted()
    assert planted in str(report(marked, tasks))
    prepared(marked, tasks)
    assert {"walk", "_rerun", "_silence", "_tables"} == set(tasks.functions)
    for part in ("Wilhelmina", "Quistgaard", "7700900123"):
        assert not [content for content in tasks.sent if part.encode() in content]
