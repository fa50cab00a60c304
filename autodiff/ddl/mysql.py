"""Face: the words of MySQL and MariaDB, for dialects that build on them."""

from autodiff.ddl import words as _words
from autodiff.ddl.words import *  # noqa: F403
from autodiff.dialects.mysql.impl import (
    MariaDBImpl,
    MySQLAlterDefault,
    MySQLChangeColumn,
    MySQLImpl,
    MySQLModifyColumn,
    visit_column_name,
)

__all__ = [
    "MariaDBImpl",
    "MySQLAlterDefault",
    "MySQLChangeColumn",
    "MySQLImpl",
    "MySQLModifyColumn",
    "visit_column_name",
]
__all__ += _words.__all__
