"""A column that cannot be NOT NULL stops a revision before anything has changed, on servers that keep what ran, too."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from tests.databases.database import Database
from tests.runtime.project import Project

ADD = "op.add_column('t_a1', sa.Column('y', sa.Integer(), nullable=False))"
FILLED = "op.add_column('t_a1', sa.Column('y', sa.Integer(), nullable=False), existing_rows=1)"
SET = "op.alter_column('t_a1', 'x', existing_type=sa.Integer(), nullable=False)"
MADE = "op.create_table('made', sa.Column('id', sa.Integer(), primary_key=True))"


def with_rows(project: Project, database: Database, up: str) -> None:
    """a1 with a row in which x and z are NULL, and b2."""
    project.chain("a1")
    project.upgrade()
    database.execute("ALTER TABLE t_a1 ADD COLUMN z INTEGER")
    database.execute("INSERT INTO t_a1 (x) VALUES (NULL)")
    project.revision("b2", "a1", up)


def in_batch(*operations: str) -> str:
    calls = "\n    ".join(each.replace("op.", "batch.", 1).replace("'t_a1', ", "", 1) for each in operations)
    return f"with op.batch_alter_table('t_a1') as batch:\n    {calls}"


@pytest.mark.parametrize(
    ("refused", "column"),
    [
        (ADD, "y"),
        (SET, "x"),
        (f"{FILLED}\n{SET}", "x"),
        (in_batch(ADD), "y"),
        (f"op.drop_column('t_a1', 'x')\n{ADD}", "y"),
    ],
    ids=["a new column", "a column with NULL", "behind a filled one", "in a batch", "behind a dropped one"],
)
def test_nothing_has_changed(project: Project, database: Database, refused: str, column: str) -> None:
    with_rows(project, database, f"{MADE}\n{refused}")
    with pytest.raises(CommandError, match=rf"t_a1\.{column} cannot be NOT NULL"):
        project.upgrade()
    inspector = sa.inspect(database.engine())
    assert set(inspector.get_table_names()) == {"t_a1", "alembic_version"}
    assert [found["name"] for found in inspector.get_columns("t_a1")] == ["x", "z"]
    assert database.rows("SELECT x FROM t_a1") == [(None,)]


@pytest.mark.parametrize(
    "runs",
    [
        f"op.execute('UPDATE t_a1 SET x = 1')\n{SET}",
        f"op.execute('DELETE FROM t_a1')\n{ADD}",
        f"op.drop_column('t_a1', 'x')\n{FILLED.replace(chr(39) + 'y', chr(39) + 'x')}\n{SET}",
        f"op.rename_table('t_a1', 'old')\nop.create_table('t_a1', sa.Column('id', sa.Integer()))\n{ADD}",
        in_batch("op.execute('UPDATE t_a1 SET x = 1')", SET),
        "for x in [0]:\n    op.execute('UPDATE t_a1 SET x = 1')\n" + SET,
    ],
    ids=["filled", "emptied", "another column", "another table", "filled in a batch", "more than a list"],
)
def test_what_the_script_fills_or_empties_itself_runs(project: Project, database: Database, runs: str) -> None:
    with_rows(project, database, f"{MADE}\n{runs}")
    project.upgrade()
    assert database.rows("SELECT version_num FROM alembic_version") == [("b2",)]
