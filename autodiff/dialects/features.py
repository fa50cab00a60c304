"""Facts about databases, by name, each with its source; a room sets those in which its database differs."""

from __future__ import annotations


class Features:
    """What the database can do. The values here are those of a database that has all of standard SQL."""

    # Are DDL statements part of a transaction?
    transactional_ddl = True
    # Can a constraint be added to, or dropped from, an existing table?
    alter_constraint = True
    # Can a column's type, nullability and default be changed in place?
    alter_column = True
    # Are enums objects of their own?
    named_enums = False
    # Does the database store comments on tables and columns?
    comments = True
    # Are schemas objects that CREATE SCHEMA makes inside of the database?
    schemas = True
    # Is a schema a whole database of the server, so that one that no model names is another application's?
    schemas_are_databases = False
    # Do indexes, uniques and primary keys share one name space per schema (else: one per table)?
    index_names_per_schema = False
    # Does dropping a table's column take the indexes and constraints that use it along?
    drop_column_takes_parts = False
    # The kinds of objects ("table", "column") of which one name in another case is the same one.
    any_case: frozenset[str] = frozenset()
    # Can tables be made that refer to each other, by adding a foreign key afterwards?
    add_foreign_key = True
    # Is a canonical form SQL that people can read (else: a tree)?
    canonical_is_sql = True
    # Is an integer primary key that the database does not fill in another thing than one that it does?
    plain_integer_keys = True
