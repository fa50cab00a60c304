"""Passwords taken out of a text, wherever they stand: URLs, query arguments, connection strings, SQL."""

from __future__ import annotations

import re

MASK = "***"

# The patterns are texts, which `re` compiles when they are first used, and keeps: most commands never fail.

# scheme://user:password@host. The password ends at the last @ before the next blank, quote or slash-less end:
# people forget to escape an @ or a / in it, and what follows the first @ is then still secret.
_URL = r"(?P<head>[A-Za-z][\w+.-]*:(?://)?[^\s:/@'\"]*:)(?P<password>[^\s'\"]+)@"
_ARGUMENT = (
    r"""(?i)(?P<head>\b(?:password|passwd|pwd|passphrase|secret|token|sslpassword)\b["']?\s*[=:]\s*)"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s&;,'")\]}]+)"""
)
# "revision identified by 'x'" is our own wording, and no secret.
# CREATE ROLE x PASSWORD 'y' · IDENTIFIED BY 'y' · IDENTIFIED BY PASSWORD 'y' · SET PASSWORD = PASSWORD('y')
_SQL = r"(?i)(?P<head>\b(?<!revision )(?:PASSWORD|IDENTIFIED\s+(?:WITH\s+\S+\s+)?(?:BY|AS))\b[\s(=]+)(?P<value>'(?:[^']|'')*'|\"[^\"]*\")"


def redact(text: str) -> str:
    """The text without its passwords; everything else stays as it is."""
    text = re.sub(_URL, lambda found: f"{found['head']}{MASK}@", text)
    text = re.sub(_SQL, lambda found: f"{found['head']}'{MASK}'", text)
    return re.sub(_ARGUMENT, lambda found: f"{found['head']}{_masked(found['value'])}", text)


def _masked(value: str) -> str:
    quote = value[0] if value[0] in "'\"" else ""
    return f"{quote}{MASK}{quote}"
