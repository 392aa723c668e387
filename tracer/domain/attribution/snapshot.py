"""What a full run leaves for quick answers: draws of who leaks how much, and all that was learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracer.domain.attribution.background import Kind
from tracer.domain.attribution.behaviour import Behaviour
from tracer.domain.attribution.bursts import Bursts
from tracer.domain.attribution.evidence import Evidence, Floats, Ints
from tracer.domain.attribution.fit import Fit
from tracer.domain.attribution.learning import Learned
from tracer.domain.attribution.posterior import State
from tracer.domain.attribution.rates import Rates

MOST_DRAWS = 500


@dataclass(frozen=True)
class Snapshot:
    """The posterior of a campaign as S draws over C channels, of which the last is `other`.

    node, spell  (S, C) leak rate's place on the grid (-1: does not leak) and spell
    profile      (C,) row of `assumed` of each channel
    assumed, learned   how callers behave: the assumptions, and the counts that move them
    kinds, bursts   background of each kind of line, and when strangers rang many at once
    nodes, begin, stop, origin, width   the grid and the spells, as in Rates
    """

    as_of: float
    channel_ids: Sequence[str]
    node: NDArray[np.int8]
    spell: NDArray[np.int16]
    profile: Ints
    assumed: Behaviour
    learned: Learned
    kinds: Mapping[int, Kind]
    bursts: Bursts
    nodes: Floats
    begin: Ints
    stop: Ints
    origin: float
    width: float

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Where each channel stands."""
        return {channel_id: place for place, channel_id in enumerate(self.channel_ids)}

    def restricted(self, places: Sequence[int]) -> State:
        """The draws, each as a chain, of the channels at these places and of `other`."""
        chosen = [*places, -1]
        return State(self.node[:, chosen].astype(np.int64), self.spell[:, chosen].astype(np.int64))

    def rates(self, channels: int) -> Rates:
        """The grid and the spells for so many channels and `other`; the priors are in the draws already."""
        flat = np.zeros((channels + 1, len(self.nodes)))
        none = np.zeros(channels + 1)
        spells = np.zeros((channels + 1, len(self.begin)))
        edges = np.concatenate(([0.0], (self.nodes[1:] + self.nodes[:-1]) / 2, [1.0]))
        return Rates(
            nodes=self.nodes,
            edges=edges,
            log_prior=flat,
            log_leaky=none,
            log_sound=none,
            begin=self.begin,
            stop=self.stop,
            log_spell=spells,
            origin=self.origin,
            width=self.width,
        )


def snapshot_of(evidence: Evidence, fit: Fit) -> Snapshot:
    """The state of a finished run: at most MOST_DRAWS of its draws, spread evenly."""
    draws, rates = fit.draws, fit.prepared.rates
    channels = draws.leaky.shape[-1]
    number = draws.leaky.size // channels
    kept = np.unique(np.linspace(0, number - 1, min(MOST_DRAWS, number)).astype(np.int64))
    between = (rates.nodes[1:] + rates.nodes[:-1]) / 2
    place = np.searchsorted(between, draws.rate.reshape(-1, channels)[kept])
    node = np.where(draws.leaky.reshape(-1, channels)[kept], place, -1)
    spell = draws.spell.reshape(-1, channels)[kept]
    return Snapshot(
        as_of=evidence.as_of,
        channel_ids=tuple(evidence.channel_ids),
        node=node.astype(np.int8),
        spell=spell.astype(np.int16),
        profile=fit.model.profile,
        assumed=fit.model.assumed,
        learned=fit.model.learned,
        kinds=fit.background.kinds,
        bursts=fit.background.bursts,
        nodes=rates.nodes,
        begin=rates.begin,
        stop=rates.stop,
        origin=rates.origin,
        width=rates.width,
    )
