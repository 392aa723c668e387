"""The whole attribution model in force, built from nested tables such as config/channels.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from tracer.domain.attribution.assumptions import Assumptions, Sampling, Thresholds
from tracer.domain.channel import ChannelModel, DelayModel, KindProfile
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import TOKENS, parse_fields
from tracer.domain.report import OTHER

T = TypeVar("T")
Table = Mapping[str, Any]
_KIND_KEYS = ("fields", "prior_leaky", "rate_a", "rate_b", "calls_per_leak", "delay", "mention")
_SECTIONS = ("defaults", "kinds", "channels", "model", "verdicts", "sampling")
_PROBABILITIES = frozenset(
    (
        *("prior_leaky", "slow_share", "epsilon", "masked_share", "cannot_say_when_seen", "reach_without_phone"),
        *("other_mean", "other_common", "other_common_mean", "unsure_is_scam", "implicated", "robust", "bounded_rate"),
    )
)
_BASE_FIELDS = tuple(token for token in TOKENS if ":" not in token)


@dataclass(frozen=True, slots=True)
class AttributionModel:
    """Channel kinds with their profiles, the profile of a leak outside every route, and the constants."""

    channels: ChannelModel
    other: KindProfile
    assumptions: Assumptions
    thresholds: Thresholds
    sampling: Sampling


def merge(base: Table, over: Table) -> dict[str, Any]:
    """Nested tables laid over each other, key by key; the second wins."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def build_model(tables: Table) -> AttributionModel:
    """Check the merged tables and build the model; raises InvalidValue naming the bad key."""
    for section in tables:
        if section not in _SECTIONS:
            raise InvalidValue("channels.toml", section, "sections out of: " + " ".join(_SECTIONS))
        _refuse_no_table(section, tables[section])
    defaults = tables.get("defaults", {})
    _profile("defaults", OTHER, defaults)  # first, so that a bad value is blamed on the section where it stands
    for name, own in tables["kinds"].items():
        _refuse_no_table(f"kinds.{name}", own)
    kinds = {name: _profile(f"kinds.{name}", name, merge(defaults, own)) for name, own in tables["kinds"].items()}
    everything = " ".join(_BASE_FIELDS)
    assumptions = _constants(Assumptions, "model", tables.get("model", {}))
    other = {"fields": everything, "calls_per_leak": assumptions.other_calls_per_leak}
    return AttributionModel(
        channels=ChannelModel(kinds, _overrides(tables.get("channels", {}), defaults, tables["kinds"])),
        other=_profile("defaults", OTHER, merge(defaults, other)),
        assumptions=assumptions,
        thresholds=_constants(Thresholds, "verdicts", tables.get("verdicts", {})),
        sampling=_constants(Sampling, "sampling", tables.get("sampling", {})),
    )


def _overrides(channels: Table, defaults: Table, kinds: Table) -> dict[str, dict[str, object]]:
    """Own values per channel. Nested tables (delay, mention) need the kind's other keys, so `kind` names it."""
    found: dict[str, dict[str, object]] = {}
    for channel_id, own in channels.items():
        where = f"channels.{channel_id}"
        _refuse_no_table(where, own)
        kind = own.get("kind")
        if kind not in kinds:
            raise InvalidValue(f"{where}.kind", kind, "the channel's kind, one of: " + " ".join(kinds))
        changed = {key: value for key, value in own.items() if key != "kind"}
        profile = _profile(where, kind, merge(merge(defaults, kinds[kind]), changed))
        found[channel_id] = {key: getattr(profile, key) for key in changed}
    return found


def _profile(where: str, kind: str, table: Table) -> KindProfile:
    for key in table:
        if key not in _KIND_KEYS:
            raise InvalidValue(f"channels.toml {where}", key, "keys out of: " + " ".join(_KIND_KEYS))
    if not isinstance(table.get("fields", ""), str):
        raise InvalidValue(f"{where}.fields", table["fields"], "field names in one text, with blanks between")
    for key in ("delay", "mention"):
        _refuse_no_table(f"{where}.{key}", table[key])
    return KindProfile(
        kind=kind,
        fields=parse_fields(table.get("fields", ""), field=f"{where}.fields"),
        prior_leaky=_number(where, "prior_leaky", table["prior_leaky"]),
        rate_a=_at_least(where, "rate_a", table["rate_a"], 1.0),
        rate_b=_at_least(where, "rate_b", table["rate_b"], 1.0),
        calls_per_leak=_number(where, "calls_per_leak", table["calls_per_leak"]),
        delay=_constants(DelayModel, f"{where}.delay", table["delay"]),
        mention=_mention(f"{where}.mention", table["mention"]),
    )


def _mention(where: str, table: Table) -> dict[str, float]:
    for field in table:
        if field not in _BASE_FIELDS:
            raise InvalidValue(where, field, "fields out of: " + " ".join(_BASE_FIELDS))
    return {field: _number(where, field, table.get(field)) for field in _BASE_FIELDS}


def _constants(kind: type[T], where: str, table: Table) -> T:
    known = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]  # kind is a dataclass
    for key in table:
        if key not in known:
            raise InvalidValue(f"channels.toml {where}", key, "keys out of: " + " ".join(known))
    whole = {key for key, type_ in known.items() if type_ == "int"}
    try:
        return kind(**{key: _number(where, key, value, whole=key in whole) for key, value in table.items()})
    except TypeError as error:
        raise InvalidValue(f"channels.toml {where}", dict(table), "keys: " + " ".join(known)) from error


def _refuse_no_table(where: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidValue(f"channels.toml {where}", value, f"a table: [{where}]")


def _at_least(where: str, key: str, value: object, least: float) -> float:
    number: float = _number(where, key, value)
    if number < least:
        raise InvalidValue(f"{where}.{key}", value, f"a number of at least {least:g}")
    return number


def _number(where: str, key: str, value: object, *, whole: bool = False) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or (whole and not isinstance(value, int)):
        raise InvalidValue(f"{where}.{key}", value, "a whole number" if whole else "a number")
    if (key in _PROBABILITIES or key in _BASE_FIELDS) and not 0 < value < 1:
        raise InvalidValue(f"{where}.{key}", value, "a probability between 0 and 1, both excluded")
    if value < 0 or (value == 0 and key not in {"seed", "log_median_days", "slow_from_days"}):
        raise InvalidValue(f"{where}.{key}", value, "a number above 0")
    return value if whole else float(value)
