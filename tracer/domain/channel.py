"""Channels: the parties that handle order data, and what is known of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields


@dataclass(frozen=True, slots=True)
class Channel:
    """A party that handles order data."""

    channel_id: str
    kind: str
    name: str
    parent_id: str | None = None
    contact: str = ""
    legitimate_numbers: tuple[str, ...] = ()
    natural_person: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DelayModel:
    """Days from exposure to call: a log-normal fast part, a uniform slow tail, and data sold on the spot.

    Without the last, uniform over the first `early_days`, a call minutes after the order would be
    as good as impossible.
    """

    log_median_days: float
    sigma: float
    slow_share: float
    slow_from_days: float
    slow_until_days: float
    early_share: float = 0.02
    early_days: float = 1.0


@dataclass(frozen=True, slots=True)
class KindProfile:
    """What is assumed of every channel of one kind (see config/channels.toml).

    `prior_leaky` is P(z=1); the leak rate of a leaky channel is Beta(rate_a, rate_b);
    `calls_per_leak` is the mean number of calls that one leaked order draws;
    `mention` maps a base field name to the probability that a caller who holds it says it.
    """

    kind: str
    fields: Fields
    prior_leaky: float
    rate_a: float
    rate_b: float
    calls_per_leak: float
    delay: DelayModel
    mention: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ChannelModel:
    """All kinds, and the channels for which somebody configured something else."""

    kinds: Mapping[str, KindProfile]
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def kind(self, name: str) -> KindProfile:
        """The profile of a kind; raises InvalidValue naming the known ones."""
        try:
            return self.kinds[name]
        except KeyError:
            known = " ".join(self.kinds)
            raise InvalidValue(
                "kind", name, f"a channel kind out of: {known}", "More kinds go into channels.toml"
            ) from None

    def profile(self, channel: Channel) -> KindProfile:
        """The profile that holds for one channel: its kind's with its own overrides."""
        base = self.kind(channel.kind)
        changes = self.overrides.get(channel.channel_id)
        return replace(base, **changes) if changes else base  # type: ignore[arg-type]  # keys checked on load
