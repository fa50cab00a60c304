"""The words that name revisions (`ab12`, `head`, `label@head-2`, `+1`, `a:b`) and what they mean in a graph. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from autodiff.script.graph import (
    Graph,
    MultipleHeads,
    RangeNotAncestorError,
    ResolutionError,
    Revision,
    RevisionError,
    RevisionIds,
)

#: A place in the graph: a revision, or None for the place before the first one.
Place: TypeAlias = "Revision | None"

_SPEC = r"(?s)(?:(?P<branch>[^@]*)@)?(?P<name>.*?)(?P<steps>[+-]\d+)?"  # compiled when it is first used


class Spec(NamedTuple):
    """One name of a revision, taken apart: `branch@name+steps`."""

    text: str
    branch: str | None
    name: str
    steps: int | None


def parse(text: str) -> Spec:
    """Take a name apart. Nothing is looked up."""
    found = re.fullmatch(_SPEC, text)
    assert found is not None  # every text fits
    branch, name, steps = found["branch"], found["name"], found["steps"]
    if not text.strip():
        raise ResolutionError("no revision was named", text, help="name one, for example head")
    if "@" in name or branch == "" or (branch is not None and not name and steps is None):
        raise ResolutionError(
            f"Can't locate revision identified by '{text}'", text, help="a branch is written as label@head"
        )
    if steps is not None and int(steps) == 0:
        raise ResolutionError(f"'{text}' moves by no revision", text, help="write a number from 1")
    return Spec(text, branch, name, None if steps is None else int(steps))


def require_name(wanted: object) -> None:
    """ResolutionError when a command that needs a revision was given none."""
    if wanted is None or wanted == () or wanted == []:
        raise ResolutionError("no revision was named", "", help="name one, for example head")


def split_range(text: str) -> tuple[str, str]:
    """Both ends of `a:b`."""
    start, colon, end = text.partition(":")
    if not colon or ":" in end or not start.strip() or not end.strip():
        raise ResolutionError(f"'{text}' is not a range", text, help="write both of its ends: from:to")
    return start, end


def start_and_end(text: str, may_start: bool) -> tuple[str | None, str]:
    """The ends of `a:b`; no start where a text names the end alone.

    :param may_start: does the run know a start? (One that writes SQL does; another begins where the database is.)
    """
    if not is_range(text):
        return None, text
    if not may_start:
        raise ResolutionError(
            f"Range revision not allowed: '{text}'",
            text,
            help="a range says where --sql starts; without it, name the end",
        )
    return split_range(text)


def is_range(text: object) -> bool:
    """Whether a text is meant as `a:b`."""
    return isinstance(text, str) and ":" in text


def places(graph: Graph, wanted: RevisionIds, current: Sequence[str] | None = None) -> tuple[Place, ...]:
    """Every place that one or several names mean; `base` is None.

    :param current: the ids that the database holds, for `+1`, `-1` and `current`; None when nobody asked it.
    """
    if wanted is None:
        return ()
    if isinstance(wanted, str):
        return _places(graph, wanted, current)
    _check_text(wanted)
    if isinstance(wanted, (tuple, list, set, frozenset)):
        found = (place for each in wanted for place in places(graph, each, current))
        return tuple(dict.fromkeys(found))
    raise _not_text(wanted)


def place(graph: Graph, wanted: RevisionIds, current: Sequence[str] | None = None) -> Place:
    """The one place that a name means."""
    _check_text(wanted, of=wanted)
    found = places(graph, wanted, current)
    if len(found) > 1:
        raise MultipleHeads([each.revision for each in found if each], wanted)
    return found[0] if found else None


def _check_text(wanted: object, of: object = None) -> None:
    """RevisionError for what some drivers give in the place of text; `of` is what is named in it."""
    if isinstance(wanted, bytes):
        raise _not_text(wanted)
    if isinstance(wanted, Collection) and any(each is not None and not isinstance(each, str) for each in wanted):
        raise _not_text(of or next(each for each in wanted if not isinstance(each, str)))


def _not_text(wanted: object) -> RevisionError:
    return RevisionError(f"revision identifier {wanted!r} is not a string; ensure database driver settings are correct")


def _places(graph: Graph, text: str, current: Sequence[str] | None) -> tuple[Place, ...]:
    exact = graph.labelled.get(text) or graph.by_label.get(text)
    if exact is not None:
        return (exact,)
    spec = parse(text)
    starts = _starts(graph, spec, current)
    if spec.steps is None:
        return starts
    if len(starts) > 1:
        raise MultipleHeads([each.revision for each in starts if each], text)
    start = starts[0] if starts else None
    return (walk(graph, start, spec.steps, within=_within(graph, spec.branch), text=text),)


def _starts(graph: Graph, spec: Spec, current: Sequence[str] | None) -> tuple[Place, ...]:
    if spec.name in ("", "current"):
        return _stored_places(graph, spec, current)
    within = _within(graph, spec.branch, spec.text)
    if spec.name in ("head", "heads"):
        return _heads(graph, spec, within)
    if spec.name == "base":
        return (None,)
    found = graph.find(spec.name, among=within, said=spec.text)
    if within is not None and found.revision not in within:
        raise ResolutionError(f"Revision {found.revision} is not a member of branch '{spec.branch}'", spec.text)
    return (found,)


def _heads(graph: Graph, spec: Spec, within: Collection[str] | None) -> tuple[Place, ...]:
    heads = [id_ for id_ in graph.heads if within is None or id_ in within]
    if spec.name == "head" and len(heads) > 1:
        raise MultipleHeads(heads, spec.text)
    return tuple(graph.by_id[id_] for id_ in heads)


def base_of(graph: Graph, branch: str | None) -> list[Place]:
    """The bases of a branch, or all of them."""
    within = _within(graph, branch)
    return [graph.by_id[id_] for id_ in graph.bases if within is None or id_ in within]


def _within(graph: Graph, branch: str | None, text: str | None = None) -> set[str] | None:
    if branch is None:
        return None
    carrier = graph.find(branch, said=text)
    return graph.lineage([carrier.revision])


def _stored_places(graph: Graph, spec: Spec, current: Sequence[str] | None) -> tuple[Place, ...]:
    if current is None:
        raise ResolutionError(
            f"'{spec.text}' counts from the database's revision, which is not known here",
            spec.text,
            help="count from a revision: ab12+1, head-1",
        )
    found = [each.revision for each in stored(graph, current)]
    if spec.branch is not None:
        within = _within(graph, spec.branch) or ()
        found = graph.tips([id_ for id_ in graph.ancestors(found) if id_ in within], dependencies=False)
    if len(found) > 1 and spec.steps is not None:
        raise ResolutionError(
            f"'{spec.text}' is ambiguous: the database is at {', '.join(found)}",
            spec.text,
            help=f"count from one of them, for example {found[0]}{spec.steps:+d}",
        )
    return tuple(graph.by_id[id_] for id_ in found) or (None,)


def stored(graph: Graph, current: Iterable[str]) -> list[Revision]:
    """The revisions of the ids that a version table holds, which are never abbreviated."""
    found: list[Revision] = []
    for id_ in current:
        if id_ == "base":  # programs say so for a database that holds none; no script can have this id
            continue
        if not isinstance(id_, str):
            raise _not_text(id_)
        node = graph.labelled.get(id_)
        if node is None:
            raise ResolutionError(
                f"Can't locate revision identified by '{id_}'",
                id_,
                help="the database holds this id in its version table, and no script has it: bring the script back, "
                "or correct the table with `autodiff stamp --purge REVISION`",
            )
        found.append(node)
    return found


def walk(graph: Graph, start: Place, steps: int, *, within: Collection[str] | None, text: str) -> Place:
    """The place so many revisions up (`steps` > 0) or down from another one, along a way without forks."""
    at = start
    for _ in range(abs(steps)):
        if steps < 0 and at is None:
            raise TooShort(text, steps)
        following = _up(graph, at, within) if steps > 0 else _down(graph, at, within)
        if len(following) > 1:
            raise _fork(graph, at, following, text)
        if not following and (steps > 0 or at is None):
            raise TooShort(text, steps)
        at = graph.by_id[following[0]] if following else None
    return at


class TooShort(ResolutionError):
    """A count that leads out of the history."""

    def __init__(self, text: str, steps: int) -> None:
        said = None if text == f"{steps:+d}" else f"'{text}' leads out of the history"
        super().__init__(f"Relative revision {steps:+d} didn't produce {abs(steps)} migrations", text, help=said)


def _fork(graph: Graph, at: Place, following: Sequence[str], text: str) -> ResolutionError:
    labels = sorted({label for id_ in following for label in graph.by_id[id_].branch_labels})
    example = f"{labels[0]}@…" if labels else "by its id"
    return ResolutionError(
        f"Ambiguous walk: from {at.revision if at else 'base'}, '{text}' can go to {' or '.join(following)}",
        text,
        help=f"name the revision {example}",
    )


def _up(graph: Graph, at: Place, within: Collection[str] | None) -> list[str]:
    following = graph.bases if at is None else at.children
    return [id_ for id_ in following if within is None or id_ in within]


def _down(graph: Graph, at: Place, within: Collection[str] | None) -> list[str]:
    following = at.down_revisions if at else ()
    inside = [id_ for id_ in following if within is None or id_ in within]
    return inside or list(following)


def ends(
    graph: Graph, upper: RevisionIds, lower: RevisionIds, current: Sequence[str] | None = None, *, strict: bool = True
) -> tuple[Sequence[Place], Sequence[Place]]:
    """The places that both ends of a range mean: `-N`, `label@-N` as the lower one, and `+N` as the upper, count from
    the other. All heads above a `label@…` are those of that branch.

    :param strict: a count that leaves the graph is an error; otherwise its end is meant.
    """
    if upper == "heads" and isinstance(lower, str) and (branch := parse(lower).branch):
        upper = f"{branch}@heads"
    if (spec := counted(lower)) is not None and (spec.steps or 0) < 0:
        tops = places(graph, upper, current)
        return tops, _counted_from(graph, tops, spec, strict)
    if (spec := counted(upper)) is not None and (spec.steps or 0) > 0:
        bottoms = places(graph, lower, current) or (None,)
        return _counted_from(graph, bottoms, spec, strict), bottoms
    return places(graph, upper, current), places(graph, lower, current)


def counted(text: RevisionIds) -> Spec | None:
    """A name that only counts, `+2` or `label@-1`, taken apart; None for others."""
    if not isinstance(text, str) or not text.strip():
        return None
    spec = parse(text)
    return spec if spec.steps is not None and spec.name == "" else None


def _counted_from(graph: Graph, starts: Sequence[Place], spec: Spec, strict: bool) -> list[Place]:
    within = _within(graph, spec.branch)
    mine = [each for each in starts if within is None or each is None or each.revision in within]
    return [_counted(graph, start, spec, within, strict) for start in mine or starts]


def _counted(graph: Graph, start: Place, spec: Spec, within: Collection[str] | None, strict: bool) -> Place:
    assert spec.steps is not None
    steps = range(1, abs(spec.steps) + 1)
    sign = 1 if spec.steps > 0 else -1
    if strict:
        return walk(graph, start, spec.steps, within=within, text=spec.text)
    at = start
    for _ in steps:
        if sign < 0 and at is None:
            break
        try:
            at = walk(graph, at, sign, within=within, text=spec.text)
        except TooShort:
            break
    return at


def between(
    graph: Graph, upper: Sequence[Place], lower: Sequence[Place], *, inclusive: bool, implicit_base: bool
) -> list[Revision]:
    """The revisions from `upper` down to `lower` by `down_revision`, newest first.

    RevisionError when one of several ends implies another, or when the ends are not on one line of descent.

    :param inclusive: whether `lower` itself is among them.
    :param implicit_base: whether branches of `upper` that `lower` is not on are followed down to their bases.
    """
    tops = [each.revision for each in upper if each]
    bottoms = [each.revision for each in lower if each]
    for ends in (tops, bottoms):
        refuse_overlap(graph, ends, dependencies=False)
    found = graph.ancestors(tops, dependencies=False)
    if bottoms:
        if not implicit_base and not found.issuperset(bottoms):
            raise RangeNotAncestorError(", ".join(bottoms), ", ".join(tops))
        found = _above(graph, found, bottoms, implicit_base)
        found.difference_update(bottoms)
        if inclusive:
            found.update(bottoms)
    return graph.in_order(found)


def refuse_overlap(graph: Graph, named: Sequence[str], *, dependencies: bool = True) -> None:
    """Several revisions that were named one by one must not imply each other."""
    for each in named if len(named) > 1 else ():
        below = graph.ancestors([each], dependencies=dependencies).intersection(named) - {each}
        if below:
            raise RevisionError(
                f"Requested revision {each} overlaps with other requested revisions {', '.join(sorted(below))}",
                help=f"{each} implies them; name it alone",
            )


def _above(graph: Graph, found: set[str], bottoms: Sequence[str], implicit_base: bool) -> set[str]:
    if implicit_base:
        return found - graph.ancestors(bottoms, dependencies=False)
    return found & graph.descendants(bottoms, dependencies=False)
