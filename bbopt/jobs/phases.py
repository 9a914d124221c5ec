"""Jobs in phases: which jobs are meant as an earlier phase, and the groups of them that others come after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bbopt.errors import InputError
from bbopt.jobs.experiment_jobs import row_state
from bbopt.jobs.job_state import AFTER
from bbopt.jobs.products import variants
from bbopt.jobs.selections import Selection, read_ids
from bbopt.jobs.values import canonical, fingerprint
from bbopt.stores import JobChoice, JobTable, NewGroup, NewJob

__all__ = ["GROUP", "KeyChoice", "PhaseGroup", "coming_after", "group_after", "group_by", "selected"]

GROUP = "group"
"""A setting that names what a job belongs to, where a person wants to give it a name."""

_ANY = "{{}}"

States = Mapping[int, Mapping[str, Any]]
"""Flat states by the numbers of their jobs."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A key and the values that are meant, of which one must hold; any value where there are none."""

    key: str
    selections: tuple[Selection, ...]

    @classmethod
    def read(cls, word: str) -> KeyChoice:
        """Of `key=value`, `key={{a,b}}`, or `key={{}}` for any value; InputError for another form."""
        key, sign, text = word.partition("=")
        if not sign or not key.strip():
            raise InputError(
                "this selects no jobs", got=repr(word), expected="KEY=VALUE, KEY={{A,B}}, or KEY={{}} for any"
            )
        if "".join(text.split()) == _ANY:
            return cls(key.strip(), ())
        return cls(key.strip(), tuple(map(Selection.read, variants(word))))

    def holds(self, state: Mapping[str, Any]) -> bool:
        """Whether a job with this flat state is meant."""
        if not self.selections:
            return self.key in state
        return any(one.holds(state) for one in self.selections)


@dataclass(frozen=True, slots=True)
class PhaseGroup:
    """Jobs with equal values of the keys; `settings` are these values, for the jobs that come after."""

    group: NewGroup
    settings: Mapping[str, Any]


def selected(table: JobTable, words: Sequence[str]) -> dict[int, dict[str, Any]]:
    """The flat states of the jobs of people of which all the words hold.

    InputError for a word of another form, and for none at all.
    """
    choices = [KeyChoice.read(word) for word in words]
    if not choices:
        raise InputError(
            "it is not said which jobs the new ones come after",
            expected="KEY=VALUE, KEY={{A,B}}, or KEY={{}} for any",
        )
    states = _states(table)
    return {number: state for number, state in states.items() if all(one.holds(state) for one in choices)}


def _states(table: JobTable) -> dict[int, dict[str, Any]]:
    return {row.number: row_state(row) for row in table.jobs(JobChoice()) if not row.is_of_search}


def group_by(states: States, words: Sequence[str], name: str) -> list[PhaseGroup]:
    """A group for each combination of values of the keys that occurs, in the order of their first jobs.

    Without keys all are one group, with this name.  Jobs without a key, or with a value of it that is not
    meant, are in no group.  InputError where a value that is asked for does not occur.
    """
    choices = [KeyChoice.read(word) for word in words]
    meant = {number: state for number, state in states.items() if all(one.holds(state) for one in choices)}
    for missing in _without_jobs(choices, states):
        raise InputError("no job has this value", got=f"{missing.key}={missing.text}")
    found: dict[tuple[str, ...], list[int]] = {}
    for number, state in meant.items():
        found.setdefault(tuple(canonical(state[one.key]) for one in choices), []).append(number)
    return [_group(meant[jobs[0]], jobs, [one.key for one in choices], name) for jobs in found.values()]


def _without_jobs(choices: Iterable[KeyChoice], states: States) -> Iterator[Selection]:
    for choice in choices:
        for selection in choice.selections:
            if not any(selection.holds(state) for state in states.values()):
                yield selection


def _group(state: Mapping[str, Any], jobs: Sequence[int], keys: Sequence[str], name: str) -> PhaseGroup:
    values = {key: state[key] for key in keys}
    shown = " ".join(f"{key}={value}" for key, value in values.items()) or name
    own = {key: value for key, value in values.items() if not key.startswith("jobman.")}
    return PhaseGroup(NewGroup(shown, tuple(jobs)), own)


def group_after(table: JobTable, words: Sequence[str]) -> NewGroup:
    """One group of all that is named, each word adding jobs: what `--after` means.

    A word is numbers as `10,11`, a selection as `phase=1` or `n={{20,30}}`, or NAME for `group=NAME`.
    InputError where one names nothing.
    """
    states = _states(table)
    jobs: set[int] = set()
    for word in words:
        found = _named(states, word)
        if not found:
            raise InputError("no job is meant by this", got=word)
        jobs |= found
    return NewGroup(" ".join(words), tuple(sorted(jobs)))


def coming_after(group: NewGroup, jobs: Iterable[NewJob]) -> list[NewJob]:
    """The jobs as ones that come after the group, equal to others only where these do so, too."""
    return [
        replace(job, after=group, digest=job.digest and fingerprint({"of": job.digest, AFTER: group.name}))
        for job in jobs
    ]


def _named(states: States, word: str) -> set[int]:
    if word.replace(",", "").strip().isdigit():
        numbers = set(read_ids([word]))
        if missing := numbers - set(states):
            raise InputError("there is no such job", got=str(min(missing)))
        return numbers
    choice = KeyChoice.read(word if "=" in word else f"{GROUP}={word}")
    return {number for number, state in states.items() if choice.holds(state)}
