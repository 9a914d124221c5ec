"""What is said about budgets, and what of it leaves no search to make."""

from __future__ import annotations

import pytest

from bbopt.errors import InputError
from bbopt.options import read_command_line, resolve
from bbopt.scenario import BudgetOptions, ProposerName, RacerName
from bbopt.scenario.budgets import read_budgets
from bbopt.scenario.search import read_racer

HYPERBAND = "--racer=hyperband"


def read(*argv: str, proposer: ProposerName = ProposerName.SMBO) -> BudgetOptions | None:
    values = resolve(read_command_line(argv))
    return read_budgets(values, read_racer(values, proposer))


def test_budgets() -> None:
    assert read(HYPERBAND, "--budget-max", "81") == BudgetOptions(1, 81)
    given = ["--budget-min=2", "--eta=4", "--skip-last=1", "--brackets=3", "--budget-counts=additional"]
    assert read(HYPERBAND, "--max-budget=81", *given) == BudgetOptions(2, 81, 4, 1, 3, are_additional=True)


def test_without_them_there_are_none() -> None:
    assert read() is None
    assert read("--racer=none") is None


def test_budgets_are_used_where_nobody_says_how() -> None:
    assert read("--budget-max=50") == BudgetOptions(1, 50)
    given = ["--budget-min=2", "--eta=2", "--budget-continues=false"]
    assert read("--budget-max=50", *given) == BudgetOptions(2, 50, 2, continue_=False)
    assert read("--budget-max=1") == BudgetOptions(1, 1)
    values = resolve(read_command_line(["--budget-max=50"]))
    assert read_racer(values, ProposerName.SMBO) is RacerName.AUTO


def test_other_racers_make_runs_in_full() -> None:
    assert read("--racer=racing", "--budget-max=50") == BudgetOptions(1, 50)
    assert read("--budget-max=50", proposer=ProposerName.GRID) == BudgetOptions(1, 50)


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        ([HYPERBAND], "racer = hyperband needs the budget of a run in full"),
        (["--budget-max=9", "--budget-min=10"], "budget-max is below budget-min"),
        (["--budget-max=9", "--brackets=2"], "racer = auto has no schedule"),
        (["--racer=auto"], "racer = auto needs the budget of a run in full"),
        ([HYPERBAND, "--budget-max=9", "--budget-continues=true"], "racer = hyperband does not ask"),
        (["--budget-continues=true"], "runs that go on from others, and there are none"),
        (["--eta=4"], "eta is about runs at several budgets, and there are none"),
        (["--racer=racing", "--budget-max=9", "--budget-min=3"], "racer = racing makes all runs in full"),
        (["--racer=none", "--budget-max=9", "--brackets=3"], "racer = none makes all runs in full"),
        (["--racer=asha", "--budget-max=9", "--brackets=3"], "asha has one without an end"),
        ([HYPERBAND, "--budget-max=2"], "leaves no configuration to promote"),
        ([HYPERBAND, "--budget-max=26", "--budget-min=9"], "leaves no configuration to promote"),
        ([HYPERBAND, "--budget-max=9", "--budget-min=10"], "budget-max is below budget-min"),
        ([HYPERBAND, "--budget-max=9", "--skip-last=3"], "skip-last leaves no run to make"),
    ],
)
def test_what_leaves_no_search_to_make(argv: list[str], what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        read(*argv)
    assert caught.value.place is not None
    assert caught.value.remedy or caught.value.expected


def test_the_least_that_there_may_be() -> None:
    assert read(HYPERBAND, "--budget-max=3") == BudgetOptions(1, 3)
    assert read(HYPERBAND, "--budget-max=9", "--skip-last=2") == BudgetOptions(1, 9, skip_last=2)


@pytest.mark.parametrize(
    "argv",
    [
        ["--budget-max=0"],
        ["--budget-max=-1"],
        ["--budget-max=2147483647"],
        ["--budget-max=4.5"],
        ["--budget-max=9", "--budget-min=0"],
        ["--budget-max=9", "--budget-min=1.5"],
        ["--budget-max=9", "--eta=1"],
        ["--budget-max=9", "--eta=2.5"],
        ["--budget-max=9", "--skip-last=-1"],
        ["--budget-max=9", "--brackets=0"],
        ["--budget-max=9", "--budget-counts=both"],
    ],
)
def test_what_is_no_budget(argv: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(HYPERBAND, *argv)
    assert caught.value.errors[0].expected


def test_racers_with_rungs() -> None:
    assert {racer for racer in RacerName if racer.has_rungs} == {
        RacerName.HYPERBAND,
        RacerName.SUCCESSIVE_HALVING,
        RacerName.ASHA,
    }
