"""Versions of the master key, what a rotation prepares, and a journal that it may re-seal.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REFUSE = "the journal is append-only"
NEWEST = "(SELECT max(version) FROM key_versions)"
AT_REST = "(SELECT count(*) FROM key_versions WHERE retired_at IS NULL) < 2"

# While a rotation is under way a payload may be sealed anew, once, by the newest key: nothing else of an entry
# changes, and one that is of the newest key already does not change at all.
COLUMNS = ("position", "entry_id", "recorded_at", "actor", "event", "subject_id")
SQLITE_CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)
SQLITE_TRIGGER = f"""
CREATE TRIGGER journal_no_UPDATE BEFORE UPDATE ON journal
WHEN {AT_REST} OR {SQLITE_CHANGED}
    OR length(OLD.payload) IS NOT length(NEW.payload)
    OR hex(substr(NEW.payload, 1, 3)) IS NOT printf('01%04X', {NEWEST})
    OR hex(substr(OLD.payload, 1, 3)) >= printf('01%04X', {NEWEST})
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END
"""
SQLITE_OLD_TRIGGER = f"""
CREATE TRIGGER journal_no_UPDATE BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END
"""
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP <> 'UPDATE' OR {AT_REST} THEN RAISE EXCEPTION '{REFUSE}'; END IF;
    RETURN NULL;
END $$
"""
POSTGRESQL_OLD_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{REFUSE}'; END $$
"""
POSTGRESQL_CHANGED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COLUMNS)
POSTGRESQL_ROW_FUNCTION = f"""
CREATE FUNCTION journal_reseal() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE newest bytea := decode('01' || lpad(to_hex({NEWEST}::integer), 4, '0'), 'hex');
BEGIN
    IF {POSTGRESQL_CHANGED}
        OR length(OLD.payload) IS DISTINCT FROM length(NEW.payload)
        OR substr(NEW.payload, 1, 3) IS DISTINCT FROM newest
        OR substr(OLD.payload, 1, 3) >= newest
    THEN RAISE EXCEPTION '{REFUSE}'; END IF;
    RETURN NEW;
END $$
"""
POSTGRESQL_ROW_TRIGGER = """
CREATE TRIGGER journal_reseal_only BEFORE UPDATE ON journal FOR EACH ROW EXECUTE FUNCTION journal_reseal()
"""


def claim_kind() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "key_versions",
        sa.Column("version", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key_check", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("index_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_key_versions")),
    )
    op.create_table(
        "next_indexes",
        sa.Column("old_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("new_key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("old_key", name=op.f("pk_next_indexes")),
    )
    op.create_table(
        "next_claims",
        sa.Column("claim", claim_kind(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("claim", name=op.f("pk_next_claims")),
    )
    op.create_table(
        "next_names",
        sa.Column("canary_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("canary_id", name=op.f("pk_next_names")),
    )
    op.execute("INSERT INTO key_versions (version, key_check, made_at) SELECT 1, key_check, created_at FROM instance")
    with op.batch_alter_table("instance") as instance:
        instance.add_column(sa.Column("key_version", sa.SmallInteger(), server_default="1", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        for statement in (POSTGRESQL_FUNCTION, POSTGRESQL_ROW_FUNCTION, POSTGRESQL_ROW_TRIGGER):
            op.execute(statement)
    else:
        op.execute("DROP TRIGGER journal_no_UPDATE")
        op.execute(SQLITE_TRIGGER)


def downgrade() -> None:
    newest = op.get_bind().scalar(sa.text("SELECT max(version) FROM key_versions"))
    if newest is not None and newest > 1:
        raise RuntimeError(
            f"the registry is sealed with version {newest} of its key by now, and programs before schema 0005 open "
            "only version 1: it cannot go down any more. Restore a backup from before the rotation instead"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER journal_reseal_only ON journal")
        op.execute("DROP FUNCTION journal_reseal()")
        op.execute(POSTGRESQL_OLD_FUNCTION)
    else:
        op.execute("DROP TRIGGER journal_no_UPDATE")
        op.execute(SQLITE_OLD_TRIGGER)
    with op.batch_alter_table("instance") as instance:
        instance.drop_column("key_version")
    for table in ("next_names", "next_claims", "next_indexes", "key_versions"):
        op.drop_table(table)
