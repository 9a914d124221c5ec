"""bbopt's racers with budgets, over any of its proposers, and its rules that give runs up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from bbopt.engines import Engine, Problem
from bbopt.engines.proposers import Proposer, random_search
from bbopt.engines.proposers.smbo import ModelSettings, model_search
from bbopt.engines.racers import (
    AshaEngine,
    HalvingEngine,
    HalvingSettings,
    HopelessEngine,
    RacingEngine,
    RacingSettings,
    StoppingRule,
    by_curve,
    by_median,
    hyperband_schedule,
)
from bbopt.engines.racers.budget_search import BudgetSearchEngine, BudgetSearchSettings
from bbopt.runs import ENDED_AS_HOPELESS, Curve, QualityObjective, RunRequest, RunResult, RunStatus
from benchmarks.budgeted.metering import Pricing
from benchmarks.budgeted.methods.method import ETA, Method, Run
from benchmarks.budgeted.task import BudgetedTask
from benchmarks.tasks import settings_of

__all__ = ["EngineMethod", "make"]


class EngineMethod(Method):
    """An engine of bbopt's whose runs have budgets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: RunRequest | None = None

    def ask(self) -> Run | None:
        """See Method."""
        self._asked = self._engine.ask()
        if self._asked is None:
            return None
        return Run(settings_of(self._asked.configuration), self._asked.runlength)

    def progressed(self, losses: Sequence[float]) -> bool:
        """See Method."""
        return self._engine.progressed(self._request, _curve(losses)) is not None

    def tell(self, losses: Sequence[float]) -> None:
        """See Method."""
        is_ended = len(losses) < self._request.runlength
        result = RunResult(
            RunStatus.KILLED if is_ended else RunStatus.SAT,
            runtime_s=0.0,
            runlength=len(losses),
            quality=losses[-1],
            reason=ENDED_AS_HOPELESS if is_ended else "",
            curve=_curve(losses),
        )
        self._engine.tell(self._request, result)

    @property
    def _request(self) -> RunRequest:
        if self._asked is None:
            raise RuntimeError("told before it was asked")
        return self._asked


def _curve(losses: Sequence[float]) -> Curve:
    return Curve(range(1, len(losses) + 1), losses)


def _tpe(problem: Problem) -> Proposer:
    from bbopt.engines.proposers.tpe import tpe_search

    return tpe_search(problem)


_PROPOSERS: Mapping[str, Callable[[Problem], Proposer]] = MappingProxyType(
    {
        "smbo": lambda problem: model_search(problem, ModelSettings()),
        "random": random_search,
        "tpe": _tpe,
    }
)


_RULES: Mapping[str, StoppingRule] = MappingProxyType({"curve": by_curve, "median": by_median})


def _budget_search(problem: Problem, task: BudgetedTask, variant: str, pricing: Pricing) -> Engine:
    """The search that uses cheap runs, and goes over to the racing that there would be without budgets."""
    is_modelled = variant == "smbo"
    goes_on = pricing is Pricing.CHECKPOINTS
    settings = BudgetSearchSettings.between(1, task.most, goes_on=goes_on, models_proposals=is_modelled)
    return BudgetSearchEngine(
        problem,
        settings,
        lambda one: RacingEngine(_PROPOSERS[variant](one), one, RacingSettings()),
        None if is_modelled else _PROPOSERS[variant](problem),
    )


def make(base: str, variant: str, task: BudgetedTask, seed: int, pricing: Pricing) -> Method:
    """The racer `base` over the proposer `variant`, or runs in full that the rule `variant` gives up."""
    given = (task.space.default,)
    problem = Problem(task.space, QualityObjective(), given, None, seed, runlength=task.most)
    if base == "auto":
        return EngineMethod(_budget_search(problem, task, variant, pricing))
    if base == "hopeless":
        racer = RacingEngine(_PROPOSERS["smbo"](problem), problem, RacingSettings())
        return EngineMethod(HopelessEngine(racer, problem, _RULES[variant]))
    brackets = hyperband_schedule(task.most, ETA)
    make_proposer = partial(_PROPOSERS[variant], problem)
    if base == "asha":
        return EngineMethod(AshaEngine(make_proposer, problem, brackets[0], ETA))
    if base == "successive-halving":
        brackets = brackets[:1]
    return EngineMethod(HalvingEngine(make_proposer, problem, HalvingSettings(brackets, ETA)))
