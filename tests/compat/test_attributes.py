"""What programs and plugins read off the objects that they are given is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff import util
from autodiff.autogenerate.api import AutogenContext
from autodiff.config import CommandLine, Config
from autodiff.migration import MigrationContext
from autodiff.operations import Operations, ops
from autodiff.runtime.environment import EnvironmentContext
from autodiff.runtime.migration import HeadMaintainer
from autodiff.script import ScriptDirectory
from autodiff.script.revision import Revision

A = sa.Column("a", sa.Integer)


def context() -> MigrationContext:
    return MigrationContext.configure(dialect_name="sqlite")


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (
            lambda: AutogenContext(context(), sa.MetaData(), autogenerate=False),
            "_name_filters _object_filters connection dialect imports metadata migration_context opts",
        ),
        (
            Config,
            "attributes cmd_opts config_args config_file_name config_ini_section output_buffer stdout toml_file_name",
        ),
        (CommandLine, "parser"),
        (
            context,
            "_migrations_fn _version as_sql bind connection dialect environment_context impl opts script",
        ),
        *(
            (lambda name=name: MigrationContext.configure(dialect_name=name).impl, "memo dialect transactional_ddl")
            for name in ("sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle")
        ),
        (lambda: Operations(context()), "impl migration_context"),
        (lambda: HeadMaintainer(context(), ()), "heads"),
        (lambda: EnvironmentContext(Config(), ScriptDirectory(".")), "config script context_opts"),
        (lambda: Revision("b", None), "branch_labels dependencies down_revision nextrev revision"),
        (lambda: ops.AddColumnOp("t", A), "column schema table_name kw"),
        (
            lambda: ops.AlterColumnOp("t", "a"),
            "column_name existing_type existing_nullable existing_server_default existing_comment kw modify_comment"
            " modify_name modify_nullable modify_server_default modify_type schema table_name",
        ),
        (lambda: ops.CreateIndexOp("i", "t", ["a"]), "columns index_name kw schema table_name unique"),
        (
            lambda: ops.CreateTableOp("t", []),
            "_constraints_included _namespace_metadata columns kw schema table_name comment info prefixes",
        ),
        (lambda: ops.DropColumnOp("t", "a"), "_reverse column_name kw schema table_name"),
        (lambda: ops.DropIndexOp("i", "t"), "index_name kw schema table_name"),
        (lambda: ops.DropTableOp("t"), "_reverse schema table_kw table_name"),
        (lambda: ops.ModifyTableOps("t", []), "ops schema table_name"),
        (lambda: ops.UpgradeOps([]), "ops upgrade_token"),
    ],
    ids=lambda value: None,
)
def test_it_has_what_is_read_off_it(make: Callable[[], Any], names: str) -> None:
    made = make()
    assert [name for name in names.split() if not hasattr(made, name)] == []


def test_nothing_made_a_tuple_or_a_list_is_still_nothing() -> None:
    assert (util.to_tuple(None), util.to_list(None), util.to_tuple(None, (1,))) == (None, None, (1,))
    assert (util.to_tuple("ab"), util.to_list(("a", "b"))) == (("ab",), ["a", "b"])
