"""The schema, a file for each kind of table. Columns of type `Sealed` hold ciphertext; nothing personal is plain."""

from tracer.storage.tables.base import Base
from tracer.storage.tables.calls import (
    AttachmentPartRow,
    AttachmentRow,
    AttributionStateRow,
    CallRow,
    RetentionRow,
)
from tracer.storage.tables.intake import DeliveryRow
from tracer.storage.tables.keys import (
    InstanceRow,
    KeyVersionRow,
    NextClaimRow,
    NextIndexRow,
    NextNameRow,
)
from tracer.storage.tables.ledger import (
    APPEND_ONLY,
    CheckpointRow,
    ErasedEntryRow,
    JournalRow,
    LeafRow,
    LogRow,
    PendingLeafRow,
    TimeTokenRow,
    TreeNodeRow,
)
from tracer.storage.tables.notices import ImplicatedChannelRow, NotifyTargetRow, OutboxRow
from tracer.storage.tables.parcels import TrackedParcelRow
from tracer.storage.tables.registry import (
    CanaryRow,
    ChannelRow,
    ExposureRow,
    ImportRow,
    IssuedForRow,
    NameClaimRow,
    NumberRow,
    OrderRow,
)
from tracer.storage.tables.service import (
    ApiKeyRow,
    JobPartRow,
    JobRow,
    LoginLinkRow,
    RateLimitRow,
    RecurringJobRow,
    RequestRow,
    SessionRow,
    UserRow,
)

__all__ = [
    "APPEND_ONLY",
    "ApiKeyRow",
    "AttachmentPartRow",
    "AttachmentRow",
    "AttributionStateRow",
    "Base",
    "CallRow",
    "CanaryRow",
    "ChannelRow",
    "CheckpointRow",
    "DeliveryRow",
    "ErasedEntryRow",
    "ExposureRow",
    "ImplicatedChannelRow",
    "ImportRow",
    "InstanceRow",
    "IssuedForRow",
    "JobPartRow",
    "JobRow",
    "JournalRow",
    "KeyVersionRow",
    "LeafRow",
    "LogRow",
    "LoginLinkRow",
    "NameClaimRow",
    "NextClaimRow",
    "NextIndexRow",
    "NextNameRow",
    "NotifyTargetRow",
    "NumberRow",
    "OrderRow",
    "OutboxRow",
    "PendingLeafRow",
    "RateLimitRow",
    "RecurringJobRow",
    "RequestRow",
    "RetentionRow",
    "SessionRow",
    "TimeTokenRow",
    "TrackedParcelRow",
    "TreeNodeRow",
    "UserRow",
]
