"""`revision`: one run that makes migration scripts, with or without a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.autogenerate.asking import asked, likely, told
from autodiff.autogenerate.comparison import Compared, compare, populate
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.counting import row_counts
from autodiff.autogenerate.guard import guard
from autodiff.errors import CommandError
from autodiff.operations.tree import DowngradeOps, MigrationScript, UpgradeOps

if TYPE_CHECKING:
    from autodiff.render.review import Note
    from autodiff.runtime.migration import MigrationContext
    from autodiff.script.base import Script, ScriptDirectory

DirectivesHook = Callable[[Any, Any, list[MigrationScript]], None]


class RevisionContext:
    """The state of one `revision` run; an env.py may compare several databases in it.

    :param config: the configuration.
    :param script_directory: where scripts are written.
    :param command_args: the arguments of `command.revision` (message, head, splice, branch_label, version_path,
        rev_id, depends_on, autogenerate, allow_drops, renames).
    :param process_revision_directives: a hook besides the one that env.py configures.
    """

    def __init__(
        self,
        config: Any,
        script_directory: ScriptDirectory,
        command_args: Mapping[str, Any],
        process_revision_directives: DirectivesHook | None = None,
    ) -> None:
        self.config = config
        self.script_directory = script_directory
        self.command_args = command_args
        self.process_revision_directives = process_revision_directives
        self.template_args: dict[str, Any] = {"config": config}
        self.generated_revisions: list[MigrationScript] = [self._first_script()]
        self.comparisons: list[Compared] = []
        self._contexts: list[AutogenContext] = []
        #: About how many rows tables have, by ``table`` or ``schema.table``, for the review notes.
        self.rows: dict[str, int] = {}
        #: What the scripts ask to be judged, by the id of the script.
        self.review_notes: dict[str, list[Note]] = {}

    def _first_script(self) -> MigrationScript:
        given = self.command_args
        return MigrationScript(
            rev_id=given.get("rev_id") or self._new_id(),
            message=given.get("message"),
            upgrade_ops=UpgradeOps([]),
            downgrade_ops=DowngradeOps([]),
            head=given.get("head"),
            splice=given.get("splice"),
            branch_label=given.get("branch_label"),
            version_path=given.get("version_path"),
            depends_on=given.get("depends_on"),
        )

    @staticmethod
    def _new_id() -> str:
        from autodiff.script.naming import new_id

        return new_id()

    # Called from env.py, once for each database that it configures

    def run_autogenerate(self, rev: Any, migration_context: MigrationContext) -> None:
        """Compare this database; what differs becomes the next pair of upgrade and downgrade operations.

        :raises CommandError: the database is not at the head, or most of it would be dropped.
        """
        self._refuse_behind(rev)
        self._pass(rev, migration_context, autogenerate=True)

    def run_no_autogenerate(self, rev: Any, migration_context: MigrationContext | None) -> None:
        """Only the hooks run."""
        self._pass(rev, migration_context, autogenerate=False)

    def _refuse_behind(self, rev: Any) -> None:
        # a head that another branch depends on is implied by that branch's head, and not stored
        heads = self.script_directory.get_heads(consider_depends_on=True)
        if {rev} != set(heads) if isinstance(rev, str) else set(rev or ()) != set(heads):
            # an id that no script has is another matter, and told as such
            self.script_directory.get_all_current((rev,) if isinstance(rev, str) else tuple(rev or ()))
            upgrade = f"autodiff upgrade {'head' if len(heads) == 1 else 'heads'}"
            raise CommandError("Target database is not up to date.", help=f"run `{upgrade}` first")

    def _pass(self, rev: Any, migration_context: MigrationContext | None, *, autogenerate: bool) -> None:
        configured = migration_context.opts if migration_context is not None else {}
        opts = {**configured, "renames": self.command_args.get("renames") or ()}
        context = AutogenContext(migration_context, opts=opts, autogenerate=autogenerate)
        script = self._next_pair(context)
        if autogenerate:
            compared = self._compared(context)
            populate(compared, script)
            self.comparisons.append(compared)
            self.rows.update(row_counts(compared, context.connection))
        self._run_hooks(rev, migration_context, context)
        if autogenerate:
            written = [ops for each in self.generated_revisions for ops in each.upgrade_ops_list[-1:]]
            guard(compared, written, allowed=self.command_args.get("allow_drops"))

    def take(self, rev: Any, compared: Compared, context: AutogenContext) -> None:
        """Let a comparison that was made elsewhere become the next pair of upgrade and downgrade operations."""
        populate(compared, self._next_pair(context))
        self._run_hooks(rev, context.migration_context, context)

    def _next_pair(self, context: AutogenContext) -> MigrationScript:
        """The script, with a new pair of upgrade and downgrade operations at its end."""
        script = self.generated_revisions[0]
        if self._contexts:
            script.upgrade_ops_list.append(UpgradeOps([]))
            script.downgrade_ops_list.append(DowngradeOps([]))
        script.upgrade_ops_list[-1].upgrade_token = context.opts.get("upgrade_token", "upgrades")
        script.downgrade_ops_list[-1].downgrade_token = context.opts.get("downgrade_token", "downgrades")
        self._contexts.append(context)
        return script

    def _compared(self, context: AutogenContext) -> Compared:
        """The comparison, once more if a person at the terminal has told of renames."""
        compared = compare(context)
        confirmed = asked(likely(compared)) if self.command_args.get("autogenerate") else []
        if confirmed:
            context.opts["renames"] = (*context.opts["renames"], *confirmed)
            compared = compare(context)
        return compared

    def notes(self, written: Sequence[Script | None]) -> Iterator[str]:
        """What a person must know of the written scripts: what is to be judged, and likely renames that were not made."""
        from autodiff.render.review import listing

        for script in written:
            judged = self.review_notes.get(script.revision, []) if script is not None else []
            if script is not None and judged:
                with open(script.path, encoding="utf-8") as file:
                    yield listing(judged, file.read())
        for compared in self.comparisons:
            yield from told(likely(compared))

    def _run_hooks(self, rev: Any, migration_context: MigrationContext | None, context: AutogenContext) -> None:
        for hook in (context.opts.get("process_revision_directives"), self.process_revision_directives):
            if hook:
                hook(migration_context, rev, self.generated_revisions)
        for script in self.generated_revisions:
            if not isinstance(script, MigrationScript):
                raise CommandError(
                    f"process_revision_directives left a {type(script).__name__} in the list of directives",
                    help="only MigrationScript objects belong there",
                )

    # Writing

    def generate_scripts(self) -> Iterator[Script | None]:
        """Write the scripts, one after the other; nothing is written if a hook has emptied the list."""
        for script in self.generated_revisions:
            yield self._write(script)

    def _write(self, script: MigrationScript) -> Script | None:
        arguments = {**self.template_args, **self.texts(script)}
        return self.script_directory.generate_revision(
            script.rev_id or self._new_id(),
            script.message,
            head=script.head,
            splice=bool(script.splice),
            branch_labels=script.branch_label,
            version_path=script.version_path,
            depends_on=script.depends_on,
            **arguments,
        )

    def texts(self, script: MigrationScript) -> dict[str, Any]:
        """The template's variables: the rendered operations under their tokens, and the imports that they need."""
        from autodiff.render.review import Facts, Review
        from autodiff.render.script import render_ops

        texts: dict[str, Any] = {}
        imports: set[str] = set(script.imports or ())
        for number, upgrade in enumerate(script.upgrade_ops_list):
            context = self._context(number)
            review = Review(upgrade, Facts(context.dialect, self.rows))
            texts[upgrade.upgrade_token] = render_ops(upgrade, context, review.comments)
            self.review_notes.setdefault(str(script.rev_id), []).extend(review.notes)
        for number, downgrade in enumerate(script.downgrade_ops_list):
            texts[downgrade.downgrade_token] = render_ops(downgrade, self._context(number))
        for context in self._contexts:
            imports |= context.imports
        return {**texts, "imports": "\n".join(sorted(imports))}

    def _context(self, number: int) -> AutogenContext:
        """The context of the comparison that a pair of operations comes from; hooks may have added pairs."""
        if not self._contexts:
            self._contexts.append(AutogenContext(None, autogenerate=False))
        return self._contexts[min(number, len(self._contexts) - 1)]


def empty(scripts: Sequence[MigrationScript]) -> bool:
    """Do the scripts do nothing?"""
    return all(operations.is_empty() for script in scripts for operations in script.upgrade_ops_list)
