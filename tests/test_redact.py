"""Passwords never reach a person's terminal or log."""

from __future__ import annotations

import pytest

from autodiff.redact import redact


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://scott:SECRET@h/db",
        "postgresql+psycopg://scott:SECRET@127.0.0.1:5432/db refused",
        "cannot parse 'mysql://scott:SECRET@h/db'",
        "postgresql:scott:SECRET@h/db",
        "postgresql://scott:pa@SECRET@h/db",
        "postgresql://scott:pa/SECRET@h/db",
        "postgresql://scott:pa#SECRET@h/db",
        "postgresql://scott:pa:SECRET@h/db",
        "redis://:SECRET@h",
        "postgresql://h/db?user=scott&password=SECRET",
        "host=h user=scott password=SECRET dbname=x",
        "host=h password='my SECRET' dbname=x",
        "{'user': 'scott', 'password': 'SECRET', 'host': 'h'}",
        '{"passwd": "SECRET"}',
        "PWD=SECRET;SERVER=h",
        "CREATE ROLE x PASSWORD 'SECRET' NOPE",
        "create user x identified by 'SECRET'",
        "CREATE USER x IDENTIFIED WITH caching_sha2_password BY 'it''s SECRET'",
        "SET PASSWORD FOR x = PASSWORD('SECRET')",
        "ALTER USER x WITH ENCRYPTED PASSWORD 'SECRET'",
    ],
)
def test_a_password_is_hidden(text: str) -> None:
    assert "SECRET" not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://scott@h/db",
        "sqlite:///tmp/t.db",
        "Can't locate revision identified by 'ab12'",
        "versions/ab12_add.py line 14: invalid syntax",
        "Detected added column 'user.password'",
        "see https://sqlalche.me/e/20/e3q8",
        "FAILED: 'ab' is ambiguous: ab12 and abd0",
        "mail to team@example.org",
        "Path: /home/u:x/app",
    ],
)
def test_what_is_no_password_stays(text: str) -> None:
    assert redact(text) == text
