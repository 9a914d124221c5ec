"""`--seeds 1-8`: several searches as child processes of one command, sharing their runs.

Each child is the command itself with its own `--seed` in shared-model mode.  None outlives the command:
signals are passed on, what does not end then is killed, and the kernel kills the children when the command
dies.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.live import Live

from bbopt.cli.command import current_folder
from bbopt.cli.seed_table import seed_table, show_seeds
from bbopt.cli.signals import handling_signals
from bbopt.database_address import looks_like_address
from bbopt.errors import BboptError, InputError, Place, Problems
from bbopt.isolated_python import isolated_python, search_path
from bbopt.options import Assignments
from bbopt.output_folder import OutputFolder, SeedFile
from bbopt.planning.setup import results_of
from bbopt.scenario import Scenario, load_scenario, read_command_line
from bbopt.session import Plan, plan_session
from bbopt.session.folder_overview import folder_overview
from bbopt.stores import Results, StoreStatus
from bbopt.target.patience import longest_end_s

__all__ = ["parse_seeds", "tune_seeds"]

_PART = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?")
_MOST_SEEDS = 1000
_LOOK_S = 1.0
_SHARE_OF_LOOKING = 0.05  # of the time, where reading a large folder takes longer
_OWN = {"seeds", "num-run", "shared-model-mode"}
"""The options that each child is given for itself."""

_RESTORING = {"restore-scenario", "restore-state-from"}
"""Options with a folder of one search, or of all: each child is given its own."""

_CLOSE_S = 75.0  # for the end of a search beside that of its runs: a cluster takes its time
_HURRIED_END_S = 20.0  # after a second signal, when it does without all that can be left out
_DEATH_S = 1.0

_BOOT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: of the main thread, which has started us
os.getppid() == {parent} or sys.exit(143)  # it may have died before that
sys.path[:] = dict.fromkeys([*{path!r}, *sys.path])
from bbopt.cli.main import main
main()
"""


@dataclass(slots=True)
class _Child:
    seed: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]


class _Children:
    """The searches under way.  Each signal shortens the time that they have to end before they are killed."""

    def __init__(self, grace_s: float) -> None:
        self.all: list[_Child] = []
        self.signals: list[int] = []
        self._patience_s = (longest_end_s(grace_s) + _CLOSE_S, _HURRIED_END_S, 0.0)
        self._deadline_s = math.inf

    def running(self) -> list[_Child]:
        """Those that have not ended yet."""
        return [child for child in self.all if child.process.poll() is None]

    def pass_on(self, number: int) -> None:
        """Ask all to end; a signal handler may call this."""
        patience_s = self._patience_s[min(len(self.signals), len(self._patience_s) - 1)]
        self.signals.append(number)
        self._deadline_s = min(self._deadline_s, time.monotonic() + patience_s)
        for child in self.running():
            child.process.send_signal(number)
            child.process.send_signal(signal.SIGCONT)  # it may be stopped

    def wait(self, seconds: float) -> None:
        """Wait a while, or until the first of them ends; those that have had their time are killed."""
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0:
            self._kill()
        for child in self.running()[:1]:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(min(seconds, max(0.0, left_s)))

    def end(self) -> None:
        """Return when none is left."""
        if self.running():
            self.pass_on(signal.SIGTERM)
        while self.running():
            self.wait(_LOOK_S)

    def exit_code(self) -> int:
        """What stands for all of them: a signal, or else the first failure."""
        if self.signals:
            return 128 + self.signals[0]
        codes = [child.process.returncode for child in self.all]
        return next((code if code > 0 else 128 - code for code in codes if code), 0)

    def _kill(self) -> None:
        for child in self.running():
            child.process.kill()
        for child in self.running():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(_DEATH_S)
        stuck = self.running()  # in the kernel
        self.all = [child for child in self.all if child not in stuck]


def parse_seeds(text: str, place: Place) -> tuple[int, ...]:
    """The seeds that `1-4,7` names; InputError when it names none or too many."""
    seeds: dict[int, None] = {}
    for part in text.replace(" ", "").split(","):
        match = _PART.fullmatch(part)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if high < low or high - low >= _MOST_SEEDS:
            raise InputError(
                "these are no seeds",
                place=place,
                got=repr(part),
                expected="numbers and ranges, such as 1-8 or 1,3,7",
            )
        seeds.update(dict.fromkeys(range(low, high + 1)))
    return tuple(seeds)


def go_on_with_seeds(assignments: Assignments, *, is_quiet: bool = False) -> int | None:
    """The same as `tune_seeds` where the command line names earlier searches to go on with; else None.

    Raises InputErrors, before any is started, when one of them can't be gone on with.
    """
    named = assignments.last("seeds")
    if named is None or not any(map(assignments.has, _RESTORING)):
        return None
    seeds, problems = parse_seeds(named.text, named.place), Problems()
    plans = [problems.attempt(partial(_plan, seed, assignments)) for seed in seeds]
    Problems({str(problem): problem for problem in problems}.values()).raise_if_any()
    scenario = next(plan.scenario for plan in plans if plan is not None)
    return tune_seeds(scenario, seeds, assignments, is_quiet=is_quiet)


def _plan(seed: int, assignments: Assignments) -> Plan:
    return plan_session(load_scenario(read_command_line(_words(seed, assignments)), cwd=current_folder()))


def tune_seeds(
    scenario: Scenario, seeds: Sequence[int], assignments: Assignments, *, is_quiet: bool = False
) -> int:
    """Run a search for each seed, show them in one table, and tell the best; the exit code.

    `assignments` are those of the command line.
    """
    shared_slots = _shared_slots(scenario, len(seeds))
    console = Console(highlight=False, quiet=is_quiet)
    results = results_of(scenario)
    console.print(
        f"{len(seeds)} searches of {scenario.algo_text} share {results.shown}", markup=False, soft_wrap=True
    )
    children = _Children(scenario.execution.grace_s)
    with contextlib.ExitStack() as stack:
        stack.enter_context(handling_signals(children.pass_on))
        stack.callback(children.end)  # an error here must not leave them alone
        for seed, slots in zip(seeds, shared_slots, strict=True):
            if not children.signals:
                children.all.append(_start(stack, seed, assignments, slots))
        _watch(children, results, console)
        for child in children.all:
            _tell_errors(child)
    status = _status(results)
    if status is not None:
        show_seeds(console, status, "Best of all")
    return children.exit_code()


def _shared_slots(scenario: Scenario, n_searches: int) -> list[list[str]]:
    """The values of slots that each search has for itself; InputError where there are too few."""
    values, cores = scenario.execution.slot_values, scenario.said("cores")
    size = scenario.execution.n_slots if cores.is_given else None
    n_needed = n_searches * (size or 1)
    if values.n_slots is not None and values.n_slots < n_needed:
        raise InputError(
            "slot-env has too few values for all searches",
            place=scenario.said("slot-env").place,
            got=f"{values.n_slots} values",
            expected=f"at least {n_needed}: for {n_searches} searches with {size or 1} slots each",
            remedy="give more values, or start fewer searches",
        )
    return [values.part(number, n_searches, size).as_texts() for number in range(n_searches)]


def _start(stack: contextlib.ExitStack, seed: int, assignments: Assignments, slots: Sequence[str]) -> _Child:
    try:
        errors = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
        process = subprocess.Popen(
            _command(seed, assignments, slots),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    except OSError as error:
        raise BboptError(
            f"the search with seed {seed} can't be started",
            got=error.strerror,
            remedy="start fewer at a time, or raise the limits (ulimit -n, ulimit -u)",
        ) from error
    return _Child(seed, process, errors)


def _command(seed: int, assignments: Assignments, slots: Sequence[str] = ()) -> list[str]:
    """The command as given, but for what each search gets its own of."""
    boot = _BOOT.format(parent=os.getpid(), path=search_path())
    warnings = [f"-W{action}" for action in sys.warnoptions]
    return [*isolated_python(*warnings), "-c", boot, *_words(seed, assignments, slots)]


def _words(seed: int, assignments: Assignments, slots: Sequence[str] = ()) -> list[str]:
    """The arguments of one search, with its part of the values of slots where those are shared out."""
    own = _OWN | ({"slot-env"} if slots else set())
    given = [
        f"{entry.name}={_state_of(seed, entry.text) if entry.option.name in _RESTORING else entry.text}"
        for entry in assignments.entries
        if entry.option.name not in own
    ]
    parts = (f"--slot-env={text}" for text in slots)
    return [*given, f"--seed={seed}", "--shared-model-mode=true", *parts]


def _state_of(seed: int, text: str) -> str | Path:
    """The seed's state folder, where `text` names one of them or the folder that they are in.

    A database has the runs of all seeds.
    """
    if looks_like_address(text):
        return text
    folder = Path(text)
    is_state = SeedFile.STATE.seed_in(folder.name) is not None
    return OutputFolder(folder.parent if is_state else folder).file(SeedFile.STATE, seed)


def _watch(children: _Children, results: Results, console: Console) -> None:
    """Until all have ended; on a terminal with a table that moves, elsewhere silently."""
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while children.running():
            started = time.monotonic()
            status = _status(results) if console.is_terminal else None
            if status is not None:
                live.update(seed_table(status, time.time()), refresh=True)
            children.wait(max(_LOOK_S, (time.monotonic() - started) / _SHARE_OF_LOOKING))


def _status(results: Results) -> StoreStatus | None:
    return folder_overview(results) if results.folder.is_dir() else None


def _tell_errors(child: _Child) -> None:
    child.errors.seek(0)
    text = child.errors.read().decode(errors="replace").strip()
    if text:
        print(f"seed {child.seed}: {text}", file=sys.stderr)
