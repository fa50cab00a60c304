"""Enum types on PostgreSQL, with rows that have their labels."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer
from sqlalchemy.dialects import postgresql

from autodiff.errors import CommandError
from autodiff.operations import Operations, ops
from tests.operations.test_live import operations

MOOD = postgresql.ENUM("new", "it's", "old", name="mood", create_type=False)


def tables(op: Operations) -> None:
    op.create_enum("mood", ["new", "it's", "old"], comment="how it is")
    op.create_table(
        "t",
        Column("id", Integer, primary_key=True),
        Column("m", MOOD, server_default="new", nullable=False),
        Column("ms", postgresql.ARRAY(MOOD), server_default=sa.text("'{new,old}'")),
    )
    op.create_index("ix_m", "t", ["m"])
    op.execute("INSERT INTO t (id, m) VALUES (1, 'it''s'), (2, 'old'), (3, DEFAULT)")
    op.execute("CREATE ROLE autodiff_reader") if not _role(op) else None
    op.execute("REVOKE ALL ON TYPE mood FROM PUBLIC")
    op.execute("GRANT USAGE ON TYPE mood TO autodiff_reader")


def _role(op: Operations) -> Any:
    return op.get_bind().exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'autodiff_reader'").first()


def type_facts(database: Any) -> Any:
    return database.rows("SELECT obj_description(oid, 'pg_type'), typacl::text FROM pg_type WHERE typname = 'mood'")


def test_an_enum_gets_other_labels_and_keeps_rows_defaults_comment_and_grants(postgresql: Any) -> None:
    with operations(postgresql) as op:
        tables(op)
    before = type_facts(postgresql)
    with operations(postgresql) as op:
        op.replace_enum("mood", ["older", "new", "it's"], mapping={"old": "older"})
    assert postgresql.rows("SELECT id, m::text, ms::text FROM t ORDER BY id") == [
        (1, "it's", "{new,older}"),
        (2, "older", "{new,older}"),
        (3, "new", "{new,older}"),
    ]
    assert postgresql.rows("SELECT enum_range(NULL::mood)::text") == [("{older,new,it's}",)]
    assert type_facts(postgresql) == before
    postgresql.execute("INSERT INTO t (id) VALUES (9)")
    assert postgresql.rows("SELECT m::text FROM t WHERE id = 9") == [("new",)]
    assert postgresql.rows("SELECT typname FROM pg_type WHERE typname ~ '^mood'") == [("mood",)]


def test_a_label_that_rows_have_is_not_lost(postgresql: Any) -> None:
    with operations(postgresql) as op:
        tables(op)
    with operations(postgresql) as op, pytest.raises(CommandError, match=r"t\.m has rows with 'old'"):
        op.replace_enum("mood", ["new", "it's"])
    assert postgresql.rows("SELECT enum_range(NULL::mood)::text") == [("{new,it's,old}",)]


def test_a_label_that_is_a_default_is_not_lost(postgresql: Any) -> None:
    with operations(postgresql) as op:
        tables(op)
        op.execute("UPDATE t SET m = 'old', ms = NULL")
    with operations(postgresql) as op, pytest.raises(CommandError, match=r"t\.m has the default 'new'"):
        op.replace_enum("mood", ["old"])


def test_a_label_that_is_renamed_takes_its_default_along(postgresql: Any) -> None:
    with operations(postgresql) as op:
        tables(op)
        op.replace_enum("mood", ["fresh", "it's", "old"], mapping={"new": "fresh"})
    postgresql.execute("INSERT INTO t (id) VALUES (9)")
    assert postgresql.rows("SELECT m::text, ms::text FROM t WHERE id = 9") == [("fresh", "{fresh,old}")]


def test_labels_are_added_in_their_place_and_renamed(postgresql: Any) -> None:
    with operations(postgresql) as op:
        tables(op)
    with operations(postgresql) as op:
        op.add_enum_value("mood", "first", before="new")
        op.add_enum_value("mood", "last", if_not_exists=True)
        op.rename_enum_value("mood", "old", "ancient")
    assert postgresql.rows("SELECT enum_range(NULL::mood)::text") == [("{first,new,it's,ancient,last}",)]
    assert postgresql.rows("SELECT m::text FROM t WHERE id = 2") == [("ancient",)]


def test_enum_operations_are_undone_where_they_can_be() -> None:
    created = ops.CreateEnumOp("mood", ["a", "b"], schema="s", comment="c")
    assert created.reverse().reverse() == created
    replaced = ops.ReplaceEnumOp("mood", ["a", "c"], mapping={"b": "c"}, existing=["a", "b"])
    assert replaced.reverse() == ops.ReplaceEnumOp("mood", ["a", "b"], mapping={"c": "b"}, existing=["a", "c"])
    with pytest.raises(ValueError, match="not known"):
        ops.DropEnumOp("mood").reverse()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["CREATE AGGREGATE last(mood) (SFUNC = mood_larger, STYPE = mood)"], "function last(mood)"),
        (
            ["CREATE TABLE p (m mood) PARTITION BY LIST (m)", "CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('new')"],
            "the partition key of p",
        ),
    ],
)
def test_what_keeps_the_old_type_is_named_before_anything_changed(
    postgresql: Any, statements: list[str], said: str
) -> None:
    function = "CREATE FUNCTION mood_larger(mood, mood) RETURNS mood LANGUAGE sql AS 'SELECT greatest($1, $2)'"
    with operations(postgresql) as op:
        op.create_enum("mood", ["new", "old"])
        for statement in [function, *statements] if "AGGREGATE" in statements[0] else statements:
            op.execute(statement)
    with (
        operations(postgresql) as op,
        pytest.raises(CommandError, match=f"other labels: .*{re.escape(said)}.* depends on it"),
    ):
        op.replace_enum("mood", ["old", "new"])
    assert postgresql.rows("SELECT enum_range(NULL::mood)::text") == [("{new,old}",)]
