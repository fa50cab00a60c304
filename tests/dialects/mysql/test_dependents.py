"""Views and triggers go on working under the new names of tables and columns, and under the old ones after a downgrade."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, String, Table

from autodiff.autogenerate import produce_migrations
from autodiff.autogenerate.comparison import compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.told import Judge
from autodiff.dialects.mysql.dependents import Names, Trigger, View, trigger_pairs, view_pairs
from autodiff.dialects.mysql.session import Settings
from autodiff.errors import CommandError
from autodiff.render.review import Facts, Review
from tests.dialects.changing import Model, built, context, run, scripts

pytestmark = pytest.mark.families("mariadb", "mysql")


def orders(table: str = "orders", column: str = "total") -> Model:
    def model(metadata: sa.MetaData) -> None:
        of_table = {} if table == "orders" else {"renamed_from": "orders"}
        of_column = {} if column == "total" else {"renamed_from": "total"}
        columns = (Column("id", Integer, primary_key=True), Column(column, Integer, info=of_column))
        Table(table, metadata, *columns, Column("note", String(40)), info=of_table)
        Table("audit", metadata, Column("id", Integer, primary_key=True), Column("total", Integer))

    return model


VIEWS = (
    "CREATE VIEW b AS SELECT total, id + 1 AS next FROM orders WHERE total > 0 ORDER BY next",
    "CREATE VIEW a AS SELECT s.total, o.total AS again FROM b s JOIN orders o ON o.total = s.total",
    "CREATE VIEW joined AS SELECT o.total, x.total AS other FROM orders o LEFT JOIN audit x USING (id)",
    "CREATE VIEW natural_one AS SELECT * FROM orders NATURAL JOIN audit",
    "CREATE VIEW derived AS SELECT d.total FROM (SELECT total FROM orders) d WHERE d.total > 1",
    "CREATE VIEW inside AS SELECT id FROM audit WHERE total IN (SELECT total FROM orders WHERE orders.total = audit.total)",
    "CREATE VIEW cte AS WITH c AS (SELECT total AS t FROM orders) SELECT t FROM c",
    "CREATE VIEW counted AS SELECT total, count(*) AS n FROM orders GROUP BY total HAVING n > 0",
    "CREATE VIEW two AS SELECT total FROM orders UNION ALL SELECT total FROM audit ORDER BY total",
    "CREATE VIEW ranked AS SELECT rank() OVER (PARTITION BY note ORDER BY total) AS r, '`orders`.`total`' FROM orders",
    "CREATE VIEW checked AS SELECT total FROM orders WHERE note <> 'it''s \\\\ % :x' WITH LOCAL CHECK OPTION",
    "CREATE SQL SECURITY INVOKER VIEW counts AS SELECT count(*) AS c FROM orders",
    "CREATE VIEW none_of_it AS SELECT total FROM audit",
)
TRIGGERS = (
    "CREATE TRIGGER one BEFORE INSERT ON orders FOR EACH ROW BEGIN"
    " /* NEW.total */ IF NEW.total > 1 THEN SET NEW.note = concat(new . `TOTAL`, ' NEW.total'); END IF;"
    " INSERT INTO audit (total) VALUES (NEW.total); END",
    "CREATE TRIGGER two BEFORE INSERT ON orders FOR EACH ROW SET @seen = coalesce(@seen, '') || 'two'",
    "CREATE TRIGGER three BEFORE INSERT ON orders FOR EACH ROW SET @seen = NEW.total",
    "CREATE TRIGGER other BEFORE UPDATE ON audit FOR EACH ROW SET NEW.total = NEW.total + 1",
)
ROUTINES = (
    "CREATE PROCEDURE pay(x INT) BEGIN /* audit */ UPDATE orders SET total = x, note = 'paid'; END",
    "CREATE PROCEDURE untouched() SELECT total, note FROM audit",
    "CREATE FUNCTION top() RETURNS INT READS SQL DATA RETURN (SELECT max(o.Total) FROM `orders` o)",
    "CREATE EVENT prune ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM orders WHERE `total` = 0",
)
NAMES = [line.split(" VIEW ")[1].split()[0] for line in VIEWS]


def seen(connection: sa.Connection) -> tuple[dict[str, list[Any]], list[Any]]:
    """The rows of all views, and what triggers are there, in which order."""
    found = {name: sorted(connection.exec_driver_sql(f"SELECT * FROM `{name}`").fetchall(), key=str) for name in NAMES}
    query = (
        "SELECT TRIGGER_NAME, ACTION_ORDER, SQL_MODE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = database()"
    )
    return found, sorted(map(tuple, connection.exec_driver_sql(query)))


@pytest.mark.parametrize(
    ("table", "column"), [("orders", "amount"), ("purchases", "total"), ("purchases", "amount"), ("orders", "TOTAL")]
)
def test_views_and_triggers_work_under_the_new_names_and_under_the_old(database: Any, table: str, column: str) -> None:
    with database.engine().connect() as connection:
        built(orders()).create_all(connection)
        for statement in (*VIEWS, *TRIGGERS):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.exec_driver_sql("INSERT INTO orders VALUES (1, 1, 'x'), (2, 2, 'y')")
        connection.commit()
        before = seen(connection)
        up, down = scripts(connection, built(orders(table, column)))
        for _ in range(2):
            run(connection, built(orders(table, column)), up)
            assert seen(connection) == before
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES (9, 5, NULL)")
            assert connection.exec_driver_sql(f"SELECT note FROM {table} WHERE id = 9").scalar() == "5 NEW.total"
            assert connection.exec_driver_sql("SELECT total, @seen FROM audit ORDER BY id DESC").first() == (5, 5)
            connection.rollback()
            run(connection, built(orders()), down)
            assert seen(connection) == before
            connection.exec_driver_sql("INSERT INTO orders VALUES (9, 7, NULL)")
            assert connection.exec_driver_sql("SELECT note FROM orders WHERE id = 9").scalar() == "7 NEW.total"
            connection.rollback()


def test_a_trigger_keeps_the_mode_that_it_was_written_for(database: Any) -> None:
    with database.engine().connect() as connection:
        built(orders()).create_all(connection)
        connection.exec_driver_sql("SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'")
        connection.exec_driver_sql(
            """CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW SET NEW."note" = NEW."total" || '!'"""
        )
        connection.exec_driver_sql("SET sql_mode = DEFAULT")
        mode = connection.exec_driver_sql("SELECT @@sql_mode").scalar()
        connection.commit()
        up, down = scripts(connection, built(orders(column="amount")))
        run(connection, built(orders(column="amount")), up)
        connection.exec_driver_sql("INSERT INTO orders VALUES (1, 5, NULL)")
        run(connection, built(orders()), down)
        connection.exec_driver_sql("INSERT INTO orders VALUES (2, 6, NULL)")
        assert list(connection.exec_driver_sql("SELECT note FROM orders ORDER BY id").scalars()) == ["5!", "6!"]
        assert connection.exec_driver_sql("SELECT @@sql_mode").scalar() == mode


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("CREATE VIEW v AS SELECT x.total FROM orders x UNION SELECT x.total FROM audit x", "view v .* as x, which"),
        ("CREATE VIEW v AS SELECT purchases.total FROM orders, audit purchases", "view v .* its new name, purchases"),
        (
            "CREATE TRIGGER tr AFTER INSERT ON audit FOR EACH ROW UPDATE orders SET total = NEW.total",
            "trigger tr uses table orders",
        ),
        ("CREATE TRIGGER tr AFTER INSERT ON audit FOR EACH ROW DELETE FROM `orders`", "trigger tr uses table orders"),
    ],
)
def test_what_cannot_be_rewritten_is_refused_before_anything_changes(database: Any, made: str, said: str) -> None:
    with database.engine().connect() as connection:
        built(orders()).create_all(connection)
        connection.exec_driver_sql(made)
        connection.commit()
        with pytest.raises(CommandError, match=said) as refused:
            scripts(connection, built(orders("purchases", "amount")))
        assert "make it again after the rename" in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "made",
    [
        "CREATE VIEW v AS SELECT x.id FROM audit x UNION SELECT y.id FROM audit y",
        "CREATE VIEW v AS SELECT 'orders', purchases.total FROM audit purchases",
        "CREATE TRIGGER tr AFTER INSERT ON audit FOR EACH ROW SET @total = NEW.total, @x = 'orders' -- orders",
    ],
)
def test_what_uses_nothing_renamed_is_left_alone(database: Any, made: str) -> None:
    with database.engine().connect() as connection:
        built(orders()).create_all(connection)
        connection.exec_driver_sql(made)
        up, down = scripts(connection, built(orders("purchases", "amount")))
        assert "CREATE" not in up + down


def test_a_table_comes_back_with_its_triggers(database: Any) -> None:
    with database.engine().connect() as connection:
        built(orders()).create_all(connection)
        for statement in TRIGGERS[:3]:
            connection.exec_driver_sql(statement)
        query = "SELECT TRIGGER_NAME, ACTION_ORDER, ACTION_STATEMENT FROM information_schema.TRIGGERS"
        query += " WHERE TRIGGER_SCHEMA = database() ORDER BY 1"
        start = connection.exec_driver_sql(query).all()
        metadata = built(orders())
        metadata.remove(metadata.tables["orders"])
        up, down = scripts(connection, metadata)
        run(connection, metadata, up)
        assert connection.exec_driver_sql(query).all() == []
        run(connection, metadata, down)
        assert connection.exec_driver_sql(query).all() == start


MYSQL = Settings((8, 4), False, "app", "ANSI_QUOTES", "1", None, 0, 1 << 26)
RENAMED = {("app", "orders"): Names("orders", {"total": "amount"})}


def test_mysql_makes_a_view_anew_by_its_own_words() -> None:
    body = (
        "select `app`.`orders`.`total` AS `total`,(`o`.`total` + 1) AS `n` from (`app`.`orders` join `app`.`orders` `o`"
        " on((`o`.`id` = `app`.`orders`.`id`)))"
    )
    head = ("ALGORITHM=MERGE", "DEFINER=`root`@`%`", "SQL SECURITY DEFINER")
    ((new, old),) = view_pairs([View(("app", "v"), body, "CASCADED", head)], RENAMED, MYSQL, "me@%")
    wanted = (
        "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`root`@`%` SQL SECURITY DEFINER VIEW `v` AS"
        " select `orders`.`total` AS `total`,(`o`.`total` + 1) AS `n` from (`orders` join `orders` `o`"
        " on((`o`.`id` = `orders`.`id`))) WITH CASCADED CHECK OPTION"
    )
    assert old == [wanted]
    assert new == [wanted.replace("`orders`.`total`", "`orders`.`amount`").replace("`o`.`total`", "`o`.`amount`")]


def test_mysql_has_no_or_replace_for_triggers() -> None:
    trigger = Trigger(
        "tr", ("app", "orders"), "AFTER UPDATE", 'SET @x = OLD."total"', "ANSI_QUOTES", "me@%", "FOLLOWS `a`"
    )
    ((new, old),) = trigger_pairs([trigger], RENAMED, MYSQL, "me@%", is_mariadb=False)
    made = 'CREATE TRIGGER `tr` AFTER UPDATE ON `orders` FOR EACH ROW FOLLOWS `a` SET @x = OLD."total"'
    assert old == ["DROP TRIGGER `tr`", made]
    assert new == ["DROP TRIGGER `tr`", made.replace('"total"', "`amount`")]


@pytest.mark.parametrize(
    ("orders_goes", "gone", "users"),
    [
        (False, "total", "a, b, checked, counted, cte, derived, inside, joined, natural_one, ranked, two, trigger one, trigger three, procedure pay, event prune, function top"),
        (False, "note", "checked, natural_one, ranked, trigger one, procedure pay"),
        (True, "orders", "a, b, checked, counted, counts, cte, derived, inside, joined, natural_one, ranked, two, procedure pay, event prune, function top"),
    ],
)  # fmt: skip
def test_what_uses_a_thing_that_goes_is_told(mariadb: Any, orders_goes: bool, gone: str, users: str) -> None:
    """The server drops it, and says nothing until they are used (1356, 1054)."""
    after = sa.MetaData()
    kept = [name for name in ("total", "note") if name != gone]
    if not orders_goes:
        types = {"total": Integer, "note": String(40)}
        Table("orders", after, Column("id", Integer, primary_key=True), *(Column(name, types[name]) for name in kept))
    Table("audit", after, Column("id", Integer, primary_key=True), Column("total", Integer))
    with mariadb.engine().connect() as connection:
        built(orders()).create_all(connection)
        for statement in (*VIEWS, *TRIGGERS, *ROUTINES):
            connection.exec_driver_sql(statement.replace("%", "%%"))
        own = context(connection, after)
        compared = compare(AutogenContext(own, after))
        judge = Judge(compared, {})
        things = [change for change in compared.changes if change.kind in ("table", "column")]
        told = {change.key.label: judge.note(change) for change in things}
        assert told[gone if orders_goes else f"orders.{gone}"] == f"loses data, used by {users}"
        (note,) = Review(produce_migrations(own, after).upgrade_ops, Facts(connection.dialect)).notes
        drops = [f"DROP {'' if ' ' in name else 'view '}{name}".split() for name in users.split(", ")]
        statements = "; ".join(f"{drop} {kind.upper()} `{name}`" for drop, kind, name in drops)
        assert f"breaks what uses it, in silence: drop them before ({statements})" in note.text
