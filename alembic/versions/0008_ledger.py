"""The ledger: leaves, their tree, logs with their keys, checkpoints, time tokens; and what may be erased.

Revision: 0008, after 0007
"""

import json

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REFUSE = "the journal is append-only"
COLUMNS = ("position", "entry_id", "recorded_at", "actor", "event", "subject_id")
NEWEST = "(SELECT max(version) FROM key_versions)"
AT_REST = "(SELECT count(*) FROM key_versions WHERE retired_at IS NULL) < 2"

# A payload changes in three cases only: it is sealed anew while the key is rotated (0005); it gets its salt, once,
# before its entry has a leaf; its personal fields are taken away after the entry was marked as erased. The other
# columns never change. What a leaf was made of is checked by the ledger's own audit.
SQLITE_CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)
SQLITE_RESEALED = f"""(NOT ({AT_REST})
    AND length(OLD.payload) IS length(NEW.payload)
    AND hex(substr(NEW.payload, 1, 3)) IS printf('01%04X', {NEWEST})
    AND hex(substr(OLD.payload, 1, 3)) < printf('01%04X', {NEWEST}))"""
UNSEALED = """(NOT EXISTS (SELECT 1 FROM leaves WHERE entry_id = OLD.entry_id)
    AND NOT EXISTS (SELECT 1 FROM pending_leaves WHERE entry_id = OLD.entry_id))"""
ERASED = "EXISTS (SELECT 1 FROM erased_entries WHERE entry_id = OLD.entry_id)"
SQLITE_TRIGGER = f"""
CREATE TRIGGER journal_no_UPDATE BEFORE UPDATE ON journal
WHEN {SQLITE_CHANGED} OR NOT ({SQLITE_RESEALED} OR {ERASED} OR {UNSEALED})
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END
"""
SQLITE_OLD_TRIGGER = f"""
CREATE TRIGGER journal_no_UPDATE BEFORE UPDATE ON journal
WHEN {AT_REST} OR {SQLITE_CHANGED}
    OR length(OLD.payload) IS NOT length(NEW.payload)
    OR hex(substr(NEW.payload, 1, 3)) IS NOT printf('01%04X', {NEWEST})
    OR hex(substr(OLD.payload, 1, 3)) >= printf('01%04X', {NEWEST})
BEGIN SELECT RAISE(ABORT, '{REFUSE}'); END
"""
POSTGRESQL_CHANGED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in COLUMNS)
POSTGRESQL_RESEALED = f"""(NOT ({AT_REST})
    AND length(OLD.payload) IS NOT DISTINCT FROM length(NEW.payload)
    AND substr(NEW.payload, 1, 3) IS NOT DISTINCT FROM newest
    AND substr(OLD.payload, 1, 3) < newest)"""
POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP <> 'UPDATE' THEN RAISE EXCEPTION '{REFUSE}'; END IF;
    RETURN NULL;
END $$
"""
POSTGRESQL_ROW_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_reseal() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE newest bytea := decode('01' || lpad(to_hex({NEWEST}::integer), 4, '0'), 'hex');
BEGIN
    IF {POSTGRESQL_CHANGED} OR NOT ({POSTGRESQL_RESEALED} OR {ERASED} OR {UNSEALED})
    THEN RAISE EXCEPTION '{REFUSE}'; END IF;
    RETURN NEW;
END $$
"""
POSTGRESQL_OLD_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP <> 'UPDATE' OR {AT_REST} THEN RAISE EXCEPTION '{REFUSE}'; END IF;
    RETURN NULL;
END $$
"""
POSTGRESQL_OLD_ROW_FUNCTION = f"""
CREATE OR REPLACE FUNCTION journal_reseal() RETURNS trigger LANGUAGE plpgsql AS
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
POSTGRESQL_TRIGGER = """
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()
"""
POSTGRESQL_ROW_TRIGGER = """
CREATE TRIGGER journal_reseal_only BEFORE UPDATE ON journal FOR EACH ROW EXECUTE FUNCTION journal_reseal()
"""
KEPT = ("leaves", "tree_nodes", "checkpoints", "time_tokens", "erased_entries")


def count_kind() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_tables()
    op.create_index("ix_journal_entry_id", "journal", ["entry_id"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL_ROW_FUNCTION)
        op.execute(
            "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
        )
        for table in KEPT:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()"
            )
        return
    op.execute("DROP TRIGGER journal_no_UPDATE")
    op.execute(SQLITE_TRIGGER)
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def _make_tables() -> None:
    op.create_table(
        "pending_leaves",
        sa.Column("position", count_kind(), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.String(length=128), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_pending_leaves")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_pending_leaves_entry_id")),
    )
    op.create_table(
        "leaves",
        sa.Column("leaf_index", count_kind(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(length=128), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_leaves")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_leaves_entry_id")),
    )
    op.create_table(
        "tree_nodes",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("node_index", count_kind(), autoincrement=False, nullable=False),
        sa.Column("node_hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "node_index", name=op.f("pk_tree_nodes")),
    )
    op.create_table(
        "ledger_logs",
        sa.Column("epoch", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=128), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_size", count_kind(), nullable=False),
        sa.Column("continues", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_ledger_logs")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("epoch", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", count_kind(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["ledger_logs.epoch"], name=op.f("fk_checkpoints_epoch")),
        sa.PrimaryKeyConstraint("epoch", "size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "time_tokens",
        sa.Column("token_id", count_kind(), autoincrement=True, nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("size", count_kind(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("stamped_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch", "size"], ["checkpoints.epoch", "checkpoints.size"], name=op.f("fk_time_tokens_epoch_size")
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_time_tokens")),
    )
    op.create_table(
        "erased_entries",
        sa.Column("entry_id", sa.String(length=128), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_erased_entries")),
    )


def downgrade() -> None:
    connection = op.get_bind()
    if connection.scalar(sa.text("SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM erased_entries)")):
        raise RuntimeError(
            "the ledger of this registry was signed, and programs before schema 0008 do not keep it: it cannot go "
            "down any more. Restore a backup from before the upgrade instead"
        )
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        op.execute("DROP TRIGGER journal_reseal_only ON journal")
        op.execute("DROP TRIGGER journal_append_only ON journal")
    else:
        op.execute("DROP TRIGGER journal_no_UPDATE")
    _take_salts_out(connection)
    if postgresql:
        op.execute(POSTGRESQL_OLD_FUNCTION)
        op.execute(POSTGRESQL_OLD_ROW_FUNCTION)
        op.execute(POSTGRESQL_TRIGGER)
        op.execute(POSTGRESQL_ROW_TRIGGER)
    else:
        op.execute(SQLITE_OLD_TRIGGER)
    op.drop_index("ix_journal_entry_id", "journal")
    tables = ("erased_entries", "time_tokens", "checkpoints", "ledger_logs", "tree_nodes", "leaves", "pending_leaves")
    for table in tables:
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION ledger_refuse()")


def _take_salts_out(connection) -> None:
    """Payloads as they were before; whoever has no key is told, and nothing is changed."""
    cipher = context.config.attributes.get("cipher")
    query = sa.text(
        "SELECT position, entry_id, payload FROM journal WHERE position > :after ORDER BY position LIMIT 5000"
    )
    write = sa.text("UPDATE journal SET payload = :payload WHERE position = :position")
    after = 0
    while rows := connection.execute(query, {"after": after}).all():
        if cipher is None:
            raise RuntimeError(
                "the schema before 0008 has no salts beside the facts, and to take them out needs the key: "
                "tracer.storage.migrations.downgrade(connection, '0007', cipher)"
            )
        connection.execute(write, [_unsalted(cipher, *row) for row in rows])
        after = rows[-1].position


def _unsalted(cipher, position, entry_id, sealed):
    stored = json.loads(cipher.open("journal", "payload", entry_id, sealed) or "null")
    payload = json.dumps(stored[1] if isinstance(stored, list) else stored, ensure_ascii=False, separators=(",", ":"))
    return {"position": position, "payload": cipher.seal("journal", "payload", entry_id, payload)}
