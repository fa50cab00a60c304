"""Tests for packages with a dialect of their own: ``from autodiff.testing.suite import *`` in one of their test files
runs them on their database, ``del`` or a subclass leaves one out."""

from autodiff.testing.suite.test_autogenerate import (
    AutogenerateCommentsTest,
    AutogenerateComputedTest,
    AutogenerateForeignKeysTest,
    AutogenerateIdentityTest,
    AutogenerateTablesTest,
)
from autodiff.testing.suite.test_op import BackendAlterColumnTest, BackendConstraintsTest, BackendTablesTest
from autodiff.testing.suite.test_runtime import MigrationTransactionTest, OfflineTest, VersionTableTest

__all__ = [
    "AutogenerateCommentsTest",
    "AutogenerateComputedTest",
    "AutogenerateForeignKeysTest",
    "AutogenerateIdentityTest",
    "AutogenerateTablesTest",
    "BackendAlterColumnTest",
    "BackendConstraintsTest",
    "BackendTablesTest",
    "MigrationTransactionTest",
    "OfflineTest",
    "VersionTableTest",
]
