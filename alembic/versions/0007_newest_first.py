"""Indexes for lists of canaries and orders that begin with the newest.

Revision: 0007, after 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_canaries_issued_at", "canaries", ["issued_at", "canary_id"])
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "order_id"])


def downgrade() -> None:
    op.drop_index("ix_orders_placed_at", table_name="orders")
    op.drop_index("ix_canaries_issued_at", table_name="canaries")
