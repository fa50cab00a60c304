"""${message}

Revision ID: ${up_revision}
Revises:${f" {comma(down_revision)}" if down_revision else ""}
Create Date: ${create_date}

"""
<%!
    import re

    def literal(value):
        """Double quotes where they do: the form that black gives."""
        if isinstance(value, tuple):
            return "({})".format(", ".join(map(literal, value)))
        return '"{}"'.format(value) if isinstance(value, str) and repr(value) == "'{}'".format(value) else repr(value)
%>\

from collections.abc import Sequence

import sqlalchemy as sa
from autodiff import op
${imports if imports else ""}
revision: str = ${literal(up_revision)}
down_revision: str | Sequence[str] | None = ${literal(down_revision)}
branch_labels: str | Sequence[str] | None = ${literal(branch_labels)}
depends_on: str | Sequence[str] | None = ${literal(depends_on)}


def upgrade(engine_name: str) -> None:
    """Upgrade the schema of one database."""
    globals()[f"upgrade_{engine_name}"]()


def downgrade(engine_name: str) -> None:
    """Downgrade the schema of one database."""
    globals()[f"downgrade_{engine_name}"]()
% for name in re.split(r",\s*", config.get_main_option("databases", "")):


def upgrade_${name}() -> None:
    """Upgrade the schema of ${name}."""
    ${context.get(f"{name}_upgrades") or "pass"}


def downgrade_${name}() -> None:
    """Downgrade the schema of ${name}."""
    ${context.get(f"{name}_downgrades") or "pass"}
% endfor
