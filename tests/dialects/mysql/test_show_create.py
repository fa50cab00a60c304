"""What SHOW CREATE TABLE prints is taken apart without loss: MariaDB's spellings, and MySQL's by their text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autodiff.dialects.mysql.show_create import Check, Definition, Definitions, ForeignKey, Index, Part, TableText


def table(*items: str, tail: str = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci") -> TableText:
    return Definitions().table("CREATE TABLE `t` (\n  " + ",\n  ".join(items) + f"\n) {tail}")


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("int(11) NOT NULL AUTO_INCREMENT", Definition("int(11)", nullable=False, autoincrement=True)),
        ("int(10) unsigned zerofill DEFAULT NULL", Definition("int(10) unsigned zerofill")),
        ("decimal(10,2) DEFAULT 1.50", Definition("decimal(10,2)", default="1.50")),
        ("varchar(9) NOT NULL DEFAULT 'a''b' COMMENT 'say \\'x\\' -- `y`'",
         Definition("varchar(9)", nullable=False, default="'a''b'", comment="say 'x' -- `y`")),
        ("enum('x','y,''z(') DEFAULT 'x'", Definition("enum('x','y,''z(')", default="'x'")),
        ("varchar(30) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT NULL",
         Definition("varchar(30)", charset="latin1", collation="latin1_bin")),
        ("timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp()",
         Definition("timestamp", nullable=False, default="current_timestamp() ON UPDATE current_timestamp()")),
        ("datetime DEFAULT NULL ON UPDATE current_timestamp()",
         Definition("datetime", default="NULL ON UPDATE current_timestamp()")),
        ("int(11) GENERATED ALWAYS AS (`a` * (1 + 2)) VIRTUAL", Definition("int(11)", computed="`a` * (1 + 2)")),
        ("int(11) GENERATED ALWAYS AS (`a` * 2) STORED COMMENT 'k'",
         Definition("int(11)", computed="`a` * 2", stored=True, comment="k")),
        ("varchar(10) /*M!100301 COMPRESSED*/ DEFAULT NULL", Definition("varchar(10) COMPRESSED")),
        ("int(11) INVISIBLE DEFAULT 3", Definition("int(11) INVISIBLE", default="3")),
        ("varchar(20) DEFAULT concat('a',')') COMMENT 'c'",
         Definition("varchar(20)", default="concat('a',')')", comment="c")),
        ("bigint(20) NOT NULL DEFAULT nextval(`app`.`s`)",
         Definition("bigint(20)", nullable=False, default="nextval(`app`.`s`)")),
        ("int(11) DEFAULT NULL CHECK (`c` > 1)", Definition("int(11)", check="`c` > 1")),
        # MySQL 8 and 9
        ("int NOT NULL DEFAULT '1'", Definition("int", nullable=False, default="'1'")),
        ("varchar(9) DEFAULT (concat(_utf8mb4'a',_utf8mb4'b'))",
         Definition("varchar(9)", default="(concat(_utf8mb4'a',_utf8mb4'b'))")),
        ("int GENERATED ALWAYS AS ((`a` * 2)) STORED NOT NULL",
         Definition("int", nullable=False, computed="`a` * 2", stored=True)),
        ("int DEFAULT NULL /*!80023 INVISIBLE */", Definition("int INVISIBLE")),
        ("geometry /*!80003 SRID 4326 */ DEFAULT NULL", Definition("geometry SRID 4326")),
        ("timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
         Definition("timestamp", default="CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
    ],
)  # fmt: skip
def test_a_column_says_all_that_it_is(printed, wanted):
    (column,) = table(f"`c` {printed}").columns
    assert column.name == "c"
    assert column.definition == wanted


def test_mariadbs_json_is_one_type_and_no_check():
    text = table("`j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`j`))")
    assert text.columns[0].definition.type == "json"
    assert text.checks == ()


def test_a_longtext_with_a_check_of_its_own_is_no_json():
    text = table("`j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`k`))")
    assert text.columns[0].definition.type == "longtext"
    assert text.checks == (Check(None, "json_valid(`k`)", column="j"),)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("KEY `k` (`a`,`b` DESC)", Index("k", "", (Part("a", "`a`"), Part("b", "`b` DESC")))),
        ("UNIQUE KEY `k` (`a`(5))", Index("k", "UNIQUE", (Part("a", "`a`(5)"),))),
        ("KEY `k` (`a`) USING BTREE COMMENT 'hi'",
         Index("k", "", (Part("a", "`a`"),), comment="hi", options=(("mysql_using", "btree"),))),
        ("KEY `k` (`a`) IGNORED", Index("k", "", (Part("a", "`a`"),), options=(("mysql_index_ignored", "IGNORED"),))),
        ("FULLTEXT KEY `k` (`a`) /*!50100 WITH PARSER `ngram` */ ",
         Index("k", "FULLTEXT", (Part("a", "`a`"),), options=(("mysql_with_parser", "ngram"),))),
        ("UNIQUE KEY `k` (`a`,`p` WITHOUT OVERLAPS)",
         Index("k", "UNIQUE", (Part("a", "`a`"),), options=(("mysql_index_period", "`p` WITHOUT OVERLAPS"),))),
        ("VECTOR KEY `k` (`a`) `m`='6' `distance`='cosine'",
         Index("k", "VECTOR", (Part("a", "`a`"),), options=(("mysql_index_other", "`m`='6' `distance`='cosine'"),))),
        ("KEY `k` ((lower(`a`)),`b`) /*!80000 INVISIBLE */",
         Index("k", "", (Part(None, "(lower(`a`))"), Part("b", "`b`")), options=(("mysql_index_invisible", "INVISIBLE"),))),
    ],
)  # fmt: skip
def test_an_index_says_its_parts_and_options(printed, wanted):
    assert table("`a` int(11)", printed).indexes == (wanted,)


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("CONSTRAINT `c` CHECK (`a` > 0 and `b` <> ')')", Check("c", "`a` > 0 and `b` <> ')'")),
        ("CONSTRAINT `c` CHECK (((`a` > 0) and (`b` > 0))) /*!80016 NOT ENFORCED */",
         Check("c", "(`a` > 0) and (`b` > 0)", enforced=False)),
    ],
)  # fmt: skip
def test_a_check_says_its_condition(printed, wanted):
    assert table("`a` int(11)", printed).checks == (wanted,)


def test_a_foreign_key_says_where_it_leads_and_what_it_does():
    text = table(
        "`a` int(11)",
        "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `o`.`p` (`i`,`d)`) ON DELETE SET NULL ON UPDATE CASCADE",
    )
    assert text.foreign_keys == (ForeignKey("f", ("a",), "o", "p", ("i", "d)"), "SET NULL", "CASCADE"),)


def test_names_may_hold_quotes_and_line_breaks():
    text = table("`we``ird\n, `` (name` int(11)", "`b` int(11)", "KEY `k\n` (`we``ird\n, `` (name`)")
    assert [column.name for column in text.columns] == ["we`ird\n, ` (name", "b"]
    assert text.indexes[0].columns == ("we`ird\n, ` (name",)


@pytest.mark.parametrize(
    ("tail", "wanted"),
    [
        ("ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=latin1", {"mysql_engine": "InnoDB", "mysql_default_charset": "latin1"}),
        ("ENGINE=InnoDB STATS_PERSISTENT=1 ROW_FORMAT=COMPRESSED",
         {"mysql_engine": "InnoDB", "mysql_stats_persistent": "1", "mysql_row_format": "COMPRESSED"}),
        ("ENGINE=InnoDB\n PARTITION BY RANGE (`a`)\n(PARTITION `p` VALUES LESS THAN (10) ENGINE = InnoDB)",
         {"mysql_engine": "InnoDB",
          "mysql_partition_by": "RANGE (`a`) (PARTITION `p` VALUES LESS THAN (10) ENGINE = InnoDB)"}),
        ("ENGINE=InnoDB\n/*!50100 PARTITION BY HASH (`a`)\nPARTITIONS 4 */",
         {"mysql_engine": "InnoDB", "mysql_partition_by": "HASH (`a`) PARTITIONS 4"}),
        ("ENGINE=InnoDB WITH SYSTEM VERSIONING", {"mysql_engine": "InnoDB", "mysql_with": "WITH SYSTEM VERSIONING"}),
        ("/*!50100 TABLESPACE `a` STORAGE DISK */ ENGINE=InnoDB COMMENT='/*!50100 TABLESPACE `b` */'",
         {"mysql_engine": "InnoDB", "mysql_tablespace": "a"}),
        ("/*!50100 TABLESPACE `a-b` */ ENGINE=InnoDB", {"mysql_engine": "InnoDB", "mysql_tablespace": "`a-b`"}),
        ("/*!50100 TABLESPACE `innodb_file_per_table` */ /*!80023 AUTOEXTEND_SIZE=4194304 */ ENGINE=InnoDB",
         {"mysql_engine": "InnoDB", "mysql_autoextend_size": "4194304"}),
        ("ENGINE=InnoDB COMPRESSION='ZLIB' ENCRYPTION='Y'",
         {"mysql_engine": "InnoDB", "mysql_compression": "'zlib'", "mysql_encryption": "'Y'"}),
    ],
)  # fmt: skip
def test_options_are_what_was_said_of_the_table_not_its_counter(tail, wanted):
    assert dict(table("`a` int(11)", tail=tail).options) == wanted


def test_a_comment_is_no_option():
    text = table("`a` int(11)", tail="ENGINE=InnoDB COMMENT='it''s ENGINE=x'")
    assert (text.comment, text.options) == ("it's ENGINE=x", (("mysql_engine", "InnoDB"),))


def test_what_is_not_understood_is_kept():
    text = table("`a` int(11)", "PERIOD FOR `p` (`a`, `b`)")
    assert text == replace(text, other=("PERIOD FOR `p` (`a`, `b`)",))
