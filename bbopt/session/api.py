"""`bbopt.tune`: the command line's main job as a Python function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path

from bbopt.database_address import without_passwords
from bbopt.errors import InputError, InputErrors
from bbopt.options import Assignments
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.functions import function_scenario
from bbopt.session.given_spaces import GivenSpace, space_of
from bbopt.session.plan import plan_session
from bbopt.session.session import Session
from bbopt.tuning import Observer, Outcome

__all__ = ["tune", "words_of"]


def tune(
    scenario: str | PathLike[str] | Callable[..., object] | None = None,
    space: GivenSpace | None = None,
    *,
    seed: int | None = None,
    cwd: str | PathLike[str] | None = None,
    observers: Sequence[Observer] = (),
    **options: object,
) -> Outcome:
    """Tune as `bbopt --scenario SCENARIO --seed SEED --option value ...` does, and return the outcome.

    scenario: a scenario file, or a function that is called with the settings as keyword arguments, each time
    in a process of its own; then `space` says which (see `GivenSpace`).  Integers come as int, reals as
    float, choices as bool where they are true and false, as numbers where all are, else as str; inactive
    parameters are left out.  Arguments called `seed`, `budget` and `instance` that are no parameters of the
    space tell which run it is.  The function returns what is minimised, or a mapping of metrics of which
    `metric` names the one; an exception is a failed run with its text as the reason.  A function of a script
    or a notebook, or a lambda, is sent with all that it uses, which must be picklable; one of a module is
    imported there.

    Options are written with underscores (`runcount_limit=50`); all names of the command line are known, and
    None leaves an option out.
    Relative paths are looked up from `cwd`, by default the current folder.  Output files are written as
    by the command.  Raises InputErrors for what can't be used (before anything is written), StateError
    and TargetAbortError.
    """
    given = dict(options)
    if scenario is not None and not callable(scenario):
        given["scenario"] = scenario
    if seed is not None:
        given["seed"] = seed
    argv = words_of(given)
    folder = Path.cwd() if cwd is None else Path(cwd).absolute()
    search = read_command_line(argv)
    if callable(scenario):
        search = _of_function(scenario, space, search, folder)
        argv = [f"--scenario={search.entries[0].text}", *argv]
    elif space is not None:
        raise InputErrors([_no_space()])
    plan = plan_session(load_scenario(search, cwd=folder))
    with Session(plan, observers, call_string=without_passwords(" ".join(["bbopt", *argv]))) as session:
        return session.run()


def words_of(options: Mapping[str, object]) -> list[str]:
    """Options, written with underscores, as the words of a command line; those that are None are left out."""
    return [word for name, value in options.items() if value is not None for word in _words(name, value)]


def _of_function(
    function: Callable[..., object], space: GivenSpace | None, given: Assignments, folder: Path
) -> Assignments:
    if space is None:
        remedy = 'tune(function, {"lr": "real [1e-5, 1] [0.01] log"}), say'
        raise InputErrors([InputError("a function needs a space of its parameters", remedy=remedy)])
    return function_scenario(function, space_of(space, folder), given, folder)


def _no_space() -> InputError:
    return InputError(
        "a space is given beside a scenario",
        expected="a space with a function: a scenario names its own",
        remedy="pcs_file=FILE says it for a scenario",
    )


def _words(name: str, value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [f"--{name.replace('_', '-')}={_text(one)}" for one in values]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
