"""When personal data of calls, canaries and orders was erased, which calls were of one caller, and retention's clock.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ERASABLE = ("calls", "canaries", "orders")


def upgrade() -> None:
    for table in ERASABLE:
        op.add_column(table, sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.add_column("calls", sa.Column("caller_group", sa.String(length=64), nullable=True))
    op.create_table(
        "retention",
        sa.Column("single", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("trusted_at", sa.BigInteger(), nullable=False),
        sa.Column("doubted_at", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_retention")),
    )


def downgrade() -> None:
    # What was erased stays erased; programs before 0009 show it as empty. DROP COLUMN of SQLite itself: the table is
    # not made anew, and no row that points to it is touched.
    op.drop_table("retention")
    op.drop_column("calls", "caller_group")
    for table in ERASABLE:
        op.drop_column(table, "erased_at")
