"""Exposures as records: exposures.csv."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.domain.codebook.phone_number import normalise_caller
from tracer.domain.columns import Columns, format_time
from tracer.domain.errors import InvalidValue
from tracer.domain.fields import Fields, parse_fields
from tracer.domain.order import Exposure

EXPOSURE_REQUIRED = ("order_id", "channel_id", "exposed_at", "fields")
EXPOSURE_COLUMNS = (*EXPOSURE_REQUIRED, "alias", "alias_expires_at")


def read_exposure(record: Mapping[str, str]) -> Exposure:
    """An exposure; an alias needs phone:alias among the fields unless the default holds."""
    columns = Columns(record)
    exposed_at = columns.time("exposed_at")
    fields = columns.read("fields", _exposed_fields, None)
    expires_at = columns.optional_time("alias_expires_at")
    through_alias = fields is not None and bool(fields & Fields.PHONE_ALIAS)
    if record.get("alias") and fields is not None and not through_alias:
        columns.refuse("fields", "phone:alias among the fields, since the channel was given an alias")
    if expires_at and expires_at < exposed_at:
        columns.refuse("alias_expires_at", f"a time after exposed_at ({format_time(exposed_at)})")
    if expires_at and not record.get("alias") and not through_alias:
        columns.refuse("alias_expires_at", "nothing where there is neither an alias nor phone:alias among the fields")
    exposure = Exposure(
        order_id=columns.id("order_id"),
        channel_id=columns.id("channel_id"),
        exposed_at=exposed_at,
        fields=fields,
        alias=columns.read("alias", _alias, ""),
        alias_expires_at=expires_at,
    )
    columns.finish()
    return exposure


def exposure_record(exposure: Exposure) -> dict[str, str]:
    """All columns of exposures.csv."""
    return {
        "order_id": exposure.order_id,
        "channel_id": exposure.channel_id,
        "exposed_at": format_time(exposure.exposed_at),
        "fields": "" if exposure.fields is None else exposure.fields.text,
        "alias": exposure.alias,
        "alias_expires_at": format_time(exposure.alias_expires_at),
    }


def _alias(text: str) -> str:
    if not any(map(str.isdigit, text)):
        raise InvalidValue("alias", text, "the virtual number that the platform gave out")
    return normalise_caller(text)


def _exposed_fields(text: str) -> Fields | None:
    return parse_fields(text) or None
