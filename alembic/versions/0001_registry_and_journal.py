"""The registry (channels, numbers, canaries, orders, exposures, calls) and the append-only journal.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The journal is append-only by decree of the database, not by good manners of the program.
REFUSE = "the journal is append-only"
SQLITE_TRIGGER = """
CREATE TRIGGER journal_no_{verb} BEFORE {verb} ON journal
BEGIN SELECT RAISE(ABORT, '{refuse}'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{refuse}'; END $$
"""
POSTGRESQL_TRIGGER = """
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()
"""


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column(
            "import_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
    )
    op.create_table(
        "instance",
        sa.Column("instance_id", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("key_check", sa.LargeBinary(length=32), nullable=False),
        sa.Column("single", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("single = 1", name=op.f("ck_instance_single")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_instance")),
        sa.UniqueConstraint("single", name=op.f("uq_instance_single")),
    )
    op.create_table(
        "journal",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("entry_id", sa.String(length=128), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=128), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_subject_id", ["subject_id"], unique=False)

    op.create_table(
        "channels",
        sa.Column("channel_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("parent_id", sa.String(length=128), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("legitimate_numbers", sa.LargeBinary(), nullable=True),
        sa.Column("natural_person", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_channels_import_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["channels.channel_id"], name=op.f("fk_channels_parent_id")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channels")),
    )
    op.create_table(
        "numbers",
        sa.Column("number_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("extension_digits", sa.SmallInteger(), nullable=True),
        sa.Column("owned_from", sa.BigInteger(), nullable=True),
        sa.Column("owned_until", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("test_line", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_numbers_import_id")),
        sa.PrimaryKeyConstraint("number_id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("number_key", name=op.f("uq_numbers_number_key")),
    )
    op.create_table(
        "canaries",
        sa.Column("canary_id", sa.String(length=128), nullable=False),
        sa.Column("recipient_name", sa.LargeBinary(), nullable=True),
        sa.Column("name_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued_name_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("number_id", sa.String(length=128), nullable=False),
        sa.Column("extension", sa.LargeBinary(), nullable=True),
        sa.Column("line_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issued_line_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=64), nullable=False),
        sa.Column("gender", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_canaries_import_id")),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.number_id"], name=op.f("fk_canaries_number_id")),
        sa.PrimaryKeyConstraint("canary_id", name=op.f("pk_canaries")),
        sa.UniqueConstraint("issued_line_key", name=op.f("uq_canaries_issued_line_key")),
        sa.UniqueConstraint("issued_name_key", name=op.f("uq_canaries_issued_name_key")),
    )
    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_canaries_line_key"), ["line_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_canaries_name_key"), ["name_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_canaries_number_id"), ["number_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_canaries_state"), ["state"], unique=False)

    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(length=128), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("number_id", sa.String(length=128), nullable=True),
        sa.Column("dialled", sa.LargeBinary(), nullable=True),
        sa.Column("line_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("caller_number", sa.LargeBinary(), nullable=True),
        sa.Column("heard_name", sa.LargeBinary(), nullable=True),
        sa.Column("claimed_role", sa.String(length=64), nullable=False),
        sa.Column("known_fields", sa.SmallInteger(), nullable=False),
        sa.Column("unknown_fields", sa.SmallInteger(), nullable=False),
        sa.Column("script", sa.String(length=64), nullable=False),
        sa.Column("transcript", sa.LargeBinary(), nullable=True),
        sa.Column("canary_id", sa.String(length=128), nullable=True),
        sa.Column("heard_item", sa.LargeBinary(), nullable=True),
        sa.Column("heard_price", sa.String(length=64), nullable=False),
        sa.Column("heard_order_no", sa.LargeBinary(), nullable=True),
        sa.Column("heard_waybill_no", sa.LargeBinary(), nullable=True),
        sa.Column("nature", sa.String(length=64), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("caller_reached", sa.String(length=64), nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("merged_into", sa.String(length=128), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["canary_id"], ["canaries.canary_id"], name=op.f("fk_calls_canary_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_calls_import_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["calls.call_id"], name=op.f("fk_calls_merged_into")),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.number_id"], name=op.f("fk_calls_number_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calls_canary_id"), ["canary_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_line_key"), ["line_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_merged_into"), ["merged_into"], unique=False)
        batch_op.create_index(batch_op.f("ix_calls_received_at"), ["received_at"], unique=False)

    op.create_table(
        "issued_for",
        sa.Column("canary_id", sa.String(length=128), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("channel_id", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["canary_id"], ["canaries.canary_id"], name=op.f("fk_issued_for_canary_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.channel_id"], name=op.f("fk_issued_for_channel_id")),
        sa.PrimaryKeyConstraint("canary_id", "position", name=op.f("pk_issued_for")),
    )
    with op.batch_alter_table("issued_for", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issued_for_channel_id"), ["channel_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("canary_id", sa.String(length=128), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.LargeBinary(), nullable=True),
        sa.Column("item", sa.LargeBinary(), nullable=True),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=64), nullable=False),
        sa.Column("waybill_no", sa.LargeBinary(), nullable=True),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["canary_id"], ["canaries.canary_id"], name=op.f("fk_orders_canary_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_orders_import_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_canary_id"), ["canary_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_import_id"), ["import_id"], unique=False)

    op.create_table(
        "attachments",
        sa.Column("attachment_id", sa.String(length=128), nullable=False),
        sa.Column("call_id", sa.String(length=128), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_attachments_call_id")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachments")),
    )
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachments_call_id"), ["call_id"], unique=False)

    op.create_table(
        "exposures",
        sa.Column(
            "exposure_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("order_id", sa.String(length=128), nullable=False),
        sa.Column("channel_id", sa.String(length=128), nullable=False),
        sa.Column("exposed_at", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.SmallInteger(), nullable=True),
        sa.Column("alias", sa.LargeBinary(), nullable=True),
        sa.Column("alias_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.channel_id"], name=op.f("fk_exposures_channel_id")),
        sa.ForeignKeyConstraint(["import_id"], ["imports.import_id"], name=op.f("fk_exposures_import_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_exposures_order_id")),
        sa.PrimaryKeyConstraint("exposure_id", name=op.f("pk_exposures")),
        sa.UniqueConstraint(
            "order_id", "channel_id", "exposed_at", name=op.f("uq_exposures_order_id_channel_id_exposed_at")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION.format(refuse=REFUSE))
        op.execute(POSTGRESQL_TRIGGER)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_TRIGGER.format(verb=verb, refuse=REFUSE))


def downgrade() -> None:
    op.drop_table("exposures")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_call_id"))

    op.drop_table("attachments")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_import_id"))
        batch_op.drop_index(batch_op.f("ix_orders_canary_id"))

    op.drop_table("orders")
    with op.batch_alter_table("issued_for", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issued_for_channel_id"))

    op.drop_table("issued_for")
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calls_received_at"))
        batch_op.drop_index(batch_op.f("ix_calls_merged_into"))
        batch_op.drop_index(batch_op.f("ix_calls_line_key"))
        batch_op.drop_index(batch_op.f("ix_calls_canary_id"))

    op.drop_table("calls")
    with op.batch_alter_table("canaries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_canaries_state"))
        batch_op.drop_index(batch_op.f("ix_canaries_number_id"))
        batch_op.drop_index(batch_op.f("ix_canaries_name_key"))
        batch_op.drop_index(batch_op.f("ix_canaries_line_key"))

    op.drop_table("canaries")
    op.drop_table("numbers")
    op.drop_table("channels")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_subject_id")

    op.drop_table("journal")
    op.drop_table("instance")
    op.drop_table("imports")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_refuse()")
