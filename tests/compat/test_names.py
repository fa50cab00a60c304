"""Every name that programs and plugins reach through Alembic is here, and is the same object under both names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

RESOLVE = """
import sys
from importlib import import_module
from pathlib import Path
import autodiff.compat
autodiff.compat.install()

def resolve(path):
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            thing = import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            thing = getattr(thing, part)
        return thing
    raise LookupError(path)

for name in Path(sys.argv[1]).read_text().splitlines():
    if name.startswith("#") or not name:
        continue
    try:
        ours, theirs = resolve(f"autodiff.{name}"), resolve(f"alembic.{name}")
    except (AttributeError, LookupError) as error:
        print(f"{name}: {error}")
        continue
    if ours is not theirs and ours != theirs:
        print(f"{name}: another object under the alias")
"""


def test_every_name_resolves_under_both_names_to_the_same_object() -> None:
    arguments = [sys.executable, "-c", RESOLVE, str(HERE / "names.txt")]
    done = subprocess.run(
        arguments, capture_output=True, text=True, cwd=HERE.parents[1], env={"PYTHONWARNINGS": "error"}
    )
    assert (done.stdout, done.stderr) == ("", "")
