"""Notifications: where persons are told of things, the outbox, and which channels were implicated last.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def column(name: str, kind: sa.types.TypeEngine, *, null: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=null)


def an_id(name: str) -> sa.Column:
    return column(name, sa.String(length=128))


def a_word(name: str, *, null: bool = False) -> sa.Column:
    return column(name, sa.String(length=64), null=null)


def a_time(name: str, *, null: bool = False) -> sa.Column:
    return column(name, sa.BigInteger(), null=null)


def upgrade() -> None:
    op.create_table(
        "notify_targets",
        an_id("target_id"),
        an_id("user_id"),
        a_word("service"),
        *(column(name, sa.LargeBinary(), null=True) for name in ("host", "url", "name")),
        a_word("language"),
        column("events", sa.String(length=255)),
        a_word("rhythm"),
        column("hour", sa.SmallInteger()),
        column("weekday", sa.SmallInteger()),
        a_word("zone"),
        column("quiet_begin", sa.SmallInteger(), null=True),
        column("quiet_end", sa.SmallInteger(), null=True),
        column("reveal", sa.Boolean()),
        a_time("created_at"),
        a_word("off", null=True),
        column("failures", sa.Integer()),
        *(a_time(name, null=True) for name in ("failing_since_at", "retry_at", "digest_at", "sent_at")),
        column("last_error", sa.LargeBinary(), null=True),
        column("worker", sa.String(length=128), null=True),
        a_time("lease_until", null=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_notify_targets_user_id")),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_notify_targets")),
    )
    op.create_index(op.f("ix_notify_targets_user_id"), "notify_targets", ["user_id"])
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        an_id("target_id"),
        a_word("event"),
        column("event_key", sa.String(length=255)),
        an_id("subject_id"),
        column("detail", sa.String(length=1000)),
        a_time("created_at"),
        a_word("state"),
        a_word("message_id", null=True),
        a_time("settled_at", null=True),
        sa.ForeignKeyConstraint(["target_id"], ["notify_targets.target_id"], name=op.f("fk_outbox_target_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("target_id", "event_key", name=op.f("uq_outbox_target_id_event_key")),
    )
    op.create_index("ix_outbox_state_target_id", "outbox", ["state", "target_id"])
    op.create_table(
        "implicated_channels",
        an_id("channel_id"),
        a_time("noted_at"),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_implicated_channels")),
    )


def downgrade() -> None:
    for table in ("implicated_channels", "outbox", "notify_targets"):
        op.drop_table(table)
