"""The methods behind their protocol: what they ask is legal, and follows from the seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from bbopt.engines import ALONE, Incumbent, Others
from bbopt.runs import NO_INSTANCE, Curve, Origin, RunRequest, RunResult
from bbopt.space import Configuration, Space
from benchmarks.budgeted.cells import search
from benchmarks.budgeted.kinds import ShownCurves
from benchmarks.budgeted.metering import Meter, Pricing
from benchmarks.budgeted.methods import METHODS, Method, check_name, make_method
from benchmarks.budgeted.methods.bbopt_racers import EngineMethod
from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Scale, Settings

NEEDS = {"dehb": "dehb", "optuna": "optuna", "smac3": "smac"}
WORK = 3.0
NAMES = [
    "full",
    "full:random",
    "auto",
    "hyperband:random",
    "asha:random",
    "successive-halving:random",
    "hyperband:smbo",
    "dehb",
    "optuna:hyperband",
    "optuna:asha",
    pytest.param("smac3", marks=pytest.mark.slow),
]


class Branches(BudgetedTask):
    """A conditional space; losses come down to how far x is from 0.3."""

    most = 9
    goes_on = True

    def __init__(self) -> None:
        pcs = "x real [0, 1] [0.9]\nkind categorical {a, b} [a]\nn integer [1, 9] [2]\nn | kind in {b}\n"
        super().__init__("branches", pcs)

    def curve(self, settings: Settings) -> FloatArray:
        end = abs(settings["x"] - 0.3) + 0.01 * settings.get("n", 3)
        return end + 1 / np.arange(1, self.most + 1)

    @property
    def scale(self) -> Scale:
        return Scale(0.0, 0.1)


@pytest.fixture
def others_warnings() -> Iterator[None]:
    """The peers' own warnings are not ours to fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def searched(name: str, seed: int) -> Meter:
    task = Branches()
    meter = Meter(task, ShownCurves(task, "plain", seed), Pricing.CHECKPOINTS)
    own_s = search(lambda: make_method(name, task, seed, Pricing.CHECKPOINTS), meter, WORK)
    assert len(own_s) == len(meter.work)
    return meter


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("others_warnings")
def test_a_search_makes_runs_until_its_work_is_done(name: str) -> None:
    if name.partition(":")[0] in NEEDS:
        pytest.importorskip(NEEDS[name.partition(":")[0]])
    first, again, other = searched(name, 1), searched(name, 1), searched(name, 2)
    assert first.work[-2] < WORK <= first.work[-1]
    assert max(first.budgets) == 9
    assert (min(first.budgets) == 9) == name.startswith("full")
    assert first.shown == again.shown
    assert first.budgets == again.budgets
    assert first.shown != other.shown


def test_the_table_of_methods_names_what_is_there() -> None:
    for base in METHODS:
        assert check_name(base)[0] == base
    assert check_name("full") == ("full", "bbopt")
    assert check_name("hyperband#x") == ("hyperband", "smbo")
    assert check_name("asha:random#a:b") == ("asha", "random")
    for text, said in (
        ("bohb", "no method 'bohb'; there are: full, "),
        ("asha:none", "there is: asha:smbo, asha:random"),
        ("dehb:x", "there is: dehb alone"),
    ):
        with pytest.raises(ValueError, match=said):
            check_name(text)


def test_hopeless_runs_are_given_up() -> None:
    task = Branches()
    meter = Meter(task, ShownCurves(task, "plain", 0), Pricing.COURSE)
    search(lambda: make_method("hopeless:curve", task, 1, Pricing.COURSE), meter, 10.0)
    assert max(meter.budgets) == task.most
    assert min(meter.budgets) < task.most
    assert sum(meter.budgets) == meter.spent * task.most


class StoppingEngine:
    """Asks for runs in full, gives each up when it has shown three losses, and keeps what it was told."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self.told: list[RunResult] = []
        self.seen: list[Curve] = []
        self.exhausted: str | None = None
        self.incumbent: Incumbent | None = None

    def ask(self, others: Others = ALONE) -> RunRequest | None:
        if len(self.told) == 2:
            return None
        rows = [self._space.default, *self._space.configurations(self._space.from_unit(np.full((1, 3), 0.2)))]
        return RunRequest(rows[len(self.told)], NO_INSTANCE, -1, 1e9, 9, Origin("default", 0))

    def tell(self, request: RunRequest, result: RunResult) -> None:
        self.told.append(result)

    def progressed(self, request: RunRequest, curve: Curve) -> str | None:
        self.seen.append(curve)
        return "hopeless" if len(curve) == 3 else None

    def learn(self, request: RunRequest, result: RunResult) -> None:
        raise AssertionError

    def decline(self, request: RunRequest) -> None:
        raise AssertionError

    def suggest(self, configuration: Configuration) -> None:
        raise AssertionError

    def may_return(self, configuration: Configuration) -> bool:
        raise AssertionError

    def confirm(self) -> RunRequest | None:
        raise AssertionError


@pytest.mark.parametrize(("pricing", "n_told"), [(Pricing.COURSE, 3), (Pricing.CHECKPOINTS, 9)])
def test_an_engine_ends_runs_that_print_their_course(pricing: Pricing, n_told: int) -> None:
    task = Branches()
    engine = StoppingEngine(task.space)
    meter = Meter(task, ShownCurves(task, "plain", 0), pricing)
    search(lambda: EngineMethod(engine), meter, WORK)
    losses = task.curve({"x": 0.9, "kind": "a"})
    (first, second) = engine.told
    assert [step for step, _ in first.curve] == [*range(1, n_told + 1)]
    assert [loss for _, loss in first.curve] == pytest.approx(losses[:n_told])
    assert len(second.curve) == n_told
    assert first.is_hopeless == second.is_hopeless == (n_told < 9)
    assert first.quality == pytest.approx(losses[n_told - 1])
    assert bool(engine.seen) == (n_told < 9)


class Idle(Method):
    """Asks for nothing."""

    def ask(self) -> None:
        return None

    def tell(self, losses: Sequence[float]) -> None:
        raise AssertionError


def test_a_method_may_come_to_its_end() -> None:
    task = Branches()
    meter = Meter(task, ShownCurves(task, "plain", 0), Pricing.ANEW)
    assert search(Idle, meter, WORK) == []
    assert meter.spent == 0
