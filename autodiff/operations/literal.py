"""A value that is written into the SQL itself, and a type that is written as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine, UserDefinedType


class InlineLiteral(BindParameter[Any]):
    """What `op.inline_literal` returns."""

    inherit_cache = False

    def __init__(self, value: Any, type_: TypeEngine[Any] | None = None) -> None:
        super().__init__(None, value, type_=type_, unique=True)


@compiles(InlineLiteral)
def _(element: InlineLiteral, compiler: Any, **kw: Any) -> str:
    return str(compiler.render_literal_bindparam(element, **kw))


class DatabaseType(UserDefinedType[Any]):
    """A column type in the database's own words, verbatim.

    :param spec: the text, such as ``"ltree"``; it may carry what follows the type, as in ``"text COLLATE x.y"``.
    :param affinity: the type whose place it takes, as in ``DatabaseType("serial", affinity=sa.Integer())``.
    """

    cache_ok = True

    def __init__(self, spec: str, affinity: TypeEngine[Any] | None = None) -> None:
        self.spec = spec
        self.affinity = affinity

    @property
    def _type_affinity(self) -> Any:
        return self.affinity._type_affinity if self.affinity is not None else super()._type_affinity

    def get_col_spec(self, **kw: Any) -> str:
        return self.spec

    def __repr__(self) -> str:
        affinity = f", affinity={self.affinity!r}" if self.affinity is not None else ""
        return f"DatabaseType({self.spec!r}{affinity})"


@compiles(DatabaseType)
def _type(element: DatabaseType, compiler: Any, **kw: Any) -> str:
    # The driver reads a doubled % as one; where none reads the text, the preparer does not double.
    double = getattr(compiler.dialect.identifier_preparer, "_double_percents", False)
    return element.spec.replace("%", "%%") if double else element.spec
