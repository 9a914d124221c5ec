"""The words of commands about jobs: the address of a queue, and which of its jobs are meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.database_address import StudyAddress
from bbopt.errors import InputError
from bbopt.options import COMMAND_LINE
from bbopt.runs import JobStatus

if TYPE_CHECKING:
    from bbopt.stores import JobChoice, JobTable

__all__ = [
    "SELECTION",
    "chosen_jobs",
    "has_only_jobs",
    "job_numbers",
    "named_jobman_table",
    "named_study",
    "named_table",
    "refuse_words",
    "statuses_in",
    "study_of",
]

SELECTION = "numbers of jobs (7, 10-20, 31,32), or NAME=VALUE of their settings"

_NUMBERS = re.compile(r"(\d{1,18})(?:-(\d{1,18}))?", re.ASCII)
_MOST_NUMBERS = 1_000_000


def named_study(arguments: Arguments, *, is_new: bool = False) -> StudyAddress:
    """The study whose jobs are meant: the database is the first word, or Jobman's table in one.

    One that `is_new` need not be there yet.
    """
    return study_of(arguments.given.words[0], arguments.own.optional_text("study"), is_new=is_new)


def study_of(place: str, study: str | None, *, is_new: bool = False) -> StudyAddress:
    """The same for an address that stands elsewhere."""
    from bbopt.stores import new_study_at, study_at

    if "table=" in place:
        table = named_jobman_table(place)
        place, study = table.database.text, table.study
    return new_study_at(place, study, None) if is_new else study_at(place, study, is_there=True)


def named_jobman_table(text: str) -> StudyAddress:
    """Jobman's table at an address, which need not be there yet; InputError for another address."""
    return StudyAddress.read_table(text, current_folder(), COMMAND_LINE)


def refuse_words(arguments: Arguments, are_wrong: bool, what: str, usage: str) -> None:
    """InputError, which tells the usage, where the words `are_wrong`."""
    if are_wrong:
        got = " ".join(arguments.given.words) or None
        raise InputError(what, place=COMMAND_LINE, got=got, expected=usage)


def named_table(arguments: Arguments) -> JobTable:
    """Its jobs."""
    from bbopt.stores import job_table_at

    return job_table_at(named_study(arguments))


def has_only_jobs(arguments: Arguments) -> bool:
    """Whether no search has kept anything in the study that is meant."""
    from bbopt.stores import studies_in

    study = named_study(arguments)
    return any(
        one.name == study.study and one.has_jobs and not one.n_seeds for one in studies_in(study.database)
    )


def chosen_jobs(
    words: Sequence[str], statuses: frozenset[JobStatus] | None, priority: float | None = None
) -> JobChoice:
    """What the words behind the address choose, all of which must hold.  InputError for other words."""
    from bbopt.stores import JobChoice, SettingIs

    settings = tuple(SettingIs(*_setting(word)) for word in words if "=" in word)
    numbers = job_numbers([word for word in words if "=" not in word])
    return JobChoice(frozenset(numbers) if numbers else None, statuses, priority, settings)


def _setting(word: str) -> tuple[str, str]:
    name, _, text = word.partition("=")
    if not name.strip():
        raise InputError("this selects no jobs", place=COMMAND_LINE, got=word, expected=SELECTION)
    return name.strip(), text


def job_numbers(words: Iterable[str]) -> list[int]:
    """The numbers in words such as `7`, `10,11` and `10-20`.  InputError for other words."""
    return [number for word in words for part in word.replace(",", " ").split() for number in _range(part)]


def _range(text: str) -> Iterator[int]:
    match = _NUMBERS.fullmatch(text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if high < low or high - low >= _MOST_NUMBERS:
        raise InputError("this selects no jobs", place=COMMAND_LINE, got=text, expected=SELECTION)
    return iter(range(low, high + 1))


def statuses_in(arguments: Arguments, option: str) -> frozenset[JobStatus] | None:
    """The statuses that are named by an option that may be given several times, None without it."""
    found: set[JobStatus] = set()
    for text, place in arguments.own.placed_texts(option):
        try:
            found.update(JobStatus.read(part) for part in text.split(","))
        except InputError as error:
            raise error.at(place) from None
    return frozenset(found) or None
