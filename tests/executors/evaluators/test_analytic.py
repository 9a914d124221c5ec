from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from bbopt.executors.evaluators import ANALYTIC_FUNCTIONS, AnalyticEvaluator
from bbopt.runs import Instance, RunResult, RunStatus
from bbopt.space import Space, parse_pcs
from tests.executors.evaluators.runs import PLANE, asked, at, settings

WIDE = parse_pcs("x0 real [-5, 15] [1]\nx1 real [-5, 15] [2]\n")
MIXED = parse_pcs("x10 integer [-9, 9] [4]\nx2 {1, 2.5} [1]\nx7 real [0, 1] [0.5]\ny real [0, 9] [9]\n")


def evaluator(name: str, space: Space = PLANE) -> AnalyticEvaluator:
    return AnalyticEvaluator(ANALYTIC_FUNCTIONS[name], space)


def value(name: str, *point: float, space: Space = WIDE) -> float:
    configuration = settings(space, **{f"x{i}": repr(float(x)) for i, x in enumerate(point)})
    result = evaluator(name, space).evaluate(asked(configuration))
    assert result.status is RunStatus.SAT
    assert result.runtime_s == max(result.quality, 0.0)
    return result.quality


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("BRANINS", (-math.pi, 12.275), 0.397887),
        ("BRANINS", (math.pi, 2.275), 0.397887),
        ("BRANINS", (9.42478, 2.475), 0.397887),
        ("CAMELBACK", (-0.0898, 0.7126), 3.9684),
        ("CAMELBACK", (0.0898, -0.7126), 3.9684),
        ("CAMELBACK", (0, 0), 5.0),
        ("SINEPLUSONE", (3 * math.pi / 2, 3.0), 0.0),
        ("SINEPLUSONE", (0, 3.0), 1.0),
        ("ADD", (1.5, 2.25), 3.75),
        ("ADD", (-4, 1), -3.0),
        ("ZERO", (3, 4), 0.0),
    ],
)
def test_known_values(name: str, point: tuple[float, ...], expected: float) -> None:
    assert value(name, *point) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("name", "lowest"), [("BRANINS", 0.397887), ("CAMELBACK", 3.968372)])
def test_the_minimum_that_is_told_is_the_minimum(name: str, lowest: float) -> None:
    function = ANALYTIC_FUNCTIONS[name]
    rng = np.random.default_rng(3)
    starts = rng.uniform((-5, -5), (10, 15), (40, 2))
    found = [minimize(function.formula, start, method="Nelder-Mead", tol=1e-10).fun for start in starts]
    assert min(found) == pytest.approx(lowest, abs=1e-5)
    assert str(round(lowest, 4)) in function.minimum or str(lowest) in function.minimum


def test_the_camelback_agrees_with_its_textbook_form() -> None:
    rng = np.random.default_rng(5)
    for x, y in rng.uniform(-3, 3, (50, 2)):
        textbook = (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2
        assert ANALYTIC_FUNCTIONS["CAMELBACK"].formula((x, y)) == pytest.approx(textbook + 5)


def test_arguments_come_in_the_order_of_their_numbers_and_gaps_do_not_matter() -> None:
    """x2, x7, x10; the text of a choice counts as a number, and y is none of them."""
    add = evaluator("ADD", MIXED)
    assert add.evaluate(asked(MIXED.default)).quality == 1 + 0.5 + 4
    assert add.evaluate(asked(settings(MIXED, x10="-9", x2="2.5", x7="0.5", y="1"))).quality == -6.0
    camelback = evaluator("CAMELBACK", MIXED).evaluate(asked(MIXED.default))
    assert camelback.quality == ANALYTIC_FUNCTIONS["CAMELBACK"].formula((1, 0.5))


def test_an_inactive_parameter_counts_with_its_default() -> None:
    space = parse_pcs("x0 {0, 1} [0]\nx1 real [0, 9] [2]\nx1 | x0 in {1}\n")
    add = evaluator("ADD", space)
    inactive = [settings(space, x0="0", x1=text) for text in ("2", "7")]
    assert inactive[0] == inactive[1]
    assert [add.evaluate(asked(one)).quality for one in inactive] == [2.0, 2.0]
    assert add.evaluate(asked(settings(space, x0="1", x1="7"))).quality == 8.0


def test_an_instance_may_add_a_cost() -> None:
    instance = Instance("i", "Analytic-Instance-Cost:2.5")
    assert evaluator("ADD").evaluate(asked(at(1, 2), instance=instance)).quality == 5.5
    assert evaluator("ADD").evaluate(asked(at(1, 2), instance=Instance("i", "satisfiable"))).quality == 3.0


def test_a_cost_that_is_no_number_is_a_crash() -> None:
    result = evaluator("ADD").evaluate(asked(instance=Instance("i", "Analytic-Instance-Cost:dear")))
    assert result.status is RunStatus.CRASHED
    assert "instance i is 'Analytic-Instance-Cost:dear'" in result.reason


@pytest.mark.parametrize("name", ["BRANINS", "CAMELBACK", "ADD"])
def test_a_value_that_is_not_finite_is_a_crash(name: str) -> None:
    space = parse_pcs("x0 real [0, 1.7e308] [1.7e308]\nx1 real [0, 1.7e308] [1.7e308]\n")
    result: RunResult = evaluator(name, space).evaluate(asked(space.default))
    assert result.status is RunStatus.CRASHED
    assert result.reason


@pytest.mark.parametrize(
    ("name", "pcs", "message"),
    [
        ("BRANINS", "x0 real [0, 1] [0]\ny real [0, 1] [0]\n", "BRANINS needs the parameters x0 and x1"),
        ("SINEPLUSONE", "x real [0, 1] [0]\nx01 real [0, 1] [0]\n", "SINEPLUSONE needs the parameters x0"),
        ("ADD", "x0 real [0, 1] [0]\nx1 {1, two} [1]\n", "x1 has the choice 'two', which is no number"),
    ],
)
def test_spaces_that_do_not_fit(name: str, pcs: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evaluator(name, parse_pcs(pcs))


@pytest.mark.parametrize("name", ["ZERO", "ADD"])
def test_functions_that_need_no_argument(name: str) -> None:
    space = parse_pcs("colour {red, blue} [red]\n")
    assert evaluator(name, space).evaluate(asked(space.default)).quality == 0.0
