"""What tests of real processes need: requests, programs, and a look at who is still alive."""

from __future__ import annotations

import os
import resource
import select
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bbopt.runs import Instance, Origin, RunRequest
from bbopt.space import parse_pcs
from bbopt.target import SupervisorProcess
from bbopt.target import supervisor_process as implementation
from bbopt.target.supervisor.metric_series import MetricSearch
from bbopt.target.supervisor.pattern_scanner import PatternScanner
from bbopt.target.supervisor.wire import RunOrder, SupervisedRun

MISBEHAVING = Path(__file__).resolve().parents[2] / "targets" / "misbehaving"
RESULT = "Result for SMAC: SAT, 1.5, 2, 0.25, 7"
PATIENCE_S = 20.0

HANGS = implementation._BOOT.replace(
    "main(int",
    "import time; from bbopt.target.supervisor.supervision import _Supervision; "
    "_Supervision.run = lambda _: time.sleep(600); main(int",
    1,
)
"""A supervisor that starts its run and does nothing more."""

_SPACE = parse_pcs("alpha real [0, 1] [0.9]\nheur categorical {fast, slow} [slow]\n")


def request(seed: int = 7, cutoff_s: float = 60.0) -> RunRequest:
    return RunRequest(
        _SPACE.default, Instance("inst/a.cnf"), seed, cutoff_s, 2147483647, Origin("default", 0)
    )


def searched(output: str, patterns: Sequence[str], metrics: Sequence[MetricSearch] = ()) -> dict[str, Any]:
    """What a supervisor says of its search of standard output, as arguments for a SupervisedRun."""
    scanner = PatternScanner(patterns, metrics)
    scanner.add(output.encode())
    scanner.finish()
    found = {name: getattr(scanner, name) for name in ("findings", "torn_findings", "has_cut_lines")}
    seen = {"metrics": scanner.seen, "torn_metrics": scanner.torn_seen}
    return {"search_problem": scanner.problem, **seen, **found}


def misbehaving(name: str, *arguments: str) -> tuple[str, ...]:
    program = str(MISBEHAVING / name)
    return (sys.executable, "-S", program, *arguments) if name.endswith(".py") else (program, *arguments)


def shell(script: str) -> tuple[str, ...]:
    """A target that is a piece of shell; the run's arguments are $1, $2, ..."""
    return ("/bin/sh", "-c", script, "target")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def alive_with(marker: str) -> list[int]:
    """The living processes with `marker` in their arguments or environment, this one excepted."""
    wanted = marker.encode()
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit() and int(directory.name) != os.getpid():
            try:
                words = (directory / "cmdline").read_bytes() + (directory / "environ").read_bytes()
            except OSError:
                continue
            if wanted in words:
                found.append(int(directory.name))
    return found


def supervisors_of(marker: str) -> set[int]:
    """The supervisors of the runs whose processes have `marker` in their arguments."""
    found = alive_with(marker)
    return {parent for pid in found if (parent := parent_of(pid)) and parent not in found}


def parent_of(pid: int) -> int:
    """Its parent's number; 0 for a process that has ended since it was found."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def await_true(is_true: Callable[[], object]) -> None:
    """Return when `is_true()`; fail if it never becomes so."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.005)


def await_run(supervisor: SupervisorProcess) -> SupervisedRun:
    while True:
        assert select.select([supervisor], [], [], PATIENCE_S)[0], "the run did not end in time"
        run = supervisor.receive()
        if run is not None:
            return run


def open_fds() -> set[int]:
    """The file descriptors of this process."""
    return {int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}


@contextmanager
def few_fds(n_spare: int) -> Iterator[None]:
    """Within, this process can open only `n_spare` more files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    tempfile.gettempdir()  # found with a file, once
    highest = max(open_fds())
    fillers: list[int] = []
    while not fillers or fillers[-1] < highest:  # close the gaps
        fillers.append(os.open(os.devnull, os.O_RDONLY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(*fillers, highest) + 1 + n_spare, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for fd in fillers:
            os.close(fd)


def fails_with(error_number: int) -> Callable[..., Any]:
    """A function that fails as a system call does."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(error_number, os.strerror(error_number))

    return fail


ORDER_UUID = str(uuid.uuid4())
"""Of every order in this process: another one's tests may kill the runs of theirs by it."""


def order(argv: tuple[str, ...], directory: Path, **settings: object) -> RunOrder:
    given = {"slot": 3, "uuid": ORDER_UUID, "limit_s": None, "grace_s": 0.3, **settings}
    return RunOrder(argv=list(argv), directory=str(directory), **given)  # type: ignore[arg-type]


class KnownSupervisor(SupervisorProcess):
    """One whose process ids are known."""

    def __init__(self) -> None:
        super().__init__()
        self.keeper_pid = self._process.pid
        await_true(lambda: children_of(self.keeper_pid))
        (self.pid,) = children_of(self.keeper_pid)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def supervisor_process() -> Iterator[KnownSupervisor]:
    supervisor = KnownSupervisor()
    try:
        yield supervisor
    finally:
        supervisor.hang_up()
        supervisor.wait_for_end()
