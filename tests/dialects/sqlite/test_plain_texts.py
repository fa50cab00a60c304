"""Texts as SQLAlchemy writes them take a shorter way, and mean what they mean token by token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autodiff.dialects.sqlite.ddl import table_definition
from autodiff.dialects.sqlite.parts import ForeignKey

ACTIONS = ("", "CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION")


def only_key(constraint: str) -> ForeignKey:
    (found,) = table_definition(f"CREATE TABLE t (a INTEGER, b INTEGER, {constraint})").constraints
    assert isinstance(found, ForeignKey)
    return found


@pytest.mark.parametrize("name", ["", "CONSTRAINT fk_1 "])
@pytest.mark.parametrize(("own", "referred"), [("a", "id"), ("a, b", "x, y")])
@pytest.mark.parametrize("ondelete", ACTIONS)
@pytest.mark.parametrize("onupdate", ACTIONS)
def test_a_foreign_key_in_the_usual_words(name: str, own: str, referred: str, ondelete: str, onupdate: str) -> None:
    tail = (f" ON DELETE {ondelete}" if ondelete else "") + (f" ON UPDATE {onupdate}" if onupdate else "")
    plain = only_key(f"{name}FOREIGN KEY({own}) REFERENCES p ({referred}){tail}")
    read = only_key(f"{name}FOREIGN KEY ({own}) REFERENCES p({referred}){tail}")
    assert plain.text == f"{name}FOREIGN KEY({own}) REFERENCES p ({referred}){tail}"
    assert replace(plain, text="") == replace(read, text="")
