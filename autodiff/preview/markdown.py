"""A report as markdown: a table, and the SQL in a folded block."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.preview.report import Line, Report, closing, formats


def markdown(report: Report) -> str:
    """The report for a pull request."""
    parts = [f"**database** `{report.database}`  ", f"**models** `{report.models}`", ""]
    if report.lines:
        parts += ["| | object | difference | to judge |", "|---|---|---|---|", *rows(report), ""]
    parts.append(closing(report))
    if report.not_compared:
        parts += [
            "",
            "Not compared: " + "; ".join(f"{escaped(n.what)} ({escaped(n.why)})" for n in report.not_compared),
        ]
    if report.statements:
        sql = "\n".join(f"{statement.rstrip(';')};" for statement in report.statements)
        parts += ["", "<details><summary>SQL</summary>", "", "```sql", sql, "```", "", "</details>"]
    return "\n".join(parts) + "\n"


def rows(report: Report) -> Iterator[str]:
    for top in report.lines:
        if not top.parts:
            yield row(top, f"{top.kind} {top.name}")
        for part in top.parts:
            yield row(part, f"{top.name}: {part.kind} {part.name}".rstrip())


def row(line: Line, label: str) -> str:
    return f"| {line.sign} | {escaped(label)} | {escaped(line.detail)} | {escaped(line.note)} |"


def escaped(words: str) -> str:
    return " ".join(words.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


formats.register("markdown", markdown)
