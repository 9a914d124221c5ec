"""Names that options have in other programs, and what to write for them here.

The rows stand in `foreign_names.tsv` beside this module: the program ("" for what people try anywhere), its
name for an option, the option here that takes the same value, and what else is to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bbopt.options.table import canonical_name, read_rows

__all__ = ["ForeignName", "foreign_name", "foreign_names"]


@dataclass(frozen=True, slots=True)
class ForeignName:
    """A row of the table; `option` is "" where nothing takes the same value."""

    program: str
    name: str
    option: str
    hint: str

    @property
    def remedy(self) -> str:
        """What to do about the name."""
        if not self.program:
            return f"leave it out: {self.hint}"
        if not self.option:
            return f"leave out this name of {self.program}'s: {self.hint}"
        return f"{self.program} calls it so; write {self.option}{', ' if self.hint else ''}{self.hint}"


def foreign_name(name: str) -> ForeignName | None:
    """What `name`, in any spelling, is elsewhere."""
    return foreign_names().get(canonical_name(name))


@cache
def foreign_names() -> Mapping[str, ForeignName]:
    """The table by canonical names."""
    rows = read_rows(Path(__file__).with_name("foreign_names.tsv"))
    return {canonical_name(row["name"]): ForeignName(**row) for row in rows}
