"""What a pattern has found in a line of output."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """A match of a pattern: the number of its line, what was searched of it, and where the match ends.

    `spans` says where the groups are that took part, from start to end; the entry "" is the first group, or
    all that matched if the pattern has none.
    """

    line: int
    text: str
    end: int
    spans: dict[str, tuple[int, int]]

    def group(self, name: str) -> str:
        """What a group of `spans` matched."""
        start, end = self.spans[name]
        return self.text[start:end]
