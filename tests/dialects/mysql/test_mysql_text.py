"""MySQL's own spellings, which need no server: what it prints of the same thing in several ways is one thing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from autodiff.dialects.mysql.lexer import without_history
from autodiff.dialects.mysql.show_create import Definitions
from autodiff.dialects.mysql.states import Printed
from autodiff.kinds import CheckState, ColumnState, ForeignKeyState, IndexState, TableState
from autodiff.reflect.models import read_models
from autodiff.state import Key, Server, State

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
