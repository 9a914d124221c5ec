"""Submitting a command as jobs, or running it here: what `dispatch` and `jobdispatch` have in common."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bbopt.cli.signals import handling_signals
from bbopt.database_address import without_passwords
from bbopt.errors import BboptError, InputError
from bbopt.options import COMMAND_LINE
from bbopt.scenario.clusters import LOCAL, ClusterSettings
from bbopt.shell_words import shell_line

__all__ = ["Dispatched", "SignalsHeard", "dispatch_commands", "refuse_unknown_program", "shown_command"]


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What is to be dispatched: a command with choices, `n_repeats` times, where `settings` say.

    With `n_at_a_time` no more run at the same time.  `log_folder` gets a folder for what they print.
    """

    words: Sequence[str]
    settings: ClusterSettings
    log_folder: Path
    n_repeats: int = 1
    n_at_a_time: int | None = None
    is_dry: bool = False

    def commands(self) -> list[tuple[str, ...]]:
        """One for each combination of the choices, and all of them again and again."""
        from bbopt.jobs.products import LARGEST_PRODUCT, product_of

        try:
            lists = product_of(self.words).lists
        except InputError as error:
            raise error.at(COMMAND_LINE) from None
        if len(lists) * self.n_repeats > LARGEST_PRODUCT:
            raise InputError(
                "these are too many commands",
                place=COMMAND_LINE,
                got=f"{len(lists) * self.n_repeats:,}",
                expected=f"{LARGEST_PRODUCT:,} at most",
            )
        return [*lists] * self.n_repeats


class SignalsHeard(list[int]):
    """The numbers of the signals that have asked the command to end."""

    @property
    def exit_code(self) -> int:
        """128 and the first of them; 0 without any."""
        return 128 + self[0] if self else 0


@contextmanager
def _hearing() -> Iterator[SignalsHeard]:
    """Signals that come meanwhile end nothing."""
    heard = SignalsHeard()
    with handling_signals(heard.append):
        yield heard


def dispatch_commands(wanted: Dispatched) -> int:
    """Submit them, or run them here; 1 where some have failed here."""
    from bbopt.dispatch import LogFolder

    commands = wanted.commands()
    for program in sorted({command[0] for command in commands}):
        refuse_unknown_program(program, wanted.settings)
    logs = LogFolder.of(wanted.log_folder, wanted.words, time.time())
    if wanted.settings.kind == LOCAL:
        return _run_here(wanted, commands, logs.path)
    return _submit(wanted, commands, logs.path)


def shown_command(command: Sequence[str]) -> str:
    """The command for a shell, without passwords."""
    return without_passwords(shell_line(command))


def refuse_unknown_program(program: str, settings: ClusterSettings) -> None:
    """InputError where the program is not found, unless lines before it may change that."""
    has_prologue = any(name.replace("-", "_") == "job_script_prologue" for name, _ in settings.options)
    if shutil.which(program) is None and not has_prologue:
        raise InputError("this program is not found", place=COMMAND_LINE, got=program)


def _submit(wanted: Dispatched, commands: list[tuple[str, ...]], logs: Path) -> int:
    from dataclasses import replace

    from bbopt.dispatch import LogFolder, batch_name, dealt_out
    from bbopt.executors.batch_scripts import BatchScripts

    settings = replace(wanted.settings, log_directory=logs)
    scripts = BatchScripts(settings)
    jobs = dealt_out(commands, wanted.n_at_a_time)
    if wanted.is_dry:
        print("\n".join(scripts.script(batch_name(job[0], n), job) for n, job in enumerate(jobs)), end="")
        return 0
    scripts.refuse_missing_commands()
    LogFolder(logs).make()
    print(f"What they print goes to {logs}", file=sys.stderr)
    with _hearing() as signals:
        for n, job in enumerate(jobs):
            if signals:
                print(f"{n} of {len(jobs)} jobs were submitted.", file=sys.stderr)
                break
            try:
                submitted = scripts.submit(batch_name(job[0], n), job)
            except BboptError:
                if n:
                    print(f"{n} of {len(jobs)} jobs were submitted.", file=sys.stderr)
                LogFolder(logs).remove_if_empty()
                raise
            print(submitted.number, "; ".join(map(shown_command, job)), flush=True)
    return signals.exit_code


def _run_here(wanted: Dispatched, commands: list[tuple[str, ...]], logs: Path) -> int:
    from bbopt.dispatch import LocalCommands, LogFolder

    if wanted.is_dry:
        for command in commands:
            print(shown_command(command))
        return 0
    LogFolder(logs).make()
    print(f"What they print goes to {logs}", file=sys.stderr)
    n_at_a_time = min(wanted.n_at_a_time or 1, len(commands))
    n_started = n_failed = 0
    ended: list[tuple[int, str]] = []
    with LocalCommands.at_a_time(n_at_a_time, logs) as here:
        signals = SignalsHeard()

        def stop(number: int) -> None:
            signals.append(number)
            here.stop()

        with handling_signals(stop):
            while (n_started < len(commands) or here.under_way) and not signals:
                while here.n_free and n_started < len(commands):
                    here.start(commands[n_started])
                    n_started += 1
                ended += here.wait(None)
                n_failed += _tell_failures(ended, commands)
            ended += here.end()
            n_failed += _tell_failures(ended, commands)
    n_left = len(commands) - n_started
    left = f", {n_left} not begun" if n_left else ""
    what = "1 command" if len(commands) == 1 else f"{len(commands)} commands"
    print(f"{what}: {n_started - n_failed} done, {n_failed} failed{left}.")
    return signals.exit_code or int(n_failed > 0)


def _tell_failures(ended: list[tuple[int, str]], commands: list[tuple[str, ...]]) -> int:
    """Say which of them have failed, and how many; none is left in the list."""
    failed = [(number, reason) for number, reason in ended if reason]
    ended.clear()
    for number, reason in failed:
        print(f"{number} {shown_command(commands[number])}: {reason}", flush=True)
    return len(failed)
