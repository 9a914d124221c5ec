"""`--seeds 1-8`: several searches as child processes of one command, sharing their runs.

Each child is the command itself with its own `--seed` in shared-model mode; it ends when this process dies.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from rich.console import Console
from rich.live import Live

from bbopt.cli.seed_table import seed_table, show_seeds
from bbopt.errors import InputError, Place
from bbopt.scenario import Scenario
from bbopt.session.folder_overview import folder_overview
from bbopt.stores import StoreStatus

__all__ = ["parse_seeds", "tune_seeds"]

_PART = re.compile(r"(\d+)(?:-(\d+))?")
_MOST_SEEDS = 1000
_LOOK_S = 1.0
_SHARE_OF_LOOKING = 0.05  # of the time, where reading a large folder takes longer
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_BOOT = (
    # The kernel ends a child whose parent dies (PR_SET_PDEATHSIG); it may have died before that was set.
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM); "
    "os.getppid() == int(sys.argv.pop(1)) or sys.exit(143); "
    "from bbopt.cli.main import main; main()"
)


@dataclass(slots=True)
class _Child:
    seed: int
    process: subprocess.Popen[bytes]
    errors: IO[bytes]


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


def tune_seeds(scenario: Scenario, argv: Sequence[str]) -> int:
    """Run a search for each seed, show them in one table, and tell the best; the exit code."""
    seeds = parse_seeds(scenario.options.text("seeds"), scenario.options.place("seeds"))
    console = Console(highlight=False)
    folder = scenario.output_root
    console.print(
        f"{len(seeds)} searches of {scenario.algo_text} share {folder}", markup=False, soft_wrap=True
    )
    with contextlib.ExitStack() as stack:
        children = [_start(stack, seed, argv) for seed in seeds]
        stack.enter_context(_passing_signals_on(children))
        _watch(children, folder, console)
        for child in children:
            _tell_errors(child)
    status = _status(folder)
    if status is not None:
        show_seeds(console, status, "Best of all")
    return _exit_code(children)


def _start(stack: contextlib.ExitStack, seed: int, argv: Sequence[str]) -> _Child:
    errors = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    words = [*_without_seeds(argv), "--seed", str(seed), "--shared-model-mode", "true"]
    process = subprocess.Popen(
        [sys.executable, "-c", _BOOT, str(os.getpid()), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
    )
    return _Child(seed, process, errors)


def _without_seeds(argv: Sequence[str]) -> Iterator[str]:
    """The arguments but for --seeds, and --seed and --shared-model-mode, which each child gets its own."""
    words = iter(argv)
    for word in words:
        name, equals, _ = word.partition("=")
        key = name.lstrip("-").replace("-", "").replace("_", "").lower()
        if not name.startswith("-") or key not in {"seeds", "seed", "numrun", "sharedmodelmode"}:
            yield word
        elif not equals:
            next(words, None)


@contextlib.contextmanager
def _passing_signals_on(children: Sequence[_Child]) -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        for child in children:
            if child.process.poll() is None:
                child.process.send_signal(number)

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for child in children:  # an error here must not leave them alone
            if child.process.poll() is None:
                child.process.terminate()
                child.process.wait()
        for number, handler in previous.items():
            signal.signal(number, handler)


def _watch(children: Sequence[_Child], folder: Path, console: Console) -> None:
    """Until all have ended; on a terminal with a table that moves, elsewhere silently."""
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while any(child.process.poll() is None for child in children):
            started = time.monotonic()
            status = _status(folder) if console.is_terminal else None
            if status is not None:
                live.update(seed_table(status, time.time()), refresh=True)
            _wait(children, max(_LOOK_S, (time.monotonic() - started) / _SHARE_OF_LOOKING))


def _wait(children: Sequence[_Child], seconds: float) -> None:
    running = next((child for child in children if child.process.poll() is None), None)
    if running is not None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(seconds)


def _status(folder: Path) -> StoreStatus | None:
    return folder_overview(folder) if folder.is_dir() else None


def _tell_errors(child: _Child) -> None:
    child.errors.seek(0)
    text = child.errors.read().decode(errors="replace").strip()
    if text:
        print(f"seed {child.seed}: {text}", file=sys.stderr)


def _exit_code(children: Sequence[_Child]) -> int:
    codes = [child.process.returncode for child in children]
    return next((code if code > 0 else 128 - code for code in codes if code), 0)
