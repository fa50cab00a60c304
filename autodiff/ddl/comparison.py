"""The historical questions of a comparison (`compare_type` and its kin), as dialects of others override and call them.

autodiff itself compares canonical states; these answers serve subclasses that call `super()`, and hooks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

_PARENTHESES = re.compile(r"\(([^)]*)\)")
_WORD = re.compile(r"\w+")


class Params(NamedTuple):
    """The words of a type: its first word, the others, and its arguments in parentheses."""

    token0: str
    tokens: list[str]
    args: list[str]
    kwargs: dict[str, str]


@dataclass(frozen=True)
class ComparisonResult:
    """Equal, different (with the reasons), or not to be compared."""

    status: str
    message: str = ""

    @classmethod
    def Equal(cls) -> ComparisonResult:
        return cls("equal")

    @classmethod
    def Different(cls, reason: str | Collection[str]) -> ComparisonResult:
        return cls("different", reason if isinstance(reason, str) else ", ".join(reason))

    @classmethod
    def Skip(cls, reason: str | Collection[str]) -> ComparisonResult:
        return cls("skip", reason if isinstance(reason, str) else ", ".join(reason))

    @property
    def is_equal(self) -> bool:
        return self.status == "equal"

    @property
    def is_different(self) -> bool:
        return self.status == "different"

    @property
    def is_skip(self) -> bool:
        return self.status == "skip"


class Comparing:
    """The questions, with the answers that suit every database."""

    #: Words for the same type.
    type_synonyms: tuple[set[str], ...] = ({"NUMERIC", "DECIMAL"},)
    #: Regular expressions for arguments that stand outside of parentheses.
    type_arg_extract: Collection[str] = ()
    #: What of an identity the database cannot tell.
    identity_attrs_ignore: tuple[str, ...] = ()

    dialect: Any

    def compare_type(self, inspector_column: Column[Any], metadata_column: Column[Any]) -> bool:
        """Do the types differ?"""
        found = self._tokenize_column_type(inspector_column)
        wanted = self._tokenize_column_type(metadata_column)
        return not (self._column_types_match(found, wanted) and self._column_args_match(found, wanted))

    def _tokenize_column_type(self, column: Column[Any]) -> Params:
        text = self.dialect.type_compiler_instance.process(column.type).lower()
        args = [part.strip() for inner in _PARENTHESES.findall(text) for part in inner.split(",")]
        rest = _PARENTHESES.sub(" ", text)
        kwargs = {}
        for pattern in self.type_arg_extract:
            found = re.search(pattern, rest, re.I)
            if found:
                kwargs[pattern] = found.group(1)
                rest = rest.replace(found.group(0), " ")
        words = _WORD.findall(rest)
        return Params(words[0] if words else "", words[1:], args, kwargs)

    def _column_types_match(self, inspector_params: Params, metadata_params: Params) -> bool:
        """Do the words agree? What only one of the two has says nothing: the database may have added it."""
        found, wanted = ([p.token0, *p.tokens] for p in (inspector_params, metadata_params))
        if self._are_synonyms(" ".join(found), " ".join(wanted)):
            return True
        first = found[0] == wanted[0] or self._are_synonyms(found[0], wanted[0])
        return first and _agree(found[1:], wanted[1:])

    def _are_synonyms(self, one: str, other: str) -> bool:
        groups = [{word.lower() for word in group} for group in self.type_synonyms]
        return any(one in group and other in group for group in groups)

    def _column_args_match(self, inspected_params: Params, meta_params: Params) -> bool:
        """Do the arguments agree? One side without some takes the database's defaults."""
        found, wanted = inspected_params.kwargs, meta_params.kwargs
        both = found.keys() & wanted.keys()
        if found and wanted and (not both or any(found[key] != wanted[key] for key in both)):
            return False
        return _agree(inspected_params.args, meta_params.args)

    def compare_server_default(
        self,
        inspector_column: Column[Any],
        metadata_column: Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Do the server defaults differ?"""
        return self.defaults_differ(metadata_column, rendered_inspector_default, rendered_metadata_default)

    def defaults_differ(self, column: Column[Any], found: str | None, wanted: str | None) -> bool:
        """The same question, as our own dialects answer it.

        :param column: the model's.
        :param found: the database's default as SQL.
        :param wanted: the model's.
        """
        return found != wanted

    def compare_indexes(self, metadata_index: Index, reflected_index: Index) -> ComparisonResult:
        reasons = []
        if bool(metadata_index.unique) != bool(reflected_index.unique):
            reasons.append(f"unique={bool(reflected_index.unique)} to unique={bool(metadata_index.unique)}")
        if _keys(self.dialect, metadata_index) != _keys(self.dialect, reflected_index):
            reasons.append("expressions differ")
        return ComparisonResult.Different(reasons) if reasons else ComparisonResult.Equal()

    def compare_unique_constraint(
        self, metadata_constraint: UniqueConstraint, reflected_constraint: UniqueConstraint
    ) -> ComparisonResult:
        wanted, found = ({c.name for c in u.columns} for u in (metadata_constraint, reflected_constraint))
        return ComparisonResult.Equal() if wanted == found else ComparisonResult.Different("columns differ")

    def compare_check_constraint(
        self, metadata_constraint: CheckConstraint, reflected_constraint: CheckConstraint
    ) -> ComparisonResult:
        return ComparisonResult.Equal()

    def correct_for_autogen_constraints(
        self, conn_uniques: Any, conn_indexes: Any, metadata_unique_constraints: Any, metadata_indexes: Any
    ) -> None:
        """Take out of the sets what a database reports twice, or under another name."""

    def correct_for_autogen_foreignkeys(self, conn_fks: Any, metadata_fks: Any) -> None:
        """Take out of the sets what a database reports differently from what was asked of it."""

    def adjust_reflected_dialect_options(self, reflected_object: Any, kind: str) -> dict[str, Any]:
        """Dialect options of a reflected constraint or index, as the model would say them."""
        options: dict[str, Any] = reflected_object.get("dialect_options", {})
        return options


def _keys(dialect: Any, index: Index) -> list[str]:
    options = {"include_table": False}
    return [
        e if isinstance(e, str) else str(e.compile(dialect=dialect, compile_kwargs=options)) for e in index.expressions
    ]


def _agree(found: Sequence[str], wanted: Sequence[str]) -> bool:
    """Are two lists the same as far as both go?"""
    return all(one == other for one, other in zip(found, wanted, strict=False))
