"""What a batch finds, and makes, by the names that a script says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from autodiff.operations import Operations, ops

CONVENTION = {
    "ck": "ck_%(table_name)s_`%(constraint_name)s`",
    "uq": "uq_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(constraint_name)s",
}
CHECK, UNIQUE = "CHECK (a > 0)", "UNIQUE (a)"
FOREIGN_KEY = "FOREIGN KEY (a) REFERENCES p (id)"


def table_of(statement: str, *dropped: tuple[Any, str]) -> str:
    """The table's text after these constraints were dropped from it in one batch."""
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(statement)
        opts = {"target_metadata": sa.MetaData(naming_convention=CONVENTION)}
        operations = Operations(MigrationContext.configure(connection, opts=opts))
        with operations.batch_alter_table("t") as batch_op:
            for name, type_ in dropped:
                batch_op.drop_constraint(name, type_=type_)
        return " ".join(
            connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 't'").scalar_one().split()
        )


@pytest.mark.parametrize(
    ("constraint", "name", "type_"),
    [
        (f'CONSTRAINT "ck_t_`n`" {CHECK}', "n", "check"),
        (f"CONSTRAINT uq_t_n {UNIQUE}", "n", "unique"),
        (f"CONSTRAINT fk_t_n {FOREIGN_KEY}", "n", "foreignkey"),
        # the name of another tool, or of a time before the convention
        (f"CONSTRAINT n {CHECK}", "n", "check"),
        (f"CONSTRAINT n {CHECK}", conv("n"), "check"),
        (f"CONSTRAINT uq_t_n {UNIQUE}", conv("uq_t_n"), "unique"),
    ],
)
def test_a_constraint_is_found_by_the_name_that_the_convention_makes_of_it(
    constraint: str, name: Any, type_: str
) -> None:
    assert table_of(f"CREATE TABLE t (a INTEGER, {constraint})", (name, type_)) == 'CREATE TABLE "t" ( a INTEGER )'


def test_the_inspector_finds_the_name_of_a_foreign_key_that_came_with_its_column() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as batch_op:
            batch_op.add_column(sa.Column("p_id", sa.Integer, sa.ForeignKey("p.id", name="fk")))
        assert [key["name"] for key in sa.inspect(connection).get_foreign_keys("t")] == ["fk"]


@pytest.mark.parametrize("constraint", [CHECK, UNIQUE, FOREIGN_KEY])
def test_a_name_that_sqlite_keeps_twice_goes_twice(constraint: str) -> None:
    twice = f"CREATE TABLE t (a INTEGER, CONSTRAINT n {constraint}, CONSTRAINT n {constraint})"
    assert table_of(twice, ("n", None)) == 'CREATE TABLE "t" ( a INTEGER )'


def test_a_constraint_may_be_dropped_after_its_column() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(f"CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT fk {FOREIGN_KEY})")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as batch_op:
            batch_op.drop_column("a")
            batch_op.drop_constraint("fk", type_="foreignkey")
        assert [column["name"] for column in sa.inspect(connection).get_columns("t")] == ["b"]


@pytest.mark.parametrize("again", [False, True], ids=["dropped", "dropped and added again"])
def test_an_index_may_be_dropped_after_its_column(again: bool) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, b INTEGER)")
        connection.exec_driver_sql("CREATE UNIQUE INDEX ix ON t (a, b)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as batch_op:
            batch_op.drop_column("a")
            batch_op.drop_index("ix")
            if again:
                batch_op.add_column(sa.Column("a", sa.Text))
        inspector = sa.inspect(connection)
        assert [column["name"] for column in inspector.get_columns("t")] == (["b", "a"] if again else ["b"])
        assert inspector.get_indexes("t") == []


LATER = {
    "index": (lambda batch_op: batch_op.create_index("n", ["b"]), "CREATE INDEX n ON t (b)"),
    "unique": (lambda batch_op: batch_op.create_unique_constraint("n", ["b"]), "CONSTRAINT n UNIQUE (b)"),
    "foreign key": (
        lambda batch_op: batch_op.create_foreign_key("n", "p", ["b"], ["id"]),
        "CONSTRAINT n FOREIGN KEY(b) REFERENCES p (id)",
    ),
}


@pytest.mark.parametrize("brought", ["added", "renamed"])
@pytest.mark.parametrize("what", LATER)
def test_a_batch_may_use_a_column_before_it_brings_it(what: str, brought: str) -> None:
    """As prefect's scripts do: a batch is one change, whatever the order of its lines."""
    use, wanted = LATER[what]
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, c INTEGER)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always") as batch_op:
            use(batch_op)
            if brought == "added":
                batch_op.add_column(sa.Column("b", sa.Integer))
            else:
                batch_op.alter_column("c", new_column_name="b")
        texts = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 't' AND sql IS NOT NULL"
        ).scalars()
        assert wanted in " ".join(" ".join(texts).split())


def test_a_batch_makes_the_index_of_a_model_over_an_expression() -> None:
    model = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    index = sa.Index("n", sa.func.coalesce(model.c.b, model.c.a).desc(), sqlite_where=model.c.a > 1)
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, b TEXT)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.invoke(ops.CreateIndexOp.from_index(index))
        texts = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'n'").scalars().all()
        assert texts == ["CREATE INDEX n ON t (coalesce(b, a) DESC) WHERE a > 1"]


def test_a_batch_makes_an_index_whose_key_is_a_literal() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, b TEXT)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.create_index("n", [sa.literal_column("a DESC"), "b"])
        texts = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'n'").scalars().all()
        assert texts == ["CREATE INDEX n ON t (a DESC, b)"]


def test_a_batch_does_not_use_a_column_that_nothing_brings() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        operations = Operations(MigrationContext.configure(connection))
        rebuild = operations.batch_alter_table("t", recreate="always")
        batch_op = rebuild.__enter__()
        batch_op.create_index("n", ["b"])
        batch_op.add_column(sa.Column("d", sa.Integer))
        with pytest.raises(CommandError, match="table 't' has no column 'b'; its columns are a, d"):
            rebuild.__exit__(None, None, None)


def test_a_name_of_two_things_is_not_dropped_at_random() -> None:
    with pytest.raises(CommandError, match="'n' is ambiguous on table 't': 2 are alike"):
        table_of(
            "CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT n UNIQUE (a), CONSTRAINT n UNIQUE (b))", ("n", "unique")
        )


BY_COLUMN = {
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s_of_us",
}


@pytest.mark.parametrize("convention", [None, BY_COLUMN], ids=["no convention", "convention"])
@pytest.mark.parametrize(
    ("column", "unnamed", "named"),
    [
        (lambda: sa.Column("b", sa.Integer, sa.ForeignKey("p.id")), None, "fk_t_b_p"),
        (lambda: sa.Column("b", sa.Integer, sa.ForeignKey("p.id", name="mine")), "mine", "mine"),
        (lambda: sa.Column("b", sa.Integer, unique=True), None, "uq_t_b"),
        (lambda: sa.Column("b", sa.Integer, index=True), "ix_t_b", "ix_t_b_of_us"),
        (lambda: sa.Column("b", sa.Integer, index=True, unique=True), "ix_t_b", "ix_t_b_of_us"),
    ],
    ids=["foreign key", "named foreign key", "unique", "index", "unique index"],
)
def test_what_a_new_column_brings_into_a_rebuilt_table_is_called_by_the_models_convention(
    column: Any, unnamed: str | None, named: str, convention: dict[str, str] | None
) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER)")
        opts = {"target_metadata": sa.MetaData(naming_convention=convention)}
        operations = Operations(MigrationContext.configure(connection, opts=opts))
        with operations.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.add_column(column())
        inspector = sa.inspect(connection)
        found = [
            *inspector.get_foreign_keys("t"),
            *inspector.get_unique_constraints("t"),
            *inspector.get_indexes("t"),
        ]
    assert [each["name"] for each in found] == [named if convention else unnamed]


@pytest.mark.parametrize(
    ("there", "add", "count"),
    [
        (UNIQUE, lambda batch_op: batch_op.create_unique_constraint("n", ["a"]), 1),
        (UNIQUE, lambda batch_op: batch_op.create_unique_constraint("n", ["b"]), 2),
        (UNIQUE, lambda batch_op: batch_op.create_unique_constraint("m", ["a"]), 2),
        (CHECK, lambda batch_op: batch_op.create_check_constraint("n", "a > 0"), 1),
        (CHECK, lambda batch_op: batch_op.create_check_constraint("n", "a > 1"), 2),
        (FOREIGN_KEY, lambda batch_op: batch_op.create_foreign_key("n", "p", ["a"], ["id"]), 1),
        (FOREIGN_KEY, lambda batch_op: batch_op.create_foreign_key("n", "p", ["a"], ["id"], ondelete="CASCADE"), 1),
        (FOREIGN_KEY, lambda batch_op: batch_op.create_foreign_key("n", "p", ["b"], ["id"]), 2),
    ],
)
def test_a_constraint_that_is_added_again_under_its_name_stands_there_once(there: str, add: Any, count: int) -> None:
    """Others refuse it; SQLite would keep it twice, which the next comparison shows as a difference."""
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(f"CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT n {there})")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t") as batch_op:
            add(batch_op)
        text = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 't'").scalar_one()
    assert text.upper().count("CONSTRAINT ") == count


def drops_the_last_and_adds(batch_op: Any) -> None:
    batch_op.add_column(sa.Column("x", sa.Integer))
    batch_op.drop_column("c")


def drops_and_adds_again(batch_op: Any) -> None:
    batch_op.drop_column("id")
    batch_op.add_column(sa.Column("id", sa.String))
    batch_op.drop_column("c")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [(drops_the_last_and_adds, ["id", "a", "b", "x"]), (drops_and_adds_again, ["a", "b", "id"])],
)
def test_a_column_that_a_batch_adds_comes_last_whatever_goes(change: Callable[[Any], None], wanted: list[str]) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER)")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always") as batch_op:
            change(batch_op)
        assert [column["name"] for column in sa.inspect(connection).get_columns("t")] == wanted


SAYS = {
    "a column that is there": (lambda op: op.add_column("t", sa.Column("a", sa.String)), "duplicate column name: a"),
    "one with a computed default": (
        lambda op: op.add_column("t", sa.Column("A", sa.DateTime, server_default=sa.func.now())),
        "duplicate column name: A",
    ),
    "a column that is not there": (lambda op: op.drop_column("t", "z"), "no such column"),
    "a table that is not there": (lambda op: op.drop_column("z", "a"), "no such table: z"),
    "a table that is not there, computed": (
        lambda op: op.add_column("z", sa.Column("a", sa.DateTime, server_default=sa.func.now())),
        "no such table: z",
    ),
}


@pytest.mark.parametrize("what", SAYS)
def test_outside_of_a_batch_sqlite_itself_refuses_a_column_as_scripts_that_catch_its_error_expect(what: str) -> None:
    change, said = SAYS[what]
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a INTEGER, b INTEGER)")
        operations = Operations(MigrationContext.configure(connection))
        with pytest.raises(sa.exc.OperationalError, match=said):
            change(operations)
        operations.add_column("t", sa.Column("made_at", sa.DateTime, server_default=sa.func.now()))
        operations.drop_column("t", "b")
        assert [column["name"] for column in sa.inspect(connection).get_columns("t")] == ["a", "made_at"]
