"""Lets SMAC tune a satisfiability solver: a module for small target scripts, one per solver.

SMAC calls its target with five positional arguments and then the parameters:

    <instance> <info> <cutoff> <runlength> <seed> -luby on -rfirst 100

A target script says which command that means, and leaves the rest to `main`:

    def command(call: Call) -> list[str]:
        return ["minisat", *(f"-{name}={value}" for name, value in call.parameters.items()), call.instance]

    if __name__ == "__main__":
        sys.exit(main(command))

`main` runs the command until its CPU time reaches the cutoff, tells the answer by the exit code as in the SAT
competitions (10 satisfiable, 20 unsatisfiable), and prints the result line with the measured CPU time.
The solver's output is kept from SMAC; of a crash its most telling line goes along as additional run data. The
command must be the solver itself: of a shell script around it, only the script would be measured and stopped
(unless it uses `exec`).

It needs Linux, Python 3.10 and nothing else: copy it.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

POSITIONAL = ("instance", "instance info", "cutoff", "run length", "seed")
ANSWERS = {10: "SAT", 20: "UNSAT"}
LONGEST_CUTOFF_S = 1e9  # SMAC passes the largest double for "no cutoff"
# A solver that waits instead of computing never reaches its CPU cutoff. The factor leaves room for machines
# on which several runs share a core.
WALL_FACTOR, WALL_EXTRA_S = 5.0, 10.0
LARGEST_OUTPUT_BYTES = 16 << 20
LONGEST_REMARK = 300
SHORTEST_WAIT_S = 0.002
END_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class CallError(Exception):
    """SMAC's arguments, or the parameters among them, are not what the target expects."""


@dataclass(frozen=True, slots=True)
class Call:
    """What SMAC asks for; `seed` is None for a deterministic run."""

    instance: str
    cutoff_s: float
    seed: int | None
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a solver's run ended; `stopped` is why we ended it, or empty."""

    exit_code: int
    cpu_s: float
    stopped: str
    telling_line: str


def main(
    command: Callable[[Call], Sequence[str]],
    arguments: Sequence[str] | None = None,
    answers: Mapping[int, str] = ANSWERS,
) -> int:
    """Answer one of SMAC's calls: run what `command` makes of it, print the result line; the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    seed = words[4] if len(words) > 4 else "-1"
    try:
        call = parse_call(words)
        ending = run(list(command(call)), call.cutoff_s)
    except CallError as error:
        print(error, file=sys.stderr)
        print_result("CRASHED", 0.0, seed, str(error))
        return 1
    status, remark = verdict(ending, call.cutoff_s, answers)
    print_result(status, ending.cpu_s, seed, remark)
    return 1 if status == "CRASHED" else 0


def parse_call(words: Sequence[str]) -> Call:
    """SMAC's arguments taken apart; CallError when they are malformed."""
    if len(words) < len(POSITIONAL):
        raise CallError(f"expected SMAC's arguments ({', '.join(POSITIONAL)}), got {len(words)} of the five")
    instance, _info, cutoff, _runlength, seed = words[: len(POSITIONAL)]
    if not os.path.isfile(instance):
        raise CallError(f"there is no instance file {instance!r} (in the folder {os.getcwd()!r})")
    try:
        cutoff_s, seed_number = float(cutoff), int(seed)
    except ValueError:
        raise CallError(f"expected a cutoff and a seed, got {cutoff!r} and {seed!r}") from None
    if not cutoff_s > 0:
        raise CallError(f"expected a cutoff above 0, got {cutoff!r}")
    return Call(instance, cutoff_s, seed_number if seed_number >= 0 else None, parse_pairs(words[5:]))


def parse_pairs(words: Sequence[str]) -> dict[str, str]:
    """The parameters `-name value` by name."""
    if len(words) % 2:
        raise CallError(f"parameter {words[-1]} has no value")
    for name in words[::2]:
        if len(name) < 2 or name[0] != "-":
            raise CallError(f"expected a parameter's name such as -alpha, got {name!r}")
    return {name[1:]: value for name, value in zip(words[::2], words[1::2], strict=True)}


def verdict(ending: Ending, cutoff_s: float, answers: Mapping[int, str]) -> tuple[str, str]:
    """Status and remark of the result line."""
    if ending.stopped.startswith("SIG"):
        return "CRASHED", f"ended by {ending.stopped} that was sent to the wrapper"
    if ending.stopped or ending.cpu_s > cutoff_s:
        return "TIMEOUT", f"stopped after its {ending.stopped}" if ending.stopped else ""
    if ending.exit_code in answers:
        return answers[ending.exit_code], ""
    if ending.exit_code < 0:
        return "CRASHED", f"ended by {_signal_name(-ending.exit_code)}: {ending.telling_line}"
    return "CRASHED", f"exit code {ending.exit_code}: {ending.telling_line}"


def print_result(status: str, cpu_s: float, seed: str, remark: str) -> None:
    """Print the result line; commas in the remark would end its field."""
    words = " ".join(remark.replace(",", ";").split())[:LONGEST_REMARK]
    line = f"Result of this algorithm run: {status}, {cpu_s:.6f}, -1, 0, {seed}"
    print(f"{line}, {words}" if words else line, flush=True)


def run(line: Sequence[str], cutoff_s: float) -> Ending:
    """Run a command to its end, or until it has had its CPU time; it is never left running."""
    watched = END_SIGNALS | {signal.SIGCHLD}
    # Blocked signals wait for `sigtimedwait`, so that none can come between starting and watching.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)

    def prepare() -> None:
        _limit_resources(cutoff_s)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        with tempfile.TemporaryFile() as output:
            process = _start(line, output, prepare)
            stopped = _watch(process.pid, cutoff_s)
            os.kill(process.pid, signal.SIGKILL)  # Popen.kill would reap it first, and lose its CPU time
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu_s = usage.ru_utime + usage.ru_stime
            return Ending(process.returncode, cpu_s, stopped, _telling_line(output))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(line: Sequence[str], output: IO[bytes], prepare: Callable[[], None]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=prepare,  # noqa: PLW1509 (there is one thread)
        )
    except OSError as error:
        raise CallError(f"can't run {line[0]!r}: {error.strerror}; is it installed?") from error


def _limit_resources(cutoff_s: float) -> None:
    """What holds even when this wrapper is killed and can't stop the solver; in the solver's process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower_limit(resource.RLIMIT_FSIZE, LARGEST_OUTPUT_BYTES)
    if cutoff_s < LONGEST_CUTOFF_S:
        _lower_limit(resource.RLIMIT_CPU, math.ceil(cutoff_s) + 1)


def _lower_limit(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (bound, bound))


def _watch(pid: int, cutoff_s: float) -> str:
    """Wait until the process has ended (empty) or must be ended (why); it is not waited for."""
    watched = END_SIGNALS | {signal.SIGCHLD}
    wall_s = WALL_FACTOR * cutoff_s + WALL_EXTRA_S
    deadline = time.monotonic() + wall_s
    while not _has_ended(pid):
        left_s = cutoff_s - _cpu_s(pid)
        if left_s <= 0:
            return f"CPU time of {cutoff_s:g} s"
        wall_left_s = deadline - time.monotonic()
        if wall_left_s <= 0:
            return f"wall-clock time of {wall_s:g} s"
        # One thread can't use up its CPU time sooner than the clock runs.
        pause_s = min(max(left_s, SHORTEST_WAIT_S), wall_left_s, LONGEST_CUTOFF_S)
        received = signal.sigtimedwait(watched, pause_s)
        if received is not None and received.si_signo in END_SIGNALS:
            return _signal_name(received.si_signo)
    return ""


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _cpu_s(pid: int) -> float:
    """The CPU time of a process so far, from its clock (clock_getcpuclockid(3) computes the number so)."""
    return time.clock_gettime(~pid << 3 | 2)


def _telling_line(output: IO[bytes]) -> str:
    """The last line that speaks of an error, else the last line, of the end of the output."""
    end = output.seek(0, os.SEEK_END)
    output.seek(max(0, end - 4096))
    lines = output.read().decode("utf-8", "replace").split("\n")
    telling = [line.strip() for line in lines if line.strip()]
    errors = [line for line in telling if "error" in line.lower()]
    return (errors or telling or ["no output"])[-1]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
