"""What the attribution engine is given: one campaign as flat arrays.

Times are days since 1970-01-01 UTC as float64. Index arrays are int64 and point into
the id tuples. Nothing here knows of databases, names or numbers: identities enter only
as the match log-likelihoods worked out before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.domain.channel import KindProfile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

REACHED_UNKNOWN, REACHED_LINE, REACHED_ALIAS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Canaries:
    """K canaries: the line each sits on, when it was handed out, when its observation ends."""

    ids: Sequence[str]
    line: Ints
    start: Floats
    end: Floats
    control: Bools


@dataclass(frozen=True, slots=True)
class Exposures:
    """E rows "channel was shown fields of order at day". `order` is -1 for a canary merely issued for it.

    `order` is any integer that tells the orders of one canary apart. `alias_until` is NaN where the
    channel did not go through an alias, +inf for an alias without a stated expiry.
    """

    canary: Ints
    order: Ints
    channel: Ints
    day: Floats
    fields: Ints
    alias_until: Floats


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as dialled (a number with its extension, or a shared number once), each watched for a span."""

    start: Floats
    end: Floats
    kind: Ints


@dataclass(frozen=True, slots=True)
class Calls:
    """N calls. `weight` is the probability that it was a scam at all (1 for a plain scam).

    `line` is -1 where the dialled number is not known; `known`/`unknown` are Fields bit sets;
    `campaign` numbers the calls of one caller and script within hours, -1 for a call by itself.
    """

    ids: Sequence[str]
    day: Floats
    line: Ints
    known: Ints
    unknown: Ints
    answered: Bools
    weight: Floats
    reached: Ints
    campaign: Ints


@dataclass(frozen=True, slots=True)
class Matches:
    """Candidate pairs (call, canary), sorted by call.

    `log_ratio` is log P(values heard | the caller speaks of this canary) minus
    log P(values heard | a background caller); 0 where the line alone decides.
    A call without a row here fits no canary and measures background only.
    """

    call: Ints
    canary: Ints
    log_ratio: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """One campaign up to `as_of`: channels with their profiles, canaries, exposures, lines and calls."""

    as_of: float
    channel_ids: Sequence[str]
    profiles: Sequence[KindProfile]
    canaries: Canaries
    exposures: Exposures
    lines: Lines
    calls: Calls
    matches: Matches
