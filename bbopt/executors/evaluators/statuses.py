"""The words for a run's status that a user may have an evaluator answer."""

from __future__ import annotations

from bbopt.runs import RunStatus

__all__ = ["is_status_word", "status_of"]

_INTERNAL = ("KILLED", "RUNNING")


def is_status_word(word: str) -> bool:
    """Whether SMAC v2 knows the status `word`, in any case."""
    return word.upper() in _INTERNAL or RunStatus.from_text(word) is not None


def status_of(word: str) -> tuple[RunStatus, str]:
    """The status that `word` means, and the reason where it stands for a failure.

    KILLED and RUNNING are for the optimizer to say: as from a target, they count as CRASHED.
    """
    status = RunStatus.from_text(word)
    if status is None:
        return RunStatus.CRASHED, f"the evaluator was told to answer {word}, which counts as CRASHED"
    return status, f"the evaluator was told to answer {word}" if status.is_failure else ""
