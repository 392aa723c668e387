"""How the recurring jobs stand: the slot that was taken last, by whom, what came of it, and whether one is paused.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    times = ("claimed_at", "lease_until", "started_at", "finished_at", "succeeded_at")
    more = ("retry_at", "paused_at", "asked_at")
    counts = ("slot", "claims", "runs", "failed_runs", "failures")
    op.create_table(
        "recurring_jobs",
        sa.Column("job", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in counts),
        sa.Column("claimed_by", sa.String(length=128), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in times),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("milliseconds", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in more),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_recurring_jobs")),
    )


def downgrade() -> None:
    # Programs before 0012 do their chores by their own clocks; which one was paused is lost.
    op.drop_table("recurring_jobs")
