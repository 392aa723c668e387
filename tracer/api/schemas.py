"""What goes in and out of the API, as models: they make the OpenAPI document and check what comes in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from tracer.api.columns import changes_model, input_model, output_model
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


class Strict(BaseModel):
    """A model that takes no other fields than its own."""

    model_config = ConfigDict(extra="forbid")


class HistoryEntry(Strict):
    """A fact of the journal; `before` holds the earlier values of what it changed (null where they may not be seen)."""

    recorded_at: str = Field(examples=["2026-02-10T15:04:00+08:00"])
    actor: str
    event: str = Field(examples=["call_logged"])
    before: dict[str, Any] | None


_HISTORY = (list[HistoryEntry], Field(description="Every fact about it, oldest first."))


class AttachmentIn(Strict):
    """A file that belongs to a call, by its hash; POST …/attachments keeps the file itself, then or later."""

    file_name: str = Field(min_length=1, max_length=255, examples=["recording.ogg"])
    size: int = Field(ge=0, le=2**53, examples=[48_213])
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
    )


class AttachmentOut(Strict):
    """A file that belongs to a call; `kept`: the file itself can be fetched, else only its hash was noted."""

    attachment_id: str
    file_name: str | None
    size: int
    sha256: str
    kept: bool


class AttachedOut(Strict):
    """What became of a file that was sent; `added` is false where the call had it already."""

    attachment_id: str
    size: int
    sha256: str
    kept: bool
    added: bool


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
_ERASED_AT = (str, Field(description="When its personal data was erased, ISO 8601; empty: it was not.", examples=[""]))
CanaryOut = output_model("Canary", "canary", CANARY_COLUMNS, erased_at=_ERASED_AT)
CanaryDetail = output_model(
    "CanaryDetail",
    "canary",
    CANARY_COLUMNS,
    erased_at=_ERASED_AT,
    sounds_like_another=(bool, ...),
    history=_HISTORY,
)
ExposureOut = output_model("Exposure", "exposure", EXPOSURE_COLUMNS)
OrderOut = output_model("Order", "order", ORDER_COLUMNS, erased_at=_ERASED_AT)
OrderDetail = output_model(
    "OrderDetail",
    "order",
    ORDER_COLUMNS,
    erased_at=_ERASED_AT,
    route=(list[ExposureOut], ...),  # type: ignore[valid-type]
)
LegIn = input_model("LegIn", "exposure", _EXPOSED, ("channel_id",))
OrderColumns = input_model("OrderColumns", "order", ORDER_COLUMNS, ("canary_id",))
CallColumns = input_model("CallColumns", "call", CALL_COLUMNS)
CallChanges = changes_model("CallChanges", "call", tuple(c for c in CALL_COLUMNS if c != "call_id"))
CallOut = output_model("Call", "call", CALL_COLUMNS, state=(str, ...), merged_into=(str, ...), erased_at=_ERASED_AT)
CallDetail = output_model(
    "CallDetail",
    "call",
    CALL_COLUMNS,
    state=(str, ...),
    merged_into=(str, ...),
    erased_at=_ERASED_AT,
    attachments=(list[AttachmentOut], ...),
    deliveries=(list[dict[str, Any]], Field(description="What sources said of it, as GET /intake/{delivery_id}.")),
    history=_HISTORY,
)


class OrderIn(OrderColumns):  # type: ignore[misc,valid-type]
    """An order with the channels it passes, in order."""

    route: list[LegIn] = Field(default=[], max_length=200, description="What each channel was shown, and when.")  # type: ignore[valid-type]


class CallIn(CallColumns):  # type: ignore[misc,valid-type]
    """A received contact: first what is known now, the rest later."""

    attachments: list[AttachmentIn] = Field(default=[], max_length=50)
    read_transcript: bool = Field(
        default=False, description="Fill what is left empty with what the transcript tells, as POST …/calls/parse does."
    )


class CanariesIn(Strict):
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


class Card(Strict):
    """An issued canary, ready for a checkout form."""

    canary_id: str = Field(examples=["k-4t9xm2c7qe"])
    recipient_name: str = Field(examples=["欧阳晓萌"])
    gender: str = Field(examples=["female"])
    locale: str = Field(examples=["zh_CN"])
    phone: str = Field(examples=["+442079460016;ext=0042"])
    written_phone: str = Field(examples=["020 7946 0016 ext. 0042"])
    issued_for: list[str] = Field(examples=[["merchant-1"]])


class CanaryChanges(Strict):
    """Tags to add and to take away, and new notes; what is left out stays."""

    add_tags: list[str] = Field(default=[], max_length=50)
    drop_tags: list[str] = Field(default=[], max_length=50)
    notes: str | None = None


class ErasureIn(Strict):
    """Why personal data is erased. The reason is kept, so let it name nobody."""

    reason: str = Field(min_length=1, max_length=200, examples=["asked by the person"])


class CallErasureIn(ErasureIn):
    """Why, and what to do where only what was heard tells which canary the call was for."""

    unsettled: Literal["refuse", "settle", "anyway"] = Field(
        default="refuse",
        description="refuse with 409; settle: note the canary first where it is sure enough; anyway: it is lost.",
    )


class ErasureOut(Strict):
    """What was erased: ids, how many facts and kept answers lost something, how many files of jobs were deleted.

    `settled`: the canary that was noted for the call before, empty where none was.
    """

    calls: list[str]
    canaries: list[str]
    orders: list[str]
    facts: int
    answers: int
    job_files: int
    settled: str


class MergeIn(Strict):
    """The record that stays."""

    into: IdText = Field(examples=["c-8d3hx6w0zr"])


class JobIn(Strict):
    """Long work to do: a report, an attribution state to keep for quick answers, an export, a simulated world, or an
    audit of the ledger."""

    kind: Literal["report", "refresh", "export", "simulate", "verify"] = Field(examples=["report"])
    as_of: str = Field(default="", max_length=64, description="For report and refresh: events up to this time.")
    tag: str = Field(default="", max_length=64, description="For report: one campaign.")
    family: str = Field(default="", max_length=64, description="For simulate: a family of worlds.")
    seed: int = Field(default=1, ge=0, le=2**31, description="For simulate.")
    orders: int | None = Field(default=None, ge=1, le=200_000, description="For simulate: how many orders.")


class JobOut(Strict):
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


class RecurringJobOut(Strict):
    """What the server does by itself again and again. `next_run` is null while nobody can tell, or it does not come."""

    job: str = Field(examples=["backup"])
    what: str
    every: str = Field(description="As in the settings: 15m, 03:30, mon,thu 03:30 or off.", examples=["03:30"])
    state: Literal["waiting", "running", "interrupted", "asked", "paused", "off", "needless", "failing"]
    needless: str = Field(description="Why there is nothing for it to do as things are set; empty where there is.")
    paused: bool
    last_started: str | None
    last_finished: str | None
    last_success: str | None
    result: Literal["ok", "failed"] | None
    note: str
    seconds: float | None
    runs: int
    failed_runs: int
    failures_in_a_row: int
    next_run: str | None


class BackupOut(Strict):
    """An encrypted backup on the server. `sha256` is what the journal says, null where it does not know of the file."""

    name: str = Field(examples=["tracer-20261121T040000Z.backup"])
    made_at: str
    size: int
    sha256: str | None
    ledger_size: int


class FactOut(Strict):
    """A fact of the journal: who did what when, to what; what was recorded stays sealed."""

    position: int
    recorded_at: str
    actor: str
    event: str
    subject_id: str
    entry_id: str = Field(description="The fact's own id: /ledger/proofs/{entry_id} proves that it is sealed.")


class ScriptOut(Strict):
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
