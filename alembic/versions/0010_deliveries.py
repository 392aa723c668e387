"""What came in by itself, message by message.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("contact_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("event_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_deliveries_call_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("contact_key", "event_key", name=op.f("uq_deliveries_contact_key_event_key")),
    )
    op.create_index(op.f("ix_deliveries_call_id"), "deliveries", ["call_id"])
    some = sa.text("fault <> ''")
    op.create_index("ix_deliveries_fault", "deliveries", ["fault"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    # The calls stay; what else their sources said of them is gone, and what comes again becomes a call again.
    op.drop_table("deliveries")
