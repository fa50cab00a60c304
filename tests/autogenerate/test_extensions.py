"""Functions of plugins take part in a comparison: on every level, in both directions, before and after our own."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Enum, Integer, MetaData, String, Table, create_engine

from autodiff.autogenerate import comparators, produce_migrations, render_python_code, renderers
from autodiff.autogenerate.api import AutogenContext
from autodiff.autogenerate.comparison import compare
from autodiff.errors import CommandError, UsageError
from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from autodiff.operations.ops import AlterColumnOp, CreateIndexOp, ExecuteSQLOp, MigrateOperation, MigrationScript
from autodiff.render.review import Facts, Review
from autodiff.runtime.plugins import DispatchPriority, Plugin, PriorityDispatchResult
from tests.databases.database import Database


class MakeThingOp(MigrateOperation):
    def __init__(self, name: str, made: bool = True) -> None:
        self.name, self.made = name, made

    def reverse(self) -> MakeThingOp:
        return MakeThingOp(self.name, not self.made)


@renderers.dispatch_for(MakeThingOp)
def _render(context: Any, op: MakeThingOp) -> str:
    return f"op.{'make' if op.made else 'unmake'}_thing({op.name!r})"


def models() -> MetaData:
    metadata = MetaData()
    Table(
        "kept",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("note", String(40), comment="a note"),
    )
    Table("new", metadata, Column("id", Integer, primary_key=True))
    return metadata


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    engine = create_engine(database.url)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id INTEGER NOT NULL PRIMARY KEY, note VARCHAR(20))")
        connection.exec_driver_sql("CREATE TABLE gone (id INTEGER NOT NULL PRIMARY KEY)")
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture
def plugin() -> Iterator[Plugin]:
    plugin = Plugin("tests.extensions")
    yield plugin
    plugin.remove()


@pytest.fixture
def registry() -> Iterator[None]:
    """What is registered globally goes away again."""
    before = {key: list(entries) for key, entries in comparators._registry.items()}
    yield
    comparators._registry.clear()
    comparators._registry.update(before)


CHOSEN = ["alembic.autogenerate.*", "tests.extensions"]


def compared(connection: Connection, plugins: list[str] | None = None) -> MigrationScript:
    context = MigrationContext.configure(connection, opts={"autogenerate_plugins": plugins or CHOSEN})
    return produce_migrations(context, models())


def source(script: MigrationScript, way: str = "upgrade_ops") -> list[str]:
    return [line.strip() for line in render_python_code(getattr(script, way)).splitlines() if "op." in line]


@pytest.mark.parametrize("level", ["autogenerate", "schema"])
def test_what_a_function_adds_is_undone_in_reverse_order(connection: Connection, plugin: Plugin, level: str) -> None:
    def add(context: Any, ops: Any, *more: Any) -> None:
        ops.ops.insert(0, MakeThingOp("first"))
        ops.ops.append(MakeThingOp("last"))

    plugin.add_autogenerate_comparator(add, level)
    script = compared(connection)
    up, down = source(script), source(script, "downgrade_ops")
    assert (up[0], up[-1]) == ("op.make_thing('first')", "op.make_thing('last')")
    assert (down[0], down[-1]) == ("op.unmake_thing('last')", "op.unmake_thing('first')")
    assert len(up) > 2


def test_a_schema_function_sees_the_operations_and_the_schemas(connection: Connection, plugin: Plugin) -> None:
    seen = []
    plugin.add_autogenerate_comparator(
        lambda context, ops, schemas: seen.append((schemas, sorted(type(op).__name__ for op in ops.ops))), "schema"
    )
    compared(connection)
    assert seen == [({None}, ["CreateTableOp", "DropTableOp", "ModifyTableOps"])]


def test_a_table_function_is_called_for_each_table_with_what_there_is(connection: Connection, plugin: Plugin) -> None:
    seen = set()

    def look(context: Any, ops: Any, schema: Any, name: str, was: Any, is_: Any) -> None:
        seen.add((schema, name, was is not None, is_ is not None))

    plugin.add_autogenerate_comparator(look, "table")
    compared(connection)
    assert seen == {(None, "kept", True, True), (None, "new", False, True), (None, "gone", True, False)}


def test_an_operation_on_a_table_is_put_among_ours_and_undone_among_ours(
    connection: Connection, plugin: Plugin
) -> None:
    def index(context: Any, ops: Any, schema: Any, name: str, was: Any, is_: Any) -> None:
        if name == "kept":
            ops.ops.append(CreateIndexOp("ix_note", "kept", ["note"]))

    plugin.add_autogenerate_comparator(index, "table")
    script = compared(connection)
    tables = [op.table_name for op in script.upgrade_ops.ops if hasattr(op, "ops")]  # type: ignore[union-attr]
    assert tables == ["kept"]
    assert "ix_note" in render_python_code(script.upgrade_ops)
    assert "ix_note" in render_python_code(script.downgrade_ops)


def test_a_column_function_can_change_our_alteration(connection: Connection, plugin: Plugin) -> None:
    def using(context: Any, op: AlterColumnOp, schema: Any, table: str, name: str, was: Any, is_: Any) -> None:
        if name == "note":
            assert str(was.type) == "VARCHAR(20)"
            assert op.modify_type is not None
            op.modify_nullable = False

    plugin.add_autogenerate_comparator(using, "column", "nullable")
    script = compared(connection)
    assert any("nullable=False" in line for line in render_python_code(script.upgrade_ops).splitlines())
    assert "nullable=True" in render_python_code(script.downgrade_ops)


def test_a_function_of_high_priority_answers_in_our_place(connection: Connection, plugin: Plugin) -> None:
    def same(
        context: Any, op: AlterColumnOp, schema: Any, table: str, name: str, was: Any, is_: Any
    ) -> PriorityDispatchResult:
        assert op.modify_type is None
        return PriorityDispatchResult.STOP

    plugin.add_autogenerate_comparator(same, "column", "types", priority=DispatchPriority.FIRST)
    assert "VARCHAR" not in repr(compared(connection).upgrade_ops)
    plugin.remove()
    Plugin("tests.extensions")
    assert "VARCHAR" in repr(compared(connection).upgrade_ops).upper() or "String" in repr(
        compared(connection).upgrade_ops
    )


def test_functions_run_by_priority_until_one_says_stop(connection: Connection, plugin: Plugin) -> None:
    called: list[str] = []

    def named(name: str, answer: PriorityDispatchResult) -> Any:
        def fn(*args: Any) -> PriorityDispatchResult:
            called.append(name)
            return answer

        return fn

    plugin.add_autogenerate_comparator(
        named("last", PriorityDispatchResult.CONTINUE), "schema", "x", priority=DispatchPriority.LAST
    )
    plugin.add_autogenerate_comparator(named("middle", PriorityDispatchResult.STOP), "schema", "x")
    plugin.add_autogenerate_comparator(
        named("first", PriorityDispatchResult.CONTINUE), "schema", "x", priority=DispatchPriority.FIRST
    )
    plugin.add_autogenerate_comparator(named("other", PriorityDispatchResult.CONTINUE), "schema", "y")
    compared(connection)
    assert called == ["first", "middle", "other"]


def test_a_function_may_be_for_one_dialect(connection: Connection, plugin: Plugin) -> None:
    seen = []
    for name in ("sqlite", "postgresql", "mysql", "mariadb"):
        plugin.add_autogenerate_comparator(lambda *args, name=name: seen.append(name), "schema", qualifier=name)
    compared(connection)
    assert seen == [connection.dialect.name]


def test_of_one_priority_the_function_for_the_dialect_comes_first(connection: Connection, plugin: Plugin) -> None:
    seen: list[str] = []
    for qualifier in ("default", connection.dialect.name):
        plugin.add_autogenerate_comparator(
            lambda *args, name=qualifier: seen.append(name), "schema", qualifier, qualifier=qualifier
        )
    compared(connection)
    assert seen == [connection.dialect.name, "default"]


@pytest.mark.parametrize(
    ("plugins", "called"),
    [
        (["alembic.autogenerate.*"], False),
        (["alembic.autogenerate.*", "tests.*"], True),
        (["alembic.autogenerate.*", "tests.*", "~tests.extensions"], False),
    ],
)
def test_an_environment_chooses_its_plugins(
    connection: Connection, plugin: Plugin, plugins: list[str], called: bool
) -> None:
    seen = []
    plugin.add_autogenerate_comparator(lambda *args: seen.append(1), "autogenerate")
    compared(connection, plugins)
    assert bool(seen) is called


@pytest.mark.parametrize(
    ("plugins", "has", "lacks"),
    [
        (["alembic.autogenerate.*", "~alembic.autogenerate.types"], "create_table", "type_"),
        (["alembic.autogenerate.types"], "alter_column", "create_table"),
        (["autodiff.autogenerate.tables"], "drop_table", "alter_column"),
    ],
)
def test_our_own_parts_are_chosen_by_name(connection: Connection, plugins: list[str], has: str, lacks: str) -> None:
    text = render_python_code(compared(connection, plugins).upgrade_ops)
    assert has in text
    assert lacks not in text


def test_a_plugin_that_nobody_has_is_refused(connection: Connection) -> None:
    with pytest.raises(UsageError, match=r"no plugin 'alembic\.autogenerate\.tabels'"):
        compared(connection, ["alembic.autogenerate.tabels"])


@pytest.mark.usefixtures("registry")
def test_a_function_without_a_plugin_takes_part_everywhere(connection: Connection) -> None:
    @comparators.dispatch_for("schema")
    def add(context: Any, ops: Any, schemas: Any) -> None:
        ops.ops.append(MakeThingOp("global"))

    assert "op.make_thing('global')" in source(compared(connection, ["alembic.autogenerate.*"]))


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("level", ["autogenerate", "schema"])
def test_what_a_function_without_a_plugin_adds_stands_around_ours(connection: Connection, level: str) -> None:
    """A function that is a new table's default is made before the table; a view goes before its table."""
    comparators.dispatch_for(level)(lambda context, ops, *more: ops.ops.append(MakeThingOp("global")))
    script = compared(connection, ["alembic.autogenerate.*"])
    up, down = source(script), source(script, "downgrade_ops")
    assert (up[0], down[-1]) == ("op.make_thing('global')", "op.unmake_thing('global')")


def test_functions_are_called_from_the_outside_to_the_inside_and_back(connection: Connection, plugin: Plugin) -> None:
    called: list[str] = []
    for level in ("autogenerate", "schema", "table"):
        for priority in (DispatchPriority.FIRST, DispatchPriority.MEDIUM):
            name = f"{priority.name} {level}"
            plugin.add_autogenerate_comparator(
                lambda *args, name=name: called.append(name), level, name, priority=priority
            )
    compared(connection)
    assert list(dict.fromkeys(called)) == [
        *(f"FIRST {level}" for level in ("autogenerate", "schema", "table")),
        *(f"MEDIUM {level}" for level in ("table", "schema", "autogenerate")),
    ]


@pytest.mark.usefixtures("registry")
def test_a_program_may_take_its_functions_out_of_the_registries(connection: Connection) -> None:
    """As declarative-extensions does: it reads them under keys of two parts, and writes there what it leaves."""
    registry: Any = comparators._registry
    comparators.dispatch_for("schema")(lambda context, ops, schemas: None)
    assert [fn.__module__ for fn, _ in registry["schema", "default", DispatchPriority.MEDIUM]] == [__name__]
    registry["schema", "default"] = [fn for fn in registry["schema", "default"] if fn.__module__ != __name__]
    assert (MakeThingOp, "default") in renderers._registry
    assert "op.make_thing" not in source(compared(connection, ["alembic.autogenerate.*"]))


def test_the_downgrade_follows_a_plugin_that_takes_our_operations_away(connection: Connection, plugin: Plugin) -> None:
    def no_tables(context: Any, ops: Any, schemas: Any) -> None:
        ops.ops[:] = [op for op in ops.ops if hasattr(op, "ops")]

    plugin.add_autogenerate_comparator(no_tables, "schema")
    script = compared(connection)
    for way in ("upgrade_ops", "downgrade_ops"):
        assert "table(" not in render_python_code(getattr(script, way))
        assert "alter_column" in render_python_code(getattr(script, way))


def test_include_object_keeps_tables_from_the_functions_too(connection: Connection, plugin: Plugin) -> None:
    seen = set()
    plugin.add_autogenerate_comparator(lambda context, ops, schema, name, was, is_: seen.add(name), "table")
    opts = {"autogenerate_plugins": CHOSEN, "include_object": lambda o, name, type_, reflected, other: name != "gone"}
    produce_migrations(MigrationContext.configure(connection, opts=opts), models())
    assert seen == {"kept", "new"}


def test_a_custom_operation_goes_from_comparison_to_database(connection: Connection, plugin: Plugin) -> None:
    """setup(plugin) registers an operation, its implementation, its renderer and its comparison."""

    class SetVersionOp(MigrateOperation):
        def __init__(self, number: int, old: int = 0) -> None:
            self.number, self.old = number, old

        @classmethod
        def set_version(cls, operations: Operations, number: int) -> Any:
            return operations.invoke(cls(number))

        def reverse(self) -> SetVersionOp:
            return SetVersionOp(self.old, self.number)

    def setup(plugin: Plugin) -> None:
        Operations.register_operation("set_version")(SetVersionOp)
        Operations.implementation_for(SetVersionOp)(
            lambda operations, op: operations.invoke(ExecuteSQLOp(f"UPDATE kept SET id = {op.number}"))
        )
        renderers.dispatch_for(SetVersionOp)(lambda context, op: f"op.set_version({op.number})")
        plugin.add_autogenerate_comparator(compare, "autogenerate", "version")

    def compare(context: Any, ops: Any) -> PriorityDispatchResult:
        found = context.connection.exec_driver_sql("SELECT id FROM kept").scalar()
        if found != 7:
            ops.ops.append(SetVersionOp(7, found))
        return PriorityDispatchResult.CONTINUE

    connection.exec_driver_sql("INSERT INTO kept (id) VALUES (1)")
    setup(plugin)
    script = compared(connection)
    assert "op.set_version(7)" in source(script)
    assert "op.set_version(1)" in source(script, "downgrade_ops")
    with Operations.context(MigrationContext.configure(connection)) as operations:
        operations.invoke(script.upgrade_ops.ops[-1])  # type: ignore[union-attr]
    assert "op.set_version(7)" not in source(compared(connection))


def test_what_an_operation_of_a_plugin_calls_its_schema_need_not_be_a_name(
    connection: Connection, plugin: Plugin
) -> None:
    op = MakeThingOp("x")
    op.schema = {"name": "shop"}  # type: ignore[attr-defined]
    plugin.add_autogenerate_comparator(lambda context, ops, schemas: ops.ops.append(op), "schema")
    assert Review(compared(connection).upgrade_ops, Facts(connection.dialect)).notes  # type: ignore[arg-type]


class KeepEnumOp(MigrateOperation):
    """As alembic-postgresql-enum has them: by the type's name and schema, the default schema spelled out."""

    def __init__(self, name: str, schema: str, made: bool = True) -> None:
        self.name, self.schema, self.made = name, schema, made

    def reverse(self) -> KeepEnumOp:
        return KeepEnumOp(self.name, self.schema, not self.made)


@renderers.dispatch_for(KeepEnumOp)
def _render_enum(context: Any, op: KeepEnumOp) -> str:
    return f"op.{'keep' if op.made else 'leave'}_enum({op.name!r})"


def test_a_plugin_that_keeps_enum_types_does_so_in_our_place(connection: Connection, plugin: Plugin) -> None:
    if connection.dialect.name != "postgresql":
        pytest.skip("has no enum types")
    metadata = models()
    for name in ("mood", "kind"):
        metadata.tables["new"].append_column(Column(name, Enum("a", "b", name=name)))
    plugin.add_autogenerate_comparator(
        lambda context, ops, schemas: ops.ops.insert(0, KeepEnumOp("mood", "public")), "schema"
    )
    context = MigrationContext.configure(connection, opts={"autogenerate_plugins": CHOSEN})
    script = produce_migrations(context, metadata)
    made = [line for line in source(script) if "_enum(" in line]
    gone = [line for line in source(script, "downgrade_ops") if "_enum(" in line]
    assert made == ["op.keep_enum('mood')", "op.create_enum('kind', ['a', 'b'])"]
    assert gone == ["op.drop_enum('kind')", "op.leave_enum('mood')"]


class KeepSchemaOp(MigrateOperation):
    """As sqlalchemy-declarative-extensions has them: the schema is an object with a name."""

    def __init__(self, name: str) -> None:
        self.schema = SimpleNamespace(name=name)

    def reverse(self) -> KeepSchemaOp:
        return self


def test_a_plugin_that_keeps_schemas_does_so_in_our_place(connection: Connection, plugin: Plugin) -> None:
    if connection.dialect.name == "sqlite":
        pytest.skip("its schemas are attached files")
    metadata = models()
    for schema in ("theirs", "ours"):
        Table("there", metadata, Column("id", Integer, primary_key=True), schema=schema)
    plugin.add_autogenerate_comparator(
        lambda context, ops, schemas: ops.ops.insert(0, KeepSchemaOp("theirs")), "schema"
    )
    context = MigrationContext.configure(connection, opts={"autogenerate_plugins": CHOSEN})
    script = produce_migrations(context, metadata)
    for ops, own in ((script.upgrade_ops, "CreateSchemaOp"), (script.downgrade_ops, "DropSchemaOp")):
        assert ops is not None
        found = [(type(op).__name__, getattr(op, "name", None)) for op in ops.ops if "Schema" in type(op).__name__]
        assert sorted(found, key=str) == [(own, "ours"), ("KeepSchemaOp", None)]


def test_a_context_without_models_serves_hooks_but_compares_nothing(connection: Connection) -> None:
    context = MigrationContext.configure(connection)
    autogen = AutogenContext(context)
    assert autogen.sorted_tables == []
    with pytest.raises(CommandError, match="does not provide a MetaData object"):
        compare(autogen)
