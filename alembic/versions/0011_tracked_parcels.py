"""Parcels that are followed for orders.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracked_parcels",
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=64), nullable=False),
        sa.Column("waybill_no", sa.LargeBinary(), nullable=True),
        sa.Column("waybill_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("next_look", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=True),
        sa.Column("subscribed_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.SmallInteger(), nullable=False),
        sa.Column("unchanged", sa.SmallInteger(), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("scans", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_tracked_parcels_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_tracked_parcels")),
    )
    op.create_index(op.f("ix_tracked_parcels_waybill_key"), "tracked_parcels", ["waybill_key"])
    op.create_index("ix_tracked_parcels_next_look", "tracked_parcels", ["next_look", "order_id"])


def downgrade() -> None:
    # The exposures that scans became stay, and so do their facts; what is followed has to be said again.
    op.drop_table("tracked_parcels")
