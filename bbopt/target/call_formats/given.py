"""A command line that is given as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from bbopt.runs import RunRequest
from bbopt.target.call_formats.template import printed_call

__all__ = ["GivenCall"]


@dataclass(frozen=True, slots=True)
class GivenCall:
    """All the words of a call, the program first, whatever the request (a `CallFormat`)."""

    words: tuple[str, ...]

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """See CallFormat."""
        return list(self.words)

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """See CallFormat."""
        return printed_call(self.words)
