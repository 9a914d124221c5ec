"""What is said once, however often there is reason to."""

from __future__ import annotations

from collections.abc import Hashable

__all__ = ["Once"]


class Once:
    """Remembers what was said."""

    def __init__(self) -> None:
        self._said: set[Hashable] = set()

    def is_news(self, what: Hashable = None) -> bool:
        """Whether this is asked for the first time, or for the first time since `forget`."""
        is_news = what not in self._said
        self._said.add(what)
        return is_news

    def forget(self, what: Hashable = None) -> None:
        """It may be said again."""
        self._said.discard(what)
