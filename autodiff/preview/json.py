"""A report as JSON, with a version number of its own."""

from __future__ import annotations

import json as _json
from dataclasses import asdict
from typing import Any

from autodiff.preview.report import Report, formats

SCHEMA_VERSION = 1


def as_json(report: Report) -> str:
    """The report for programs; fields are only ever added within one ``schema_version``."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "database": report.database,
        "models": report.models,
        "differences": report.differences,
        "objects": [asdict(line) for line in report.lines],
        "not_compared": [{"what": entry.what, "why": entry.why} for entry in report.not_compared],
        "how": report.how,
        "statements": list(report.statements),
    }
    return _json.dumps(document, indent=2, ensure_ascii=False) + "\n"


formats.register("json", as_json)
