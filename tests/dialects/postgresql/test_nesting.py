"""Conditions in scripts make what the server had printed, though its parser flattens what an AND or an OR begins with."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer

from autodiff.dialects.postgresql.nesting import kept_nested
from tests.dialects.changing import Model, t, walk


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("((x >= 1) AND (x <= 5)) AND (y > 0) AND (z > 0)", "(x BETWEEN 1 AND 5) AND (y > 0) AND (z > 0)"),
        ("((x < 1) OR (x > 5)) OR (y > 0)", "(x NOT BETWEEN 1 AND 5) OR (y > 0)"),
        ("f(((x >= 1) AND (x <= 5)) AND (y > 0)) IS TRUE", "f((x BETWEEN 1 AND 5) AND (y > 0)) IS TRUE"),
        ("((s >= ') AND ('::text) AND (s <= 'b'::text)) AND k", "(s BETWEEN ') AND ('::text AND 'b'::text) AND k"),
        ("(x > 0) AND ((x >= 1) AND (x <= 5))", "(x > 0) AND ((x >= 1) AND (x <= 5))"),
        ("((x >= 1) AND (y <= 5)) AND (y > 0)", "((x >= 1) AND (y <= 5)) AND (y > 0)"),
    ],
)
def test_a_group_at_the_beginning_is_said_in_one(printed: str, kept: str) -> None:
    assert kept_nested(printed) == kept


CONDITIONS = [
    "a BETWEEN -5 AND 50 AND b > 0",
    "a NOT BETWEEN 10 AND 50 OR b > 9000 OR s = 'q'",
    "a BETWEEN 1 AND b + 5 AND b BETWEEN 1 AND 60 AND s BETWEEN ') AND (' AND 'z'",
    "a BETWEEN SYMMETRIC 50 AND 0 OR b > 0",
    "a NOT BETWEEN SYMMETRIC 50 AND 10 AND b > 0",
    "(a, b) = (1, 1) AND s <> 'z' OR a > 0",
    "(a, b) <> (5, 6) OR s = 'z'",
    "coalesce(a + 1 BETWEEN 1 AND 9 AND b > 0, true)",
]
FORMS: dict[str, Any] = {
    "a CHECK": lambda text: sa.CheckConstraint(text, name="ck"),
    "an index": lambda text: sa.Index("ix", "a", postgresql_where=sa.text(text)),
    "a generated column": lambda text: Column("g", sa.Boolean, sa.Computed(text, persisted=True)),
}


def with_condition(form: str, text: str | None) -> Model:
    items = [] if text is None else [lambda: FORMS[form](text)]
    return t(lambda: Column("a", Integer), lambda: Column("b", Integer), lambda: Column("s", sa.Text), *items)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_comes_back_as_it_was(postgresql: Any, form: str, text: str) -> None:
    with postgresql.engine().connect() as connection:
        row = "INSERT INTO t (a, b, s) VALUES (1, 1, 'b')"
        walk(connection, with_condition(form, text), with_condition(form, None), row)
