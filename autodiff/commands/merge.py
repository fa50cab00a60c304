"""`autodiff merge`: join heads with a revision that comes after all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autodiff.cli.arguments import BRANCH_LABEL, MESSAGE, REV_ID, SPLICE, Command, argument
from autodiff.errors import CommandError
from autodiff.settings import Config

if TYPE_CHECKING:
    from autodiff.script.base import Script, ScriptDirectory


def merge(
    config: Config,
    revisions: str | Sequence[str],
    message: str | None = None,
    branch_label: str | Sequence[str] | None = None,
    rev_id: str | None = None,
    splice: bool = False,
) -> Script | None:
    """Write a revision that comes after several others.

    :param revisions: which; `heads` for all heads.
    :param message: what the revision is; the first line of its docstring.
    :param branch_label: names for the branch that begins here.
    :param rev_id: its id.
    :param splice: allow revisions that are no heads.
    """
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory
    from autodiff.script.naming import new_id

    script = ScriptDirectory.from_config(config)
    named = (revisions,) if isinstance(revisions, str) else tuple(revisions)
    found = [each for each in script.get_revisions(named) if each is not None]
    if len(found) < 2:
        there = f"only {found[0].revision}" if found else "no revision"
        raise CommandError(
            f"there is nothing to merge: '{' '.join(named)}' names {there}",
            help="the history has one head" if len(script.get_heads()) == 1 else "name two heads or more, or 'heads'",
        )
    if not splice:
        _refuse_one_line(script, [each.revision for each in found])
    template_args: dict[str, Any] = {"config": config}
    if config.get_alembic_boolean_option("revision_environment"):
        run_environment(
            config, script, lambda heads, context: [], run_required=False, read_only=True, template_args=template_args
        )
    return script.generate_revision(
        new_id() if rev_id is None else rev_id,
        message,
        head=tuple(each.revision for each in found),
        splice=splice,
        branch_labels=branch_label,
        **template_args,
    )


def _refuse_one_line(script: ScriptDirectory, ids: Sequence[str]) -> None:
    graph = script.revision_map
    for id_ in ids:
        below = graph.ancestors([id_], dependencies=False).intersection(ids) - {id_}
        if below:
            raise CommandError(
                f"{id_} comes after {', '.join(sorted(below))} already, and a merge joins different branches",
                help="please specify --splice to write such a revision all the same",
            )


COMMAND = Command(
    merge,
    "join several heads with a new revision",
    'autodiff merge heads -m "merge feature branches"',
    (argument("revisions", nargs="+", help="the revisions, or 'heads'"), MESSAGE, BRANCH_LABEL, REV_ID, SPLICE),
)
