"""The directives take what is documented of them, by name, kind and default."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.operations import BatchOperations, Operations, ops

# As documented; `*` begins the keywords, `=x` a default. What autodiff adds are further keywords.
OP = """
add_column(table_name, column, *, schema=None, if_not_exists=None, inline_references=None, inline_primary_key=None)
alter_column(table_name, column_name, *, nullable=None, comment=False, server_default=False, new_column_name=None, type_=None, existing_type=None, existing_server_default=False, existing_nullable=None, existing_comment=None, schema=None, **kw)
bulk_insert(table, rows, *, multiinsert=True)
create_check_constraint(constraint_name, table_name, condition, *, schema=None, **kw)
create_exclude_constraint(constraint_name, table_name, *elements, **kw)
create_foreign_key(constraint_name, source_table, referent_table, local_cols, remote_cols, *, onupdate=None, ondelete=None, deferrable=None, initially=None, match=None, source_schema=None, referent_schema=None, **dialect_kw)
create_index(index_name, table_name, columns, *, schema=None, unique=False, if_not_exists=None, **kw)
create_primary_key(constraint_name, table_name, columns, *, schema=None)
create_table(table_name, *columns, if_not_exists=None, **kw)
create_table_comment(table_name, comment, *, existing_comment=None, schema=None)
create_unique_constraint(constraint_name, table_name, columns, *, schema=None, **kw)
drop_column(table_name, column_name, *, schema=None, **kw)
drop_constraint(constraint_name, table_name, type_=None, *, schema=None, if_exists=None)
drop_index(index_name, table_name=None, *, schema=None, if_exists=None, **kw)
drop_table(table_name, *, schema=None, if_exists=None, **kw)
drop_table_comment(table_name, *, existing_comment=None, schema=None)
execute(sqltext, *, execution_options=None)
rename_table(old_table_name, new_table_name, *, schema=None)
batch_alter_table(table_name, schema=None, recreate='auto', partial_reordering=None, copy_from=None, table_args=(), table_kwargs={}, reflect_args=(), reflect_kwargs={}, naming_convention=None)
f(name)
get_bind()
get_context()
implementation_for(op_cls, replace=False)
inline_literal(value, type_=None)
invoke(operation)
register_operation(name, sourcename=None)
run_async(async_function, *args, **kw_args)
"""
BATCH = """
add_column(column, *, insert_before=None, insert_after=None, if_not_exists=None, inline_references=None, inline_primary_key=None)
alter_column(column_name, *, nullable=None, comment=False, server_default=False, new_column_name=None, type_=None, existing_type=None, existing_server_default=False, existing_nullable=None, existing_comment=None, insert_before=None, insert_after=None, **kw)
create_check_constraint(constraint_name, condition, **kw)
create_exclude_constraint(constraint_name, *elements, **kw)
create_foreign_key(constraint_name, referent_table, local_cols, remote_cols, *, referent_schema=None, onupdate=None, ondelete=None, deferrable=None, initially=None, match=None, **dialect_kw)
create_index(index_name, columns, **kw)
create_primary_key(constraint_name, columns)
create_table_comment(comment, *, existing_comment=None)
create_unique_constraint(constraint_name, columns, **kw)
drop_column(column_name, **kw)
drop_constraint(constraint_name, type_=None)
drop_index(index_name, **kw)
drop_table_comment(*, existing_comment=None)
execute(sqltext, *, execution_options=None)
"""


def documented(text: str) -> list[tuple[str, inspect.Signature]]:
    names: dict[str, Any] = {}
    for line in text.strip().splitlines():
        exec(f"def {line}: ...", names)
    return [(name, inspect.signature(fn)) for name, fn in names.items() if not name.startswith("__")]


@pytest.mark.parametrize(
    ("owner", "name", "wanted"),
    [(owner, *row) for owner, text in ((Operations, OP), (BatchOperations, BATCH)) for row in documented(text)],
)
def test_a_directive_has_its_documented_parameters(owner: Any, name: str, wanted: inspect.Signature) -> None:
    found = {p.name: p for p in inspect.signature(getattr(owner, name)).parameters.values() if p.name != "self"}
    for parameter in wanted.parameters.values():
        mine = found[parameter.name]
        assert (mine.kind, mine.default) == (parameter.kind, parameter.default)
    positional = [p.name for p in wanted.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [name for name, p in found.items() if p.kind is p.POSITIONAL_OR_KEYWORD] == positional


def test_a_directive_that_is_called_wrongly_says_its_name() -> None:
    with pytest.raises(TypeError, match=r"^create_index\(\) missing 1 required positional argument: 'columns'$"):
        ops.CreateIndexOp.create_index(None, "ix", "t")  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"^drop_column\(\) missing 2 required positional arguments"):
        ops.DropColumnOp.drop_column(None)  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"^drop_table\(\) takes 2 positional arguments but 3 were given$"):
        ops.DropTableOp.drop_table(None, "t", "schema")  # type: ignore[attr-defined]


def test_operations_are_equal_if_they_say_the_same() -> None:

    one, other = (ops.AddColumnOp("t", sa.Column("a", sa.String(5), server_default="x")) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    other.column.nullable = False
    assert one != other


def test_an_operation_prints_as_it_was_made() -> None:
    made = ops.CreateForeignKeyOp("fk", "t", "p", ["a"], ["id"], ondelete="CASCADE", use_alter=True)
    assert repr(made) == "CreateForeignKeyOp('fk', 't', 'p', ['a'], ['id'], ondelete='CASCADE', use_alter=True)"
    assert made.arguments(batch=True) == (["fk", "p", ["a"], ["id"]], {"ondelete": "CASCADE", "use_alter": True})


def test_arguments_after_one_that_is_left_out_are_keywords() -> None:
    dropped = ops.DropConstraintOp(None, "t", columns=["a"])
    assert dropped.arguments() == ([None, "t"], {"columns": ["a"]})


def test_an_operation_is_json() -> None:

    made = ops.CreateIndexOp("ix", "t", ["a", sa.text("lower(b)")], unique=True, postgresql_where=sa.text("a > 1"))
    assert json.loads(json.dumps(made.as_json())) == {
        "op": "CreateIndexOp",
        "index_name": "ix",
        "table_name": "t",
        "columns": ["a", {"text": "lower(b)"}],
        "unique": True,
        "kw": {"postgresql_where": {"text": "a > 1"}},
    }
