"""The arithmetic of the tables, on made-up results."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from scipy.stats import wilcoxon

from benchmarks.comparison import Cell, CellResult
from benchmarks.comparison.report import report
from benchmarks.comparison.statistics import Comparison, compare
from benchmarks.comparison.tables import figure, table
from benchmarks.tasks import Scale

SCALES = {"one": Scale(0.0, 1.0), "two": Scale(10.0, 12.0)}


def search(
    optimizer: str, task: str, seed: int, after_25: float, after_50: float, own_s: float = 0.5
) -> CellResult:
    """Losses that stand at these values after so many evaluations."""
    incumbents = (99.0,) * 24 + (after_25,) * 25 + (after_50,)
    return CellResult(
        Cell(task, optimizer, seed, 50),
        incumbents,
        incumbents,
        incumbents,
        (own_s,) * 50,
        (own_s,) * 50,
        False,
    )


def cut_off(optimizer: str, task: str, seed: int, loss: float) -> CellResult:
    values = (loss,) * 30
    return CellResult(Cell(task, optimizer, seed, 50), values, values, values, values, values, True)


def example() -> Comparison:
    return compare(
        [
            search("a", "one", 0, 0.5, 0.1),
            search("a", "one", 1, 0.3, 0.0),
            search("a", "two", 0, 14.0, 11.0),
            search("a", "two", 1, 12.0, 10.5, own_s=0.9),
            search("b", "one", 0, 0.5, 0.4),
            search("b", "one", 1, 0.5, 0.2),
            search("b", "two", 0, 11.0, 11.0),
            cut_off("b", "two", 1, 13.0),
        ],
        SCALES,
    )


def test_regret_is_in_units_of_the_scale() -> None:
    comparison = example()
    assert comparison.checkpoints == (25, 50)
    assert comparison.regrets[0, :, :, 0].tolist() == [[0.5, 0.3], [2.0, 1.0]]
    assert comparison.regrets[0, :, :, 1].tolist() == [[0.1, 0.0], [0.5, 0.25]]
    assert math.isnan(comparison.regrets[1, 1, 1, 1])


def test_means_are_over_seeds_and_then_tasks() -> None:
    comparison = example()
    assert comparison.means()[0].tolist() == pytest.approx([(0.4 + 1.5) / 2, (0.05 + 0.375) / 2])
    assert comparison.means()[1].tolist() == pytest.approx([(0.5 + 1.0) / 2, (0.3 + 0.5) / 2])
    assert comparison.geometric_means()[0, 1] == pytest.approx(math.sqrt(0.05 * 0.375))
    one = math.sqrt(0.1 * 1e-4)  # the floor
    two = math.sqrt(0.5 * 0.25)
    assert comparison.search_geometric_means()[0, 1] == pytest.approx(math.sqrt(one * two))
    assert comparison.task_geometric_means()[0, :, 1].tolist() == pytest.approx([one, two])


def test_ranks_are_over_what_all_have_and_shared_by_equals() -> None:
    ranks = example().mean_ranks()
    # after 25: a tied, won, lost, won; after 50 there is no fourth pair: won, won, tied
    assert ranks[:, 0].tolist() == pytest.approx([(1.5 + 1 + 2 + 1) / 4, (1.5 + 2 + 1 + 2) / 4])
    assert ranks[:, 1].tolist() == pytest.approx([(1 + 1 + 1.5) / 3, (2 + 2 + 1.5) / 3])


def test_duels_count_and_test_common_pairs() -> None:
    duel = example().duel("a", "b", 25)
    assert duel is not None
    assert (duel.wins, duel.ties, duel.losses) == (2, 1, 1)
    later = example().duel("b", "a", 50)
    assert later is not None
    assert (later.wins, later.ties, later.losses) == (0, 1, 2)


def test_the_p_value_is_that_of_the_signed_rank_test_on_logarithms() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.lognormal(-1, 1, 12), rng.lognormal(0, 1, 12)
    results = [search("a", "one", seed, 1.0, loss) for seed, loss in enumerate(first)]
    results += [search("b", "one", seed, 1.0, loss) for seed, loss in enumerate(second)]
    duel = compare(results, SCALES).duel("a", "b", 50)
    assert duel is not None
    assert duel.p == pytest.approx(wilcoxon(np.log(first), np.log(second)).pvalue)
    same = compare(results, SCALES).duel("a", "b", 25)
    assert same is not None
    assert (same.ties, same.p) == (12, 1.0)


def test_regrets_below_the_floor_are_equal() -> None:
    results = [search("a", "one", 0, 1e-5, 1e-9), search("b", "one", 0, 1e-6, -1e-9)]
    duel = compare(results, SCALES).duel("a", "b", 50)
    assert duel is not None
    assert (duel.wins, duel.ties, duel.losses) == (0, 1, 0)
    assert compare(results, SCALES).mean_ranks().tolist() == [[1.5, 1.5], [1.5, 1.5]]


def test_no_common_pair_is_no_duel() -> None:
    comparison = compare([search("a", "one", 0, 1, 1), search("b", "two", 0, 11, 11)], SCALES)
    assert comparison.duel("a", "b", 25) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "-" in report(comparison)


def test_only_common_leaves_out_what_one_lacks() -> None:
    results = [search("a", "one", 0, 0.5, 0.1), search("a", "two", 0, 12, 12), search("b", "one", 0, 1, 1)]
    comparison = compare(results, SCALES)
    assert comparison.means()[0, 0] == pytest.approx(0.75)
    assert comparison.n_searches() == [2, 1]
    common = comparison.only_common()
    assert common.means()[0, 0] == pytest.approx(0.5)
    assert common.n_searches() == [1, 1]
    assert common.n_tasks() == [1, 1]


def test_counts_and_own_time() -> None:
    comparison = example()
    assert comparison.n_searches() == [4, 4]
    assert comparison.n_cut_off() == [0, 1]
    assert comparison.mean_own_s()[0] == pytest.approx((0.5 * 3 + 0.9) / 4)


def test_the_report_shows_the_figures() -> None:
    text = report(example())
    summary = next(line for line in text.splitlines() if line.startswith("| a "))
    assert "0.950 (" in summary
    assert "0.212 (" in summary
    assert "600.00" in summary
    assert "| two" in text
    assert "0.500 / 0.500 *" not in text.split("| one")[1].split("\n")[0]
    assert "1.000 / 0.500 *" in text  # marked as cut off
    assert "a against b" in text
    assert "2-1-1 (" in text
    assert report(compare([], SCALES)) == "no results"


def test_figures_are_valid_json() -> None:
    comparison = compare([search("a", "one", 0, 1, 1), search("b", "two", 0, 11, 11)], SCALES)
    content = json.loads(json.dumps(comparison.as_dict(), allow_nan=False))
    assert content["optimizers"]["a"]["tasks"]["one"]["mean"] == [1, 1]
    assert content["optimizers"]["a"]["tasks"]["two"]["mean"] == [None, None]
    assert content["duels"] == []
    assert len(example().as_dict()["duels"]) == 2


def test_short_searches_are_compared_at_their_end() -> None:
    values = (3.0, 2.0, 1.5)
    result = CellResult(Cell("one", "a", 0, 3), values, values, values, values, values, False)
    comparison = compare([result], SCALES)
    assert comparison.checkpoints == (3,)
    assert comparison.regrets[0, 0, 0].tolist() == [1.5]


def test_only_what_some_search_has_reached_has_a_column() -> None:
    comparison = compare([search("a", "one", 0, 0.5, 0.1), cut_off("b", "one", 0, 0.7)], SCALES)
    assert comparison.checkpoints == (25, 50)
    assert compare([cut_off("b", "one", 0, 0.7)], SCALES).checkpoints == (25,)
    values = tuple(1.0 / n for n in range(1, 501))
    long = CellResult(Cell("one", "a", 0, 500), values, values, values, values, values, False)
    comparison = compare([long], SCALES)
    assert comparison.checkpoints == (25, 50, 100, 200, 500)
    assert comparison.regrets[0, 0, 0].tolist() == [0.04, 0.02, 0.01, 0.005, 0.002]
    assert "after 500" in report(comparison)


def test_numbers_keep_their_meaning() -> None:
    assert [figure(x) for x in (1.23456, 0.01234, 0.00123, 0.0, math.nan)] == [
        "1.235",
        "0.012",
        "1.2e-03",
        "0.000",
        "-",
    ]
    assert table(["a", "long"], [["xyz", "1"]]).splitlines() == [
        "| a   | long |",
        "|-----|------|",
        "| xyz | 1    |",
    ]
