"""The service: users, sessions, log-in links, API keys, answered requests, rate limits, jobs; the mark of a move.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def column(name: str, kind: sa.types.TypeEngine, *constraints: sa.ForeignKey, null: bool = False) -> sa.Column:
    return sa.Column(name, kind, *constraints, nullable=null)


def an_id(name: str) -> sa.Column:
    return column(name, sa.String(length=128))


def a_word(name: str) -> sa.Column:
    return column(name, sa.String(length=64))


def a_key(name: str) -> sa.Column:
    return column(name, sa.LargeBinary(length=32))


def sealed(name: str) -> sa.Column:
    return column(name, sa.LargeBinary(), null=True)


def a_time(name: str, *, null: bool = False) -> sa.Column:
    return column(name, sa.BigInteger(), null=null)


def primary(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}"))


def of_user(table: str, *, null: bool = False) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f(f"fk_{table}_user_id"))
    return column("user_id", sa.String(length=128), null=null), key


def upgrade() -> None:
    op.create_table(
        "users",
        an_id("user_id"),
        sealed("login"),
        a_key("login_key"),
        a_word("role"),
        column("password_hash", sa.String(length=255), null=True),
        a_time("created_at"),
        a_time("disabled_at", null=True),
        primary("users", "user_id"),
        sa.UniqueConstraint("login_key", name=op.f("uq_users_login_key")),
    )
    op.create_table(
        "sessions",
        a_key("token_hash"),
        an_id("session_id"),
        *of_user("sessions"),
        a_time("created_at"),
        a_time("seen_at"),
        a_time("expires_at"),
        a_time("ended_at", null=True),
        primary("sessions", "token_hash"),
        sa.UniqueConstraint("session_id", name=op.f("uq_sessions_session_id")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_table(
        "login_links",
        a_key("token_hash"),
        *of_user("login_links"),
        a_time("created_at"),
        a_time("expires_at"),
        a_time("used_at", null=True),
        primary("login_links", "token_hash"),
    )
    op.create_index(op.f("ix_login_links_user_id"), "login_links", ["user_id"])
    op.create_table(
        "api_keys",
        an_id("key_id"),
        a_key("secret_hash"),
        sealed("label"),
        *of_user("api_keys", null=True),
        column("scopes", sa.String()),
        a_time("created_at"),
        a_time("expires_at", null=True),
        a_time("revoked_at", null=True),
        a_time("used_at", null=True),
        primary("api_keys", "key_id"),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])
    op.create_table(
        "requests",
        a_key("request_key"),
        an_id("operation"),
        a_key("body_key"),
        column("status", sa.SmallInteger()),
        sealed("answer"),
        a_time("made_at"),
        column("kept", sa.Boolean()),
        primary("requests", "request_key"),
    )
    op.create_index(op.f("ix_requests_made_at"), "requests", ["made_at"])
    op.create_table("rate_limits", a_key("bucket"), a_time("arrival_at"), primary("rate_limits", "bucket"))
    op.create_table(
        "jobs",
        an_id("job_id"),
        a_word("kind"),
        a_word("state"),
        an_id("principal"),
        sealed("parameters"),
        a_time("created_at"),
        a_time("started_at", null=True),
        a_time("finished_at", null=True),
        column("done", sa.BigInteger()),
        column("total", sa.BigInteger(), null=True),
        column("worker", sa.String(length=128), null=True),
        a_time("lease_until", null=True),
        column("attempts", sa.SmallInteger()),
        sealed("result"),
        primary("jobs", "job_id"),
    )
    op.create_index(op.f("ix_jobs_state"), "jobs", ["state"])
    op.create_table(
        "job_parts",
        an_id("job_id"),
        a_word("side"),
        column("part", sa.Integer()),
        column("content", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name=op.f("fk_job_parts_job_id")),
        primary("job_parts", "job_id", "side", "part"),
    )
    with op.batch_alter_table("instance") as instance:
        instance.add_column(a_time("moved_at", null=True))


def downgrade() -> None:
    with op.batch_alter_table("instance") as instance:
        instance.drop_column("moved_at")
    for table in ("job_parts", "jobs", "rate_limits", "requests", "api_keys", "login_links", "sessions", "users"):
        op.drop_table(table)
