"""The head of a script, the proof that it loads, and that the same operations give the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autodiff.errors import ScriptError
from autodiff.render.script import imports_block, prove

ROOT = Path(__file__).parents[2]


def test_imports_are_sorted_and_said_once():
    lines = ["import uuid", "from sqlalchemy.dialects import postgresql", " import uuid", ""]
    assert imports_block(lines) == "from sqlalchemy.dialects import postgresql\nimport uuid"


def test_a_script_that_loads_is_proved_without_running_its_functions():
    prove("import uuid\n\n\ndef upgrade() -> None:\n    raise SystemError\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import no_such_module\n", "x.py cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("from uuid import no_such_name\n", "cannot import name 'no_such_name'"),
        ("a = (\n", "x.py line 1: '(' was never closed"),
        ("a = '\0'\n", "x.py"),
    ],
)
def test_a_script_that_does_not_load_is_refused_with_its_place(text, wanted):
    with pytest.raises(ScriptError) as caught:
        prove(text, "x.py")
    assert wanted in str(caught.value)
    assert "nothing was written" in str(caught.value)


PROGRAM = """
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from tests.render import test_tables
from tests.render.roundtrip import context, creating, script
for name in test_tables.MODELS:
    metadata = sa.MetaData()
    test_tables.MODELS[name](metadata)
    print(script(creating(metadata, postgresql.dialect()), context(postgresql.dialect())))
"""


def test_the_same_models_give_the_same_script_under_every_hash_seed():
    outputs = set()
    for seed in ("0", "1", "12345"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, env=environment, cwd=ROOT, check=True, timeout=120
        )
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert outputs.pop().count(b"op.create_table(") > 30
