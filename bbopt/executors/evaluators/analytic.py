"""ANALYTIC: test functions of the parameters x0, x1, ..., as SMAC v2 has them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bbopt.executors.evaluators.evaluator import UNKNOWN_RUNLENGTH
from bbopt.runs import RunRequest, RunResult, RunStatus
from bbopt.space import Configuration, Parameter, Space

__all__ = ["ANALYTIC_FUNCTIONS", "INSTANCE_COST", "AnalyticEvaluator", "AnalyticFunction"]

INSTANCE_COST = "Analytic-Instance-Cost:"
"""An instance whose information begins so adds the number behind it to the function, as in SMAC v2."""

_ARGUMENT = re.compile(r"x(0|[1-9][0-9]{0,2})")  # up to x999, as in SMAC v2


@dataclass(frozen=True, slots=True)
class AnalyticFunction:
    """A function of at least `n_arguments` numbers; it takes no notice of more, unless it needs none."""

    name: str
    n_arguments: int
    formula: Callable[[Sequence[float]], float]
    minimum: str


def _camelback(x: Sequence[float]) -> float:
    """The six-hump camelback function, raised by 5 so that it can be a runtime."""
    a, b = x[0] ** 2, x[1] ** 2
    return (4 - 2.1 * a + a * a / 3) * a + x[0] * x[1] + 4 * (b - 1) * b + 5


def _branin(x: Sequence[float]) -> float:
    valley = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


ANALYTIC_FUNCTIONS = MappingProxyType(
    {
        function.name: function
        for function in (
            AnalyticFunction("ZERO", 0, lambda _: 0.0, "0 everywhere"),
            AnalyticFunction("ADD", 0, math.fsum, "where all are smallest"),
            AnalyticFunction("CAMELBACK", 2, _camelback, "3.9684 at (-0.0898, 0.7126) and (0.0898, -0.7126)"),
            AnalyticFunction(
                "BRANINS", 2, _branin, "0.397887 at (-pi, 12.275), (pi, 2.275) and (9.42478, 2.475)"
            ),
            AnalyticFunction(
                "SINEPLUSONE", 1, lambda x: math.sin(x[0]) + 1, "0 at 3 pi / 2 and every 2 pi from there"
            ),
        )
    }
)
"""The functions by the names of `analytic-function`."""


class AnalyticEvaluator:
    """Answers with `function` of the parameters named x0 to x999 in the order of their numbers.

    Gaps in the numbers do not matter; an inactive parameter counts with its default, and parameters of
    other names not at all.  SMAC v2 reports the value as the runtime and leaves the quality at 0; here it
    is both, so that either objective may be tried.  Raises ValueError with what `space` lacks.
    """

    def __init__(self, function: AnalyticFunction, space: Space) -> None:
        self._function = function
        self._arguments = sorted(filter(_ARGUMENT.fullmatch, space.names), key=lambda name: int(name[1:]))
        defaults = space.default.values
        self._defaults = [defaults[name] for name in self._arguments]
        _refuse_unfit(function, [p for p in space.parameters if p.name in self._arguments])

    @property
    def description(self) -> str:
        """What it answers, in a few words for the user."""
        return f"the function {self._function.name}, minimum {self._function.minimum}"

    def evaluate(self, request: RunRequest) -> RunResult:
        """See Evaluator."""
        try:
            value = self._function.formula(self._point(request.configuration)) + _cost_of(request)
        except (OverflowError, ValueError) as error:
            return _crash(str(error))
        if not math.isfinite(value):
            return _crash(f"the function {self._function.name} is not finite here")
        return RunResult(RunStatus.SAT, max(value, 0.0), UNKNOWN_RUNLENGTH, value)

    def _point(self, configuration: Configuration) -> list[float]:
        values = configuration.active_values
        pairs = zip(self._arguments, self._defaults, strict=True)
        return [float(values.get(name, default)) for name, default in pairs]


def _cost_of(request: RunRequest) -> float:
    """What the instance adds."""
    info = request.instance.info
    if not info.startswith(INSTANCE_COST):
        return 0.0
    text = info[len(INSTANCE_COST) :]
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"the information of instance {request.instance.name} is {info!r}; expected a number behind "
            f"{INSTANCE_COST}"
        ) from None


def _crash(reason: str) -> RunResult:
    return RunResult(RunStatus.CRASHED, 0.0, UNKNOWN_RUNLENGTH, 0.0, reason=reason)


def _refuse_unfit(function: AnalyticFunction, arguments: Sequence[Parameter]) -> None:
    if len(arguments) < function.n_arguments:
        names = " and ".join(f"x{i}" for i in range(function.n_arguments))
        raise ValueError(f"the function {function.name} needs the parameters {names}")
    for parameter in arguments:
        for text in parameter.choices:
            if not _is_number(text):
                raise ValueError(f"{parameter.name} has the choice {text!r}, which is no number")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
