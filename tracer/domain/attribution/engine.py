"""The attribution engine: one campaign in, one report out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from tracer.domain.attribution.assumptions import Assumptions, Sampling, Thresholds
from tracer.domain.attribution.cells import expected_calls
from tracer.domain.attribution.confounding import confounded_groups
from tracer.domain.attribution.diagnostics import AGREE, ENOUGH, effective_size, split_r_hat
from tracer.domain.attribution.disclosure import assumption_sentences
from tracer.domain.attribution.evidence import Evidence, Floats
from tracer.domain.attribution.explain import CallFindings, matched_canaries
from tracer.domain.attribution.fit import Fit, Fitter
from tracer.domain.attribution.prediction import predictive_check
from tracer.domain.attribution.rates import exposure_share
from tracer.domain.attribution.sensitivity import sensitivity
from tracer.domain.attribution.tasks import HERE, Progress, Tasks
from tracer.domain.attribution.verdicts import Counts, channel_findings, implicated, rate_posterior
from tracer.domain.attribution.windows import Spell, likely_spells
from tracer.domain.channel import KindProfile
from tracer.domain.report import ChannelFinding, LeakWindow, Report

HUGE = 100_000
TIMES_USUAL, MOST_BURSTS = 3.0, 20
DATE = len("2026-01-01")
FITTING = 0.7  # of the time, about; the rest is for the reruns under other assumptions


Moment = Callable[[float], str]


def utc_moment(day: float) -> str:
    """A day since 1970-01-01 UTC in ISO 8601, to the minute."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).isoformat(timespec="minutes")


def attribute(
    evidence: Evidence,
    names: Mapping[str, str],
    assumptions: Assumptions,
    thresholds: Thresholds,
    sampling: Sampling,
    other_profile: KindProfile,
    as_of_text: str,
    progress: Progress = lambda share: None,
    *,
    moment: Moment = utc_moment,
    with_sensitivity: bool = True,
    tasks: Tasks = HERE,
) -> Report:
    """Attribute every call of the campaign and judge every channel.

    `names` maps channel ids to what a report shows; `other_profile` says how a party on no route
    behaves; `as_of_text` is evidence.as_of in ISO 8601, `moment` writes other days so; `progress` is told the
    share done. Without `with_sensitivity` the reruns under other assumptions are left out, and nothing else changes.
    `tasks` is where the work is done. Same evidence, same settings: same report; and wherever chains run apart the
    same one, within Monte-Carlo error of that where they do not.
    """
    rng = np.random.default_rng(sampling.seed)
    fitter = Fitter(evidence, other_profile, assumptions, tasks=tasks)
    fit = fitter.fit(affordable(sampling, evidence), rng, lambda share: progress(FITTING * share))
    priors = fit.leak_priors(evidence)
    channels = _channels(evidence, names, fit, thresholds, moment)
    named = implicated(fit.draws.p_leaky[:-1], priors, thresholds)
    groups = confounded_groups(evidence.channel_ids, names, fit.model.cells, fit.draws, priors, named, thresholds)
    return Report(
        as_of=as_of_text,
        channels=channels,
        groups=groups,
        calls=CallFindings(evidence, fit),
        background=_background(evidence, fit, moment),
        sensitivity=sensitivity(
            evidence, fitter, fit, priors, thresholds, rng, lambda share: progress(FITTING + (1 - FITTING) * share)
        )
        if with_sensitivity
        else {},
        diagnostics={**_diagnostics(evidence, fit, rng), "leak_windows": _windows(channels)},
        assumptions=assumption_sentences(evidence, fit, assumptions),
    )


def affordable(sampling: Sampling, evidence: Evidence) -> Sampling:
    """Fewer draws for a huge campaign, whose posterior is narrow."""
    if len(evidence.exposures.canary) <= HUGE:
        return sampling
    chains, warmup, draws = min(sampling.chains, 3), min(sampling.warmup, 24), min(sampling.draws, 50)
    return replace(sampling, chains=chains, warmup=warmup, draws=draws, most_draws=draws)


def _channels(
    evidence: Evidence, names: Mapping[str, str], fit: Fit, thresholds: Thresholds, moment: Moment
) -> list[ChannelFinding]:
    rates, cells, width = fit.prepared.rates, fit.model.cells, len(evidence.channel_ids)
    share = exposure_share(rates, cells.channel, cells.day)
    posterior = rate_posterior(rates, fit.draws.joint, fit.draws.p_leaky, share)
    spells = likely_spells(rates, fit.draws.joint[:width], fit.draws.p_leaky[:width])
    return channel_findings(
        evidence.channel_ids,
        names,
        fit.model.profiles,
        fit.leak_priors(evidence),
        fit.draws.p_leaky[:width],
        posterior,
        _counts(evidence, fit),
        [_window(one, moment) for one in spells],
        thresholds,
    )


def _counts(evidence: Evidence, fit: Fit) -> Counts:
    """Orders, called and silent ones per channel; a call counts for the canary it most likely belongs to."""
    cells, width = fit.model.cells, len(evidence.channel_ids)
    canary, match_p = matched_canaries(evidence, fit)
    last = np.full(len(evidence.canaries.ids), -np.inf)
    sure = np.flatnonzero((canary >= 0) & (match_p >= 0.5))
    np.maximum.at(last, canary[sure], evidence.calls.day[sure])
    on_route = np.flatnonzero(cells.channel < width)
    channel = cells.channel[on_route]
    called = last[cells.canary[on_route]] >= cells.day[on_route]
    seen = 1.0 - np.exp(-fit.prepared.mean_calls[on_route])
    forever = np.full(len(evidence.canaries.ids), np.inf)
    shows = 1.0 - np.exp(-expected_calls(cells, forever, fit.model.profile, fit.model.behaviour)[on_route])
    number = np.bincount(channel, minlength=width)
    usual = 1.0 - np.exp(-fit.model.behaviour.calls[fit.model.profile[:width]])
    mean = np.bincount(channel, shows, minlength=width) / np.maximum(number, 1)
    return Counts(
        orders=number,
        called=np.bincount(channel[called], minlength=width),
        watched=np.asarray(np.bincount(channel[~called], seen[~called], minlength=width), dtype=np.float64),
        detection=np.where(number > 0, mean, usual),
    )


def _window(spell: Spell | None, moment: Moment) -> LeakWindow | None:
    return None if spell is None else LeakWindow(moment(spell.start)[:DATE], moment(spell.end)[:DATE], spell.p)


def _windows(channels: Sequence[ChannelFinding]) -> Mapping[str, object]:
    """When channels leaked that did so in one spell, by id."""
    windows = {finding.channel_id: finding.window for finding in channels if finding.window is not None}
    return {channel_id: {"from": one.first, "until": one.last, "p": one.p} for channel_id, one in windows.items()}


def _background(evidence: Evidence, fit: Fit, moment: Moment) -> Mapping[str, object]:
    """Calls that no leak explains, when strangers rang many lines at once, and calls that belong together."""
    p = fit.sources.background
    bursts = fit.background.bursts.spans(TIMES_USUAL)
    together = evidence.calls.campaign[evidence.calls.campaign >= 0]
    return {
        "calls_per_line_day": fit.background.mean_rate,
        "line_days": fit.background.line_days,
        "expected_calls": float(p.sum()),
        "share_of_calls": float(p.mean()) if len(p) else 0.0,
        "burst_count": len(bursts),
        "bursts": [
            {"from": moment(one.start), "until": moment(one.end), "lines": one.lines, "times_usual": one.multiple}
            for one in bursts[:MOST_BURSTS]
        ],
        "campaigns": {"number": len(np.unique(together)), "calls": len(together)},
    }


def _diagnostics(evidence: Evidence, fit: Fit, rng: np.random.Generator) -> Mapping[str, object]:
    """Convergence over the channels in doubt, what is still unobserved, and a predictive check."""
    draws = fit.draws
    doubt = np.flatnonzero((draws.p_leaky > 0.01) & (draws.p_leaky < 0.99) & fit.busy)
    moving = [draws.leaky[:, :, doubt], draws.rate[:, :, doubt]]
    worst = max((float(split_r_hat(m).max(initial=1.0)) for m in moving), default=1.0)
    total = draws.leaky.shape[0] * draws.leaky.shape[1]
    least = min((float(effective_size(m).min(initial=float(total))) for m in moving), default=float(total))
    return {
        "chains": draws.leaky.shape[0],
        "draws": draws.leaky.shape[1],
        "standard_error": draws.error,
        "max_r_hat": min(worst, 1e6),
        "min_ess": least,
        "converged": bool(worst < AGREE and least >= min(ENOUGH, total / 4)),
        "censored_share": _censored(evidence, fit),
        "predictive_check": predictive_check(evidence, fit, rng),
    }


def _censored(evidence: Evidence, fit: Fit) -> float:
    """Share of the leak-to-call observation of all exposures that is still to come."""
    cells = fit.model.cells
    route = cells.channel < len(evidence.channel_ids)
    whole: Floats = fit.model.behaviour.calls[fit.model.profile[cells.channel[route]]]
    if not len(whole):
        return 0.0
    seen = np.minimum(fit.prepared.mean_calls[route], whole)
    return float(1.0 - seen.sum() / whole.sum())
