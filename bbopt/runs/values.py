"""The values that travel between engine, executor and store: one run asked for, and its result."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bbopt.java_numbers import LARGEST_INT
from bbopt.runs.curve import NO_CURVE, Curve
from bbopt.space import Configuration

__all__ = [
    "ALL_DATA",
    "DETERMINISTIC_SEED",
    "ENDED_AS_HOPELESS",
    "ENDED_BY_USER",
    "HOPELESS",
    "KNOWN_KIND",
    "NO_BUDGET",
    "NO_INSTANCE",
    "RETRAINING",
    "Elapsed",
    "Instance",
    "Origin",
    "Pair",
    "RunKey",
    "RunRequest",
    "RunResult",
    "RunStatus",
    "Texts",
    "at_budget",
]

DETERMINISTIC_SEED = -1
"""The seed of the runs of a deterministic target."""

NO_BUDGET = LARGEST_INT
"""The run length when no budget is in play."""


def at_budget(runlength: int) -> str:
    """` at budget 27` for people, nothing where no budget is in play."""
    return "" if runlength == NO_BUDGET else f" at budget {runlength}"


class RunStatus(enum.Enum):
    """How a run ended, in SMAC v2's words."""

    SAT = "SAT"
    UNSAT = "UNSAT"
    TIMEOUT = "TIMEOUT"
    CRASHED = "CRASHED"
    ABORT = "ABORT"
    KILLED = "KILLED"

    @property
    def code(self) -> int:
        """The number SMAC v2 writes for it in `runs_and_results`."""
        return _CODES[self]

    @property
    def is_solved(self) -> bool:
        """Whether the target ran to its end and answered."""
        return self in _SOLVED

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong, by the target's own account or by what was seen of it."""
        return self in _FAILED

    def has_failed(self, *, unsat_is_failure: bool) -> bool:
        """The same where UNSAT may mark settings that are invalid."""
        return self.is_failure or (self is RunStatus.UNSAT and unsat_is_failure)

    @classmethod
    def from_text(cls, text: str) -> RunStatus | None:
        """The status that a target reports with the word `text`, in any case; None for another word.

        KILLED is none of these words: only the optimizer says it.
        """
        return _REPORTED.get(text.upper())


_REPORTED = {
    "SAT": RunStatus.SAT,
    "SATISFIABLE": RunStatus.SAT,
    "SUCCESS": RunStatus.SAT,
    "UNSAT": RunStatus.UNSAT,
    "UNSATISFIABLE": RunStatus.UNSAT,
    "TIMEOUT": RunStatus.TIMEOUT,
    "CRASHED": RunStatus.CRASHED,
    "ABORT": RunStatus.ABORT,
}
_SOLVED = frozenset({RunStatus.SAT, RunStatus.UNSAT})
_FAILED = frozenset({RunStatus.CRASHED, RunStatus.ABORT})
_CODES = {
    RunStatus.TIMEOUT: 0,
    RunStatus.SAT: 1,
    RunStatus.UNSAT: 2,
    RunStatus.CRASHED: -1,
    RunStatus.ABORT: -2,
    RunStatus.KILLED: -3,
}


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem instance: its name as in the instance file, free text, and feature values by name."""

    name: str
    info: str = "0"
    features: tuple[tuple[str, float], ...] = ()


ENDED_BY_USER = "ended by the user"
"""The beginning of the reason of a run that somebody has ended while it was under way."""

HOPELESS = "hopeless"
"""How people are shown the status of a run that the engine has ended: in the files it is KILLED."""

ENDED_AS_HOPELESS = f"ended as {HOPELESS}"
"""The beginning of the reason of a run that the engine has ended, because its metric came to nothing."""

NO_INSTANCE = Instance("no_instance")
"""The one instance of a black box (`use-instances = false`)."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Seconds since a search began, over all its lives: on the wall clock, and of the optimizer's own CPU."""

    wallclock_s: float = 0.0
    own_cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run's configuration came from.

    `kind` says how it was proposed ("default", "initial design", "model", "random", ...); `proposal`
    counts the engine's proposals from 0, so that a resumed engine goes on with the next one.
    """

    kind: str
    proposal: int

    def __post_init__(self) -> None:
        if self.proposal < 0:
            raise ValueError(f"proposal must be at least 0, got {self.proposal}")


KNOWN_KIND = "known"
"""The kind of earlier runs that only teach the model."""

ALL_DATA = Instance("all-data")
"""What the winner of a search is trained on at its end."""

RETRAINING = "retraining"
"""The origin kind of that run."""

Texts = tuple[tuple[str, str], ...]
"""Texts by their names."""


class Pair(NamedTuple):
    """What a configuration is run on: an instance, by its name, and a seed; and for how long.

    The run length is a budget: a run of another length is another run.
    """

    instance: str
    seed: int
    runlength: int = NO_BUDGET


RunKey = tuple[Configuration, Pair]
"""What makes two runs the same run, wherever and under whatever cutoff they are made."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run to be executed: the target with a configuration on an instance with a seed.

    `seed` is DETERMINISTIC_SEED for a deterministic target.  `cutoff_s` bounds the run (the largest double:
    no bound); `runlength` is a budget, NO_BUDGET when none is in play.  `texts` go into templates beside the
    parameters, by their names there, as a table of runs has them.
    """

    configuration: Configuration
    instance: Instance
    seed: int
    cutoff_s: float
    runlength: int
    origin: Origin
    texts: Texts = ()

    def __post_init__(self) -> None:
        if not self.cutoff_s > 0:
            raise ValueError(f"cutoff_s must be positive, got {self.cutoff_s}")
        if self.seed < -1:
            raise ValueError(f"seed must be at least -1, got {self.seed}")

    @property
    def pair(self) -> Pair:
        """What the configuration is run on."""
        return Pair(self.instance.name, self.seed, self.runlength)

    @property
    def is_retraining(self) -> bool:
        """Whether it trains the winner of a search on all data."""
        return self.origin.kind == RETRAINING

    @property
    def key(self) -> RunKey:
        """Equal for requests of the same run."""
        return self.configuration, self.pair


@dataclass(frozen=True, slots=True)
class RunResult:
    """What came out of a run.

    `runtime_s`, `runlength`, `quality` and `additional` are the target's own report (with `runtime-from`, the
    first of them is measured).  What the operating system says of the whole process tree: `wallclock_s`,
    `cpu_s` and `memory_bytes` (the most at a time); None where unknown.  `started_at` is in seconds since the
    epoch.  `reason` says in words why a run counts as CRASHED or was ended from outside; empty otherwise.
    `metrics` are all that are known, as people know them (a quality that is maximised is negated), `curve` is
    the course of the optimised one.
    `run_id` is what people and the names of folders call the run; empty where nobody does.
    """

    status: RunStatus
    runtime_s: float
    runlength: float
    quality: float
    additional: str = ""
    wallclock_s: float = 0.0
    cpu_s: float | None = None
    memory_bytes: int | None = None
    started_at: float | None = None
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    curve: Curve = NO_CURVE
    run_id: str = ""

    @property
    def is_hopeless(self) -> bool:
        """Whether the engine has ended the run."""
        return self.status is RunStatus.KILLED and self.reason.startswith(ENDED_AS_HOPELESS)

    @property
    def shown_status(self) -> str:
        """The status for people."""
        return HOPELESS if self.is_hopeless else self.status.value

    def __post_init__(self) -> None:
        if not (math.isfinite(self.runtime_s) and self.runtime_s >= 0):
            raise ValueError(f"runtime_s must be finite and at least 0, got {self.runtime_s}")
        if math.isnan(self.quality):
            raise ValueError("quality must be a number")
