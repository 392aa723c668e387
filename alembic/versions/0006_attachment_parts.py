"""What a call's attachments hold, sealed in pieces.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment_parts",
        sa.Column("attachment_id", sa.String(length=128), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.attachment_id"], name=op.f("fk_attachment_parts_attachment_id")
        ),
        sa.PrimaryKeyConstraint("attachment_id", "part", name=op.f("pk_attachment_parts")),
    )


def downgrade() -> None:
    op.drop_table("attachment_parts")
