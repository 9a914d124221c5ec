"""`bbopt.tune`: the command line's main job as a Python function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from bbopt.database_address import without_passwords
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.plan import plan_session
from bbopt.session.session import Session
from bbopt.tuning import Observer, Outcome

__all__ = ["tune", "words_of"]


def tune(
    scenario: str | PathLike[str] | None = None,
    *,
    seed: int | None = None,
    cwd: str | PathLike[str] | None = None,
    observers: Sequence[Observer] = (),
    **options: object,
) -> Outcome:
    """Tune as `bbopt --scenario SCENARIO --seed SEED --option value ...` does, and return the outcome.

    Options are written with underscores (`runcount_limit=50`); all names of the command line are known, and
    None leaves an option out.
    Relative paths are looked up from `cwd`, by default the current folder.  Output files are written as
    by the command.  Raises InputErrors for what can't be used (before anything is written), StateError
    and TargetAbortError.
    """
    given = dict(options)
    if scenario is not None:
        given["scenario"] = scenario
    if seed is not None:
        given["seed"] = seed
    argv = words_of(given)
    folder = Path.cwd() if cwd is None else Path(cwd)
    plan = plan_session(load_scenario(read_command_line(argv), cwd=folder))
    with Session(plan, observers, call_string=without_passwords(" ".join(["bbopt", *argv]))) as session:
        return session.run()


def words_of(options: Mapping[str, object]) -> list[str]:
    """Options, written with underscores, as the words of a command line; those that are None are left out."""
    return [word for name, value in options.items() if value is not None for word in _words(name, value)]


def _words(name: str, value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [f"--{name.replace('_', '-')}={_text(one)}" for one in values]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
