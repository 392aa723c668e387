"""Each noun as a text record, and back: the bundle's columns, which journal and JSON lists use as well.

`X_COLUMNS` are the column names in file order, `X_REQUIRED` those that a file must have;
`X_record(x)` writes all of them, `read_X(record)` reads them (missing ones as empty) and raises InvalidRecord.
"""

from __future__ import annotations

from tracer.domain.records.annotations import check_annotations
from tracer.domain.records.call import CALL_COLUMNS, CALL_REQUIRED, call_record, read_call, standing
from tracer.domain.records.canary import CANARY_COLUMNS, CANARY_REQUIRED, canary_record, read_canary
from tracer.domain.records.channel import CHANNEL_COLUMNS, CHANNEL_REQUIRED, channel_record, read_channel
from tracer.domain.records.exposure import EXPOSURE_COLUMNS, EXPOSURE_REQUIRED, exposure_record, read_exposure
from tracer.domain.records.number import (
    NUMBER_COLUMNS,
    NUMBER_REQUIRED,
    number_record,
    parse_extension_digits,
    read_number,
)
from tracer.domain.records.order import ORDER_COLUMNS, ORDER_REQUIRED, order_record, read_order

__all__ = [
    "CALL_COLUMNS",
    "CALL_REQUIRED",
    "CANARY_COLUMNS",
    "CANARY_REQUIRED",
    "CHANNEL_COLUMNS",
    "CHANNEL_REQUIRED",
    "EXPOSURE_COLUMNS",
    "EXPOSURE_REQUIRED",
    "NUMBER_COLUMNS",
    "NUMBER_REQUIRED",
    "ORDER_COLUMNS",
    "ORDER_REQUIRED",
    "call_record",
    "canary_record",
    "channel_record",
    "check_annotations",
    "exposure_record",
    "number_record",
    "order_record",
    "parse_extension_digits",
    "read_call",
    "read_canary",
    "read_channel",
    "read_exposure",
    "read_number",
    "read_order",
    "standing",
]
