"""What all tests have: a real database.

    def test_it(database): ...      runs on SQLite, each PostgreSQL (two majors), MariaDB, MySQL where one is there; empty at the
                                    start of the test; `@pytest.mark.families("mariadb", "mysql")`: on these only
    def test_it(postgresql): ...    on each PostgreSQL only; likewise `sqlite`, `mariadb`, `mysql`

It gives `.url`, `.engine()`, `.dialect`, `.id`, `.execute(sql, …)`, `.rows(sql)`, `.schema(name)`, `.another()`,
`.async_url`; `-k sqlite`, `-k postgresql-15`, `-k mariadb` select. See `tests/databases/` for where servers come from.
"""

pytest_plugins = ("tests.databases.plugin",)
