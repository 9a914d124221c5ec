"""bbopt's engine as its command sets it up: the default configuration first, races where there is noise."""

from __future__ import annotations

import dataclasses
import enum
import heapq
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import RacingEngine, RacingSettings
from bbopt.runs import QualityObjective, RunRequest, RunResult, RunStatus
from bbopt.seeding import stream
from benchmarks.optimizers.protocol import Trial
from benchmarks.tasks import Settings, Task, settings_of

__all__ = ["EngineOptimizer", "make", "problem_of", "smbo_engine", "with_fields"]

T = TypeVar("T")


_SPREAD = 0.5
"""Of the logarithms of run times: of 20 runs the longest takes seven times as long as the shortest."""


class EngineOptimizer:
    """An engine of bbopt's; an Optimizer."""

    def __init__(self, engine: Engine, *, is_noisy: bool) -> None:
        self._engine = engine
        self._is_noisy = is_noisy
        self._asked: RunRequest | None = None

    def ask(self) -> Trial | None:
        """See Optimizer."""
        self._asked = self._next()
        if self._asked is None:
            return None
        return Trial(settings_of(self._asked.configuration), self._asked.seed if self._is_noisy else None)

    def _next(self) -> RunRequest | None:
        return self._engine.ask()

    def tell(self, loss: float) -> None:
        """See Optimizer."""
        if self._asked is None:
            raise RuntimeError("told before it was asked")
        self._engine.tell(self._asked, RunResult(RunStatus.SAT, 0.0, 0.0, loss))

    def incumbent(self) -> Settings | None:
        """See Optimizer."""
        found = self._engine.incumbent
        return None if found is None else settings_of(found.configuration)


class SlottedOptimizer(EngineOptimizer):
    """An engine with several runs under way, each in one of `n_slots`; an Optimizer.

    The trials come in the order in which their runs end, on a clock that is counted, not waited for.  Run
    times are log-normal, whatever the configuration, and follow from the seed.  What is told before the next
    trial is asked for is all that the engine knows: the runs in the other slots are pending, as in a search.
    """

    def __init__(self, engine: Engine, *, is_noisy: bool, n_slots: int, seed: int) -> None:
        super().__init__(engine, is_noisy=is_noisy)
        self._n_slots = n_slots
        self._rng = stream(seed, "run times")
        self._under_way: list[tuple[float, int, RunRequest]] = []
        self._n_begun = 0
        self._now = 0.0

    def _next(self) -> RunRequest | None:
        while len(self._under_way) < self._n_slots and (request := self._engine.ask()) is not None:
            end = self._now + math.exp(_SPREAD * self._rng.standard_normal())
            heapq.heappush(self._under_way, (end, self._n_begun, request))
            self._n_begun += 1
        if not self._under_way:
            return None
        self._now, _, request = heapq.heappop(self._under_way)
        return request


def make(task: Task, seed: int, budget: int, fields: Mapping[str, str]) -> EngineOptimizer:
    """bbopt with these fields of ModelSettings given as text; `slots`: so many runs at a time."""
    model_fields = {name: text for name, text in fields.items() if name != "slots"}
    engine = smbo_engine(task, seed, budget, model_fields)
    if "slots" not in fields:
        return EngineOptimizer(engine, is_noisy=bool(task.noise))
    return SlottedOptimizer(engine, is_noisy=bool(task.noise), n_slots=int(fields["slots"]), seed=seed)


def smbo_engine(task: Task, seed: int, budget: int, fields: Mapping[str, str] | None = None) -> Engine:
    """The engine itself."""
    problem = problem_of(task, seed, budget)
    search = model_search(problem, with_fields(ModelSettings(), fields or {}))
    return RacingEngine(search, problem, RacingSettings())


def problem_of(task: Task, seed: int, budget: int) -> Problem:
    """The task as engines get it."""
    given = (task.space.default,)
    return Problem(task.space, QualityObjective(), given, budget, seed, deterministic=not task.noise)


def with_fields(settings: T, fields: Mapping[str, str]) -> T:
    """A copy of a dataclass with fields replaced by what texts stand for; `a.b` is field b of field a.

    ValueError for a field that is not there or a text that is no value of it.
    """
    for name, text in fields.items():
        settings = _with_field(settings, name, text)
    return settings


def _with_field(settings: Any, name: str, text: str) -> Any:
    own, _, inner = name.partition(".")
    kinds = typing.get_type_hints(type(settings))
    if own not in kinds:
        raise ValueError(f"{type(settings).__name__} has no {own!r}, but: {', '.join(kinds)}")
    value = _with_field(getattr(settings, own), inner, text) if inner else _value(kinds[own], text)
    return dataclasses.replace(settings, **{own: value})


def _value(kind: Any, text: str) -> Any:
    if isinstance(kind, types.UnionType):
        if text == "none":
            return None
        kind = next(option for option in typing.get_args(kind) if option is not types.NoneType)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _member(kind, text)
    if typing.get_origin(kind) is typing.Literal and text in typing.get_args(kind):
        return text
    if kind is bool:
        return _truth(text)
    if kind in (int, float, str):
        return kind(text)
    raise ValueError(f"a field of type {kind} can't be given as {text!r}")


def _member(kind: type[enum.Enum], text: str) -> enum.Enum:
    for member in kind:
        if text in (member.name, str(member.value)):
            return member
    raise ValueError(f"{text!r} is none of {', '.join(member.name for member in kind)}")


def _truth(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"
