from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from bbopt.executors.evaluators import RandomEvaluator
from bbopt.runs import Instance, RunRequest, RunStatus
from tests.executors.evaluators.runs import PLANE, asked, at


def values(evaluator: RandomEvaluator, n: int = 200) -> list[float]:
    space = PLANE.sample(n, np.random.default_rng(1))
    return [evaluator.evaluate(asked(one)).quality for one in PLANE.configurations(space)]


def test_answers_are_uniform_between_the_bounds() -> None:
    drawn = np.array(values(RandomEvaluator(2.0, 6.0), 500))
    assert drawn.min() >= 2.0
    assert drawn.max() <= 6.0
    assert kstest((drawn - 2.0) / 4.0, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    "other",
    [
        asked(at(1, 3), seed=5),
        asked(at(1, 2), seed=6),
        asked(at(1, 2), seed=5, instance=Instance("another")),
    ],
    ids=["configuration", "seed", "instance"],
)
def test_the_same_run_has_the_same_answer_and_another_another(other: RunRequest) -> None:
    evaluator, same = RandomEvaluator(), asked(at(1, 2), seed=5)
    assert evaluator.evaluate(same) == RandomEvaluator().evaluate(same)
    assert evaluator.evaluate(same).quality != evaluator.evaluate(other).quality


def test_the_seed_decides() -> None:
    assert values(RandomEvaluator(seed=3)) == values(RandomEvaluator(seed=3))
    assert not set(values(RandomEvaluator(seed=3))) & set(values(RandomEvaluator(seed=-3)))


def test_runtime_and_quality_are_one_number_and_it_is_never_below_a_hundredth() -> None:
    result = RandomEvaluator(0.0, 0.0, additional="more").evaluate(asked())
    assert (result.status, result.runtime_s, result.quality) == (RunStatus.SAT, 0.01, 0.01)
    assert (result.runlength, result.additional) == (-1.0, "more")


def test_the_trend_counts_proposals() -> None:
    evaluator = RandomEvaluator(3.0, 3.0, trend=-0.5)
    assert [evaluator.evaluate(asked(proposal=n)).quality for n in (0, 1, 4, 9)] == [3.0, 2.5, 1.0, 0.01]


def test_bounds_in_the_wrong_order() -> None:
    with pytest.raises(ValueError, match="the largest response 1 is below the smallest, 2"):
        RandomEvaluator(2.0, 1.0)
