"""Names of new revisions: which ids and labels are safe, and what their files are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from autodiff.script.graph import RESERVED_CHARACTERS, Graph, ResolutionError, RevisionError, where

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

DEFAULT_FILE_TEMPLATE = "%(rev)s_%(slug)s"
SYMBOLS = ("head", "heads", "base", "current")

#: The width of the version table's column, VARCHAR(32), where no script needs a wider one.
VERSION_WIDTH = 32

# Compiled when they are first used.
_SAFE_ID = r"\w+(?:\.\w+)*"
_SAFE_LABEL = r"\w+(?:[.-]\w+)*"
_RELATIVE_END = r"-\d+"


def new_id() -> str:
    """A new id: 12 hexadecimal digits."""
    from os import urandom

    return urandom(6).hex()


def checked_id(revision: str, graph: Graph) -> str:
    """The id, if a new script can have it; RevisionError otherwise."""
    _refuse_reserved(revision, "revision identifier")
    if revision in SYMBOLS:
        raise RevisionError(f"--rev-id '{revision}' has a meaning of its own", help="choose another id")
    if not re.fullmatch(_SAFE_ID, revision):
        raise RevisionError(f"--rev-id {_shown(revision)} is not an id", help="use letters, digits, '_' and '.'")
    if revision in graph.by_id:
        raise RevisionError(
            f"--rev-id '{revision}' is there already: {where(graph.by_id[revision])}", help="choose another id"
        )
    if revision in graph.by_label:
        raise RevisionError(f"--rev-id '{revision}' is a branch label already", help="choose another id")
    width = max([VERSION_WIDTH, *map(len, graph.by_id)])
    if len(revision) > width:
        raise RevisionError(
            f"--rev-id {_shown(revision)} has {len(revision)} characters; "
            f"the version table's column version_num holds {width}"
        )
    return revision


def checked_label(label: str, graph: Graph, revision: str) -> str:
    """The branch label, if a new script can carry it; RevisionError otherwise."""
    odd = sorted(set("@:+") & set(label))
    if odd:
        raise RevisionError(f"Character(s) '{', '.join(odd)}' not allowed in branch label {_shown(label)}")
    if label in SYMBOLS:
        raise RevisionError(f"--branch-label '{label}' has a meaning of its own", help="choose another label")
    if not re.fullmatch(_SAFE_LABEL, label) or re.search(
        _RELATIVE_END, label[label.rfind("-") :] if "-" in label else ""
    ):
        raise RevisionError(
            f"--branch-label {_shown(label)} is not a label", help="use letters, digits, '_', '.' and '-' between them"
        )
    if label in graph.by_label:
        raise RevisionError(
            f"Branch name '{label}'{f' in revision {revision}' if revision else ''} already used by revision "
            f"{graph.by_label[label].revision}",
            help="choose another label",
        )
    if label in graph.by_id or label == revision:
        raise RevisionError(f"--branch-label '{label}' is the id of a revision", help="choose another label")
    return label


def _refuse_reserved(name: str, what: str) -> None:
    odd = sorted(RESERVED_CHARACTERS.intersection(name))
    if odd:
        raise RevisionError(f"Character(s) '{', '.join(odd)}' not allowed in {what} {_shown(name)}")


def _shown(name: str) -> str:
    text = name if len(name) <= 60 else f"{name[:60]}…"
    return f"'{text}'" if text.isprintable() else repr(text)


def slug(message: str | None, length: int) -> str:
    """A message as the part of a file name: lower case, `_` for what is no letter or digit, cut between words.

    One that is cut ends with `_`, as Alembic's do.
    """
    words = re.findall(r"\w+", message or "")
    text = "_".join(words).lower().encode("utf-8", "ignore").decode()
    if len(text) <= length:
        return text
    return (text[:length].rpartition("_")[0] or text[:length]) + "_"


def file_name(template: str, revision: str, message: str | None, length: int, created: datetime) -> str:
    """The name of a new script, without its suffix: the template with its tokens filled in.

    RevisionError when the template has other tokens.
    """
    tokens = {
        "rev": revision,
        "slug": slug(message, length),
        "epoch": int(created.timestamp()),
        "year": created.year,
        "month": created.month,
        "day": created.day,
        "hour": created.hour,
        "minute": created.minute,
        "second": created.second,
    }
    try:
        return template % tokens
    except KeyError as error:
        raise RevisionError(
            f"file_template names the token %({error.args[0]})s, which does not exist",
            help=f"the tokens are {', '.join(tokens)}",
        ) from None
    except (ValueError, TypeError) as error:
        raise RevisionError(f"file_template {template!r} cannot be filled in: {error}") from None


def dated(timezone: str | None, now: datetime | None = None) -> datetime:
    """The time of creation: in a named zone, else local; SOURCE_DATE_EPOCH (seconds) makes it reproducible.

    :param timezone: a ZoneInfo name; None or empty for local time without a zone.
    """
    import os
    from datetime import datetime
    from datetime import timezone as fixed

    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    at = datetime.fromtimestamp(int(epoch), fixed.utc) if epoch else datetime.now(fixed.utc)
    if now is not None:
        at = now
    if not timezone:
        return at.astimezone().replace(tzinfo=None)
    return at.astimezone(_zone(timezone))


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    for spelling in (name, name.upper(), name.title()):
        try:
            return ZoneInfo(spelling)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    raise RevisionError(
        f"timezone '{name}' is not known",
        help="use a name such as UTC or Europe/Berlin (`pip install tzdata` brings them)",
    )


def resolvable(graph: Graph, wanted: Collection[str]) -> tuple[str, ...]:
    """What a script may state in `depends_on`: labels as they are, ids in full. ResolutionError for others."""
    found: list[str] = []
    for name in wanted:
        if name in graph.by_label:
            found.append(name)
            continue
        from autodiff.script import resolve

        place = resolve.place(graph, name)
        if place is None:
            raise ResolutionError(f"'{name}' is no revision to depend on", name)
        found.append(place.revision)
    return tuple(dict.fromkeys(found))
