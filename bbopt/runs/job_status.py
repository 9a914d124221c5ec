"""Where a job of the queue stands, in Jobman's numbers and names and in today's words."""

from __future__ import annotations

import enum

from bbopt.errors import InputError, did_you_mean, nearest

__all__ = ["JobStatus"]


class JobStatus(enum.IntEnum):
    """Where a job stands; the numbers and names are Jobman's."""

    START = 0
    RUNNING = 1
    DONE = 2
    ERR_START = 3
    ERR_SYNC = 4
    """Its files could not be brought back."""
    ERR_RUN = 5
    CANCELED = -1

    @property
    def word(self) -> str:
        """Today's word for it."""
        return _WORDS[self]

    @property
    def is_failure(self) -> bool:
        """Whether the job has ended without what it was to do; nobody starts it again unasked."""
        return self in _FAILED

    @classmethod
    def read(cls, text: str) -> JobStatus:
        """The status that somebody names: Jobman's name or today's word in any case, or the number.

        InputError for anything else.
        """
        folded = text.strip().casefold()
        if (status := _BY_TEXT.get(folded)) is not None:
            return status
        names = [*cls.__members__, *_WORDS.values()]
        raise InputError(
            "this is no status of a job",
            got=text,
            expected=", ".join(f"{status.name} ({status.value}, {status.word})" for status in cls),
            remedy=did_you_mean(nearest(folded, names)),
        )


_WORDS = {
    JobStatus.START: "queued",
    JobStatus.RUNNING: "running",
    JobStatus.DONE: "done",
    JobStatus.ERR_START: "failed-to-start",
    JobStatus.ERR_SYNC: "failed-to-sync",
    JobStatus.ERR_RUN: "failed",
    JobStatus.CANCELED: "cancelled",
}
_FAILED = frozenset({JobStatus.ERR_START, JobStatus.ERR_SYNC, JobStatus.ERR_RUN})
_BY_TEXT = {
    text.casefold(): status for status in JobStatus for text in (status.name, status.word, str(status.value))
}
