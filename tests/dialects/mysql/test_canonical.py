"""The models' DDL is asked of the server: what it prints the same is no difference, and nothing is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from autodiff.dialects import room_of
from autodiff.dialects.mysql.session import Settings, reading
from autodiff.dialects.room import Scope
from autodiff.diff.differ import diff, settled
from autodiff.operations.literal import DatabaseType
from autodiff.reflect.models import read_models
from autodiff.state import Change, Comparison

pytestmark = pytest.mark.families("mariadb", "mysql")


def comparison(
    connection: sa.Connection,
    metadata: sa.MetaData,
    schemas: tuple[str | None, ...] = (None,),
    scratch: sa.Connection | None = None,
) -> Comparison:
    room = room_of(connection.dialect)
    models = read_models(metadata, connection.dialect, room.server(connection))
    tables = frozenset(key for key in models.objects if key.kind == "table")
    scope = Scope(schemas=schemas, owned=frozenset(schemas), tables=tables)
    database = room.read(connection, scope)
    return settled(room.canonical(connection, models, database, scope, scratch=scratch))


def differences(
    connection: sa.Connection, metadata: sa.MetaData, schemas: tuple[str | None, ...] = (None,)
) -> list[str]:
    found = comparison(connection, metadata, schemas)
    assert found.not_compared == ()
    changes = diff(found.before, found.after)
    return [f"{c.verb} {c.kind} {c.key.label}" + "".join(f" {name}" for name in c.fields) for c in changes]


def models(*items: sa.schema.SchemaItem, **keywords: object) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *items, **keywords)
    return metadata


def made(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows with models, which can be asked for again, of what they wrote."""
    return [
        (stored, models(*(written if isinstance(written, tuple) else (written,))), *wanted)
        for stored, written, *wanted in rows
    ]


@contextmanager
def connected(database) -> Iterator[sa.Connection]:
    with database.engine().connect() as connection:
        yield connection


@pytest.mark.parametrize(
    ("stored", "written"),
    made([
        ("x int default 1", sa.Column("x", sa.Integer, server_default="1")),
        ("x bool default true", sa.Column("x", sa.Boolean, server_default=sa.text("TRUE"))),
        ("x time default '1:2'", sa.Column("x", sa.Time, server_default="01:02:00")),
        ("x json", sa.Column("x", sa.JSON)),
        ("x int null default null", sa.Column("x", sa.Integer)),
        ("x int, check (x in (1,2))", sa.Column("x", sa.Integer, sa.CheckConstraint("x IN (1, 2)"))),
        ("x int check (x > 0)", sa.Column("x", sa.Integer, sa.CheckConstraint("x>0"))),
        ("x varchar(9) collate utf8mb4_bin", sa.Column("x", mysql.VARCHAR(9, charset="utf8mb4", collation="utf8mb4_bin"))),
        ("x enum('a','b') not null default 'a'", sa.Column("x", sa.Enum("a", "b"), server_default="A", nullable=False)),
        ("x timestamp not null default now() on update now()",
         sa.Column("x", sa.TIMESTAMP, nullable=False,
                   server_default=sa.text("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"))),
        ("x int, y int as (x + 1) stored", (sa.Column("x", sa.Integer), sa.Column("y", sa.Integer, sa.Computed("x+1", True)))),
        ("x int unique", sa.Column("x", sa.Integer, unique=True)),
        ("x text, key k (x(10))", (sa.Column("x", sa.Text), sa.Index("k", "x", mysql_length=10))),
        ("x text, fulltext key k (x)", (sa.Column("x", sa.Text), sa.Index("k", "x", mysql_prefix="FULLTEXT"))),
        ("x int comment '50% :x \\\\ ''q'''", sa.Column("x", sa.Integer, comment="50% :x \\ 'q'")),
    ]),
)  # fmt: skip
def test_the_same_written_differently_is_no_difference(database, stored, written):
    assert found(database, stored, written) == []


def found(database, stored, written) -> list[str]:
    database.execute(f"create table t (id int primary key auto_increment, {stored})".replace("%", "%%"))
    with connected(database) as connection:
        return differences(connection, written)


def test_a_number_is_a_literal_on_mariadb(mariadb):
    column = sa.Column("x", sa.DECIMAL(8, 2), server_default=sa.text("1.500"))
    assert found(mariadb, "x decimal(8,2) default 1.5", models(column)) == []


FOLDED = "x bigint, constraint c check (x > -4), key k (x)"


@pytest.mark.parametrize(
    ("stored", "written"),
    made([
        # SQLAlchemy writes DEFAULT (1.5) for text("1.5").
        ("x decimal(8,2) default (1.5)", sa.Column("x", sa.DECIMAL(8, 2), server_default=sa.text("1.5"))),
        ("x decimal(8,2) default 1.5", sa.Column("x", sa.DECIMAL(8, 2), server_default="1.500")),
        ("x bit(3) default b'101'", sa.Column("x", mysql.BIT(3), server_default=sa.text("5"))),
        ("x json default ('[]')", sa.Column("x", sa.JSON, server_default=sa.text("('[]')"))),
        ("x datetime default (now())", sa.Column("x", sa.DateTime, server_default=sa.func.now())),
        ("x varchar(9), check (x <> _latin1'a')", sa.Column("x", sa.String(9), sa.CheckConstraint("x <> 'a'"))),
        (FOLDED, (sa.Column("x", sa.BigInteger), sa.CheckConstraint("x > -4", name="c"), sa.Index("k", "x"))),
        ("x int, key k ((x + 1))", (sa.Column("x", sa.Integer), sa.Index("k", sa.text("(x+1)")))),
        ("x int, y int as (x * 2) virtual not null",
         (sa.Column("x", sa.Integer), sa.Column("y", sa.Integer, sa.Computed("x*2", False), nullable=False))),
    ]),
)  # fmt: skip
def test_what_mysql_prints_the_same_is_no_difference(mysql, stored, written):
    assert found(mysql, stored, written) == []


@pytest.mark.parametrize(
    ("stored", "written", "wanted"),
    made([
        ("x int", sa.Column("x", sa.BigInteger), ["alter column t.x type"]),
        ("x int", sa.Column("x", sa.Integer, server_default="0"), ["alter column t.x default"]),
        ("x varchar(9)", sa.Column("x", sa.String(9, "utf8mb4_bin")), ["alter column t.x collation"]),
        ("x int, key k (x)", (sa.Column("x", sa.Integer), sa.Index("k", "x", unique=True)), ["alter index t.k unique"]),
    ]),
)  # fmt: skip
def test_what_is_printed_differently_is_a_difference(database, stored, written, wanted):
    assert found(database, stored, written) == wanted


@pytest.mark.parametrize(
    ("stored", "written", "wanted"),
    made(
        [
            (
                "x int check (x > 0)",
                sa.Column("x", sa.Integer, sa.CheckConstraint("x >= 0")),
                ["add check t.~1", "drop check t.~column x"],
            ),
            ("x int, key k (x) ignored", (sa.Column("x", sa.Integer), sa.Index("k", "x")), ["alter index t.k options"]),
        ]
    ),
)
def test_what_mariadb_prints_differently_is_a_difference(mariadb, stored, written, wanted):
    assert found(mariadb, stored, written) == wanted


@pytest.mark.parametrize(
    ("stored", "written", "wanted"),
    made([
        ("x int check (x > 0)", sa.Column("x", sa.Integer, sa.CheckConstraint("x >= 0")), ["add check t.~1", "drop check t.t_chk_1"]),
        ("x int, key k (x) invisible", (sa.Column("x", sa.Integer), sa.Index("k", "x")), ["alter index t.k options"]),
        ("x int, key k (x desc)", (sa.Column("x", sa.Integer), sa.Index("k", "x")), ["alter index t.k elements"]),
        ("x int, key k ((x + 1))", (sa.Column("x", sa.Integer), sa.Index("k", "x")), ["alter index t.k elements"]),
        ("x int invisible, key k (x)", (sa.Column("x", sa.Integer), sa.Index("k", "x")), ["alter column t.x type"]),
        ("x int, check (x >= 0) not enforced", sa.Column("x", sa.Integer, sa.CheckConstraint("x >= 0")), ["add check t.~1", "drop check t.t_chk_1"]),
        ("x decimal(8,2) default 1.5", sa.Column("x", sa.DECIMAL(8, 2), server_default=sa.text("1.5")),
         ["alter column t.x default"]),
        ("x point not null srid 4326", sa.Column("x", DatabaseType("point"), nullable=False), ["alter column t.x type"]),
    ]),
)  # fmt: skip
def test_what_mysql_prints_differently_is_a_difference(mysql, stored, written, wanted):
    assert found(mysql, stored, written) == wanted


def test_the_index_behind_a_foreign_key_is_no_difference_as_long_as_the_key_is_there(database):
    database.execute("create table t (id int primary key auto_increment, x int, foreign key (x) references t (id))")
    with connected(database) as connection:
        there = models(sa.Column("x", sa.Integer, sa.ForeignKey("t.id")))
        assert differences(connection, there) == []
        gone = models(sa.Column("x", sa.Integer))
        assert differences(connection, gone) == ["drop foreign_key t.t_ibfk_1", "drop index t.x"]


FK = "constraint fk foreign key (x) references p (id)"


@pytest.mark.parametrize(
    ("stored", "written", "unchanged"),
    [
        (FK, {"name": "fk"}, True),
        ("foreign key (x) references p (id)", {}, True),
        (FK, {}, True),
        (f"{FK} on delete cascade", {"name": "fk"}, False),
        (FK, {"name": "fk2"}, False),
        (f"{FK}, constraint f2 foreign key (x) references p (id)", {"name": "fk"}, False),
        ("key (x)", {"name": "fk"}, False),
    ],
)
def test_tables_in_the_same_words_are_unchanged_if_their_foreign_keys_are(database, stored, written, unchanged):
    database.execute("CREATE TABLE p (id int NOT NULL AUTO_INCREMENT PRIMARY KEY)")
    database.execute(f"CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, x int, {stored})")
    metadata = models(sa.Column("x", sa.Integer, sa.ForeignKey("p.id", **written)))
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with connected(database) as connection:
        found = comparison(connection, metadata)
        assert found.is_unchanged is unchanged
        assert (diff(found.before, found.after) == []) is unchanged


def test_a_database_that_has_a_table_more_is_not_unchanged(database):
    has_more(database, "CREATE TABLE u (id int)")


def test_a_database_that_has_a_sequence_more_is_not_unchanged(mariadb):
    has_more(mariadb, "CREATE SEQUENCE s")


def has_more(database, more):
    database.execute("CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY)")
    database.execute(more)
    with connected(database) as connection:
        assert not comparison(connection, models()).is_unchanged
        assert len(differences(connection, models())) in (1, 2)


def test_a_unique_key_is_what_the_models_call_it(database):
    database.execute("create table t (id int primary key auto_increment, x int, unique key k (x))")
    with connected(database) as connection:
        assert differences(connection, models(sa.Column("x", sa.Integer), sa.Index("k", "x", unique=True))) == []
        assert differences(connection, models(sa.Column("x", sa.Integer), sa.UniqueConstraint("x", name="k"))) == []


def test_ddl_that_the_server_refuses_is_not_compared_and_not_called_equal(database):
    database.execute("create table t (id int primary key auto_increment, x int)", "create table u (id int)")
    wrong = models(sa.Column("x", sa.Integer, server_default=sa.text("nonsense(")))
    sa.Table("u", wrong, sa.Column("id", sa.BigInteger))
    with connected(database) as connection:
        found = comparison(connection, wrong)
    assert [reason.what for reason in found.not_compared] == ["table t"]
    assert "nonsense" in found.not_compared[0].why or "syntax" in found.not_compared[0].why
    changes = diff(found.before, found.after)
    assert [change.key.label for change in changes if change.kind == "column"] == ["u.id"]


NONSENSE = sa.text("nonsense(")


@pytest.mark.parametrize(
    "wanted",
    [
        models(sa.Column("x", sa.Integer, server_default=NONSENSE), sa.Index("k", "x", unique=True)),
        models(sa.Column("x", sa.Integer, server_default=NONSENSE), sa.UniqueConstraint("x", name="k")),
    ],
)
def test_a_unique_key_of_a_table_that_is_not_compared_is_of_one_kind_on_both_sides(database, wanted):
    database.execute("create table t (id int primary key auto_increment, x int, unique key k (x))")
    with connected(database) as connection:
        found = comparison(connection, wanted)
    assert [reason.what for reason in found.not_compared] == ["table t"]
    assert diff(found.before, found.after) == []


def test_a_table_that_the_server_does_not_print_is_not_compared_and_no_other_is_hindered(database):
    models_of_t = models(sa.Column("x", sa.BigInteger))
    sa.Table("broken", models_of_t, sa.Column("id", sa.Integer), mysql_engine="MERGE", mariadb_engine="MERGE")
    database.execute(
        "create table t (id int primary key auto_increment, x int)",
        "create table part (id int) engine=MyISAM",
        "create table broken (id int) engine=MERGE union=(part)",
        "drop table part",
    )
    with connected(database) as connection:
        found = comparison(connection, models_of_t)
    assert [reason.what for reason in found.not_compared if reason.why] == ["table broken"]
    assert [change.key.label for change in diff(found.before, found.after)] == ["t.x"]


def test_the_callers_transaction_and_session_are_as_they_were(database):
    database.execute("create table t (id int primary key auto_increment, x int)")
    settings = "select @@sql_mode, @@sql_quote_show_create, @@character_set_results"
    with connected(database) as connection:
        connection.exec_driver_sql("set session sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'")
        before = connection.exec_driver_sql(settings).one()
        connection.exec_driver_sql("insert into t (x) values (1)")
        assert differences(connection, models(sa.Column("x", sa.Integer))) == []
        assert connection.exec_driver_sql(settings).one() == before
        assert connection.exec_driver_sql("select count(*) from t").scalar() == 1
        connection.rollback()
        assert connection.exec_driver_sql("select count(*) from t").scalar() == 0
    assert database.rows("show tables") == [("t",)]


def test_a_condition_that_names_its_table_is_compared(database):
    metadata = models(sa.Column("x", sa.Integer), sa.CheckConstraint("t.x > 0", name="c"))
    metadata.create_all(database.engine())
    with connected(database) as connection:
        assert differences(connection, metadata) == []


def test_compressed_tables_are_compared_though_temporary_ones_refuse_it(database):
    metadata = models(mysql_row_format="COMPRESSED", mysql_key_block_size="8", comment="ROW_FORMAT=COMPRESSED")
    metadata.create_all(database.engine())
    with connected(database) as connection:
        assert differences(connection, metadata) == []
    plain = models(comment="ROW_FORMAT=COMPRESSED")
    with connected(database) as connection:
        assert differences(connection, plain) == ["alter table t options"]


@pytest.mark.parametrize(
    ("stored", "written", "equal"),
    [
        ("COMPRESSION='ZLIB'", {"mysql_compression": "'zlib'"}, True),
        ("COMPRESSION='zlib'", {"mysql_compression": "'lz4'"}, False),
        ("COMPRESSION='zlib'", {}, False),
        ("COMPRESSION='none'", {}, True),
        ("", {"mysql_compression": "'lz4'"}, False),
        ("", {"mysql_encryption": "'N'"}, True),
        ("", {"mysql_encryption": "'y'"}, False),
        ("TABLESPACE innodb_system", {"mysql_tablespace": "`innodb_system`"}, True),
        ("TABLESPACE innodb_system", {}, False),
        ("TABLESPACE innodb_file_per_table", {"comment": "TABLESPACE a"}, True),
        ("AUTOEXTEND_SIZE=4M", {"mysql_autoextend_size": "4096K"}, True),
        ("AUTOEXTEND_SIZE=4M", {"mysql_autoextend_size": "8M"}, False),
    ],
)
def test_what_temporary_tables_refuse_is_compared_by_what_it_says(mysql, stored, written, equal):
    comment = f" COMMENT '{written['comment']}'" if "comment" in written else ""
    mysql.execute(f"create table t (id int not null auto_increment primary key) {stored}{comment}")
    with connected(mysql) as connection:
        assert differences(connection, models(**written)) == ([] if equal else ["alter table t options"])


def test_a_default_from_a_new_sequence_can_be_asked_for(mariadb):
    metadata = sa.MetaData()
    numbers = sa.Sequence("numbers", metadata=metadata)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, server_default=numbers.next_value(), primary_key=True))
    mariadb.execute("create table t (id int not null primary key)")
    with connected(mariadb) as connection:
        assert differences(connection, metadata) == ["add sequence numbers", "alter column t.id default"]
    assert mariadb.rows("show tables") == [("t",)]


def test_the_number_of_statements_does_not_grow_with_the_tables(database):
    metadata = sa.MetaData()
    for number in range(60):
        sa.Table(f"t{number}", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.String(9)))
    metadata.create_all(database.engine())
    engine = database.engine()
    with engine.connect() as connection:
        statements: list[str] = []
        sa.event.listen(
            engine, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement)
        )
        assert differences(connection, metadata) == []
    assert len(statements) <= 12


@pytest.mark.parametrize("is_lost", [False, True])
def test_who_interrupts_a_comparison_is_told_of_nothing_else(database, is_lost):
    with connected(database) as connection:
        settings = Settings.of(connection)
        with pytest.raises(KeyboardInterrupt):
            interrupted(connection, settings, is_lost)
        if not is_lost:
            assert Settings.of(connection) == settings


def interrupted(connection: sa.Connection, settings: Settings, is_lost: bool) -> None:
    with reading(connection, settings):
        if is_lost:
            connection.connection.driver_connection.close()
        raise KeyboardInterrupt


def test_schemas_beside_the_default_one_are_compared(database):
    other = database.schema("h6_other")
    metadata = sa.MetaData()
    parent = sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=other)
    sa.Table("t", metadata, sa.Column("id", sa.Integer, sa.ForeignKey(parent.c.id), primary_key=True))
    sa.Table("t", metadata, sa.Column("id", sa.Integer, sa.ForeignKey(parent.c.id), primary_key=True), schema=other)
    metadata.create_all(database.engine())
    with connected(database) as connection:
        assert differences(connection, metadata, (None, other)) == []


PLAIN = (
    "create table t (id int primary key auto_increment, a varchar(9) not null default 'x', b decimal(8,2) default 1.5,"
    " c boolean default true, d datetime default now(), e enum('a','b'), f int, unique (a), key k (f))"
)


def plain(*more: sa.schema.SchemaItem) -> sa.MetaData:
    return models(
        sa.Column("a", sa.String(9), nullable=False, server_default="x", unique=True),
        sa.Column("b", sa.Numeric(8, 2), server_default=sa.text("1.50")),
        sa.Column("c", sa.Boolean, server_default=sa.true()),
        sa.Column("d", sa.DateTime, server_default=sa.func.now()),
        sa.Column("e", sa.Enum("a", "b")),
        sa.Column("f", sa.Integer),
        sa.Index("k", "f"),
        *more,
    )


@contextmanager
def read_only(database) -> Iterator[sa.Connection]:
    with database.engine().connect() as connection:
        connection.exec_driver_sql("set session transaction read only")
        yield connection


def test_where_nothing_may_be_made_plain_types_and_literals_are_compared_by_rule(database):
    database.execute(PLAIN)
    with read_only(database) as connection:
        found = comparison(connection, plain())
        assert (diff(found.before, found.after), found.not_compared) == ([], ())
        assert "rules" in found.how
        changed = plain(sa.Column("g", sa.Integer))
        changed.tables["t"].c.a.type = sa.String(10)
        found = comparison(connection, changed)
    assert {change.key.label for change in diff(found.before, found.after)} == {"t.a", "t.g"}


def test_where_nothing_may_be_made_expressions_are_not_compared_and_not_called_equal(database):
    database.execute(
        "create table t (id int primary key auto_increment, a int default (1 + 1), constraint c check (a > 0))"
    )
    other = models(sa.Column("a", sa.Integer, server_default=sa.text("(1 + 2)")), sa.CheckConstraint("a > 1", name="c"))
    with read_only(database) as connection:
        found = comparison(connection, other)
    assert diff(found.before, found.after) == []
    assert [reason.what for reason in found.not_compared] == ["default of t.a", "check t.c"]


@pytest.mark.parametrize(
    "wanted",
    [
        models(sa.Column("a", sa.Integer, sa.CheckConstraint("a > 0"))),
        models(sa.Column("a", sa.Integer), sa.CheckConstraint("a IN (1, 2)")),
        models(sa.Column("a", sa.Text), sa.Index("i", "a", mysql_length=30)),
        models(sa.Column("a", sa.Text), sa.Column("b", sa.Integer), sa.Index("i", "a", "b", mysql_length={"a": 30})),
        models(sa.Column("a", sa.String(9)), sa.Index("i", "a", mysql_length=9)),
    ],
)
def test_where_nothing_may_be_made_no_change_is_invented(database, wanted):
    assert invented(database, wanted) == []


def test_where_nothing_may_be_made_the_length_that_mariadb_gives_to_a_key_is_no_change(mariadb):
    assert invented(mariadb, models(sa.Column("a", sa.Text), sa.Index("i", "a"))) == []


def invented(database, wanted) -> list[Change]:
    wanted.create_all(database.engine())
    with read_only(database) as connection:
        found = comparison(connection, wanted)
    return diff(found.before, found.after)


def test_where_nothing_may_be_made_a_check_that_nobody_wants_is_seen(database):
    database.execute("create table t (id int primary key auto_increment, a int check (a > 0), check (a < 9))")
    with read_only(database) as connection:
        found = comparison(connection, models(sa.Column("a", sa.Integer)))
    assert [c.kind for c in diff(found.before, found.after)] == ["check", "check"]


def test_a_scratch_database_is_asked_where_the_database_refuses(database):
    scratch = database.another()
    database.execute("create table t (id int primary key auto_increment, a int default (1 + 1))")
    same = models(sa.Column("a", sa.Integer, server_default=sa.text("(1+1)")))
    other = models(sa.Column("a", sa.Integer, server_default=sa.text("(1 + 2)")))
    with read_only(database) as connection, scratch.engine().connect() as aside:
        found = comparison(connection, same, scratch=aside)
        assert (diff(found.before, found.after), found.not_compared) == ([], ())
        found = comparison(connection, other, scratch=aside)
        assert [change.key.label for change in diff(found.before, found.after)] == ["t.a"]
