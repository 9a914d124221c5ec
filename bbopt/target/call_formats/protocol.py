"""What a call format is."""

from __future__ import annotations

from typing import Protocol

from bbopt.runs import RunRequest

__all__ = ["DETERMINISTIC_SEED", "CallFormat"]

DETERMINISTIC_SEED = 1
"""What programs get that know no seed of -1: minisat refuses 0, too."""


class CallFormat(Protocol):
    """How the arguments of a run are written; implementations are immutable and can be pickled."""

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first; `algo` are the words of the target's command."""
        ...

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call as it is printed; a shell makes the same arguments of it."""
        ...
