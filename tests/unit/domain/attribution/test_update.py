"""One call more from a stored state gives what a full run with the call gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.factories.campaigns import MODEL, QUICK, Rang, Shown, campaign, draw_world
from tests.factories.pieces import piece_of, without_call
from tracer.domain.attribution.bursts import no_bursts
from tracer.domain.attribution.evidence import Evidence
from tracer.domain.attribution.explain import SMALLEST, CallFindings
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.snapshot import MOST_DRAWS, Snapshot, snapshot_of
from tracer.domain.attribution.update import Update, update
from tracer.domain.fields import Fields
from tracer.domain.report import CallFinding

KINDS = ("platform", "merchant", "merchant", "merchant", "warehouse", "courier", "courier")
N, P, ITEM = Fields.NAME, Fields.PHONE, Fields.ITEM
LONG = replace(QUICK, warmup=60, draws=200, most_draws=200)


def fit(evidence: Evidence) -> Fit:
    return Fitter(evidence, MODEL.other, MODEL.assumptions).fit(LONG, np.random.default_rng(3))


def state_of(evidence: Evidence) -> Snapshot:
    return snapshot_of(evidence, fit(evidence))


def updated(evidence: Evidence, call: int, state: Snapshot, *, seen: bool = False) -> Update:
    canaries = set(evidence.matches.canary[evidence.matches.call == call].tolist())
    piece = piece_of(evidence, canaries)
    place = list(piece.calls.ids).index(evidence.calls.ids[call])
    counted = np.ones(len(piece.calls.ids), dtype=np.bool_)
    counted[place] = seen
    return update(piece, state, counted, place, MODEL.other, MODEL.assumptions)


def furthest(one: CallFinding, other: CallFinding) -> float:
    """The largest difference between the probabilities of a source."""
    a, b = ({source.channel_id: source.p for source in finding.sources} for finding in (one, other))
    return max(abs(a.get(channel, 0.0) - b.get(channel, 0.0)) for channel in a.keys() | b.keys())


def test_it_agrees_with_a_full_run() -> None:
    rng = np.random.default_rng(1)
    evidence = draw_world(rng, KINDS, 50, leaky=[1, 4], rate=0.5).evidence
    expected = CallFindings(evidence, fit(evidence))
    for call in rng.choice(len(evidence.calls.ids), 4, replace=False).tolist():
        found = updated(evidence, call, state_of(without_call(evidence, call)))
        assert found.holds
        assert found.finding.canary_id == expected[call].canary_id
        assert furthest(found.finding, expected[call]) < 0.05


def test_a_call_that_turns_the_posterior_over_asks_for_a_full_run() -> None:
    """Nobody had been called, and few draws foresaw a leak."""
    routes = [[Shown(k % 2, 5.0 + k)] for k in range(8)]
    evidence = campaign(("merchant", "merchant"), routes, [Rang(0, 8.0, N | P | ITEM)])
    found = updated(evidence, 0, state_of(without_call(evidence, 0)))
    assert found.effective < MOST_DRAWS / 5
    assert not found.holds
    assert max(found.finding.sources, key=lambda source: source.p).channel_id == "merchant-0"


def test_a_call_that_the_state_has_seen_changes_no_weight() -> None:
    evidence = draw_world(np.random.default_rng(5), KINDS, 60, leaky=[2], rate=0.6).evidence
    full = fit(evidence)
    state = snapshot_of(evidence, full)
    found = updated(evidence, 3, state, seen=True)
    assert found.effective == pytest.approx(len(state.node))
    assert furthest(found.finding, CallFindings(evidence, full)[3]) < 0.03


def test_the_terms_still_add_up() -> None:
    evidence = draw_world(np.random.default_rng(6), KINDS, 60, leaky=[1], rate=0.6).evidence
    found = updated(evidence, 2, state_of(without_call(evidence, 2))).finding
    p = {source.channel_id: source.p for source in found.sources}
    assert sum(p.values()) == pytest.approx(1.0)
    told = {term.channel_id for term in found.evidence}
    assert told
    for channel in told:
        total = sum(term.log_likelihood_ratio for term in found.evidence if term.channel_id == channel)
        assert total == pytest.approx(np.log(max(p[channel], SMALLEST) / max(p["background"], SMALLEST)), abs=1e-6)


def test_a_state_is_as_probable_as_its_run_for_channels_that_nobody_called_about() -> None:
    """Channels without a called case are not sampled in the run; the state draws them."""
    routes = [[Shown(0, 5.0 + k)] for k in range(4)] + [[Shown(1, 5.0)]]
    evidence = campaign(("merchant", "courier"), routes, [Rang(0, 8.0, N | P | ITEM), Rang(1, 9.0, N | P | ITEM)])
    run = Fitter(evidence, MODEL.other, MODEL.assumptions).fit(LONG, np.random.default_rng(3))
    assert not run.busy[1]
    state = snapshot_of(evidence, run)
    assert (state.node[:, 1] >= 0).mean() == pytest.approx(run.draws.p_leaky[1], abs=0.03)


def test_a_state_knows_the_hours_in_which_strangers_rang_many_lines() -> None:
    """A bare call in a burst is background to the quick answer too, and to a state without the burst it is less so."""
    routes = [[Shown(k % 3, k / 2)] for k in range(60)]
    leaked = [Rang(k, k / 2 + 2.0, N | P | ITEM) for k in range(0, 60, 3)]
    burst = [Rang(k, 33.0 + k / 500) for k in range(1, 60, 2)]
    evidence = campaign(("merchant", "merchant", "courier"), routes, [*leaked, *burst])
    bare = next(i for i, known in enumerate(evidence.calls.known.tolist()) if known == 0)
    full = CallFindings(evidence, fit(evidence))[bare]
    state = state_of(without_call(evidence, bare))
    assert len(state.bursts.spans(3.0)) == 1
    found = updated(evidence, bare, state)
    assert found.holds
    assert furthest(found.finding, full) < 0.02
    calm = updated(evidence, bare, replace(state, bursts=no_bursts()))
    p, without = (
        next(source.p for source in one.finding.sources if source.channel_id == "background") for one in (found, calm)
    )
    assert 1 - p < (1 - without) / 3
