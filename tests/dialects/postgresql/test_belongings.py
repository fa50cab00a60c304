"""What belongs to a dropped table and no model says comes back with it: triggers, policies, rules, partitions, grants …"""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import produce_migrations
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.told import tell, written
from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from autodiff.render.review import Facts, Review
from tests.dialects.postgresql.comparing import read
from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, run, script

FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"
PARTITIONED = (
    'CREATE TABLE "T\'s" (id int NOT NULL, x int, y varchar(9)) PARTITION BY RANGE (id)',
    'CREATE TABLE p1 PARTITION OF "T\'s" FOR VALUES FROM (0) TO (9) WITH (fillfactor = 60)',
    'CREATE TABLE "p 2" PARTITION OF "T\'s" DEFAULT PARTITION BY LIST (x)',
    'CREATE UNLOGGED TABLE a3 PARTITION OF "p 2" FOR VALUES IN (1, 2)',
    'ALTER TABLE p1 ADD CONSTRAINT "its own" CHECK (x > 0), ADD UNIQUE (id, x), ALTER x SET DEFAULT 7',
    "COMMENT ON COLUMN p1.x IS 'it''s'",
    "CREATE INDEX own ON p1 (x) WHERE id <> 5",
    "COMMENT ON TABLE p1 IS 'it''s {a} :b 50%%'",
    "GRANT SELECT ON p1 TO PUBLIC",
    "ALTER TABLE a3 ENABLE ROW LEVEL SECURITY",
)
OF_PARTITIONS = (
    "ALTER TABLE p1 ALTER y SET STORAGE EXTERNAL, ALTER y SET COMPRESSION pglz, ALTER y SET STATISTICS 7",
    "ALTER TABLE a3 ALTER y SET STORAGE MAIN, ALTER y SET (n_distinct = 5)",
    "GRANT SELECT (y) ON p1 TO PUBLIC",
)
PLAIN = ('CREATE TABLE "T\'s" (id int NOT NULL CONSTRAINT pk PRIMARY KEY, x int, y text)', FUNCTION)
PERSON = """DO $$BEGIN CREATE ROLE "Some One"; EXCEPTION WHEN duplicate_object THEN NULL; END$$"""

SEEN = [
    """SELECT relname::text, relkind::text, relpersistence::text, relrowsecurity, relforcerowsecurity, relreplident::text,
       reloptions, relacl::text, pg_get_userbyid(relowner)::text, reloftype::regtype::text,
       pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class')
       FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'S') ORDER BY 1""",
    """SELECT tgrelid::regclass::text, tgenabled::text, pg_get_triggerdef(oid), obj_description(oid, 'pg_trigger')
       FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 3""",
    "SELECT tablename::text, policyname::text, permissive, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
    "SELECT rulename::text, definition FROM pg_rules WHERE schemaname = 'public' ORDER BY 1",
    "SELECT pg_get_statisticsobjdef(oid), obj_description(oid, 'pg_statistic_ext') FROM pg_statistic_ext ORDER BY 1",
    """SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), (SELECT string_agg(description, ',')
       FROM pg_description WHERE objoid = conrelid AND objsubid > 0) FROM pg_constraint
       WHERE conrelid <> 0 AND contype <> 'n' AND connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    "SELECT pubname::text, tablename::text FROM pg_publication_tables ORDER BY 1, 2",
    """SELECT c.relname::text, s.seqtypid::regtype::text, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
       s.seqcycle, d.refobjid::regclass::text,
       (SELECT attname::text FROM pg_attribute WHERE attrelid = d.refobjid AND attnum = d.refobjsubid)
       FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
       LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') ORDER BY 1""",
    """SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, attidentity::text, pg_get_expr(adbin, adrelid)
       FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
       WHERE attrelid = to_regclass('public."T''s"') AND attnum > 0 AND NOT attisdropped ORDER BY 1""",
    "SELECT attname::text, attislocal, attinhcount FROM pg_attribute WHERE attrelid = to_regclass('child') ORDER BY 1",
    """SELECT c.relname::text, attname::text, attstorage::text, attcompression::text, nullif(attstattarget, -1), attoptions,
       attacl::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2""",
]


def nothing(metadata: sa.MetaData) -> None:
    sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True))


def without_x(metadata: sa.MetaData) -> None:
    nothing(metadata)
    sa.Table("T's", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("y", sa.Text))


def partitioned(type_: Any) -> Model:
    def model(metadata: sa.MetaData) -> None:
        nothing(metadata)
        columns = [sa.Column("id", sa.Integer, nullable=False), sa.Column("x", sa.Integer)]
        columns += [] if type_ is None else [sa.Column("y", type_)]
        sa.Table("T's", metadata, *columns, postgresql_partition_by="RANGE (id)")

    return model


def seen(database: Any) -> list[Any]:
    return [database.rows(query) for query in SEEN]


def there_and_back(database: Any, statements: tuple[str, ...], wanted: Model) -> None:
    built(nothing).create_all(database.engine())
    database.execute(*statements)
    was = seen(database)
    up, down = script(database, wanted)
    run(database, up)
    assert nothing_to_do(database, wanted)
    run(database, down)
    assert seen(database) == was


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(
            (
                'CREATE TRIGGER "B" AFTER UPDATE OF x ON "T\'s" FOR EACH ROW WHEN (new.x > 1) EXECUTE FUNCTION f()',
                'CREATE TRIGGER a BEFORE INSERT ON "T\'s" EXECUTE FUNCTION f()',
                'ALTER TABLE "T\'s" DISABLE TRIGGER a',
                "COMMENT ON TRIGGER a ON \"T's\" IS 'it''s :b'",
            ),
            id="triggers",
        ),
        pytest.param(
            (
                'ALTER TABLE "T\'s" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
                "CREATE POLICY p ON \"T's\" AS RESTRICTIVE FOR SELECT USING (y = '50%%:x' AND x > 2)",
                'CREATE POLICY q ON "T\'s" FOR INSERT TO "Some One" WITH CHECK (EXISTS (SELECT FROM other WHERE id = x))',
            ),
            id="policies",
        ),
        pytest.param(('CREATE RULE r AS ON DELETE TO "T\'s" DO INSTEAD NOTHING',), id="a rule"),
        pytest.param(
            ('CREATE STATISTICS st ON x, y FROM "T\'s"', "COMMENT ON STATISTICS st IS 's'"),
            id="statistics over columns",
        ),
        pytest.param(('ALTER TABLE "T\'s" REPLICA IDENTITY FULL',), id="replica identity"),
        pytest.param(
            ('ALTER TABLE "T\'s" REPLICA IDENTITY USING INDEX pk', 'ALTER TABLE "T\'s" CLUSTER ON pk'),
            id="marks of a key",
        ),
        pytest.param(("ALTER INDEX pk SET (fillfactor = 55)",), id="options of a key"),
        pytest.param(
            (
                'GRANT SELECT, INSERT ON "T\'s" TO "Some One" WITH GRANT OPTION',
                'GRANT UPDATE (x) ON "T\'s" TO "Some One"',
                'GRANT DELETE ON "T\'s" TO PUBLIC',
            ),
            id="grants",
        ),
        pytest.param(('GRANT SELECT ON "T\'s" TO PUBLIC', 'ALTER TABLE "T\'s" OWNER TO "Some One"'), id="an owner"),
        pytest.param(
            ("CREATE TYPE ct AS (id int, x int, y text)", 'ALTER TABLE "T\'s" OF ct'), id="the type that it is of"
        ),
        pytest.param(('CREATE PUBLICATION "Pub" FOR TABLE other, "T\'s"',), id="a publication"),
        pytest.param(
            (
                'CREATE SEQUENCE "s q" START 7 INCREMENT 2 CACHE 3 OWNED BY "T\'s".x',
                'GRANT USAGE ON SEQUENCE "s q" TO PUBLIC',
            ),
            id="a sequence of a column",
        ),
    ],
)
def test_what_belongs_to_a_table_comes_back_with_it(postgresql: Any, statements: tuple[str, ...]) -> None:
    there_and_back(postgresql, (*PLAIN, PERSON, *statements), nothing)


def test_partitions_come_back_with_their_table(postgresql: Any) -> None:
    trigger = "CREATE TRIGGER {0} AFTER INSERT ON {1} FOR EACH ROW EXECUTE FUNCTION f()"
    triggers = (FUNCTION, trigger.format("every", '"T\'s"'), trigger.format("one", "p1"))
    index = 'CREATE INDEX of_all ON "T\'s" (y)'
    there_and_back(postgresql, (*PARTITIONED, *triggers, index, *OF_PARTITIONS), nothing)


BELOW_OTHERS = (
    'ALTER TABLE "T\'s" ALTER y SET STORAGE MAIN, ALTER y SET STATISTICS 4',
    'ALTER TABLE "p 2" ALTER y SET STORAGE EXTERNAL, ALTER y SET STATISTICS 5',
    "ALTER TABLE a3 ALTER y SET STORAGE EXTENDED, ALTER y SET STATISTICS -1",
)


@pytest.mark.parametrize("wanted", [partitioned(sa.Text), partitioned(None), nothing])
def test_columns_of_partitions_keep_what_those_above_them_have_otherwise(postgresql: Any, wanted: Model) -> None:
    there_and_back(postgresql, (*PARTITIONED, *BELOW_OTHERS), wanted)


@pytest.mark.parametrize("own", ["", "y text"])
@pytest.mark.parametrize("name", ["a", "z"])
@pytest.mark.parametrize("wanted", [nothing, without_x])
def test_columns_of_children_keep_what_those_above_them_have_otherwise(
    postgresql: Any, own: str, name: str, wanted: Model
) -> None:
    statements = (
        'CREATE TABLE "T\'s" (id int PRIMARY KEY, x int, y text)',
        f'CREATE TABLE b ({own}) INHERITS ("T\'s")',
        f"CREATE TABLE {name} ({own}) INHERITS (b)",
        'ALTER TABLE "T\'s" ALTER y SET STORAGE MAIN, ALTER y SET STATISTICS 4',
        "ALTER TABLE b ALTER y SET STORAGE EXTERNAL, ALTER y SET STATISTICS 5",
        f"ALTER TABLE {name} ALTER y SET STORAGE EXTENDED, ALTER y SET STATISTICS -1",
    )
    there_and_back(postgresql, statements, wanted)


@pytest.mark.parametrize("wanted", [partitioned(sa.Text), partitioned(None)])
def test_columns_of_partitions_keep_what_is_not_compared(postgresql: Any, wanted: Model) -> None:
    there_and_back(postgresql, (*PARTITIONED, *OF_PARTITIONS), wanted)


@pytest.mark.parametrize("wanted", [nothing, without_x])
@pytest.mark.parametrize(
    "statements",
    [
        (
            'CREATE TABLE "T\'s" (id int PRIMARY KEY, y text, x serial)',
            'ALTER SEQUENCE "T\'s_x_seq" RENAME TO "My :seq"',
            'ALTER SEQUENCE "My :seq" INCREMENT -2 MAXVALUE 50 MINVALUE -9 START 4 CYCLE',
            "COMMENT ON SEQUENCE \"My :seq\" IS 'a {b}'",
            'GRANT SELECT, USAGE ON SEQUENCE "My :seq" TO PUBLIC',
        ),
        (
            'CREATE TABLE "T\'s" (id int PRIMARY KEY, y text, x int GENERATED ALWAYS AS IDENTITY (START 5))',
            'ALTER SEQUENCE "T\'s_x_seq" RENAME TO mine',
        ),
    ],
)
def test_a_sequence_comes_back_with_its_column(postgresql: Any, statements: tuple[str, ...], wanted: Model) -> None:
    there_and_back(postgresql, statements, wanted)


def test_statistics_come_back_with_their_columns(postgresql: Any) -> None:
    statements = (
        'CREATE TABLE "T\'s" (id int PRIMARY KEY, y text, x int, z int)',
        'CREATE STATISTICS one ON x, z FROM "T\'s"',
        'CREATE STATISTICS two ON y, z FROM "T\'s"',
        'CREATE STATISTICS three ON (x + z), id FROM "T\'s"',
        'CREATE STATISTICS stays ON id, y FROM "T\'s"',
    )
    there_and_back(postgresql, statements, without_x)


USED = (
    'CREATE TABLE "T\'s" (id int PRIMARY KEY, y text, x int)',
    FUNCTION,
    'CREATE TRIGGER tr AFTER UPDATE OF x ON "T\'s" EXECUTE FUNCTION f()',
    'CREATE STATISTICS st ON x, y FROM "T\'s"',
    'CREATE VIEW v AS SELECT x FROM "T\'s"',
    'CREATE VIEW "other V" AS SELECT y FROM "T\'s"',
    'CREATE POLICY p ON other USING (EXISTS (SELECT FROM "T\'s"))',
    'CREATE FUNCTION g(a "T\'s") RETURNS int LANGUAGE sql AS $$SELECT 1$$',
)
OF_TABLE = (
    'DROP FUNCTION public.g(public."T\'s")',
    "DROP POLICY p ON public.other",
    'DROP VIEW "public"."other V"',
    'DROP VIEW "public"."v"',
)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [(without_x, ('DROP TRIGGER tr ON public."T\'s"', 'DROP VIEW "public"."v"')), (nothing, OF_TABLE)],
)
def test_what_keeps_something_from_being_dropped_is_told(postgresql: Any, wanted: Model, said: tuple[str, ...]) -> None:
    built(nothing).create_all(postgresql.engine())
    postgresql.execute(*USED)
    with postgresql.engine().connect() as connection:
        found = produce_migrations(MigrationContext.configure(connection), built(wanted))
        assert found.upgrade_ops is not None
        (note,) = Review(found.upgrade_ops, Facts(connection.dialect)).notes
        context = AutogenContext(MigrationContext.configure(connection), built(wanted))
        assert re.search(r"used by (.*, )?v\b", written(tell(context, "base"), "text"))
    assert note.short.endswith(" that others use")
    held = re.search(r"drop them before \((.*)\), and", note.text)
    assert held is not None
    assert sorted(held[1].split("; ")) == sorted(said)
    up, down = script(postgresql, wanted)
    with pytest.raises(sa.exc.DBAPIError, match="depend"):
        run(postgresql, up)
    postgresql.execute(*said)
    was = seen(postgresql)
    run(postgresql, up)
    run(postgresql, down)
    assert seen(postgresql) == was


def with_longer_y(metadata: sa.MetaData) -> None:
    nothing(metadata)
    sa.Table("T's", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("y", sa.BigInteger))


def test_statistics_over_a_retyped_and_a_dropped_column_come_back_once(postgresql: Any) -> None:
    statements = (
        'CREATE TABLE "T\'s" (id int PRIMARY KEY, y int, x int)',
        'CREATE STATISTICS st (mcv) ON (x + y), id FROM "T\'s"',
        "ALTER STATISTICS st SET STATISTICS 99",
    )
    there_and_back(postgresql, statements, with_longer_y)


def checked(condition: str, type_: Any = sa.Integer) -> Model:
    def model(metadata: sa.MetaData) -> None:
        nothing(metadata)
        columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("y", type_))
        sa.Table("T's", metadata, *columns, sa.CheckConstraint(condition, name="ck"))

    return model


@pytest.mark.parametrize("words", ["NO INHERIT", "NOT ENFORCED"])
@pytest.mark.parametrize("wanted", [nothing, checked("y > 1"), checked("y > 0", sa.BigInteger)])
def test_conditions_are_as_they_were_where_models_have_no_words_for_it(
    postgresql: Any, words: str, wanted: Model
) -> None:
    if words == "NOT ENFORCED" and postgresql.rows("SELECT current_setting('server_version_num')::int < 180000")[0][0]:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    table = f'CREATE TABLE "T\'s" (id int PRIMARY KEY, y int, CONSTRAINT ck CHECK (y > 0) {words})'
    there_and_back(postgresql, (table,), wanted)


@pytest.mark.parametrize("wanted", [nothing, lambda metadata: None])
def test_a_foreign_key_that_is_not_enforced_comes_back_as_one(postgresql: Any, wanted: Model) -> None:
    if postgresql.rows("SELECT current_setting('server_version_num')::int < 180000")[0][0]:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    table = 'CREATE TABLE "T\'s" (id int PRIMARY KEY, y int CONSTRAINT fk REFERENCES other NOT ENFORCED)'
    there_and_back(postgresql, (table,), wanted)


def test_inherited_columns_come_back_as_inherited_ones(postgresql: Any) -> None:
    statements = (
        'CREATE TABLE "T\'s" (id int PRIMARY KEY, x int, y int GENERATED ALWAYS AS (x + 1) STORED, CHECK (x > 0))',
        'CREATE TABLE child (z int) INHERITS ("T\'s")',
    )
    there_and_back(postgresql, statements, nothing)


IN_PARTITIONS = ('CREATE TABLE "T\'s" (id int, "X x" int, y int) PARTITION BY RANGE (id, (abs("X x")))',)


@pytest.mark.parametrize(
    ("columns", "key", "is_refused"),
    [
        ({"id": sa.Integer, "X x": sa.Integer, "y": sa.Text}, 'RANGE (id, (abs("X x")))', False),
        ({"id": sa.Integer, "X x": sa.Integer}, 'RANGE (id, (abs("X x")))', False),
        ({"id": sa.Integer, "X x": sa.BigInteger, "y": sa.Integer}, 'RANGE (id, (abs("X x")))', True),
        ({"id": sa.Integer, "y": sa.Integer}, "RANGE (id)", True),
        ({"id": sa.Integer, "X x": sa.Integer, "y": sa.Integer}, "RANGE (y)", True),
    ],
)
def test_what_the_partition_key_forbids_is_told(
    postgresql: Any, columns: dict[str, Any], key: str, is_refused: bool
) -> None:
    def wanted(metadata: sa.MetaData) -> None:
        listed = (sa.Column(name, type_) for name, type_ in columns.items())
        sa.Table("T's", metadata, *listed, postgresql_partition_by=key)

    postgresql.execute(*IN_PARTITIONS)
    with postgresql.engine().connect() as connection:
        found = produce_migrations(MigrationContext.configure(connection), built(wanted))
        assert found.upgrade_ops is not None
        notes = Review(found.upgrade_ops, Facts(connection.dialect)).notes
    assert any("INSERT … SELECT" in note.text for note in notes) == is_refused
    up, _ = script(postgresql, wanted)
    if not is_refused:
        run(postgresql, up)
        return
    with pytest.raises((sa.exc.DBAPIError, CommandError), match="partition"):
        run(postgresql, up)


def test_a_role_may_have_a_name_of_any_kind(postgresql: Any) -> None:
    """`current_user::regrole` would fold its case."""
    postgresql.execute(PERSON, "CREATE VIEW v AS SELECT 1 AS one", *PLAIN)
    with postgresql.engine().connect() as connection:
        connection.exec_driver_sql('SET ROLE "Some One"')
        assert read(connection).objects


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": sa.Integer, "X x": sa.BigInteger}, 'ALTER TYPE public."a ty" ALTER ATTRIBUTE "X x" TYPE … CASCADE'),
        ({"id": sa.Integer}, 'ALTER TYPE public."a ty" DROP ATTRIBUTE "X x" CASCADE'),
        ({"id": sa.Integer, "X x": sa.Integer, "y": sa.Text}, 'ALTER TYPE public."a ty" ADD ATTRIBUTE "y" … CASCADE'),
    ],
)
def test_what_the_type_of_a_table_forbids_is_told(postgresql: Any, columns: dict[str, Any], said: str) -> None:
    def wanted(metadata: sa.MetaData) -> None:
        sa.Table("T's", metadata, *(sa.Column(name, type_) for name, type_ in columns.items()))

    postgresql.execute('CREATE TYPE "a ty" AS (id int, "X x" int)', 'CREATE TABLE "T\'s" OF "a ty"')
    with postgresql.engine().connect() as connection:
        found = produce_migrations(MigrationContext.configure(connection), built(wanted))
        assert found.upgrade_ops is not None
        (note,) = Review(found.upgrade_ops, Facts(connection.dialect)).notes
    assert said in note.text
    up, _ = script(postgresql, wanted)
    with pytest.raises(sa.exc.DBAPIError, match="typed table"):
        run(postgresql, up)
    postgresql.execute(said.replace('"y" …', '"y" text').replace("TYPE … ", "TYPE bigint "))
    assert nothing_to_do(postgresql, wanted)


OUTSIDE = [
    """SELECT typname::text, typacl::text, pg_get_userbyid(typowner)::text, obj_description(oid, 'pg_type') FROM pg_type
       WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') ORDER BY 1""",
    """SELECT relname::text, relacl::text, pg_get_userbyid(relowner)::text, obj_description(oid, 'pg_class') FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY 1""",
    """SELECT conname::text, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint
       WHERE contypid <> 0 ORDER BY 1""",
]


@pytest.mark.parametrize("kind", ["TYPE", "DOMAIN", "SEQUENCE"])
def test_types_and_sequences_come_back_with_what_they_have(postgresql: Any, kind: str) -> None:
    words = {
        "TYPE": "TYPE x AS ENUM ('a')",
        "DOMAIN": "DOMAIN x AS int CONSTRAINT c CHECK (value > 0)",
        "SEQUENCE": "SEQUENCE x",
    }
    grantable = "TYPE" if kind == "DOMAIN" else kind
    postgresql.execute(PERSON, f"CREATE {words[kind]}", f"COMMENT ON {kind} x IS 'it''s {{a}} :b'")
    postgresql.execute(f"GRANT USAGE ON {grantable} x TO pg_monitor WITH GRANT OPTION")
    postgresql.execute(f"REVOKE ALL ON {grantable} x FROM PUBLIC", f'ALTER {kind} x OWNER TO "Some One"')
    if kind == "DOMAIN":
        postgresql.execute("ALTER DOMAIN x ADD CONSTRAINT d CHECK (value < 9) NOT VALID")
        postgresql.execute(
            "COMMENT ON CONSTRAINT d ON DOMAIN x IS 'it''s'", "COMMENT ON CONSTRAINT c ON DOMAIN x IS 'c'"
        )
    was = [postgresql.rows(query) for query in OUTSIDE]
    up, down = script(postgresql, lambda metadata: None)
    assert "op.drop_" in up
    run(postgresql, up)
    run(postgresql, down)
    assert [postgresql.rows(query) for query in OUTSIDE] == was


def test_a_role_that_another_server_lacks_stops_no_downgrade(postgresql: Any) -> None:
    postgresql.execute("CREATE ROLE gone", "CREATE TABLE t (id int, x int)", "GRANT SELECT (x), INSERT ON t TO gone")
    _, down = script(postgresql, lambda metadata: None)
    postgresql.execute("DROP OWNED BY gone", "DROP ROLE gone", "DROP TABLE t")
    run(postgresql, down)
    assert postgresql.rows("SELECT relacl FROM pg_class WHERE relname = 't'") == [(None,)]


def test_a_policy_comes_back_for_the_roles_that_are_there(postgresql: Any) -> None:
    """Without the one for both, who is there would see what the policy kept from them."""
    postgresql.execute(
        'CREATE ROLE "it\'s gone"',
        "CREATE ROLE stays",
        "CREATE TABLE t (id int)",
        "CREATE POLICY p ON t AS RESTRICTIVE TO \"it's gone\", stays USING (id <> 5 AND '50%%' <> ':x''\\')",
        'CREATE POLICY q ON t TO "it\'s gone" WITH CHECK (id > 0)',
        "COMMENT ON POLICY q ON t IS 'q'",
    )
    _, down = script(postgresql, lambda metadata: None)
    postgresql.execute("DROP TABLE t", 'DROP ROLE "it\'s gone"')
    run(postgresql, down)
    found = postgresql.rows("SELECT policyname::text, permissive, roles::text, qual FROM pg_policies")
    postgresql.execute("DROP TABLE t", "DROP ROLE stays")
    assert found == [("p", "RESTRICTIVE", "{stays}", "((id <> 5) AND ('50%'::text <> ':x''\\'::text))")]


def test_the_owner_of_a_function_may_be_lacking(postgresql: Any) -> None:
    built(labelled("a", "b")).create_all(postgresql.engine())
    postgresql.execute("CREATE ROLE owned CREATEROLE", "CREATE FUNCTION f(x e) RETURNS int LANGUAGE sql AS 'SELECT 1'")
    postgresql.execute("ALTER FUNCTION f OWNER TO owned")
    up, _ = script(postgresql, labelled("b", "a"))
    postgresql.execute("ALTER FUNCTION f OWNER TO CURRENT_USER", "DROP ROLE owned")
    run(postgresql, up)
    assert postgresql.rows("SELECT count(*) FROM pg_proc WHERE proname = 'f'") == [(1,)]


def labelled(*labels: str) -> Model:
    return lambda metadata: sa.Table("t", metadata, sa.Column("x", sa.Enum(*labels, name="e")))
