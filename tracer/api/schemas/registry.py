"""The registry: channels, numbers, canaries, orders and what channels were shown of them."""

from __future__ import annotations

from pydantic import Field

from tracer.api.schemas.columns import Sent, Told, erased_at, history
from tracer.api.schemas.ledger import HistoryEntry
from tracer.api.schemas.strict import IdText, Strict
from tracer.domain.records import (
    CANARY_COLUMNS,
    CHANNEL_COLUMNS,
    EXPOSURE_COLUMNS,
    NUMBER_COLUMNS,
    ORDER_COLUMNS,
)


class ChannelIn(Sent, noun="channel", columns=CHANNEL_COLUMNS, required=("kind", "name")):
    """A party that handles order data."""


class ChannelOut(Told, noun="channel", columns=CHANNEL_COLUMNS):
    """A party that handles order data, as it is registered."""


class ChannelDetail(ChannelOut):
    """A channel and what is assumed of its kind."""

    shown_by_default: str = Field(description="The fields its kind sees.", examples=["name phone address item"])
    prior_leaky: float = Field(description="Prior probability that it leaked.", examples=[0.05])


class NumberIn(Sent, noun="number", columns=NUMBER_COLUMNS, required=("number", "kind")):
    """A telephone number that you own."""


class NumberOut(Told, noun="number", columns=NUMBER_COLUMNS):
    """A number of the pool, and what it carries."""

    canaries: int = Field(description="How many canaries it carries that are not retired.", examples=[12])
    test_line: bool = Field(description="It lies in a range kept for fiction and never rings.")


class CanariesIn(Strict):
    """What to issue: `count` canaries, each issued for all the channels."""

    issued_for: list[IdText] = Field(
        default=[], max_length=100, description="The channels they are handed to.", examples=[["merchant-1"]]
    )
    count: int = Field(default=1, ge=1, le=100_000, description="How many.")
    locale: str = Field(default="", description="zh_CN, en_US or en_GB; empty: the setting.", examples=["zh_CN"])
    gender: str = Field(
        default="", description="male, female, or empty for either.", json_schema_extra={"enum": ["", "male", "female"]}
    )
    number: str = Field(default="", description="Put them on this number of the pool.", examples=["+442079460016"])
    control: bool = Field(default=False, description="Give them to nobody: they measure background.")
    tags: list[str] = Field(default=[], max_length=50, description="Words to find them by.", examples=[["spring"]])
    notes: str = Field(default="", description="Anything worth knowing.")


class CanaryChanges(Strict):
    """Tags to add and to take away, and new notes; what is left out stays."""

    add_tags: list[str] = Field(default=[], max_length=50, description="Tags to add.")
    drop_tags: list[str] = Field(default=[], max_length=50, description="Tags to take away.")
    notes: str | None = Field(default=None, description="New notes in place of the old.")


class Card(Strict):
    """An issued canary, ready for a checkout form."""

    canary_id: str = Field(examples=["k-4t9xm2c7qe"])
    recipient_name: str = Field(examples=["欧阳晓萌"])
    gender: str = Field(examples=["female"])
    locale: str = Field(examples=["zh_CN"])
    phone: str = Field(examples=["+442079460016;ext=0042"])
    written_phone: str = Field(examples=["020 7946 0016 ext. 0042"])
    issued_for: list[str] = Field(examples=[["merchant-1"]])


class CanaryOut(Told, noun="canary", columns=CANARY_COLUMNS):
    """A decoy recipient."""

    erased_at: str = erased_at()


class CanaryDetail(CanaryOut):
    """A decoy recipient with its whole history."""

    sounds_like_another: bool
    history: list[HistoryEntry] = history()


class LegIn(
    Sent,
    noun="exposure",
    columns=tuple(column for column in EXPOSURE_COLUMNS if column != "order_id"),
    required=("channel_id",),
):
    """What a channel was shown of an order, and when."""


class ExposureOut(Told, noun="exposure", columns=EXPOSURE_COLUMNS):
    """What a channel was shown of an order, and when."""


class OrderIn(Sent, noun="order", columns=ORDER_COLUMNS, required=("canary_id",)):
    """An order with the channels it passes, in order."""

    route: list[LegIn] = Field(default=[], max_length=200, description="What each channel was shown, and when.")


class OrderOut(Told, noun="order", columns=ORDER_COLUMNS):
    """An order that was placed with a canary."""

    erased_at: str = erased_at()


class OrderDetail(OrderOut):
    """An order with its route: who was shown what, and when."""

    route: list[ExposureOut]
