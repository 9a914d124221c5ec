"""Learning curves: what they are, what misleads about them, and what runs cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.budgeted.catalog import GROUPS, make_budgeted
from benchmarks.budgeted.kinds import KINDS, ShownCurves
from benchmarks.budgeted.metering import Meter, Pricing
from benchmarks.budgeted.task import BudgetedTask, FloatArray
from benchmarks.tasks import Scale, Settings, choose_tasks, settings_of
from benchmarks.tasks.smooth import HARTMANN_3

MOST = 10


class Slope(BudgetedTask):
    """Ends at x, after having come down from x + 1 in a straight line."""

    most = MOST
    goes_on = True

    def __init__(self) -> None:
        super().__init__("slope", "x real [0, 1] [0.5]\n")

    def curve(self, settings: Settings) -> FloatArray:
        return settings["x"] + 1 - np.arange(1, MOST + 1) / MOST

    @property
    def scale(self) -> Scale:
        return Scale(0.0, 0.04)


def never(losses: Sequence[float]) -> bool:
    return False


def shown(kind: str, x: float, seed: int = 0) -> FloatArray:
    task = Slope()
    settings = {"x": x}
    return ShownCurves(task, kind, seed)(settings, task.curve(settings))


def test_a_run_in_full_ends_at_the_loss() -> None:
    task = Slope()
    assert task.loss({"x": 0.25}) == pytest.approx(0.25)
    for name in GROUPS["hartmann"]:
        hartmann = make_budgeted(name, 3, None)
        point = settings_of(hartmann.space.default)
        assert hartmann.curve(point)[-1] == hartmann.loss(point)


@pytest.mark.parametrize(
    ("name", "minimiser"),
    [
        ("mfhartmann3", (0.114614, 0.555649, 0.852547)),
        ("mfhartmann6", (0.20168952, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730054)),
    ],
)
def test_hartmanns_functions_have_their_optima(name: str, minimiser: tuple[float, ...]) -> None:
    task = make_budgeted(name, 0, None)
    settings = {f"x{i}": x for i, x in enumerate(minimiser, 1)}
    assert task.loss(settings) == pytest.approx(task.scale.optimum, abs=1e-5)
    assert task.optimum == task.scale.optimum
    assert task.scale.rs25 > task.scale.optimum


def test_a_cheap_run_of_hartmanns_function_looks_worse_and_draws_once_a_seed() -> None:
    settings = {"x1": 0.1, "x2": 0.5, "x3": 0.8}
    curve = make_budgeted("mfhartmann3", 1, None).curve(settings)
    shares = HARTMANN_3.shares(HARTMANN_3.point(settings))
    hidden = curve + HARTMANN_3.heights @ shares
    missing = 1 - np.log(np.arange(1, 101)) / np.log(100)
    assert (hidden[:-1] > 0.5 * missing[:-1] * shares.sum()).all()
    assert hidden[-1] == 0
    assert hidden[0] - 0.5 * shares.sum() < 0.6  # six standard deviations
    assert (curve == make_budgeted("mfhartmann3", 1, None).curve(dict(settings))).all()
    assert (curve[:-1] != make_budgeted("mfhartmann3", 2, None).curve(settings)[:-1]).all()


def test_every_kind_but_noise_shows_the_truth_at_the_end() -> None:
    for kind in KINDS:
        curve = shown(kind, 0.25)
        assert curve.shape == (MOST,)
        assert (curve[-1] == pytest.approx(0.25)) == (kind != "noisy")


def test_what_the_kinds_show_before_the_end() -> None:
    plain_good, plain_bad = shown("plain", 0.1), shown("plain", 0.9)
    assert (plain_good < plain_bad).all()
    good, bad = shown("reversed", 0.1), shown("reversed", 0.9)
    assert (good[:4] > bad[:4]).all()
    assert (good[4:] == plain_good[4:]).all()
    good, bad = shown("crossing", 0.1), shown("crossing", 0.9)
    assert (good[:4] > bad[:4]).all()
    assert good[4] == pytest.approx(bad[4])
    assert (good[5:] < bad[5:]).all()
    flat = shown("random", 0.1)
    assert len(set(flat[:-1])) == 1
    assert flat[0] != shown("random", 0.2)[0]
    assert shown("ushape", 0.1)[:4] == pytest.approx(0.3 * plain_good[:4])
    noise = np.array([shown("noisy", x, seed=5) - shown("plain", x) for x in np.linspace(0, 1, 50)])
    assert noise.std() == pytest.approx(0.5 * 0.04, rel=0.2)


def test_what_is_shown_depends_on_settings_and_seed_only() -> None:
    for kind in ("random", "noisy"):
        assert (shown(kind, 0.25, seed=1) == shown(kind, 0.25, seed=1)).all()
        assert shown(kind, 0.25, seed=1)[0] != shown(kind, 0.25, seed=2)[0]
    with pytest.raises(ValueError, match="no kind 'odd'; there are: plain, reversed"):
        ShownCurves(Slope(), "odd", 0)


def work(pricing: Pricing, *runs: tuple[float, int]) -> list[float]:
    task = Slope()
    meter = Meter(task, ShownCurves(task, "plain", 0), pricing)
    for x, budget in runs:
        meter.run({"x": x}, budget, never)
    return [round(paid * MOST) for paid in meter.work]


def test_what_a_run_costs() -> None:
    runs = ((0.1, 2), (0.1, 5), (0.2, 2), (0.1, 10))
    assert work(Pricing.CHECKPOINTS, *runs) == [2, 5, 7, 12]
    assert work(Pricing.COURSE, *runs) == [2, 5, 7, 17]
    assert work(Pricing.ANEW, *runs) == [2, 7, 9, 19]


def test_a_run_that_brings_nothing_costs_one_unit() -> None:
    assert work(Pricing.CHECKPOINTS, (0.1, 4), (0.1, 4), (0.1, 2)) == [4, 5, 6]


def test_a_program_that_grows_its_model_anew_has_no_checkpoints() -> None:
    task = Slope()
    assert Pricing.COURSE.of(task) is Pricing.COURSE
    task.goes_on = False
    assert Pricing.COURSE.of(task) is Pricing.ANEW
    meter = Meter(task, ShownCurves(task, "plain", 0), Pricing.CHECKPOINTS)
    meter.run({"x": 0.1}, 5, never)
    meter.run({"x": 0.1}, MOST, never)
    assert meter.spent == 1.5


def test_only_a_run_that_prints_its_course_is_ended() -> None:
    def late(losses: Sequence[float]) -> bool:
        return len(losses) == 4

    task = Slope()
    for pricing, reached in ((Pricing.COURSE, 4), (Pricing.CHECKPOINTS, MOST), (Pricing.ANEW, MOST)):
        meter = Meter(task, ShownCurves(task, "plain", 0), pricing)
        losses = meter.run({"x": 0.2}, MOST, late)
        assert losses == pytest.approx(task.curve({"x": 0.2})[:reached])
        assert meter.budgets == [reached]
        assert meter.spent == reached / MOST


def test_recommended_is_who_was_run_longest_and_then_who_was_best() -> None:
    task = Slope()
    meter = Meter(task, ShownCurves(task, "plain", 0), Pricing.CHECKPOINTS)
    for x, budget in ((0.5, 2), (0.4, 2), (0.9, 5), (0.1, 2), (0.3, 5), (0.1, 5)):
        meter.run({"x": x}, budget, never)
    assert meter.finals == pytest.approx([0.5, 0.4, 0.9, 0.9, 0.3, 0.1])
    assert meter.shown == pytest.approx([1.3, 1.2, 1.4, 0.9, 0.8, 0.6])


def test_recommended_of_what_misleads_is_who_seems_best() -> None:
    task = Slope()
    meter = Meter(task, ShownCurves(task, "reversed", 0), Pricing.CHECKPOINTS)
    for x in (0.1, 0.9, 0.5):
        meter.run({"x": x}, 2, never)
    assert meter.finals == pytest.approx([0.1, 0.9, 0.9])


def test_tasks_are_known_by_name() -> None:
    assert choose_tasks(["hartmann", "lcbench"], None, GROUPS).names == GROUPS["hartmann"]
    for name in ("lcbench_3945", "branin"):
        with pytest.raises(KeyError):
            make_budgeted(name, 0, None)


def test_the_surrogates_end_where_the_tasks_in_full_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Network:
        def __init__(self) -> None:
            self.codes = {
                "OpenML_task_id": {"3945": 7},
                "task_id": {"31": 5},
                "num.impute.selected.cpo": {"impute.mean": 2},
            }

        def outputs(self, categoricals: FloatArray, numbers: FloatArray) -> FloatArray:
            """The budget, the fifth of rpart's numbers, or the first of LCBench's."""
            budget = numbers[:, 4] if numbers.shape[1] == 6 else numbers[:, 0]
            return np.stack([budget, budget], axis=1)

    monkeypatch.setattr("benchmarks.tasks.yahpo._load", lambda folder: Network())
    networks, trees = (make_budgeted(name, 0, tmp_path) for name in ("lcbench_3945", "rbv2_rpart_31"))
    default = settings_of(networks.space.default)
    assert networks.curve(default) == pytest.approx(100 - np.arange(1, 53))
    assert networks.loss(default) == networks.losses([default])[0] == 48
    assert networks.goes_on
    default = settings_of(trees.space.default)
    assert trees.curve(default) == pytest.approx(100 - 100 * np.arange(1, 28) / 27, abs=1e-4)
    assert trees.loss(default) == trees.losses([default])[0] == 0
    assert not trees.goes_on
    assert networks.scale.rs25 > networks.scale.optimum
