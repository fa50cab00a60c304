"""What a dialect's author tests the dialect with: `from autodiff.testing.suite import *` in a test module (docs/dialects.md).

It stands on SQLAlchemy's own testing package and its pytest plugin, which a dialect has set up already. The helpers of that
package are here too, since tests that were written for Alembic import them from `alembic.testing`.
"""

from __future__ import annotations

from sqlalchemy.testing import (
    Variation,
    assert_raises,
    assert_raises_message,
    assertions,
    combinations,
    config,
    emits_warning,
    engines,
    eq_,
    eq_ignore_whitespace,
    exclusions,
    expect_deprecated,
    expect_raises,
    expect_raises_message,
    expect_warnings,
    fixture,
    is_,
    is_false,
    is_not,
    is_true,
    mock,
    ne_,
    provide_metadata,
    resolve_lambda,
    skip_if,
    uses_deprecated,
    util,
    variation,
)

from autodiff.testing.fixtures import MigrationTest, TestBase

is_not_ = is_not

__all__ = [
    "MigrationTest",
    "TestBase",
    "Variation",
    "assert_raises",
    "assert_raises_message",
    "assertions",
    "combinations",
    "config",
    "emits_warning",
    "engines",
    "eq_",
    "eq_ignore_whitespace",
    "exclusions",
    "expect_deprecated",
    "expect_raises",
    "expect_raises_message",
    "expect_warnings",
    "fixture",
    "is_",
    "is_false",
    "is_not",
    "is_not_",
    "is_true",
    "mock",
    "ne_",
    "provide_metadata",
    "resolve_lambda",
    "skip_if",
    "uses_deprecated",
    "util",
    "variation",
]
