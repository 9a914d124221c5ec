"""`bbopt.Optimizer`: proposals for a loop of one's own, which runs them and tells what came out."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from pathlib import Path
from typing import Any

from bbopt.engines import Engine
from bbopt.errors import InputError
from bbopt.java_numbers import LARGEST_DOUBLE
from bbopt.planning.engine import build_engine
from bbopt.runs import (
    DETERMINISTIC_SEED,
    NO_BUDGET,
    NO_INSTANCE,
    Origin,
    RunKey,
    RunRequest,
    RunResult,
    RunStatus,
)
from bbopt.runs.objective import WORST_QUALITY
from bbopt.scenario import load_scenario, read_command_line
from bbopt.session.given_spaces import GivenSpace, space_of
from bbopt.session.plan import plan_session
from bbopt.space import Configuration, Space
from bbopt.space.native_values import NativeValue, native_settings, settings_as_text

__all__ = ["Best", "Optimizer", "Proposal"]

_ENGINES = ("smbo", "random", "tpe", "smac3")
"""Those that go on for ever; a design is a table that needs no telling."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to run next.

    `settings` are the values of the active parameters by name: int, float, and choices as bool where they
    are true and false, as numbers where all are, else as str.  `seed` is what a noisy target draws from, None
    for a deterministic one.  `kind` says how it was proposed ("default", "initial design", "model", ...).
    """

    settings: dict[str, NativeValue]
    seed: int | None
    kind: str
    _request: RunRequest = field(repr=False)


@dataclass(frozen=True, slots=True)
class Best:
    """The best settings so far, the mean of their costs, and how many results that is based on."""

    settings: dict[str, NativeValue]
    cost: float
    n_results: int


class Optimizer:
    """Proposes settings and learns from their costs; it runs nothing, stores nothing and prints nothing.

    space: see `GivenSpace`.  seed: where all random choices come from; with the same one, and the same
    results told in the same order, the same is proposed.  Costs are minimised unless `maximize`.  Without
    `deterministic` good settings are proposed again, with other seeds, and compared by the means of their
    costs.  engine: who proposes, as the option of this name says: smbo, random, tpe or smac3.  n_runs: how
    many runs there will be, where that is known.  first: settings to begin with, by default those of the
    space; what they leave out has its default.

    One thread at a time may use it.  Raises InputError (InputErrors) for what can't be used.
    """

    def __init__(
        self,
        space: GivenSpace,
        *,
        seed: int | None = None,
        maximize: bool = False,
        deterministic: bool = True,
        engine: str = "smbo",
        n_runs: int | None = None,
        first: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._space = space_of(space, Path.cwd())
        self._sign = -1.0 if maximize else 1.0
        self._is_deterministic = deterministic
        if engine not in _ENGINES:
            raise InputError("no such engine here", got=engine, expected=f"one of {', '.join(_ENGINES)}")
        options = {
            "seed": seed,
            "engine": engine,
            "runcount-limit": n_runs,
            "algo-deterministic": str(deterministic).lower(),
        }
        given = [self._configuration(settings) for settings in first]
        self._engine = _engine(self._space, options, tuple(given))
        self._numbers: dict[Configuration, int] = {}
        self._open: dict[RunKey, RunRequest] = {}
        self._told: set[RunKey] = set()

    def ask(self) -> Proposal | None:
        """The next settings to try; any number of proposals may be open at the same time.

        None: there are none until open ones have been told of, or for good, as `exhausted` says.
        """
        request = self._engine.ask()
        if request is None:
            return None
        self._open[request.key] = request
        self._numbers[request.configuration] = request.origin.proposal
        seed = None if self._is_deterministic else request.seed
        return Proposal(native_settings(request.configuration), seed, request.origin.kind, request)

    def tell(self, what: Proposal | Mapping[str, Any], cost: float, *, seed: int | None = None) -> None:
        """What came out of a proposal, or of settings that nobody asked for, as those of an earlier loop.

        `seed` is that of such settings, where the target is noisy.  Raises InputError for a cost that is no
        finite number (see `tell_failure`), for settings that the space does not have, and for what has been
        told already.
        """
        if not isinstance(cost, Real) and not hasattr(cost, "__float__"):
            raise InputError("the cost is no number", got=repr(cost), remedy="tell_failure, for what failed")
        number = float(cost)
        if not math.isfinite(number):
            raise InputError(
                "the cost is not finite", got=f"{number}", remedy="tell_failure, for what failed"
            )
        self._tell(what, seed, RunResult(RunStatus.SAT, 0.0, -1.0, self._sign * number))

    def tell_failure(
        self, what: Proposal | Mapping[str, Any], reason: str = "", *, seed: int | None = None
    ) -> None:
        """A run that has no cost, because it failed: worse than all that have one.  Otherwise as `tell`."""
        failed = RunResult(RunStatus.CRASHED, 0.0, -1.0, WORST_QUALITY, reason=reason or "told as a failure")
        self._tell(what, seed, failed)

    @property
    def best(self) -> Best | None:
        """The best so far; None while nothing has worked."""
        best = self._engine.incumbent
        if best is None or not best.standing.has_worked:
            return None
        return Best(native_settings(best.configuration), self._sign * best.cost, best.n_runs)

    @property
    def exhausted(self) -> str | None:
        """Why nothing more will be proposed, in words; None while something may be."""
        return self._engine.exhausted

    @property
    def n_open(self) -> int:
        """How many proposals have not been told of."""
        return len(self._open)

    def _configuration(self, settings: Mapping[str, Any]) -> Configuration:
        """The configuration of settings; what they leave out has its default.  InputErrors for no fit."""
        given = settings_as_text(self._space, settings)
        return self._space.configuration({**self._space.default.values, **given})

    def _tell(self, what: Proposal | Mapping[str, Any], seed: int | None, result: RunResult) -> None:
        request = what._request if isinstance(what, Proposal) else self._request(what, seed)
        if request.key in self._told:
            raise InputError("this has been told already", got=repr(what), remedy="tell each result once")
        if isinstance(what, Proposal) and request.key not in self._open:
            raise InputError(
                "another optimizer has made this proposal", got=repr(what), remedy="tell its settings"
            )
        self._told.add(request.key)
        self._engine.tell(self._open.pop(request.key, request), result)

    def _request(self, settings: Mapping[str, Any], seed: int | None) -> RunRequest:
        """The run that a result from elsewhere belongs to."""
        configuration = self._configuration(settings)
        if seed is None and not self._is_deterministic:
            raise InputError(
                "results of a noisy target have seeds", got="no seed", remedy="tell(..., seed=7), say"
            )
        pair_seed = DETERMINISTIC_SEED if seed is None or self._is_deterministic else seed
        number = self._numbers.setdefault(configuration, max(self._numbers.values(), default=-1) + 1)
        origin = Origin("told", number)
        return RunRequest(configuration, NO_INSTANCE, pair_seed, LARGEST_DOUBLE, NO_BUDGET, origin)


def _engine(space: Space, options: Mapping[str, object], given: tuple[Configuration, ...]) -> Engine:
    """The engine that a scenario with these options has, where time decides nothing.

    The scenario stands in a folder of its own while it is read.
    """
    with tempfile.TemporaryDirectory(prefix="bbopt-optimizer-") as folder:
        Path(folder, "params.pcs").write_text(space.text, encoding="utf-8")
        words = [f"--{name}={value}" for name, value in options.items() if value is not None]
        words += ["--tae=CONSTANT", "--run-obj=QUALITY", "--use-instances=false", "--pcs-file=params.pcs"]
        words += ["--intensification-percentage=0"]
        plan = plan_session(load_scenario(read_command_line(words), cwd=Path(folder)))
        problem = replace(plan.problem, space=space, given=given or (space.default,))
    return build_engine(plan.scenario, problem)
