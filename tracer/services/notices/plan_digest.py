"""When a target may be told: its digest's hour, and the hours in which it is left in peace, in the person's zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracer.domain.errors import InvalidValue
from tracer.domain.notice import Rhythm, Wishes, is_quiet

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def read_zone(text: str) -> tzinfo:
    """A time zone by its IANA name or as an offset; raises InvalidValue."""
    found = _OFFSET.fullmatch(text)
    try:
        if found:
            minutes = int(found[2]) * 60 + int(found[3])
            return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidValue("zone", text, "a time zone such as Asia/Shanghai, or an offset such as +08:00") from error


def next_digest(wishes: Wishes, now: datetime) -> datetime | None:
    """When the next digest is due after now, to the hour; None for a target that is told at once."""
    if wishes.rhythm is Rhythm.IMMEDIATE:
        return None
    here = now.astimezone(read_zone(wishes.zone))
    day = here.replace(hour=wishes.hour, minute=0, second=0, microsecond=0, fold=0)
    if wishes.rhythm is Rhythm.WEEKLY:
        day += timedelta(days=(wishes.weekday - day.weekday()) % 7)
    step = timedelta(days=7 if wishes.rhythm is Rhythm.WEEKLY else 1)
    while day <= here:
        day += step
    return _with_fixed_offset(day)


def end_of_quiet(wishes: Wishes, now: datetime) -> datetime | None:
    """When the quiet hours end in which now lies; None where it does not."""
    here = now.astimezone(read_zone(wishes.zone))
    if not is_quiet(here.hour, wishes.quiet_begin, wishes.quiet_end) or wishes.quiet_end is None:
        return None
    end = here.replace(hour=wishes.quiet_end, minute=0, second=0, microsecond=0, fold=0)
    return _with_fixed_offset(end if end > here else end + timedelta(days=1))


def _with_fixed_offset(moment: datetime) -> datetime:
    """The same instant with the offset that holds then, as the database keeps times."""
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta()))
