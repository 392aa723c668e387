"""Runs migrations on the connection that tracer.storage.migrations hands over, else on TRACER_DATABASE_URL."""

import os

from alembic import context

from tracer.storage.engine import open_engine
from tracer.storage.instant import Instant
from tracer.storage.migrations import migrating
from tracer.storage.tables import Base


def plain_types(kind, item, _context):
    """Migrations name the stored type, so that they stand even if ours changes."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


def run(connection) -> None:  # alembic passes a plain Connection
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_as_batch=True,
        compare_type=True,
        render_item=plain_types,
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with migrating(open_engine(os.environ["TRACER_DATABASE_URL"]), "TRACER_DATABASE_URL") as own:
        run(own)
