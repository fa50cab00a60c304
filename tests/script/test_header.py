"""Headers of revision files, read without executing them."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff.script import header
from autodiff.script.header import Header, read_header
from autodiff.script.header_tree import read_tree

PLAIN = b'''"""add "user"

Revision ID: b2
"""

from collections.abc import Sequence

import sqlalchemy as sa
from autodiff import op

# revision identifiers
revision: str = "b2"
down_revision: str | Sequence[str] | None = 'a1'  # the first
branch_labels = None
depends_on = None


def upgrade() -> None:
    raise RuntimeError("executed")
'''

BODY = b"\ndef upgrade():\n    raise RuntimeError('executed')\n"


def test_a_header_as_the_templates_write_it_needs_no_syntax_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_header(PLAIN)
    assert header._plain(PLAIN, PLAIN.index(b"def ")) == whole
    assert whole == Header(
        {"revision": "b2", "down_revision": "a1", "branch_labels": None, "depends_on": None},
        'add "user"\n\nRevision ID: b2\n',
    )


VARIANTS = [
    PLAIN,
    PLAIN.replace(b"\n", b"\r\n"),
    PLAIN.replace(b'"b2"', b"'b2'"),
    PLAIN.replace(b"'a1'  # the first", b"('a1', 'c1')"),
    PLAIN.replace(b"'a1'  # the first", b"['a1']"),
    PLAIN.replace(b'"""add "user"', b'"""add \\"user\\"'),
    PLAIN.replace(b'"""add', b'r"""add'),
    PLAIN.replace(b'"b2"', b'"b" "2"'),
    PLAIN.replace(b"import sqlalchemy as sa", b"import sqlalchemy as sa; revision = 'zz'"),
    PLAIN.replace(b"import sqlalchemy as sa", b"from x import (\n    y,\n)"),
    PLAIN.replace(b"branch_labels = None", b"branch_labels = ('x', 'y')"),
    PLAIN.replace(b"branch_labels = None\n", b""),
    PLAIN.replace(b"depends_on = None", b"x = 1\ndepends_on = None"),
    PLAIN.replace(b"depends_on = None", b"depends_on = None\nif True:\n    other = 1"),
    PLAIN.replace(b"user", "größe 🚀".encode()),
    b"\n\n" + PLAIN,
    b"# a comment\n" + PLAIN,
]


@pytest.mark.parametrize("source", VARIANTS)
def test_the_quick_way_says_the_same_as_the_syntax_tree(source: bytes) -> None:
    quick = read_header(source)
    tree = read_tree(source)
    assert tree is not None
    assert quick is not None
    assert (quick.identifiers, quick.docstring) == tree


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (b"revision = 'a'\ndown_revision = None\n" + BODY, {"revision": "a", "down_revision": None}),
        (b"revision, x = 'a', 1\nrevision = 'b'\n", None),
        (b"revision = down_revision = 'a'\n", {"revision": "a", "down_revision": "a"}),
        (b"revision = 'a' + 'b'\n", None),
        (b"from base import *\n", None),
        (b"from base import *\nrevision = 'a'\n", {"revision": "a"}),
        (b"from base import revision\n", None),
        (b"import x as revision\n", None),
        (b"revision = 'a'\nif True:\n    down_revision = 'b'\n", None),
        (b"for revision in 'ab':\n    pass\n", None),
        (b"revision = 'a'\ndel revision\n", None),
        (b"def upgrade():\n    pass\n\nrevision = 'a'\ndown_revision = None\n", {"revision": "a", "down_revision": None}),
        (b"down_revision: str\nrevision = 'a'\n", {"revision": "a"}),
        (b"x.revision = 1\nrevision = 'a'\n", {"revision": "a"}),
        (b"", {}),
        (b"# -*- coding: latin-1 -*-\nrevision = 'a'\nx = '\xfc'\n", {"revision": "a"}),
        (b"\xef\xbb\xbfrevision = 'a'\n", {"revision": "a"}),
    ],
)  # fmt: skip
def test_identifiers_that_are_literals_are_read_and_others_need_execution(source: bytes, wanted: Any) -> None:
    found = read_header(source)
    assert (None if found is None else found.identifiers) == wanted


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"revision = 'a'\n<<<<<<< HEAD\ndown_revision = 'b'\n" + BODY, 2),
        (b"revision = 'a\n", 1),
        (b"x = 1\ny = '\xfc'\n" + BODY, None),
    ],
)
def test_what_is_no_python_is_a_syntax_error_with_its_line(source: bytes, line: int | None) -> None:
    with pytest.raises(SyntaxError) as told:
        read_header(source)
    assert line is None or told.value.lineno == line
