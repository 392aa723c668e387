"""When a recurring job is to run: every so often, or at a time of the day. Slots come from the clock alone.

A slot is the moment at which a run begins to be due, in whole seconds since 1970: all processes that look at the same
clock, in the same time zone, name the same one, and a changed setting leaves older slots comparable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from tracer.domain.errors import InvalidValue

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = "off"
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_EVERY = re.compile(r"([1-9]\d{0,5})([smhd])")
_AT = re.compile(r"(?:([a-z,]+) +)?([01]\d|2[0-3]):([0-5]\d)")
_EXPECTED = "30s, 15m, 2h or 1d (every so often), 03:30 (each day), mon,thu 03:30 (on these days), or off"
_LONGEST = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every `seconds`, or `at` a time of the local day on some `days` (0: Monday); neither: never. `text` says it."""

    text: str
    seconds: int = 0
    at: time | None = None
    days: frozenset[int] = frozenset(range(7))

    @property
    def is_off(self) -> bool:
        """Whether it never comes."""
        return not self.seconds and self.at is None

    @property
    def begins_at_once(self) -> bool:
        """Whether a job that never ran is due now; one with a time of the day waits for that."""
        return bool(self.seconds)

    @property
    def period(self) -> timedelta:
        """How far slots are apart; a day for those of a time of the day, also where days are left out."""
        return timedelta(seconds=self.seconds) if self.seconds else timedelta(days=1)

    def slot(self, now: datetime, zone: tzinfo) -> int | None:
        """The newest slot that has begun, None where it never comes."""
        if self.seconds:
            return _seconds(now) // self.seconds * self.seconds
        begun = [one for one in self._around(now, zone) if one <= _seconds(now)]
        return max(begun, default=None)

    def following(self, now: datetime, zone: tzinfo) -> int | None:
        """The next slot that has not begun, None where it never comes."""
        if self.seconds:
            return (_seconds(now) // self.seconds + 1) * self.seconds
        return min((one for one in self._around(now, zone) if one > _seconds(now)), default=None)

    def _around(self, now: datetime, zone: tzinfo) -> list[int]:
        """The slots of the days around now: of a time that the clock skips or repeats, the first one that fits."""
        if self.at is None:
            return []
        today = now.astimezone(zone).date()
        days = (today + timedelta(days=distance) for distance in range(-8, 9))
        return [_seconds(datetime.combine(day, self.at, zone)) for day in days if day.weekday() in self.days]


def parse_schedule(text: str, field: str = "schedule") -> Schedule:
    """A schedule as it is written in a setting; raises InvalidValue naming the field."""
    plain = " ".join(text.lower().split())
    if plain == OFF:
        return Schedule(OFF)
    if found := _EVERY.fullmatch(plain):
        seconds = int(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST:
            raise InvalidValue(field, text, _EXPECTED, "A year at most")
        return Schedule(plain, seconds=seconds)
    if found := _AT.fullmatch(plain):
        names = found[1].split(",") if found[1] else DAYS
        if set(names) <= set(DAYS):
            days = frozenset(DAYS.index(name) for name in names)
            return Schedule(plain, at=time(int(found[2]), int(found[3])), days=days)
    raise InvalidValue(field, text, _EXPECTED)


def slot_time(slot: int, zone: tzinfo) -> datetime:
    """When a slot begins."""
    return datetime.fromtimestamp(slot, UTC).astimezone(zone)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp() // 1)
