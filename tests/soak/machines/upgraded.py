"""A newer version of this program: a copy of the tree with one more migration and a higher version."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.command_line import ROOT

_HEAD = re.compile(r'^HEAD = "(\w+)"$', re.MULTILINE)
_VERSION = re.compile(r'^__version__ = "([\w.]+)"$', re.MULTILINE)
_MIGRATION = '''"""A test's own: a column and a table more."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("{noun}", sa.String(8), nullable=True))
    op.create_table("{noun}s", sa.Column("mood", sa.String(8), primary_key=True))


def downgrade() -> None:
    op.drop_table("{noun}s")
    op.drop_column("calls", "{noun}")
'''


def upgraded_tree(folder: Path, version: str, *, lets_older_serve: bool, base: Path = ROOT) -> Path:
    """The folder with the newer program in it; run it with this as the working directory.

    Its migration adds only, and says so by its name or does not.
    """
    for name in ("tracer", "alembic", "config"):
        shutil.copytree(base / name, folder / name)  # with what is compiled already
    source = folder / "tracer" / "storage" / "migrations.py"
    head = _set(source, _HEAD, None)
    following = f"{int(head[:4]) + 1:04}"
    revision = f"{following}_from_{head[:4]}" if lets_older_serve else following
    migration = _MIGRATION.format(revision=revision, before=head, noun=f"mood_{following}")
    (folder / "alembic" / "versions" / f"{revision}_moods.py").write_text(migration, "utf-8")
    _set(source, _HEAD, revision)
    _set(folder / "tracer" / "__init__.py", _VERSION, version)
    return folder


def _set(path: Path, name: re.Pattern[str], value: str | None) -> str:
    """Give a constant of a file another value; what it was."""
    text = path.read_text("utf-8")
    (found,) = name.finditer(text)
    if value is not None:
        path.write_text(f"{text[: found.start(1)]}{value}{text[found.end(1) :]}", "utf-8")
    return found[1]
