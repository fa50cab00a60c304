"""Likely renames: asked on a terminal, else told loudly. Never made in silence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from autodiff.autogenerate.comparison import Compared
from autodiff.diff.renames import Candidate, candidates, rename_option


def likely(compared: Compared) -> list[Candidate]:
    """Dropped and added objects that may be one."""
    return candidates(compared.changes, compared.comparison.before, compared.comparison.after)


def asked(found: Sequence[Candidate]) -> list[str]:
    """The renames that a person at the terminal confirms, as `--rename` takes them; none where nobody sits there."""
    if not found or not (sys.stdin.isatty() and sys.stderr.isatty()) or os.environ.get("CI"):
        return []
    return [f"{c.old.label}={c.new.label}" for c in found if _confirmed(c)]


def _confirmed(candidate: Candidate) -> bool:
    question = f"Is {candidate.new.label!r} the former {candidate.old.label!r}, renamed ({candidate.evidence})? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def told(found: Sequence[Candidate]) -> Iterator[str]:
    """A note for each likely rename that is written as a drop and an addition."""
    for candidate in found:
        old, new = candidate.old.label, candidate.new.label
        yield (
            f"{old!r} is dropped and {new!r} is new, with {candidate.evidence}. "
            f"If that is a rename: autodiff revision --autogenerate {rename_option(candidate)} …"
        )
