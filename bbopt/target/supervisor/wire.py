"""What the optimizer and a supervisor say to each other: JSON objects behind a four-byte length.

Strings travel with `surrogatepass`, so that arguments which are not valid UTF-8 survive.
"""

from __future__ import annotations

import enum
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, NamedTuple

from bbopt.target.supervisor.findings import Finding
from bbopt.target.supervisor.metric_series import MetricPlace, MetricSearch, MetricSeen
from bbopt.target.supervisor.run_folder import FolderOrder

__all__ = [
    "RESULT_FILE",
    "LatestValue",
    "RunOrder",
    "SupervisedRun",
    "Unpacker",
    "cancel_message",
    "lease_message",
    "pack",
]

RESULT_FILE = "\x1fresult-file\x1f"
"""Stands in the arguments of an order for the path of the results file, which the supervisor makes."""

_LENGTH = struct.Struct("!I")


class LatestValue(NamedTuple):
    """How far the metric with a curve has come in the run `uuid`: its `n`-th value, at a step.

    `earlier` are the steps and values since the last message, thinned where they are many.
    """

    uuid: str
    n: int
    step: int
    value: float
    earlier: Sequence[tuple[int, float]] = ()

    def after(self, before: LatestValue | None) -> LatestValue:
        """The same with what an earlier message has told, which nobody has heard of."""
        if before is None:
            return self
        return self._replace(earlier=[*before.earlier, (before.step, before.value), *self.earlier])


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One run to execute.

    `wall_limit_s` bounds wall time, `limit_s` wall time and reported CPU time (None: no bound); `grace_s` is
    the time between SIGTERM and SIGKILL, and the time that processes left behind get to print a result line.
    `cpu_limit_s` and `memory_limit_bytes` bound what the operating system says of all processes of the run
    together, `output_limit_bytes` what they print.  With `passes_through` the run's input and output are the
    supervisor's own, and no result line is looked for.  Each line of standard output is searched for
    `patterns` and `metrics`, and with `searches_stderr` each one of standard error, too.  With
    `has_result_file` the program is told the path of a file for its results.

    The CPU limit does not apply before the run has lasted `cpu_free_s`.  `kill_command` is started beside
    SIGTERM, with the name and the value of the environment variable that marks the run's processes, and the
    number of its main process.  `record` names the search that the run belongs to: should nobody be left to
    end it, that is what it is found by.

    `run_id` is what people call the run; `environment` is added to that of the supervisor.  With a `folder`,
    that is made first, and `directory` is the same.  `keeps_stdout` asks for the end of standard output.
    `checkpoint_out` is an empty folder to make for the run's checkpoint, "" for none.

    With `lease_s` the run may go on for so long, counted from when this is read, unless the time is extended:
    then it is ended without any grace, as if it were cancelled, for somebody else may begin it.
    """

    argv: list[str]
    directory: str
    slot: int
    uuid: str
    limit_s: float | None
    grace_s: float
    output_log: str | None = None
    cpu_limit_s: float | None = None
    cpu_free_s: float = 0.0
    memory_limit_bytes: int | None = None
    output_limit_bytes: int | None = None
    passes_through: bool = False
    patterns: list[str] = field(default_factory=list)
    metrics: Sequence[MetricSearch] = field(default_factory=list)
    has_result_file: bool = False
    searches_stderr: bool = False
    kill_command: list[str] = field(default_factory=list)
    record: str = ""
    wall_limit_s: float | None = None
    run_id: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    folder: FolderOrder | None = None
    keeps_stdout: bool = False
    checkpoint_out: str = ""
    lease_s: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.folder, dict):  # out of a message
            object.__setattr__(self, "folder", FolderOrder(**self.folder))
        metrics = [MetricSearch(*search) for search in self.metrics]  # a message holds lists
        metrics = [metric._replace(places=[MetricPlace(*at) for at in metric.places]) for metric in metrics]
        object.__setattr__(self, "metrics", metrics)

    @property
    def limits_resources(self) -> bool:
        """Whether something is bounded that has to be measured while the run is under way."""
        return self.cpu_limit_s is not None or self.memory_limit_bytes is not None

    def message(self) -> dict[str, Any]:
        """The order as a message; `RunOrder(**message)` reads it."""
        message = {name: getattr(self, name) for name in self.__slots__}
        return message | {"folder": self.folder.message() if self.folder else None}


class EndedBy(str, enum.Enum):
    """The first reason that ended a run; texts, for messages hold them."""

    EXIT = "exit"
    GUARD = "guard"
    """The limit on its wall-clock time, or on the CPU time that it reports (`limit_s`)."""
    WALL = "wall"
    """The limit on its wall-clock time alone (`wall_limit_s`)."""
    CPU = "cpu"
    MEMORY = "memory"
    OUTPUT = "output"
    CANCELLED = "cancelled"
    SPAWN = "spawn"
    """It never started."""
    SUPERVISOR = "supervisor"
    """Who watched over it died."""

    @property
    def is_out_of_time(self) -> bool:
        """Whether it was ended for the time that it took."""
        return self in {EndedBy.GUARD, EndedBy.WALL, EndedBy.CPU}

    @property
    def is_limit(self) -> bool:
        """Whether it was ended for what it took of anything."""
        return self.is_out_of_time or self in {EndedBy.MEMORY, EndedBy.OUTPUT}

    @property
    def is_fault(self) -> bool:
        """Whether nothing can be concluded from its end."""
        return self in {EndedBy.SPAWN, EndedBy.SUPERVISOR}


@dataclass(frozen=True, slots=True)
class SupervisedRun:
    """What a supervisor saw of a run.

    `result_lines` are the first few of `n_result_lines`; `torn` says that the last of them has no line end.
    `exit_status` is negative for a signal, as in `subprocess`.

    `cpu_s` counts every process of the run; `memory_bytes` is the most that was seen of all together, or the
    largest process if that was more (never below the supervisor's own size, which the kernel hands on at
    exec, when the run was too short to be looked at).  `n_processors` is how many that machine has;
    `control` says by what the run was measured and limited, "" when there was nothing to limit.

    `n_strays` processes were left behind and killed, `n_survivors` could not be killed.  `spawn_step` is
    "folder", "checkpoints", "results file", "directory", "program" or "pipes".

    `stage_problem` says what was wrong with a command before or behind the program, "" for nothing;
    `stdout` is the end of standard output, `post_output` that of the commands behind, where it is kept.

    `findings` has the last match of each of the order's patterns in lines with an end, `torn_findings` in
    last lines without one; None for a pattern without a match.  `search_problem` says why the output was not
    searched to its end, "" when it was; `has_cut_lines`, whether only the beginning of some lines was.
    `misplaced_line` is the first result line on standard error, "" if there is none.

    `metrics` is what was seen of each metric that was looked for, `torn_metrics` what that becomes with last
    lines without an end.  `results` is the text of the results file.

    `has_checkpoint`: the run has left one, and it is on the disk.  `lacks_room`: the program has ended badly,
    and there is no room for a checkpoint.
    """

    ended_by: EndedBy
    started_at: float
    wallclock_s: float = 0.0
    result_lines: list[str] | tuple[str, ...] = ()
    n_result_lines: int = 0
    torn: bool = False
    tail: str = ""
    n_output_bytes: int = 0
    exit_status: int | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    reported_cpu_s: float | None = None
    n_strays: int = 0
    n_survivors: int = 0
    spawn_errno: int | None = None
    spawn_step: str = ""
    notes: list[str] | tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ended_by", EndedBy(self.ended_by))  # a message holds its text
        for name in ("findings", "torn_findings"):
            found = [None if finding is None else Finding(*finding) for finding in getattr(self, name)]
            object.__setattr__(self, name, found)
        for name in ("metrics", "torn_metrics"):
            seen = {metric: MetricSeen(*values) for metric, values in getattr(self, name).items()}
            object.__setattr__(self, name, seen)

    n_processors: int | None = None
    control: str = ""
    findings: Sequence[Finding | None] = field(default_factory=list)
    torn_findings: Sequence[Finding | None] = field(default_factory=list)
    search_problem: str = ""
    has_cut_lines: bool = False
    misplaced_line: str = ""
    metrics: Mapping[str, MetricSeen] = field(default_factory=dict)
    torn_metrics: Mapping[str, MetricSeen] = field(default_factory=dict)
    results: str = ""
    stage_problem: str = ""
    stdout: str = ""
    post_output: str = ""
    has_checkpoint: bool = False
    lacks_room: bool = False

    @property
    def found(self) -> Sequence[Finding | None]:
        """The findings that count."""
        if self._may_be_torn:
            return self.findings
        pairs = zip_longest(self.torn_findings, self.findings)
        return [finding if torn is None else torn for torn, finding in pairs]

    @property
    def seen(self) -> Mapping[str, MetricSeen]:
        """The metrics that count."""
        return self.metrics if self._may_be_torn else {**self.metrics, **self.torn_metrics}

    @property
    def _may_be_torn(self) -> bool:
        """A line without an end is whole where the program has ended by itself."""
        return self.ended_by is not EndedBy.EXIT or self.exit_status is None or self.exit_status < 0

    def message(self) -> dict[str, Any]:
        """The run as a message; `SupervisedRun(**message)` reads it."""
        return {name: getattr(self, name) for name in self.__slots__}


def cancel_message(uuid: str, *, at_once: bool = False) -> dict[str, Any]:
    """Asks to kill the run `uuid`, without the time of grace if `at_once`; no effect when it is over."""
    return {"cancel": uuid, "at_once": at_once}


def lease_message(lease_s: float) -> dict[str, Any]:
    """Allows the run under way so many seconds from now (see RunOrder)."""
    return {"lease_s": lease_s}


def pack(message: dict[str, Any]) -> bytes:
    """The message as bytes to send."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Cuts a stream of received bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that `data` completes."""
        self._buffer += data
        messages = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(json.loads(self._buffer[_LENGTH.size : end].decode("utf-8", "surrogatepass")))
            del self._buffer[:end]
        return messages
