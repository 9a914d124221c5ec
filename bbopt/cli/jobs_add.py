"""`bbopt jobs add URL`: put jobs into a queue, runs of a scenario or commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bbopt.cli.command import Arguments, current_folder
from bbopt.database_address import without_passwords
from bbopt.errors import InputError, InputErrors
from bbopt.options import COMMAND_LINE, OptionValues

if TYPE_CHECKING:
    from bbopt.scenario import PortableScenario
    from bbopt.stores import JobQueue, NewJob
    from bbopt.workers import Wanted

__all__ = ["jobs_add"]

_MOST_SHOWN = 20
_OF_SETTINGS = ("instance", "num-run", "budget")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be added: `make` gives the jobs when the number of their scenario is known.

    `study` is where to, if nothing else is said.
    """

    scenario: PortableScenario
    study: str | None
    make: Callable[[int], list[NewJob]]


def jobs_add(arguments: Arguments) -> int:
    """Add what is asked for, all of it or nothing."""
    from bbopt.jobs.phases import coming_after, group_after
    from bbopt.stores import job_queue_at, job_table_at, new_study_at

    own = arguments.own
    if arguments.given.problems:
        raise InputErrors(arguments.given.problems)
    url, settings, command = _parts(arguments)
    plan = _commands(arguments, settings, command) if command else _settings(arguments, settings)
    study = new_study_at(url, own.optional_text("study"), plan.study)
    queue, earlier = job_queue_at(study), own.texts("after")
    group = group_after(job_table_at(study), earlier) if earlier else None

    def made(scenario: int) -> list[NewJob]:
        jobs = plan.make(scenario)
        return jobs if group is None else coming_after(group, jobs)

    if own.flag("dry-run"):
        _rehearse(queue, made(0), is_forced=own.flag("force"))
        return 0
    jobs = made(queue.keep_scenario(plan.scenario.content))
    added = queue.add(jobs) if own.flag("force") else queue.add_missing(jobs)
    print(_told([number for number in added if number is not None], len(jobs), queue.shown))
    return 0


def _parts(arguments: Arguments) -> tuple[str, list[str], list[str]]:
    """The address, the settings, and the command behind --."""
    argv, words = arguments.argv, arguments.given.words
    n_behind = len(argv) - argv.index("--") - 1 if "--" in argv else 0
    before = list(words[: len(words) - n_behind])
    if not before or ("--" in argv and not n_behind):
        raise InputError(
            "no command is given" if before else "no database is named",
            place=COMMAND_LINE,
            expected="bbopt jobs add URL -- COMMAND ...",
        )
    return before[0], before[1:], list(words[len(words) - n_behind :])


def _settings(arguments: Arguments, words: Sequence[str]) -> _Plan:
    from bbopt.jobs.products import product_of
    from bbopt.scenario import portable_scenario
    from bbopt.workers import checked_configurations, settings_jobs, setup_here

    portable = portable_scenario(arguments.given, current_folder())
    if not any(entry[0] in {"algo-exec", "algo-template"} for entry in portable.options):
        raise InputError(
            "nothing says what is to be run",
            place=COMMAND_LINE,
            expected="--scenario FILE for runs of its target, or a command behind --",
        )
    setup = setup_here(portable)
    configurations = checked_configurations(setup.space, list(map(_assigned, product_of(words).lists)))
    wanted = _wanted(arguments.own)

    def make(number: int) -> list[NewJob]:
        return list(settings_jobs(setup, number, portable.digest, configurations, wanted))

    return _Plan(portable, setup.scenario.study, make)


def _assigned(words: Sequence[str]) -> dict[str, str]:
    """The settings that one list of arguments gives."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not name:
            raise InputError(
                "this is no setting",
                place=COMMAND_LINE,
                got=repr(word),
                expected="NAME=VALUE, or a command behind --",
            )
        if name in found:
            raise InputError(f"{name} is given twice", place=COMMAND_LINE, got=f"{found[name]}, and {text}")
        found[name] = _without_quotes(text)
    return found


def _without_quotes(text: str) -> str:
    """Quotes in choices keep commas together, and are none of the value."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _commands(arguments: Arguments, settings: Sequence[str], command: Sequence[str]) -> _Plan:
    from bbopt.jobs.products import product_of
    from bbopt.scenario import portable_command
    from bbopt.workers import command_jobs, setup_here

    own = arguments.own
    odd = [*settings, *(f"--{name}" for name in _OF_SETTINGS if own.is_given(name))]
    if odd:
        raise InputError(
            "a command of its own has no settings, seed, instance or budget",
            place=COMMAND_LINE,
            got=" ".join(odd),
            remedy="write them into the command",
        )
    _refuse_password(command)
    portable = portable_command(arguments.given, current_folder())
    setup = setup_here(portable)
    commands, wanted = product_of(command).lists, _wanted(own)

    def make(number: int) -> list[NewJob]:
        return list(command_jobs(number, portable.digest, commands, wanted))

    return _Plan(portable, None if portable.path is None else setup.scenario.study, make)


def _refuse_password(command: Sequence[str]) -> None:
    if any(without_passwords(word) != word for word in command):
        raise InputError(
            "the command has a password in it, which would stand in the database for all to read",
            place=COMMAND_LINE,
            remedy="keep it in ~/.pgpass, or in the environment of the workers",
        )


def _wanted(own: OptionValues) -> Wanted:
    from bbopt.workers import Wanted

    return Wanted(
        instance=own.optional_text("instance"),
        seed=own.optional_integer("num-run"),
        budget=own.optional_integer("budget"),
        n_each=own.integer("repeat"),
        priority=own.number("priority"),
    )


def _rehearse(queue: JobQueue, jobs: Sequence[NewJob], *, is_forced: bool) -> None:
    """Show what would be added."""
    digests = [job.digest for job in jobs if job.digest is not None]
    there = set() if is_forced else queue.equal_jobs(digests)
    new = [job for job in jobs if job.digest not in there]
    for job in new[:_MOST_SHOWN]:
        print(" ".join(f"{name}={value}" for name, value in job.settings.items()))
    if len(new) > _MOST_SHOWN:
        print(f"... and {len(new) - _MOST_SHOWN} more")
    print(f"{_number(len(new))} would be added to {queue.shown}.{_of_skipped(len(jobs) - len(new))}")


def _told(numbers: Sequence[int], n_wanted: int, where: str) -> str:
    """What was added."""
    which = (
        ""
        if not numbers
        else f" ({numbers[0]})"
        if len(numbers) == 1
        else f" ({numbers[0]} to {numbers[-1]})"
    )
    return f"Added {_number(len(numbers))}{which} to {where}.{_of_skipped(n_wanted - len(numbers))}"


def _number(n: int) -> str:
    return "1 job" if n == 1 else f"{n} jobs"


def _of_skipped(n: int) -> str:
    if not n:
        return ""
    which = "the same as one that is" if n == 1 else "the same as others that are"
    return f" {_number(n)} skipped: {which} there already (--force adds it all the same)."
