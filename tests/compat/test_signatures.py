"""What is documented can be called as documented: each parameter by name, kind and default. The directives' own table
is in tests/operations/test_signature.py."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pytest

# As documented; `*` begins the keywords, `=x` a default (`...`: some default). What autodiff adds comes behind it, with a
# default, or as a keyword.
DOCUMENTED = """
command.branches(config, verbose=False)
command.check(config)
command.current(config, check_heads=False, verbose=False)
command.downgrade(config, revision, sql=False, tag=None)
command.edit(config, rev)
command.ensure_version(config, sql=False)
command.heads(config, verbose=False, resolve_dependencies=False)
command.history(config, rev_range=None, verbose=False, indicate_current=False)
command.init(config, directory, template='generic', package=False)
command.list_templates(config)
command.merge(config, revisions, message=None, branch_label=None, rev_id=None)
command.revision(config, message=None, autogenerate=False, sql=False, head='head', splice=False, branch_label=None, version_path=None, rev_id=None, depends_on=None, process_revision_directives=None)
command.show(config, rev)
command.stamp(config, revision, sql=False, tag=None, purge=False)
command.upgrade(config, revision, sql=False, tag=None)
config.Config(file_=None, toml_file=None, ini_section='alembic', output_buffer=None, stdout=..., cmd_opts=None, config_args=..., attributes=None)
config.Config.get_main_option(name, default=None)
config.Config.set_main_option(name, value)
config.Config.remove_main_option(name)
config.Config.get_section(name, default=None)
config.Config.set_section_option(section, name, value)
config.Config.get_section_option(section, name, default=None)
config.Config.get_alembic_option(name, default=None)
config.Config.get_alembic_boolean_option(name)
config.Config.get_version_locations_list()
config.Config.get_prepend_sys_paths_list()
config.Config.get_hooks_list()
config.Config.get_template_directory()
config.Config.print_stdout(text, *arg)
config.CommandLine(prog=None)
config.CommandLine.main(argv=None)
config.CommandLine.register_command(fn)
config.CommandLine.run_cmd(config, options)
config.main(argv=None, prog=None, **kwargs)
runtime.environment.EnvironmentContext(config, script, **kw)
runtime.environment.EnvironmentContext.configure(connection=None, url=None, dialect_name=None, dialect_opts=None, transactional_ddl=None, transaction_per_migration=False, output_buffer=None, starting_rev=None, tag=None, template_args=None, render_as_batch=False, target_metadata=None, include_name=None, include_object=None, include_schemas=False, process_revision_directives=None, compare_type=True, compare_server_default=..., render_item=None, literal_binds=False, upgrade_token='upgrades', downgrade_token='downgrades', alembic_module_prefix='op.', sqlalchemy_module_prefix='sa.', user_module_prefix=None, on_version_apply=None, autogenerate_plugins=None, **kw)
runtime.environment.EnvironmentContext.run_migrations(**kw)
runtime.environment.EnvironmentContext.execute(sql, execution_options=None)
runtime.environment.EnvironmentContext.static_output(text)
runtime.environment.EnvironmentContext.begin_transaction()
runtime.environment.EnvironmentContext.get_x_argument(as_dictionary=False)
runtime.environment.EnvironmentContext.get_bind()
runtime.environment.EnvironmentContext.get_context()
runtime.environment.EnvironmentContext.get_impl()
runtime.environment.EnvironmentContext.get_tag_argument()
runtime.environment.EnvironmentContext.get_head_revision()
runtime.environment.EnvironmentContext.get_head_revisions()
runtime.environment.EnvironmentContext.get_revision_argument()
runtime.environment.EnvironmentContext.get_starting_revision_argument()
runtime.environment.EnvironmentContext.is_offline_mode()
runtime.environment.EnvironmentContext.is_transactional_ddl()
runtime.environment.EnvironmentContext.requires_connection()
runtime.migration.MigrationContext(dialect, connection, opts, environment_context=None)
runtime.migration.MigrationContext.configure(connection=None, url=None, dialect_name=None, dialect=None, environment_context=None, dialect_opts=None, opts=None)
runtime.migration.MigrationContext.get_current_revision()
runtime.migration.MigrationContext.get_current_heads()
runtime.migration.MigrationContext.run_migrations(**kw)
runtime.migration.MigrationContext.stamp(script_directory, revision)
runtime.migration.MigrationContext.execute(sql, execution_options=None)
runtime.migration.MigrationContext.begin_transaction(_per_migration=False)
runtime.migration.MigrationContext.autocommit_block()
script.ScriptDirectory(dir, file_template=..., truncate_slug_length=40, version_locations=None, sourceless=False, output_encoding='utf-8', timezone=None, hooks=..., recursive_version_locations=False, messaging_opts=...)
script.ScriptDirectory.from_config(config)
script.ScriptDirectory.walk_revisions(base='base', head='heads')
script.ScriptDirectory.get_revisions(id_)
script.ScriptDirectory.get_all_current(id_)
script.ScriptDirectory.get_revision(id_)
script.ScriptDirectory.as_revision_number(id_)
script.ScriptDirectory.iterate_revisions(upper, lower, **kw)
script.ScriptDirectory.get_current_head()
script.ScriptDirectory.get_heads(consider_depends_on=False)
script.ScriptDirectory.get_base()
script.ScriptDirectory.get_bases()
script.ScriptDirectory.run_env()
script.ScriptDirectory.generate_revision(revid, message, head=None, splice=False, branch_labels=None, version_path=None, file_template=None, depends_on=None, **kw)
script.Script(module, rev_id, path)
script.revision.Revision(revision, down_revision, dependencies=None, branch_labels=None)
script.revision.Revision.verify_rev_id(revision)
script.revision.RevisionMap(generator)
script.revision.RevisionMap.add_revision(revision, _replace=False)
script.revision.RevisionMap.get_current_head(branch_label=None)
script.revision.RevisionMap.get_revisions(id_)
script.revision.RevisionMap.get_revision(id_)
script.revision.RevisionMap.filter_for_lineage(targets, check_against, include_dependencies=False)
script.revision.RevisionMap.iterate_revisions(upper, lower, implicit_base=False, inclusive=False, assert_relative_length=True, select_for_downgrade=False)
script.write_hooks.register(name)
autogenerate.compare_metadata(context, metadata)
autogenerate.produce_migrations(context, metadata)
autogenerate.render_python_code(up_or_down_op, sqlalchemy_module_prefix='sa.', alembic_module_prefix='op.', render_as_batch=False, imports=(), render_item=None, migration_context=None, user_module_prefix=None)
autogenerate.render_op_text(autogen_context, op)
autogenerate.api.AutogenContext(migration_context, metadata=None, opts=None, autogenerate=True)
autogenerate.api.AutogenContext.run_name_filters(name, type_, parent_names)
autogenerate.api.AutogenContext.run_object_filters(object_, name, type_, reflected, compare_to)
autogenerate.api.RevisionContext(config, script_directory, command_args, process_revision_directives=None)
autogenerate.api.RevisionContext.run_autogenerate(rev, migration_context)
autogenerate.api.RevisionContext.run_no_autogenerate(rev, migration_context)
autogenerate.api.RevisionContext.generate_scripts()
autogenerate.rewriter.Rewriter()
autogenerate.rewriter.Rewriter.chain(other)
autogenerate.rewriter.Rewriter.rewrites(operator)
runtime.plugins.Plugin(name)
runtime.plugins.Plugin.remove()
runtime.plugins.Plugin.add_autogenerate_comparator(fn, compare_target, compare_element=None, *, qualifier='default', priority=...)
runtime.plugins.Plugin.setup_plugin_from_module(module, name)
runtime.plugins.Plugin.populate_autogenerate_priority_dispatch(comparators, include_plugins)
util.langhelpers.Dispatcher.dispatch_for(target, *, qualifier='default', replace=False)
util.langhelpers.asbool(obj)
util.messaging.status(status_msg, newline=False, quiet=False)
util.editor.open_in_editor(filename, environ=None)
util.langhelpers.Dispatcher.dispatch(obj, qualifier='default')
util.langhelpers.PriorityDispatcher.dispatch_for(target, *, priority=..., qualifier='default', subgroup=None)
ddl.impl.DefaultImpl(dialect, connection, as_sql, transactional_ddl, output_buffer, context_opts)
ddl.impl.DefaultImpl.static_output(text)
ddl.impl.DefaultImpl.execute(sql, execution_options=None)
ddl.impl.DefaultImpl.rename_table(old_table_name, new_table_name, schema=None)
ddl.impl.DefaultImpl.create_table(table, **kw)
ddl.impl.DefaultImpl.drop_table(table, **kw)
ddl.impl.DefaultImpl.create_index(index, **kw)
ddl.impl.DefaultImpl.drop_index(index, **kw)
ddl.impl.DefaultImpl.add_column(table_name, column, *, schema=None, if_not_exists=None, inline_references=None, inline_primary_key=None)
ddl.impl.DefaultImpl.drop_column(table_name, column, *, schema=None, if_exists=None, **kw)
ddl.impl.DefaultImpl.bulk_insert(table, rows, multiinsert=True)
ddl.impl.DefaultImpl.compare_type(inspector_column, metadata_column)
ddl.impl.DefaultImpl.compare_server_default(inspector_column, metadata_column, rendered_metadata_default, rendered_inspector_default)
ddl.impl.DefaultImpl.correct_for_autogen_constraints(conn_uniques, conn_indexes, metadata_unique_constraints, metadata_indexes)
ddl.impl.DefaultImpl.correct_for_autogen_foreignkeys(conn_fks, metadata_fks)
ddl.impl.DefaultImpl.render_ddl_sql_expr(expr, is_server_default=False, **kw)
ddl.impl.DefaultImpl.render_type(type_obj, autogen_context)
ddl.impl.DefaultImpl.cast_for_batch_migrate(existing, existing_transfer, new_type)
ddl.impl.DefaultImpl.prep_table_for_batch(batch_impl, table)
ddl.impl.DefaultImpl.requires_recreate_in_batch(batch_op)
ddl.impl.DefaultImpl.version_table_impl(*, version_table, version_table_schema, version_table_pk, **kw)
operations.ops.CreateTableOp(table_name, columns, *, schema=None, if_not_exists=None, _namespace_metadata=None, _constraints_included=False, **kw)
operations.ops.CreateTableOp.from_table(table, *, _namespace_metadata=None)
operations.ops.CreateTableOp.to_table(migration_context=None)
operations.ops.DropTableOp(table_name, *, schema=None, if_exists=None, table_kw=None, _reverse=None)
operations.ops.AddColumnOp(table_name, column, *, schema=None, if_not_exists=None, inline_references=None, inline_primary_key=None, **kw)
operations.ops.AddColumnOp.from_column(col)
operations.ops.AddColumnOp.from_column_and_tablename(schema, tname, col)
operations.ops.DropColumnOp(table_name, column_name, *, schema=None, if_exists=None, _reverse=None, **kw)
operations.ops.AlterColumnOp(table_name, column_name, *, schema=None, existing_type=None, existing_server_default=False, existing_nullable=None, existing_comment=None, modify_nullable=None, modify_comment=False, modify_server_default=False, modify_name=None, modify_type=None, **kw)
operations.ops.CreateIndexOp(index_name, table_name, columns, *, schema=None, unique=False, if_not_exists=None, **kw)
operations.ops.CreateIndexOp.from_index(index)
operations.ops.CreateIndexOp.to_index(migration_context=None)
operations.ops.DropIndexOp(index_name, table_name=None, *, schema=None, if_exists=None, _reverse=None, **kw)
operations.ops.CreateUniqueConstraintOp(constraint_name, table_name, columns, *, schema=None, **kw)
operations.ops.CreateForeignKeyOp(constraint_name, source_table, referent_table, local_cols, remote_cols, **kw)
operations.ops.CreateCheckConstraintOp(constraint_name, table_name, condition, *, schema=None, **kw)
operations.ops.CreatePrimaryKeyOp(constraint_name, table_name, columns, *, schema=None, **kw)
operations.ops.DropConstraintOp(constraint_name, table_name, type_=None, *, schema=None, if_exists=None, _reverse=None)
operations.ops.RenameTableOp(old_table_name, new_table_name, *, schema=None)
operations.ops.ExecuteSQLOp(sqltext, *, execution_options=None)
operations.ops.BulkInsertOp(table, rows, *, multiinsert=True)
operations.ops.ModifyTableOps(table_name, ops, *, schema=None)
operations.ops.UpgradeOps(ops=(), upgrade_token='upgrades')
operations.ops.DowngradeOps(ops=(), downgrade_token='downgrades')
operations.ops.MigrationScript(rev_id, upgrade_ops, downgrade_ops, *, message=None, imports=None, head=None, splice=None, branch_label=None, version_path=None, depends_on=None)
operations.Operations(migration_context, impl=None)
operations.Operations.context(migration_context)
"""

_ANY = ...


def documented() -> list[tuple[str, inspect.Signature]]:
    rows = []
    for line in DOCUMENTED.strip().splitlines():
        name, _, parameters = line.partition("(")
        names: dict[str, Any] = {}
        exec(f"def fn({parameters}: ...", names)
        rows.append((name, inspect.signature(names["fn"])))
    return rows


def found(path: str) -> Any:
    """The object at a dotted path below `autodiff`."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing = import_module(".".join(["autodiff", *parts[:length]]))
        except ImportError:
            continue
        for part in parts[length:]:
            thing = getattr(thing, part)
        return thing
    raise AssertionError(path)


@pytest.mark.parametrize(("name", "wanted"), documented(), ids=lambda value: value if isinstance(value, str) else "")
def test_it_can_be_called_as_documented(name: str, wanted: inspect.Signature) -> None:
    mine = {p.name: p for p in inspect.signature(found(name)).parameters.values() if p.name != "self"}
    for parameter in wanted.parameters.values():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            assert any(p.kind is parameter.kind for p in mine.values())
            continue
        got = mine[parameter.name]
        assert got.kind is parameter.kind
        if parameter.default is not _ANY:
            assert got.default == parameter.default or {got.default, parameter.default} <= {(), None}
        else:
            assert got.default is not got.empty
    places = [p.name for p in wanted.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    ours = [p.name for p in mine.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert ours[: len(places)] == places
    more = [p for name, p in mine.items() if name not in wanted.parameters and p.kind < p.VAR_KEYWORD]
    assert all(p.default is not p.empty or p.kind is p.VAR_POSITIONAL for p in more)
