"""Facts about databases, by name, each with its source; a room sets those in which its database differs."""

from __future__ import annotations


class Features:
    """What the database can do. The values here are those of a database that has all of standard SQL."""

    # Can a constraint be added to, or dropped from, an existing table?
    alter_constraint = True
    # Is a schema a whole database of the server, so that one that no model names is another application's?
    schemas_are_databases = False
    # The kinds of objects ("table", "column") of which one name in another case is the same one.
    any_case: frozenset[str] = frozenset()
    # Can tables be made that refer to each other, by adding a foreign key afterwards?
    add_foreign_key = True
    # Is a canonical form SQL that people can read (else: a tree)?
    canonical_is_sql = True
    # Is an integer primary key that the database does not fill in another thing than one that it does?
    plain_integer_keys = True
    # Can a column's default name other columns?
    defaults_use_columns = False
    # The kinds of constraints and indexes that can be given another name as they stand.
    renamed: frozenset[str] = frozenset()
