"""A report on a live database as text: what was found in it beside what was promised."""

from __future__ import annotations

from dataclasses import replace

from autodiff.preview.report import Line, Report
from autodiff.preview.text import body_lines, not_compared


def drift_text(report: Report, *, colour: bool = False, verbose: bool = False) -> str:
    """The report as text.

    :param report: its differences lead from what was promised to what was found, `models` says who promises, and
        `way_on` what to do about it.
    :param verbose: name each object that was not compared, with the reason.
    """
    remarks = list(not_compared(report, verbose, "drift"))
    if not report.lines:
        return "\n".join([f"It is what {report.models}.", *remarks]) + "\n"
    count = report.differences
    places = f"{count} place{'s' if count != 1 else ''}"
    body = body_lines([in_words(line) for line in report.lines], colour)
    return "\n".join([f"It differs in {places} from what {report.models}:", *body, report.way_on, *remarks]) + "\n"


def in_words(line: Line) -> Line:
    """The line, its sides called what they are."""
    return replace(line, detail=_detail(line), note="", parts=tuple(in_words(part) for part in line.parts))


def _detail(line: Line) -> str:
    if line.verb == "add":
        return f"{line.detail}, not promised".lstrip(", ")
    if line.verb == "drop":
        return f"{line.detail}, not found".lstrip(", ")
    if line.verb == "rename":
        return f"promised, {line.detail.removeprefix('now ')} found"
    if line.detail.count(" → ") == 1:
        return f"{line.detail.replace(' → ', ' promised, ')} found"
    return f"{line.detail} (promised → found)" if line.detail else ""
