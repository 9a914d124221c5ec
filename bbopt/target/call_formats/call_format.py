"""What a call format is, and what several of them have in common."""

from __future__ import annotations

from typing import Protocol

from bbopt.runs import DETERMINISTIC_SEED, RunRequest

__all__ = ["CallFormat", "natural_seed", "plain_number"]

_SEED_IN_PLACE_OF_NONE = 1  # minisat refuses 0, too


def natural_seed(request: RunRequest) -> int:
    """The seed for programs that know none of -1."""
    return _SEED_IN_PLACE_OF_NONE if request.seed == DETERMINISTIC_SEED else request.seed


def plain_number(number: float) -> str:
    """`5` rather than `5.0`, for programs that want an integer, else the shortest decimal."""
    return str(int(number)) if number.is_integer() else repr(number)


class CallFormat(Protocol):
    """How the arguments of a run are written; implementations are immutable and can be pickled."""

    def argv(self, algo: tuple[str, ...], request: RunRequest) -> list[str]:
        """The arguments of a run, the program first; `algo` are the words of the target's command."""
        ...

    def text(self, algo: tuple[str, ...], request: RunRequest) -> str:
        """The call as it is printed; a shell makes the same arguments of it."""
        ...
