"""`autodiff revision`: write a new revision file, empty or from the difference between models and database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.cli.arguments import BRANCH_LABEL, MESSAGE, REV_ID, SPLICE, SQL, Command, argument, flag
from autodiff.errors import CommandError
from autodiff.messages import note
from autodiff.settings import Config

if TYPE_CHECKING:
    from autodiff.script.base import Script, ScriptDirectory


def revision(
    config: Config,
    message: str | None = None,
    autogenerate: bool = False,
    sql: bool = False,
    head: str = "head",
    splice: bool = False,
    branch_label: str | Sequence[str] | None = None,
    version_path: str | None = None,
    rev_id: str | None = None,
    depends_on: str | Sequence[str] | None = None,
    process_revision_directives: Any = None,
    rename: Sequence[str] | None = None,
    allow_drops: bool | None = None,
) -> Script | list[Script | None] | None:
    """Write a new revision file.

    :param message: what it does; the first line of its docstring.
    :param autogenerate: fill it with what the models have and the database has not.
    :param sql: run env.py offline; only with `revision_environment`.
    :param head: what it comes after.
    :param splice: allow a parent that is no head.
    :param branch_label: names for the branch that begins here.
    :param version_path: the version location to write to.
    :param rev_id: its id.
    :param depends_on: revisions or labels that must be applied before it.
    :param process_revision_directives: called with (context, revision, directives) before the file is written.
    :param rename: `old=new` names of tables or columns (`table.old=table.new`) that were renamed.
    :param allow_drops: write it although most tables would be dropped; None: with a warning. The program `autodiff`
        refuses.
    """
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    script._missing_is_empty = True
    runs_environment = autogenerate or config.get_alembic_boolean_option("revision_environment")
    _refuse_offline(sql, autogenerate, runs_environment)
    arguments = {
        "message": message,
        "autogenerate": autogenerate,
        "sql": sql,
        "head": head,
        "splice": splice,
        "branch_label": branch_label,
        "version_path": version_path,
        "rev_id": rev_id,
        "depends_on": depends_on,
        "renames": tuple(rename or ()),
        "allow_drops": allow_drops,
    }
    if not runs_environment and process_revision_directives is None:
        return _write_empty(config, script, arguments)
    return _write_directives(config, script, arguments, process_revision_directives)


def _refuse_offline(sql: bool, autogenerate: bool, runs_environment: bool) -> None:
    if sql and autogenerate:
        raise CommandError("Using --sql with --autogenerate does not make any sense", help="leave --sql out")
    if sql and not runs_environment:
        raise CommandError(
            "Using --sql with the revision command when revision_environment is not configured does not make any sense",
            help="leave --sql out",
        )


def _write_empty(config: Config, script: ScriptDirectory, arguments: dict[str, Any]) -> Script | None:
    from autodiff.script.naming import new_id

    return script.generate_revision(
        new_id() if arguments["rev_id"] is None else arguments["rev_id"],
        arguments["message"],
        head=arguments["head"],
        splice=arguments["splice"],
        branch_labels=arguments["branch_label"],
        version_path=arguments["version_path"],
        depends_on=arguments["depends_on"],
        config=config,
    )


def _write_directives(
    config: Config, script: ScriptDirectory, arguments: dict[str, Any], directives: Any
) -> Script | list[Script | None] | None:
    """The revisions that a comparison, or the project's own directives, ask for."""
    from autodiff.autogenerate.revision import RevisionContext
    from autodiff.cli.environment import run_environment

    _check_before_asking(script, arguments)
    context = RevisionContext(config, script, arguments, process_revision_directives=directives)

    def retrieve(heads: Collection[str], migration_context: Any) -> list[Any]:
        if arguments["autogenerate"]:
            context.run_autogenerate(heads, migration_context)
        else:
            context.run_no_autogenerate(heads, migration_context)
        return []

    run_environment(
        config,
        script,
        retrieve,
        as_sql=arguments["sql"],
        template_args=context.template_args,
        revision_context=context,
        run_required=arguments["autogenerate"],
        read_only=not arguments["sql"],
    )
    written = list(context.generate_scripts())
    for line in context.notes(written):
        note(line)
    return written[0] if len(written) == 1 else written


def _check_before_asking(script: ScriptDirectory, arguments: dict[str, Any]) -> None:
    """Refuse ids, labels and parents that cannot be, before the database is asked."""
    from autodiff.script import naming
    from autodiff.script.graph import as_tuple

    graph = script.revision_map
    if arguments["rev_id"] is not None:
        naming.checked_id(arguments["rev_id"], graph)
    for label in as_tuple(arguments["branch_label"]):
        naming.checked_label(label, graph, arguments["rev_id"] or "")
    if arguments["head"] != "head":  # a hook of env.py may choose another one than the default
        script._parents(arguments["head"], bool(arguments["splice"]))


COMMAND = Command(
    revision,
    "write a new revision file",
    'autodiff revision --autogenerate -m "add user"',
    (
        MESSAGE,
        flag("--autogenerate", help="fill it with what the models have and the database has not"),
        SQL,
        argument("--head", default="head", metavar="REVISION", help="what it comes after; LABEL@head, or base"),
        SPLICE,
        BRANCH_LABEL,
        argument("--version-path", dest="version_path", metavar="DIRECTORY", help="which version location to write to"),
        REV_ID,
        argument(
            "--depends-on",
            dest="depends_on",
            action="append",
            metavar="REVISION",
            help="a revision or label that must be applied before it",
        ),
        argument(
            "--rename",
            action="append",
            metavar="OLD=NEW",
            help="a table (or table.column) that was renamed, not dropped and added",
        ),
        flag("--allow-drops", help="write it although most tables would be dropped"),
    ),
)
