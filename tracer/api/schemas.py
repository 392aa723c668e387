"""What goes in and out of the API, as models: they make the OpenAPI document and check what comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from tracer.api.columns import changes_model, input_model, output_model
from tracer.domain.access import Role, Scope
from tracer.domain.columns import ID_LIMIT, parse_id
from tracer.domain.errors import InvalidValue
from tracer.domain.job import JobKind, JobState
from tracer.domain.records import (
    CALL_COLUMNS,
    CANARY_COLUMNS,
    CHANNEL_COLUMNS,
    EXPOSURE_COLUMNS,
    NUMBER_COLUMNS,
    ORDER_COLUMNS,
)

_EXPOSED = tuple(column for column in EXPOSURE_COLUMNS if column != "order_id")


def _id_text(text: str) -> str:
    try:
        return parse_id(text, "id")
    except InvalidValue as error:
        raise ValueError(error.expected) from None


_ID_SCHEMA = {"minLength": 1, "maxLength": ID_LIMIT, "pattern": r"""^[^\s\x00-\x1f\x7f,;"]+$"""}
IdText = Annotated[str, AfterValidator(_id_text), WithJsonSchema({"type": "string", **_ID_SCHEMA})]
"""An id of something that exists."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HistoryEntry(_Model):
    """A fact of the journal; `before` holds the earlier values of what it changed (null where they may not be seen)."""

    recorded_at: str = Field(examples=["2026-02-10T15:04:00+08:00"])
    actor: str
    event: str = Field(examples=["call_logged"])
    before: dict[str, Any] | None


_HISTORY = (list[HistoryEntry], Field(description="Every fact about it, oldest first."))


class AttachmentIn(_Model):
    """A file that belongs to a call; only its hash is taken."""

    file_name: str = Field(min_length=1, max_length=255, examples=["recording.ogg"])
    size: int = Field(ge=0, le=2**53, examples=[48_213])
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )


class AttachmentOut(_Model):
    """A file that belongs to a call, by its hash."""

    file_name: str | None
    size: int
    sha256: str


ChannelIn = input_model("ChannelIn", "channel", CHANNEL_COLUMNS, ("kind", "name"))
ChannelOut = output_model("Channel", "channel", CHANNEL_COLUMNS)
ChannelDetail = output_model(
    "ChannelDetail",
    "channel",
    CHANNEL_COLUMNS,
    shown_by_default=(str, Field(description="The fields its kind sees.", examples=["name phone address item"])),
    prior_leaky=(float, Field(description="Prior probability that it leaked.", examples=[0.05])),
)
NumberIn = input_model("NumberIn", "number", NUMBER_COLUMNS, ("number", "kind"))
NumberOut = output_model(
    "Number",
    "number",
    NUMBER_COLUMNS,
    canaries=(int, Field(description="How many canaries it carries that are not retired.", examples=[12])),
    test_line=(bool, Field(description="It lies in a range kept for fiction and never rings.")),
)
CanaryOut = output_model("Canary", "canary", CANARY_COLUMNS)
CanaryDetail = output_model("CanaryDetail", "canary", CANARY_COLUMNS, sounds_like_another=(bool, ...), history=_HISTORY)
ExposureOut = output_model("Exposure", "exposure", EXPOSURE_COLUMNS)
OrderOut = output_model("Order", "order", ORDER_COLUMNS)
OrderDetail = output_model("OrderDetail", "order", ORDER_COLUMNS, route=(list[ExposureOut], ...))  # type: ignore[valid-type]
LegIn = input_model("LegIn", "exposure", _EXPOSED, ("channel_id",))
OrderColumns = input_model("OrderColumns", "order", ORDER_COLUMNS, ("canary_id",))
CallColumns = input_model("CallColumns", "call", CALL_COLUMNS)
CallChanges = changes_model("CallChanges", "call", tuple(c for c in CALL_COLUMNS if c != "call_id"))
CallOut = output_model("Call", "call", CALL_COLUMNS, state=(str, ...), merged_into=(str, ...))
CallDetail = output_model(
    "CallDetail",
    "call",
    CALL_COLUMNS,
    state=(str, ...),
    merged_into=(str, ...),
    attachments=(list[AttachmentOut], ...),
    history=_HISTORY,
)


class OrderIn(OrderColumns):  # type: ignore[misc,valid-type]
    """An order with the channels it passes, in order."""

    route: list[LegIn] = Field(default=[], max_length=200, description="What each channel was shown, and when.")  # type: ignore[valid-type]


class CallIn(CallColumns):  # type: ignore[misc,valid-type]
    """A received contact: first what is known now, the rest later."""

    attachments: list[AttachmentIn] = Field(default=[], max_length=50)


class CanariesIn(_Model):
    """What to issue: `count` canaries, each issued for all the channels."""

    issued_for: list[IdText] = Field(default=[], max_length=100, examples=[["merchant-1"]])
    count: int = Field(default=1, ge=1, le=100_000)
    locale: str = Field(default="", description="zh_CN, en_US or en_GB; empty: the setting.", examples=["zh_CN"])
    gender: str = Field(
        default="", description="male, female, or empty for either.", json_schema_extra={"enum": ["", "male", "female"]}
    )
    number: str = Field(default="", description="Put them on this number of the pool.", examples=["+442079460016"])
    control: bool = Field(default=False, description="Give them to nobody: they measure background.")
    tags: list[str] = Field(default=[], max_length=50, examples=[["spring"]])
    notes: str = ""


class Card(_Model):
    """An issued canary, ready for a checkout form."""

    canary_id: str = Field(examples=["k-4t9xm2c7qe"])
    recipient_name: str = Field(examples=["欧阳晓萌"])
    gender: str = Field(examples=["female"])
    locale: str = Field(examples=["zh_CN"])
    phone: str = Field(examples=["+442079460016;ext=0042"])
    written_phone: str = Field(examples=["020 7946 0016 ext. 0042"])
    issued_for: list[str] = Field(examples=[["merchant-1"]])


class CanaryChanges(_Model):
    """Tags to add and to take away, and new notes; what is left out stays."""

    add_tags: list[str] = Field(default=[], max_length=50)
    drop_tags: list[str] = Field(default=[], max_length=50)
    notes: str | None = None


class MergeIn(_Model):
    """The record that stays."""

    into: IdText = Field(examples=["c-8d3hx6w0zr"])


class HeardIn(_Model):
    """What was heard; at least one of these, or the whole number with its extension."""

    heard: str = Field(default="", max_length=200, examples=["欧阳女士"])
    dialled: str = Field(default="", max_length=64, examples=["+442079460016"])
    item: str = Field(default="", max_length=2_000)
    price: str = Field(default="", max_length=40)
    order_no: str = Field(default="", max_length=200)
    waybill_no: str = Field(default="", max_length=200)


class HeardBatchIn(_Model):
    """Several questions."""

    heard: list[HeardIn] = Field(min_length=1, max_length=200)


class Difference(_Model):
    """Where a heard name differs from a canary's."""

    place: int
    heard: str
    said: str
    distance: float = Field(description="How far apart the two sound, from 0 (alike) to 1.")
    alike: bool = Field(description="Whether a telephone does not tell them apart.")


class CandidateOut(_Model):
    """A canary that may be meant; `differs` is null where names may not be seen."""

    canary_id: str
    p: float
    differs: list[Difference] | None


class IdentificationOut(_Model):
    """Who may be meant; `verdict` is a canary id where one is sure enough."""

    candidates: list[CandidateOut]
    not_ours: float = Field(examples=[0.02])
    verdict: str | None


class SourceOut(_Model):
    """A channel id, "background" or "other"."""

    channel_id: str
    p: float


class EvidenceOut(_Model):
    """One reason, in nats over "background"."""

    term: str
    channel_id: str
    log_likelihood_ratio: float


class ExplanationOut(_Model):
    """Where one call's knowledge came from; the sources sum to 1."""

    call_id: str
    canary_id: str | None
    match_p: float
    sources: list[SourceOut]
    evidence: list[EvidenceOut]


class ReportOut(_Model):
    """The leak attribution report; docs/ and README tell how to read it."""

    as_of: str
    channels: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    calls: list[ExplanationOut]
    background: dict[str, Any]
    sensitivity: dict[str, Any]
    diagnostics: dict[str, Any]
    assumptions: list[str]


class PlanOut(_Model):
    """The orders to place next, best first, in batches, with what each costs and is expected to tell (bits)."""

    as_of: str
    watch_days: float
    budget: float | None
    most_per_shop: int
    batch_size: int
    costs: dict[str, float]
    background_per_line_day: float
    proposals: list[dict[str, Any]]
    total_cost: float
    total_gain_bits: float
    remarks: list[str]


class PowerOut(_Model):
    """Per kind of channel how many orders show a leak, and what is assumed."""

    as_of: str
    leak_rate: float
    sure: float
    watch_days: float
    background_per_line_day: float
    kinds: list[dict[str, Any]]
    assumptions: list[str]


class PlanIn(_Model):
    """How many orders to propose, or what they may cost: exactly one of `orders` and `budget`."""

    orders: int | None = Field(default=None, ge=1, le=500, examples=[6])
    budget: float | None = Field(default=None, gt=0, le=1e9)
    most_per_shop: int = Field(default=3, ge=1, le=500)
    batch: int = Field(default=10, ge=1, le=500)
    watch_days: float = Field(default=30, gt=0, le=365)
    costs: dict[str, float] = Field(default={}, max_length=10, description="What an order of each kind costs.")
    as_of: str = Field(default="", max_length=64)


class PowerIn(_Model):
    """How many orders show a channel that leaks `leak_rate` of its orders, with probability `sure`."""

    leak_rate: float = Field(gt=0, lt=1, examples=[0.3])
    sure: float = Field(default=0.9, gt=0, lt=1)
    watch_days: float = Field(default=30, gt=0, le=365)
    as_of: str = Field(default="", max_length=64)


class JobIn(_Model):
    """Long work to do: a report, an attribution state to keep for quick answers, an export, or a simulated world."""

    kind: Literal["report", "refresh", "export", "simulate"] = Field(examples=["report"])
    as_of: str = Field(default="", max_length=64, description="For report and refresh: events up to this time.")
    tag: str = Field(default="", max_length=64, description="For report: one campaign.")
    family: str = Field(default="", max_length=64, description="For simulate: a family of worlds.")
    seed: int = Field(default=1, ge=0, le=2**31, description="For simulate.")
    orders: int | None = Field(default=None, ge=1, le=200_000, description="For simulate: how many orders.")


class JobOut(_Model):
    """Long work: how far it is (`done` of `total`, in rows or in thousandths), and what came of it."""

    job_id: str = Field(examples=["j-5k2n8w3xqd"])
    kind: JobKind
    state: JobState
    principal: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    done: int
    total: int | None
    result: dict[str, Any]


class UserIn(_Model):
    """A person who may log in; without a password only by a log-in link."""

    login: str = Field(min_length=1, max_length=64, examples=["mei"])
    role: Role
    password: str | None = Field(default=None, max_length=200)


class UserChanges(_Model):
    """What to change of a user; what is left out stays."""

    role: Role | None = None
    disabled: bool | None = None
    password: str | None = Field(default=None, max_length=200)


class UserOut(_Model):
    """A person who may log in."""

    user_id: str = Field(examples=["u-3f8k2m9xqa"])
    login: str
    role: Role
    has_password: bool
    created_at: str
    disabled_at: str | None


class LinkOut(_Model):
    """A link that logs the user in once; null where an answer is given again: it is shown once."""

    path: str | None = Field(examples=["/login?token=…"])
    minutes: int


class KeyIn(_Model):
    """A key for a program: what it may do, and until when."""

    label: str = Field(min_length=1, max_length=100, examples=["call forwarder"])
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    expires_at: str = Field(default="", max_length=64, examples=["2027-01-01T00:00:00+08:00"])


class KeyOut(_Model):
    """A key as it stands; its secret is not kept."""

    key_id: str
    label: str
    scopes: list[Scope]
    user_id: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None


class NewKeyOut(KeyOut):
    """A new key with its secret, shown this once; null where an answer is given again."""

    key: str | None = Field(examples=["trc_4t9xm2c7qe_…_1b2c3d4e"])


class PasswordIn(_Model):
    """A log-in name and its password."""

    login: str = Field(max_length=200)
    password: str = Field(max_length=1_000)


class WhoOut(_Model):
    """Who asks, and what may be done; `csrf_token` goes into X-CSRF-Token of every change made with a cookie."""

    principal_id: str
    user_id: str | None
    scopes: list[Scope]
    csrf_token: str | None


class FactOut(_Model):
    """A fact of the journal: who did what when, to what; what was recorded stays sealed."""

    position: int
    recorded_at: str
    actor: str
    event: str
    subject_id: str


class CapacityOut(_Model):
    """How many names there are, number by number and over the registry."""

    numbers: list[dict[str, Any]]
    registry: list[dict[str, Any]]


class ScriptOut(_Model):
    """A story that callers tell."""

    script: str
    en: str
    zh: str


def page_of(model: type[BaseModel]) -> type[BaseModel]:
    """A page of a list, with the cursor of the next one, null at the end."""
    name = f"{model.__name__}Page"
    fields: dict[str, Any] = {
        "items": (list[model], ...),  # type: ignore[valid-type]
        "next_cursor": (str | None, Field(description="Pass it as `cursor` for the next page; null at the end.")),
    }
    return create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
