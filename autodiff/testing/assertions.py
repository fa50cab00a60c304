"""SQLAlchemy's assertions under the name by which tests import them from `alembic.testing.assertions`."""

from __future__ import annotations

from sqlalchemy.testing.assertions import (
    assert_raises,
    assert_raises_message,
    emits_warning,
    eq_,
    eq_ignore_whitespace,
    expect_deprecated,
    expect_raises,
    expect_raises_message,
    expect_warnings,
    in_,
    is_,
    is_false,
    is_not,
    is_true,
    ne_,
    not_in,
)

is_not_ = is_not

__all__ = [
    "assert_raises",
    "assert_raises_message",
    "emits_warning",
    "eq_",
    "eq_ignore_whitespace",
    "expect_deprecated",
    "expect_raises",
    "expect_raises_message",
    "expect_warnings",
    "in_",
    "is_",
    "is_false",
    "is_not",
    "is_not_",
    "is_true",
    "ne_",
    "not_in",
]
