"""Name claims: what a name takes from others, decided by the database (ADR 0009).

The claims themselves need the key and the phonetics: the program makes them at the next opening.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 2_000


def upgrade() -> None:
    op.create_table(
        "name_claims",
        sa.Column(
            "claim",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("claim", name=op.f("pk_name_claims")),
    )
    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sound_version", sa.SmallInteger(), server_default="0", nullable=False))

    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_canaries_name_key"))
        batch_op.drop_constraint(batch_op.f("uq_canaries_issued_name_key"), type_="unique")
        batch_op.drop_column("issued_name_key")
        batch_op.drop_column("name_key")
        batch_op.add_column(sa.Column("sounds_like_another", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_index(batch_op.f("ix_canaries_number_id"))

    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_canaries_number_id",
            ["number_id", "locale", "state", "sounds_like_another", "extension"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.drop_index("ix_canaries_number_id")

    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.drop_column("sounds_like_another")
        batch_op.add_column(sa.Column("name_key", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("issued_name_key", sa.LargeBinary(length=32), nullable=True))

    _index_names(op.get_bind())
    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.alter_column("name_key", existing_type=sa.LargeBinary(length=32), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_canaries_issued_name_key"), ["issued_name_key"])
        batch_op.create_index(batch_op.f("ix_canaries_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_canaries_number_id"), ["number_id"], unique=False)

    with op.batch_alter_table("instance", schema=None) as batch_op:
        batch_op.drop_column("sound_version")

    op.drop_table("name_claims")


def _index_names(connection) -> None:
    """Make the blind indexes of 0001 from the names; whoever has no key is told, and nothing is changed."""
    cipher = context.config.attributes.get("cipher")
    query = sa.text("SELECT canary_id, recipient_name, import_id FROM canaries")
    write = sa.text("UPDATE canaries SET name_key = :key, issued_name_key = :issued WHERE canary_id = :id")
    with connection.execute(query, execution_options={"yield_per": AT_ONCE}) as rows:
        for part in rows.partitions():
            if cipher is None:
                raise RuntimeError(
                    "the schema before 0002 has blind indexes of names, which need the key: "
                    "tracer.storage.migrations.downgrade(connection, '0001', cipher)"
                )
            connection.execute(write, [_indexed(cipher, *row) for row in part])


def _indexed(cipher, canary_id, sealed, import_id):
    name = cipher.open("canaries", "recipient_name", canary_id, sealed)
    key = cipher.blind_index("canaries.recipient_name", name)
    return {"id": canary_id, "key": key, "issued": key if import_id is None else None}
