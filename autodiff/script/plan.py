"""The steps that lead from what a database holds to where it should be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from autodiff.script import resolve
from autodiff.script.graph import MultipleHeads, ResolutionError, Revision, RevisionError, RevisionIds, as_tuple
from autodiff.script.revision import RevisionMap
from autodiff.script.step import RevisionStep, StampStep, uncovered


def check_loadable(steps: list[RevisionStep]) -> list[RevisionStep]:
    """The steps, once all of their scripts are loaded and have the function: none may fail for that half-way."""
    for step in steps:
        _ = step.migration_fn
    return steps


def upgrade_steps(graph: RevisionMap, destination: RevisionIds, current: RevisionIds) -> list[RevisionStep]:
    """What has to be applied, oldest first, so that a database at `current` has `destination`."""
    heads = tuple(node.revision for node in resolve.stored(graph, as_tuple(current)))
    applied = graph.ancestors(heads)
    spec = _relative(destination)
    if spec is not None and spec.name == "":
        _refuse_down(spec)
    if spec is not None and spec.text.startswith("+") and len(heads) > 1:
        wanted = set(_next(graph, heads, applied, spec))
    else:
        with _told_where(heads):
            targets = [node.revision for node in resolve.places(graph, destination, heads) if node]
        if not isinstance(destination, str):
            resolve.refuse_overlap(graph, targets)
        wanted = graph.ancestors(targets) - applied
    return [RevisionStep(graph, node, True) for node in reversed(graph.in_order(wanted))]


@contextmanager
def _told_where(heads: Sequence[str]) -> Iterator[None]:
    """A count that leads out of the history says where it was counted from."""
    try:
        yield
    except resolve.TooShort as error:
        at = ", ".join(sorted(heads)) or "base"
        error.help = error.help or f"the database is at {at}: `autodiff history -i` shows what is before and after it"
        raise


def _relative(destination: RevisionIds) -> resolve.Spec | None:
    if not isinstance(destination, str):
        return None
    spec = resolve.parse(destination)
    return spec if spec.steps is not None else None


def _refuse_down(spec: resolve.Spec) -> None:
    if spec.steps is not None and spec.steps < 0:
        raise ResolutionError(
            f"Relative revision {spec.steps:+d} didn't produce {-spec.steps} migrations: "
            f"'{spec.text}' goes down, and an upgrade goes up",
            spec.text,
            help=f"autodiff downgrade {spec.text}",
        )


def _next(graph: RevisionMap, heads: Sequence[str], applied: set[str], spec: resolve.Spec) -> list[str]:
    """The next so many revisions of a database with several heads, where the order leaves no choice."""
    assert spec.steps is not None
    ahead = graph.ancestors(graph.descendants(heads, dependencies=False)) - applied
    missing = {id_: sum(parent not in applied for parent in graph.by_id[id_].parents) for id_ in ahead}
    ready = sorted(id_ for id_, count in missing.items() if not count)
    taken: list[str] = []
    while ready and len(taken) < spec.steps:
        choice = sorted(ready)
        if len(choice) > 1:
            raise ResolutionError(
                f"Ambiguous upgrade from multiple current revisions: '{spec.text}' can go to {' or '.join(choice)}",
                spec.text,
                help=f"name the revision, for example {choice[0]}, or its branch: LABEL@+{spec.steps}",
            )
        ready.remove(choice[0])
        node = graph.by_id[choice[0]]
        taken.append(node.revision)
        for child in (*node._children, *node._dependents):
            if child in missing:
                missing[child] -= 1
                if not missing[child]:
                    ready.append(child)
    if len(taken) < spec.steps:
        raise resolve.TooShort(spec.text, spec.steps)
    return taken


def downgrade_steps(graph: RevisionMap, destination: RevisionIds, current: RevisionIds) -> list[RevisionStep]:
    """What has to be taken back, newest first, so that a database at `current` is at `destination`."""
    heads = tuple(node.revision for node in resolve.stored(graph, as_tuple(current)))
    applied = graph.ancestors(heads)
    spec = _relative(destination)
    if spec is not None and spec.name == "":
        with _told_where(heads):
            gone = _last(graph, frozenset(heads), applied, spec)
    else:
        gone = _above(graph, destination, heads, applied)
    return _with_rows(graph, gone, heads, applied)


def _above(graph: RevisionMap, destination: RevisionIds, heads: Sequence[str], applied: set[str]) -> list[Revision]:
    branch = resolve.parse(destination).branch if isinstance(destination, str) else None
    targets = resolve.places(graph, destination, heads)
    lowest = [node.revision for node in targets if node]
    if not lowest:
        bases = [node.revision for node in resolve.base_of(graph, branch) if node]
        return graph.in_order(graph.descendants(bases) & applied)
    within = graph.lineage([graph.find(branch).revision]) if branch else None
    gone = graph.above(lowest, within=within) & applied
    if not applied.issuperset(lowest) or not (gone or applied.intersection(heads).issuperset(lowest)):
        raise RevisionError(
            f"Destination {destination} is not a valid downgrade target from current head(s) "
            f"{', '.join(heads) or 'base'}",
            help="`autodiff history -i` shows what is applied",
        )
    return graph.in_order(gone)


def _last(graph: RevisionMap, heads: frozenset[str], applied: set[str], spec: resolve.Spec) -> list[Revision]:
    """The last so many revisions that were applied, where the heads leave no choice."""
    assert spec.steps is not None
    if spec.steps > 0:
        raise ResolutionError(
            f"Relative revision {spec.steps:+d} didn't produce {spec.steps} migrations: "
            f"'{spec.text}' goes up, and a downgrade goes down",
            spec.text,
            help=f"autodiff upgrade {spec.text}",
        )
    within = graph.lineage([graph.find(spec.branch).revision]) if spec.branch else None
    left, tips, taken = set(applied), set(heads), list[Revision]()
    for _ in range(-spec.steps):
        choice = sorted(id_ for id_ in tips if within is None or id_ in within)
        if not choice:
            raise resolve.TooShort(spec.text, spec.steps)
        if len(choice) > 1:
            raise ResolutionError(
                f"'{spec.text}' is ambiguous: after {len(taken)} of {-spec.steps} the heads are {', '.join(choice)}",
                spec.text,
                help=f"name the revision to end at, or a branch: LABEL@{spec.text}",
            )
        node = graph.by_id[choice[0]]
        tips.discard(node.revision)
        tips.update(uncovered(graph, node, left))
        left.discard(node.revision)
        taken.append(node)
    return taken


def _with_rows(
    graph: RevisionMap, gone: Iterable[Revision], heads: Iterable[str], applied: set[str]
) -> list[RevisionStep]:
    """Downgrade steps that know beforehand which parents each of them uncovers, so that a plan is linear in its length."""
    steps: list[RevisionStep] = []
    tips = frozenset(heads)
    for node in gone:
        step = RevisionStep(graph, node, False)
        step._planned = (tips, uncovered(graph, node, applied))
        tips = tips.difference([node.revision]).union(step._planned[1])
        applied.discard(node.revision)
        steps.append(step)
    return steps


def stamp_steps(graph: RevisionMap, revisions: RevisionIds, current: RevisionIds) -> list[StampStep]:
    """The changes of version rows, so that a database that holds `current` says that it is at `revisions`.

    A row is replaced by a named revision of its own line; rows of other lines stay. What another named revision
    implies gets no row of its own, since version rows are tips. No revision at all means an empty table.
    """
    names = as_tuple(revisions) or ("base",)
    heads = [node.revision for node in resolve.stored(graph, as_tuple(current))]
    targets = _stamp_targets(graph, names, heads)
    for name in names:
        _refuse_counting(graph, name, heads)
    tips = _not_implied(graph, targets)
    steps: list[StampStep] = []
    for name in names:
        if None in resolve.places(graph, name, heads):
            if len(names) > 1:
                raise RevisionError(
                    f"'{name}' means no revision at all, and others are named with it", help="name it alone"
                )
            steps += _emptied(graph, name, heads)
    for target in tips:
        steps += _stamped(graph, target, heads, targets)
    for target in (each for each in targets if each not in tips):
        steps += _uncovered_again(graph, target, heads, targets)
    return steps


def _stamp_targets(graph: RevisionMap, names: Sequence[str], heads: Sequence[str]) -> list[str]:
    """The ids that names mean, each once."""
    found: list[str] = []
    for name in names:
        try:
            found += [node.revision for node in resolve.places(graph, name, heads) if node]
        except MultipleHeads as error:
            error.message = "Multiple heads are present; please specify a single target revision"
            error.args = (error.message,)
            raise
    return list(dict.fromkeys(found))


def _not_implied(graph: RevisionMap, ids: Sequence[str]) -> list[str]:
    """Those that no other of them comes after."""
    below = graph.ancestors(parent for id_ in ids for parent in graph.by_id[id_].parents)
    return [id_ for id_ in ids if id_ not in below]


def _refuse_counting(graph: RevisionMap, name: str, heads: list[str]) -> None:
    """A stamp says what the version table gets wrong, and given twice it must say the same; so it cannot count from there."""
    spec = resolve.parse(name)
    if spec.steps is None or spec.name not in ("", "current"):
        return
    meant = resolve.place(graph, name, heads)
    raise RevisionError(
        f"'{name}' counts from the revision that the database has now, and a stamp replaces that",
        help=f"autodiff stamp {meant.revision if meant else 'base'}",
    )


def _emptied(graph: RevisionMap, name: str, heads: list[str]) -> list[StampStep]:
    branch = resolve.parse(name).branch
    gone = list(heads)
    if branch is not None:
        carrier = [graph.find(branch).revision]
        line = graph.ancestors(carrier) | graph.descendants(carrier)
        gone = [id_ for id_ in heads if id_ in line]
    heads[:] = [id_ for id_ in heads if id_ not in gone]
    return [StampStep(id_, (), False, True, graph) for id_ in gone]


def _stamped(graph: RevisionMap, target: str, heads: list[str], targets: Sequence[str]) -> list[StampStep]:
    if target in heads:
        return []
    below, above = graph.ancestors([target]), graph.descendants([target])
    older = [id_ for id_ in heads if id_ in below and id_ not in targets]
    newer = [id_ for id_ in heads if id_ in above and id_ not in targets]
    heads[:] = [id_ for id_ in heads if id_ not in older and id_ not in newer] + [target]
    return [StampStep((*older, *newer), (target,), not newer, not (older or newer), graph)]


def _uncovered_again(graph: RevisionMap, target: str, heads: list[str], targets: Sequence[str]) -> list[StampStep]:
    """The end of a branch that comes after a named revision and was not named itself goes."""
    above = graph.descendants([target])
    newer = [id_ for id_ in heads if id_ in above and id_ not in targets]
    heads[:] = [id_ for id_ in heads if id_ not in newer]
    return [StampStep(id_, (), False, True, graph) for id_ in newer]
