"""A folder of migrations that Alembic and autodiff both can read: many small revisions in one line."""

from __future__ import annotations

from pathlib import Path

_INI = """\
[alembic]
script_location = %(here)s/migrations
sqlalchemy.url = sqlite:///%(here)s/history.db
path_separator = os
"""
_ENV = """\
from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
_MAKO = '''"""${message}"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
'''
_SCRIPT = '''\
"""Create table {number}

Revision ID: {revision}
Revises: {down}
Create Date: 2026-01-01 00:00:00

"""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("t{number}", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id"))


def downgrade() -> None:
    op.drop_table("t{number}")
'''


def write(folder: Path, revisions: int) -> None:
    """Write an ini file, an environment and a line of revisions into a folder."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text(_INI)
    (folder / "migrations" / "env.py").write_text(_ENV)
    (folder / "migrations" / "script.py.mako").write_text(_MAKO)
    down = None
    for number in range(revisions):
        # Spread like random ids, so that no order of names or files helps anybody.
        revision = f"{number * 2654435761 % 2**48:012x}"
        (versions / f"{revision}_t{number}.py").write_text(_SCRIPT.format(number=number, revision=revision, down=down))
        down = revision
