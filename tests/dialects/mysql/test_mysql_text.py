"""MySQL's own spellings, which need no server: what it prints of the same thing in several ways is one thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from autodiff.autogenerate import render_python_code
from autodiff.autogenerate.renaming import renamed
from autodiff.dialects.mysql.lexer import without_escapes, without_history
from autodiff.dialects.mysql.read import Reading
from autodiff.dialects.mysql.room import MysqlRoom
from autodiff.dialects.mysql.show_create import Definitions
from autodiff.dialects.mysql.states import Printed
from autodiff.diff.renames import Rename
from autodiff.kinds import CheckState, ColumnState, ForeignKeyState, IndexState, TableState
from autodiff.operations.tree import MigrateOperation, UpgradeOps
from autodiff.reflect.models import read_models
from autodiff.state import Comparison, Key, Server, Snapshot, State

PREPARER = mysql.dialect().identifier_preparer
TAIL = ") ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci"


def states(*items: str, lowers: bool = False, tail: str = TAIL) -> dict[Key, State]:
    printed = Printed(PREPARER, "app", {"utf8mb4": "utf8mb4_0900_ai_ci"}, is_mysql=True, lowers=lowers)
    text = Definitions().table("CREATE TABLE `t` (\n  " + ",\n  ".join(items) + f"\n{tail}")
    return {state.key: state for state in printed.states(Key("table", None, "t"), text)}


def one(kind: type[State], *items: str) -> State:
    return next(state for state in states(*items).values() if isinstance(state, kind))


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("(`a` <> _utf8mb4'x')", "(`a` <> 'x')"),
        ("(`a` <> _latin1'it\\'s')", "(`a` <> 'it\\'s')"),
        ("(`a` <> _utf8mb4'ü')", "(`a` <> _utf8mb4'ü')"),
        ("(`a` <> _binary'x')", "(`a` <> _binary'x')"),
        ("(`a_utf8mb4` <> ' _latin1\\'x\\' ')", "(`a_utf8mb4` <> ' _latin1\\'x\\' ')"),
        ("(`_utf8mb4'x'` > -(4))", "(`_utf8mb4'x'` > -4)"),
        ("(`a` > ' -(4) ')", "(`a` > ' -(4) ')"),
        ("(`a` > -(`b`))", "(`a` > -(`b`))"),
    ],
)
def test_an_expression_says_nothing_of_how_it_came_about(printed: str, wanted: str) -> None:
    assert without_history(printed) == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("(`a` <> 'x\\\\y\\'z')", "(`a` <> 'x\\y''z')"),
        ("'a\\nb'", "'a\nb'"),
        ("`b\\\\c` <> 'it''s'", "`b\\\\c` <> 'it''s'"),
    ],
)
def test_literals_for_a_session_that_knows_no_escapes(printed: str, wanted: str) -> None:
    assert without_escapes(printed) == wanted


@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [
        ("CONSTRAINT `c` CHECK ((`a` > -(4)))", "CONSTRAINT `c` CHECK ((`a` > -4))"),
        ("CONSTRAINT `c` CHECK ((`b` <> _utf8mb4'x'))", "CONSTRAINT `c` CHECK ((`b` <> _latin1'x'))"),
        ("KEY `k` ((concat(`b`,_utf8mb4'x')))", "KEY `k` ((concat(`b`,_utf8mb3'x')))"),
        ("`g` int GENERATED ALWAYS AS ((`a` + -(4))) VIRTUAL", "`g` int GENERATED ALWAYS AS ((`a` + -4)) VIRTUAL"),
        ("`d` varchar(9) DEFAULT (concat(_utf8mb4'x',_utf8mb4'y'))", "`d` varchar(9) DEFAULT (concat('x','y'))"),
        ("`d` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT NULL", "`d` varchar(9) DEFAULT NULL"),
        (
            "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON DELETE RESTRICT",
            "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`id`) ON UPDATE NO ACTION",
        ),
    ],
)
def test_two_spellings_of_one_thing_are_equal(one_way: str, other_way: str) -> None:
    columns = ("`a` int DEFAULT NULL", "`b` varchar(9) DEFAULT NULL")
    assert states(*columns, one_way) == states(*columns, other_way)


def test_a_functional_index_and_a_check_that_is_not_enforced_are_what_they_say() -> None:
    index = one(IndexState, "`b` varchar(9)", "UNIQUE KEY `k` ((lower(`b`)),`b` DESC) /*!80000 INVISIBLE */")
    assert isinstance(index, IndexState)
    assert [element.canonical for element in index.elements] == ["(lower(`b`))", "b DESC"]
    assert (index.unique, index.options) == (True, (("mysql_index_invisible", "INVISIBLE"),))
    check = one(CheckState, "`a` int", "CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */")
    assert isinstance(check, CheckState)
    assert check.options == (("mysql_enforced", "False"),)


def test_the_key_that_the_server_adds_by_itself_is_no_column() -> None:
    generated = "`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */"
    assert states(generated, "`a` int DEFAULT NULL", "PRIMARY KEY (`my_row_id`)") == states("`a` int DEFAULT NULL")
    named = states("`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT", "PRIMARY KEY (`my_row_id`)")
    assert any(isinstance(state, ColumnState) for state in named.values())


def test_a_table_with_attributes_of_its_engine_keeps_them() -> None:
    tail = (
        TAIL
        + " COMMENT='it''s' /*!50606 STORAGE DISK */ STATS_SAMPLE_PAGES=9\n/*!50100 PARTITION BY KEY (a)\nPARTITIONS 2 */"
    )
    table = next(state for state in states("`a` int", tail=tail).values() if isinstance(state, TableState))
    options = dict(table.options)
    assert table.comment == "it's"
    assert options["mysql_partition_by"] == "KEY (a) PARTITIONS 2"
    assert options["mysql_stats_sample_pages"] == "9"
    assert options["mysql_collate"] == "utf8mb4_0900_ai_ci"


def test_a_server_that_lowers_names_knows_the_models_tables_by_them() -> None:
    metadata = sa.MetaData()
    sa.Table("P", metadata, sa.Column("Id", sa.Integer, primary_key=True))
    sa.Table("T", metadata, sa.Column("Id", sa.Integer, sa.ForeignKey("P.Id", name="F"), primary_key=True))
    server = Server("mysql", (8, 4), "app", lowers_table_names=True)
    models = read_models(metadata, mysql.dialect(), server)
    (wanted,) = models.of_class(ForeignKeyState)
    constraint = "CONSTRAINT `F` FOREIGN KEY (`Id`) REFERENCES `P` (`Id`)"
    found = [s for s in states("`Id` int", constraint, lowers=True).values() if isinstance(s, ForeignKeyState)]
    assert found == [wanted]
    assert (wanted.key, wanted.referred) == (Key("foreign_key", None, "t", "F"), Key("table", None, "p"))


NAMED = (
    "`id` int NOT NULL",
    "`a` int DEFAULT NULL",
    "`n` int DEFAULT ((`a` + 1))",
    "`m` int NOT NULL DEFAULT ((`k` + 1))",
    "`k` int DEFAULT NULL",
    "`g` int GENERATED ALWAYS AS ((`a` + 1)) STORED",
    "`h` int GENERATED ALWAYS AS ((`k` + 1)) VIRTUAL",
    "PRIMARY KEY (`id`)",
    "UNIQUE KEY `u` (`g`)",
    "KEY `plain` (`a`,`k`)",
    "KEY `expression` ((`a` * 2))",
    "KEY `other` ((`k` * 2))",
    "CONSTRAINT `c` CHECK ((`a` > 0))",
    "CONSTRAINT `d` CHECK ((`g` > 0))",
    "CONSTRAINT `e` CHECK ((`k` > 0))",
)


def a_to_b(*others: tuple[str, str], is_mariadb: bool = False) -> tuple[list[str], list[str]]:
    """The statements that rename the column `a` into `b`, with others, and that undo it."""
    before = Snapshot.of(states(*NAMED).values(), Server("mysql", (8, 4), "app"), canonical=True)
    room = MysqlRoom(mysql.dialect(is_mariadb=is_mariadb))
    if not is_mariadb:
        room._reading = Reading(Printed(PREPARER, "app", {}, is_mysql=True))
    keys = ((Key("column", None, "t", old), Key("column", None, "t", new)) for old, new in (("a", "b"), *others))
    _, renaming = renamed(Comparison(before, before), [Rename(*pair) for pair in keys], room)
    return statements(renaming.forth()), statements(renaming.back())


def test_what_mysql_lets_no_column_be_renamed_under_goes_and_comes_back() -> None:
    forth, back = a_to_b()
    assert forth == [*gone(), "op.alter_column('t', 'a', new_column_name='b')", *made_again("b")]
    assert back == [*gone(), "op.alter_column('t', 'b', new_column_name='a')", *made_again("a")]
    assert a_to_b(is_mariadb=True)[0] == ["op.alter_column('t', 'a', new_column_name='b')"]


def test_what_is_made_anew_around_a_rename_may_have_a_new_name_too() -> None:
    forth, back = a_to_b(("g", "x"))
    assert forth == [*gone(), "op.alter_column('t', 'a', new_column_name='b')", *made_again("b", computed="x")]
    assert back == [*gone(computed="x"), "op.alter_column('t', 'b', new_column_name='a')", *made_again("a")]
    forth, back = a_to_b(("n", "x"))
    renames = ["op.alter_column('t', 'a', new_column_name='b')", "op.alter_column('t', 'n', new_column_name='x')"]
    assert forth == [*gone(), *renames, *made_again("b", default="x")]
    renames = ["op.alter_column('t', 'x', new_column_name='n')", "op.alter_column('t', 'b', new_column_name='a')"]
    assert back == [*gone(default="x"), *renames, *made_again("a")]


def default_of(column: str, default: str) -> str:
    words = f"existing_type=sa.Integer(), server_default={default}, existing_nullable=True"
    return f"op.alter_column('t', '{column}', {words})"


def gone(computed: str = "g", default: str = "n") -> list[str]:
    return [
        default_of(default, "None"),
        "op.drop_index(op.f('expression'), table_name='t')",
        "op.drop_constraint(op.f('u'), 't', type_='unique')",
        "op.drop_constraint(op.f('c'), 't', type_='check')",
        "op.drop_constraint(op.f('d'), 't', type_='check')",
        f"op.drop_column('t', '{computed}')",
    ]


def made_again(column: str, computed: str = "g", default: str = "n") -> list[str]:
    generated = f"sa.Computed('`{column}` + 1', persisted=True), nullable=True"
    return [
        f"op.add_column('t', sa.Column('{computed}', sa.Integer(), {generated}))",
        default_of(default, f"sa.text('((`{column}` + 1))')"),
        f"op.create_index(op.f('expression'), 't', [sa.literal_column('(`{column}` * 2)')], unique=False)",
        f"op.create_unique_constraint(op.f('u'), 't', ['{computed}'])",
        f"op.create_check_constraint(op.f('c'), 't', '`{column}` > 0')",
        f"op.create_check_constraint(op.f('d'), 't', '`{computed}` > 0')",
    ]


def statements(operations: Sequence[MigrateOperation]) -> list[str]:
    text = render_python_code(UpgradeOps(list(operations)))
    return [line.strip() for line in re.sub(r",\n\s+", ", ", text).splitlines() if "op." in line]


def column_states(definition: str) -> ColumnState:
    found = one(ColumnState, definition)
    assert isinstance(found, ColumnState)
    return found


@pytest.mark.parametrize(
    ("printed", "type_", "default", "computed", "nullable"),
    [
        ("`x` int", "int", None, None, True),
        ("`x` tinyint(1) NOT NULL DEFAULT '1'", "tinyint(1)", "'1'", None, False),
        ("`x` int(5) unsigned zerofill DEFAULT NULL", "int(5) unsigned zerofill", None, None, True),
        ("`x` varchar(36) DEFAULT (uuid())", "varchar(36)", "(uuid())", None, True),
        ("`x` json DEFAULT (json_object(_utf8mb4'it''s',_utf8mb4')'))", "json", "(json_object('it''s',')'))", None, True),
        ("`x` blob DEFAULT (_utf8mb4'x')", "blob", "('x')", None, True),
        ("`x` datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)", "datetime(3)",
         "CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)", None, True),
        ("`x` int GENERATED ALWAYS AS ((`a` + -(4))) STORED NOT NULL", "int", None, "`a` + -4", False),
        ("`x` varchar(9) GENERATED ALWAYS AS (concat(`b`,_utf8mb4'\\'')) VIRTUAL COMMENT 'c'", "varchar(9)", None,
         "concat(`b`,'\\'')", True),
        ("`x` int /*!80023 INVISIBLE */", "int INVISIBLE", None, None, True),
        ("`x` int NOT NULL DEFAULT '7' /*!80023 INVISIBLE */ COMMENT 'c'", "int INVISIBLE", "'7'", None, False),
        ("`x` point NOT NULL /*!80003 SRID 4326 */", "point SRID 4326", None, None, False),
        ("`x` int /*!50606 STORAGE DISK */ /*!50606 COLUMN_FORMAT DYNAMIC */ DEFAULT NULL",
         "int STORAGE DISK COLUMN_FORMAT DYNAMIC", None, None, True),
        ("`x` varbinary(9) DEFAULT 0x00FF", "varbinary(9)", "0x00FF", None, True),
        ("`x` bit(3) DEFAULT b'101'", "bit(3)", "0b101", None, True),
    ],
)  # fmt: skip
def test_columns_as_mysql_prints_them(
    printed: str, type_: str, default: str | None, computed: str | None, nullable: bool
) -> None:
    found = column_states(printed)
    assert found.type.canonical == type_
    assert (found.default and found.default.canonical) == default
    assert (found.computed and found.computed.expression.canonical) == computed
    assert found.nullable is nullable


@pytest.mark.parametrize(
    ("printed", "elements", "options"),
    [
        ("KEY `k` (`a` DESC,`b`(5))", ["a DESC", "b(5)"], {}),
        ("UNIQUE KEY `k` (`a`,(lower(`b`)) DESC)", ["a", "(lower(`b`)) DESC"], {}),
        ("KEY `k` ((cast(json_extract(`j`,_utf8mb4'$.\\'x') as unsigned array)))",
         ["(cast(json_extract(`j`,'$.\\'x') as unsigned array))"], {}),
        ("KEY `k` (`a`) USING HASH", ["a"], {"mysql_using": "hash"}),
        ("FULLTEXT KEY `k` (`b`) /*!50100 WITH PARSER `ngram` */", ["b"],
         {"mysql_prefix": "FULLTEXT", "mysql_with_parser": "ngram"}),
        ("KEY `k` (`a`) /*!80000 INVISIBLE */", ["a"], {"mysql_index_invisible": "INVISIBLE"}),
        ("KEY `k` (`a`) KEY_BLOCK_SIZE=4 COMMENT 'it''s'", ["a"], {"mysql_index_key_block_size": "4"}),
    ],
)  # fmt: skip
def test_indexes_as_mysql_prints_them(printed: str, elements: list[str], options: dict[str, str]) -> None:
    found = one(IndexState, "`a` int", "`b` varchar(9)", "`j` json", printed)
    assert isinstance(found, IndexState)
    assert [element.canonical for element in found.elements] == elements
    assert dict(found.options) == options
