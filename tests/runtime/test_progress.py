"""What a long migration shows on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from autodiff.progress import ERASE
from tests.runtime.project import Project

ROOT = Path(__file__).parents[2]

RUN = """
import sys
from autodiff import progress
progress.PATIENCE = progress.PERIOD = 0.05
from autodiff.cli.main import main
main(["-c", sys.argv[1], "upgrade", "heads"])
"""
# The migration goes on as soon as the line has been seen.
WAITS = """
import time
from autodiff import progress
op.execute("SELECT 1")
line = progress._shown.get()
with line._lock:
    line._is_drawn = False  # what was drawn so far may be of the revision before
while not line._is_drawn:
    time.sleep(0.01)
"""


def test_a_long_migration_shows_its_revision_and_its_statement(project: Project):
    project.chain("a1")
    project.revision("b2", "a1", WAITS)
    ini = project.folder / "autodiff.ini"
    ini.write_text(
        f"[autodiff]\nscript_location = {project.folder}\nsqlalchemy.url = {project.url.replace('%', '%%')}\n"
    )
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(ini)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    seen = read_all(ours)
    assert run.wait(timeout=60) == 0, seen
    assert f"{ERASE}upgrade b2 (make b2), revision 2 of 2: SELECT 1, " in seen
    assert seen.endswith(ERASE)


def read_all(terminal: int) -> str:
    found = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux says so of a terminal that nobody has open any more
            chunk = b""
        if not chunk:
            os.close(terminal)
            return found.decode()
        found += chunk
