"""A report as aligned text, with colour on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autodiff.preview.report import Line, Report, closing, formats

INDENT = "    "
# How wide the middle is, in characters; what is wider than the widest does not move the notes of other lines.
USUAL, WIDEST = 44, 72
COLOURS = {"+": "32", "-": "31", "~": "33", "→": "36"}


def text(report: Report, *, colour: bool = False, verbose: bool = False) -> str:
    """The report as text; `verbose` names each object that was not compared."""
    head = [f"database  {report.database}", f"models    {report.models}", ""]
    body = [*body_lines(report.lines, colour), ""] if report.lines else []
    return "\n".join([*head, *body, closing(report), *not_compared(report, verbose)]) + "\n"


def body_lines(lines: Sequence[Line], colour: bool) -> Iterator[str]:
    width = max((len(label(top)) for top in lines), default=0)
    width = max((width, *(len(INDENT) + len(label(part)) for top in lines for part in top.parts)))
    rows = [(line, words(line, indent, width)) for top in lines for line, indent in indented(top)]
    noted = (len(text) for line, text in rows if line.note)
    notes_at = max((length for length in noted if length <= width + WIDEST), default=0)
    notes_at = max(notes_at, width + USUAL)
    yield from (painted(line, text, notes_at, colour) for line, text in rows)


def indented(top: Line) -> Iterator[tuple[Line, str]]:
    yield top, ""
    yield from ((part, INDENT) for part in top.parts)


def label(line: Line) -> str:
    return f"{line.kind} {line.name}".rstrip()


def words(line: Line, indent: str, width: int) -> str:
    space = width + 4 - len(indent)
    detail = " ".join(line.detail.split())
    return f"{indent}{line.sign} {label(line):<{space}}{detail}".rstrip()


def painted(line: Line, text: str, notes_at: int, colour: bool) -> str:
    shown = f"{text:<{notes_at}}  {line.note}" if line.note else text
    return f"\x1b[{COLOURS[line.sign]}m{shown}\x1b[0m" if colour else shown


def not_compared(report: Report, verbose: bool, command: str = "diff") -> Iterator[str]:
    if not report.not_compared:
        return
    if verbose:
        yield "not compared:"
        yield from (f"  {entry.what}: {entry.why}" for entry in report.not_compared)
    else:
        named = ", ".join(entry.what for entry in report.not_compared[:3])
        more = "" if len(report.not_compared) <= 3 else f" and {len(report.not_compared) - 3} more"
        yield f"not compared: {named}{more} (autodiff {command} --verbose says why)"


formats.register("text", text)
