"""The models that are measured: tables as applications have them, as many as are asked for."""

from __future__ import annotations

import sqlalchemy as sa


def metadata(tables: int) -> sa.MetaData:
    """Tables of 12 columns, 2 foreign keys, 2 indexes, a unique, a check, comments and defaults; an enum per 5 tables."""
    found = sa.MetaData()
    for number in range(tables):
        _table(found, number)
    return found


def _table(found: sa.MetaData, number: int) -> sa.Table:
    name = f"t{number:05}"
    state = sa.Enum("new", "open", "done", name=f"state_{number // 5}")
    return sa.Table(
        name,
        found,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(20), nullable=False, comment="as printed"),
        sa.Column("name", sa.String(80), nullable=False, server_default="new"),
        sa.Column("description", sa.Text),
        sa.Column("price", sa.Numeric(10, 2), nullable=False, server_default=sa.text("0")),
        sa.Column("quantity", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.Column("weight", sa.Float),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("state", state, nullable=False, server_default="new"),
        sa.Column("created_at", sa.DateTime, server_default=sa.func.now()),
        sa.Column("parent_id", sa.ForeignKey(f"t{max(number - 1, 0):05}.id", name=f"fk_{name}_parent")),
        sa.Column("root_id", sa.ForeignKey("t00000.id", name=f"fk_{name}_root", ondelete="CASCADE")),
        sa.UniqueConstraint("code", name=f"uq_{name}_code"),
        sa.CheckConstraint("price >= 0 AND quantity > 0", name=f"ck_{name}_positive"),
        sa.Index(f"ix_{name}_name", "name"),
        sa.Index(f"ix_{name}_tree", "parent_id", "root_id"),
        comment="A table like many",
    )
