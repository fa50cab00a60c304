"""The parent of a new revision: the command's default may be replaced by a hook before it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autodiff import command
from autodiff.config import Config
from autodiff.errors import CommandError
from autodiff.script import ScriptDirectory


@pytest.fixture
def two_heads(tmp_path: Path) -> Config:
    config = Config(tmp_path / "alembic.ini")
    command.init(config, str(tmp_path / "scripts"))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{tmp_path}/db")
    command.revision(config, "base", rev_id="base1")
    command.revision(config, "one", rev_id="one1")
    command.revision(config, "two", rev_id="two1", head="base1", splice=True)
    return config


def test_a_hook_may_choose_the_parent_where_the_default_is_ambiguous(two_heads: Config) -> None:
    def choose(context: Any, revision: Any, directives: Any) -> None:
        directives[0].head = "two1"

    written: Any = command.revision(two_heads, "three", process_revision_directives=choose)
    assert written.down_revision == "two1"


def test_without_a_choice_the_default_is_refused_and_nothing_is_written(two_heads: Config) -> None:
    with pytest.raises(CommandError, match="Multiple heads are present"):
        command.revision(two_heads, "three")
    assert len(list(ScriptDirectory.from_config(two_heads).walk_revisions())) == 3
