"""What batch systems say of their jobs, asked by the commands that people would type.

Each answer is bounded in time, and a command that is not there, hangs or fails is an `UnansweredError`: who
asks says so once, and goes by what else is known.
"""

from __future__ import annotations

import enum
import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from bbopt.batch_job import BatchJob
from bbopt.errors import BboptError

__all__ = ["BatchState", "Stage", "UnansweredError", "ask", "ask_each"]

_PATIENCE_S = 10.0
_MOST_ASKED = 500
"""So many numbers on one command line."""


class Stage(enum.Enum):
    """What a state means to those who wait for the job."""

    WAITING = "waits"
    RUNNING = "runs"
    OVER = "is over"


class BatchState(NamedTuple):
    """Where a job stands; `word` is the batch system's own for it, "" for a job that it does not know."""

    stage: Stage
    word: str = ""

    def __str__(self) -> str:
        return self.word or "gone"


class UnansweredError(BboptError):
    """A batch system could not be asked."""


def ask(system: str, numbers: Collection[str]) -> dict[str, BatchState]:
    """How the jobs with these numbers stand; one that the system does not know (any more) is over.

    UnansweredError where it can't be asked.
    """
    found: dict[str, BatchState] = {}
    ordered = sorted(numbers)
    for at in range(0, len(ordered), _MOST_ASKED):
        found |= _ASKED[system][1](ordered[at : at + _MOST_ASKED])
    return {number: found.get(number, BatchState(Stage.OVER)) for number in ordered}


def ask_each(jobs: Iterable[BatchJob]) -> tuple[dict[BatchJob, BatchState], list[UnansweredError]]:
    """How jobs of any systems stand, as far as these answer, and the errors of those that do not.

    Nothing is said of a system whose command is not on the PATH.
    """
    by_system: dict[str, set[str]] = {}
    for job in jobs:
        if job.system in _ASKED and shutil.which(_ASKED[job.system][0]):
            by_system.setdefault(job.system, set()).add(job.number)
    states: dict[BatchJob, BatchState] = {}
    errors = []
    for system, numbers in sorted(by_system.items()):
        try:
            states |= {BatchJob(system, number): state for number, state in ask(system, numbers).items()}
        except UnansweredError as error:
            errors.append(error)
    return states, errors


# ---------------------------------------------------------------------- SLURM

_SLURM_WAITS = frozenset(
    ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"]
)
_SLURM_RUNS = frozenset(
    ["RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING", "STAGE_OUT"]
)


def _ask_slurm(numbers: Sequence[str]) -> dict[str, BatchState]:
    """From the queue, which has jobs for minutes after their end, and from the accounting if that is kept."""
    listed = ",".join(numbers)
    queue = ["squeue", "--noheader", "--states=all", "--format=%A %T", f"--jobs={listed}"]
    rows = _rows(_printed(queue, fine=r"Invalid job id"))
    missing = [number for number in numbers if number not in {row[0] for row in rows}]
    if missing and shutil.which("sacct"):
        accounting = ["sacct", "--noheader", "--allocations", "--parsable2", "--format=JobIDRaw,State"]
        text = _printed([*accounting, f"--jobs={','.join(missing)}"], fine=r"accounting storage is disabled")
        rows += _rows(text.replace("|", " "))
    return _states(rows, lambda word: _stage(word, _SLURM_WAITS, _SLURM_RUNS))


# ---------------------------------------------------------------------- Grid Engine


def _ask_grid_engine(numbers: Sequence[str]) -> dict[str, BatchState]:
    """It has states of letters, as `qw`, `r`, `Eqw`; jobs with tasks are told apart as 17.1."""
    text = _printed(["qstat", "-u", "*", "-xml"])
    try:
        jobs = list(ElementTree.fromstring(text).iter("job_list"))
    except ElementTree.ParseError as error:
        raise UnansweredError("qstat was not understood", got=str(error)) from error
    found = {}
    for job in jobs:
        number, task = job.findtext("JB_job_number", ""), job.findtext("tasks", "")
        found[f"{number}.{task}" if task.isdigit() else number] = job.findtext("state", "")
    rows = [  # tasks that wait stand there together, as 3-17:1
        (number, word)
        for number in numbers
        if (word := found.get(number) or found.get(number.partition(".")[0]))
    ]
    return _states(rows, lambda word: Stage.WAITING if "q" in word else Stage.RUNNING)


# ---------------------------------------------------------------------- PBS, LSF, HTCondor

_PBS_RUNS = frozenset("RESU")
_PBS_OVER = frozenset("CFX")
_LSF_WAITS = frozenset(["PEND", "PSUSP", "WAIT"])
_LSF_RUNS = frozenset(["RUN", "USUSP", "SSUSP", "PROV", "UNKWN"])
_CONDOR = {
    "1": BatchState(Stage.WAITING, "idle"),
    "2": BatchState(Stage.RUNNING, "running"),
    "3": BatchState(Stage.OVER, "removed"),
    "4": BatchState(Stage.OVER, "completed"),
    "5": BatchState(Stage.WAITING, "held"),
    "6": BatchState(Stage.RUNNING, "transferring output"),
    "7": BatchState(Stage.RUNNING, "suspended"),
}


def _ask_pbs(numbers: Sequence[str]) -> dict[str, BatchState]:
    """The table has a letter in the column before the last, and numbers with names of servers."""
    text = _printed(["qstat", *numbers], fine=r"(?i)unknown job|job has finished")
    rows = [(words[0].partition(".")[0], words[-2]) for words in _rows(text) if len(words) > 2]
    return _states(
        rows,
        lambda word: (
            Stage.OVER if word in _PBS_OVER else Stage.RUNNING if word in _PBS_RUNS else Stage.WAITING
        ),
    )


def _ask_lsf(numbers: Sequence[str]) -> dict[str, BatchState]:
    command = ["bjobs", "-a", "-u", "all", "-noheader", "-o", "jobid stat", *numbers]
    return _states(
        _rows(_printed(command, fine=r"is not found")), lambda word: _stage(word, _LSF_WAITS, _LSF_RUNS)
    )


def _ask_condor(numbers: Sequence[str]) -> dict[str, BatchState]:
    rows = _rows(_printed(["condor_q", "-allusers", *numbers, "-af", "ClusterId", "ProcId", "JobStatus"]))
    return {
        f"{row[0]}.{row[1]}": _CONDOR.get(row[2], BatchState(Stage.RUNNING, row[2]))
        for row in rows
        if len(row) == 3
    }


_ASKED: Mapping[str, tuple[str, Callable[[Sequence[str]], dict[str, BatchState]]]] = {
    "slurm": ("squeue", _ask_slurm),
    "sge": ("qstat", _ask_grid_engine),
    "pbs": ("qstat", _ask_pbs),
    "lsf": ("bjobs", _ask_lsf),
    "htcondor": ("condor_q", _ask_condor),
}
"""The command that each system is asked by."""


# ---------------------------------------------------------------------- commands


def _printed(command: Sequence[str], *, fine: str | None = None) -> str:
    """What the command prints; `fine` is found in the error of one that fails although it has answered."""
    program = command[0]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UnansweredError(f"{program} has not answered for {_PATIENCE_S:g} s") from error
    except OSError as error:
        raise UnansweredError(f"{program} can't be called", got=error.strerror) from error
    complaint = done.stderr.decode(errors="replace").strip()
    if done.returncode and not (fine and re.search(fine, complaint)):
        last = complaint.rpartition("\n")[2]
        raise UnansweredError(f"{program} has failed", got=last or f"exit code {done.returncode}")
    return done.stdout.decode(errors="replace")


def _rows(text: str) -> list[list[str]]:
    return [words for line in text.splitlines() if len(words := line.split()) > 1]


def _states(rows: Iterable[Sequence[str]], stage: Callable[[str], Stage]) -> dict[str, BatchState]:
    return {row[0]: BatchState(stage(row[1]), row[1]) for row in rows}


def _stage(word: str, waits: frozenset[str], runs: frozenset[str]) -> Stage:
    return Stage.WAITING if word in waits else Stage.RUNNING if word in runs else Stage.OVER
