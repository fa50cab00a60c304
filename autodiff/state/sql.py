"""SQL text with its canonical form."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sql:
    """A piece of SQL; two are equal when the database prints both the same way.

    :param text: as its author wrote it (model side), or as the database printed it for people; it goes into scripts.
    :param canonical: as this database prints it, free of names that the printing made up; it is compared. None until
        a dialect's room has asked the database; a snapshot that still holds such a piece is not canonical.
    """

    text: str = field(compare=False)
    canonical: str | None = None

    @classmethod
    def printed(cls, text: str) -> Sql:
        """A piece that is its own canonical form."""
        return cls(text, text)

    def as_printed(self, canonical: str) -> Sql:
        return Sql(self.text, canonical)
