"""Which jobs are meant: by their numbers, or by what their states hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bbopt.errors import InputError
from bbopt.jobs.job_state import STATUS
from bbopt.jobs.literals import read_value
from bbopt.jobs.values import canonical
from bbopt.runs import JobStatus

__all__ = ["Selection", "read_ids"]


@dataclass(frozen=True, slots=True)
class Selection:
    """A key of flat states and the value that it must have there."""

    key: str
    text: str
    value: str
    """In its canonical form."""

    @classmethod
    def read(cls, text: str) -> Selection:
        """Of `key=value`; statuses may be named.  InputError for another form."""
        key, sign, written = text.partition("=")
        key, written = key.strip(), written.strip()
        if not sign or not key:
            raise InputError("this selects no jobs", got=text, expected="KEY=VALUE")
        value = int(JobStatus.read(written)) if key == STATUS else read_value(written)
        return cls(key, written, canonical(value))

    def holds(self, state: Mapping[str, Any]) -> bool:
        """Whether the flat state of a job has the key with this value.

        Numbers compare as numbers, nan with nan, tuples with lists; quotes around a text may be left out.
        """
        return self.key in state and (
            state[self.key] == self.text or canonical(state[self.key]) == self.value
        )


def read_ids(words: Iterable[str]) -> list[int]:
    """The numbers of jobs in words as `10,` or `10,11`, each once, in order; InputError for other words."""
    texts = [text for word in words for text in word.replace(",", " ").split()]
    for text in texts:
        if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_ID:
            raise InputError("this is no number of a job", got=text, expected="numbers, as 10 or 10, 11")
    return sorted(set(map(int, texts)))


_LONGEST_ID = 18
"""What fits into an integer of any database."""
