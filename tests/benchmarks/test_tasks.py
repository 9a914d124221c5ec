"""The tasks: their values, their optima, and that both ways to a configuration agree."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.tasks import GROUPS, Settings, Task, choose_tasks, data_folder, make_task, settings_of
from benchmarks.tasks.basins import Basins
from benchmarks.tasks.estimate import estimate
from benchmarks.tasks.mixed import Mixed
from benchmarks.tasks.positions import position, value_at
from benchmarks.tasks.scales import known_scales
from benchmarks.tasks.traps import Traps

LOSSES: dict[str, list[tuple[Settings, float]]] = json.loads(
    Path(__file__).with_name("losses.json").read_text()
)
"""Some settings of each task with their losses, from another implementation of the same tasks."""

WITHOUT_DATA = tuple(
    name for group, names in GROUPS.items() if not group.startswith(("lcbench", "rpart")) for name in names
)
TRAPS = (*GROUPS["branches"], *GROUPS["branches_heldout"])
BASINS = (*GROUPS["basins"], *GROUPS["basins_heldout"])

OPTIMA: dict[str, Settings] = {
    "branin": {"x1": math.pi, "x2": 2.275},
    "hartmann6": dict(
        zip(
            ("x1", "x2", "x3", "x4", "x5", "x6"),
            (0.20168952, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730054),
            strict=True,
        )
    ),
    "ackley5": {"x1": 3.7, "x2": -5.1, "x3": 1.3, "x4": 6.4, "x5": -2.2},
    "rosenbrock4": {"x1": 1.0, "x2": 1.0, "x3": 1.0, "x4": 1.0},
    "cond": {
        "algo": "net",
        "scale": 10 ** (-3 + 6 * 0.62),
        "pre": 17,
        "t_lr": 10 ** (-5 + 5 * 0.55),
        "t_decay": 10 ** (-7 + 6 * 0.45),
        "t_width": 300,
        "t_layers": 4,
        "t_drop": 0.35 * 0.9,
        "t_act": "gelu",
    },
    "cond2": {
        "solver": "anneal",
        "presolve": "full",
        "effort": 40,
        "threads": "eight",
        "p_rounds": 12,
        "p_limit": 1e-3,
        "m_restart": 0.15,
        "m_accept": "threshold",
        "m_margin": 10 ** (-3 + 4 * 0.6),
        "a_start": 10 ** (-2 + 5 * 0.7),
        "a_cool": 0.8 + 0.199 * 0.9,
    },
}


def random_settings(task: Task, n: int) -> list[Settings]:
    rows = task.space.sample(n, np.random.default_rng(4))
    return [settings_of(configuration) for configuration in task.space.configurations(rows)]


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_those_of_the_reference(name: str) -> None:
    task = make_task(name, None)
    for settings, loss in LOSSES[name]:
        assert task.loss(settings) == pytest.approx(loss, rel=1e-12, abs=1e-12)


def test_the_stored_points_reach_every_branch() -> None:
    branches = {settings["algo"] for settings, _ in LOSSES["cond"]}
    assert branches == {"linear", "knn", "forest", "svm", "net"}


@pytest.mark.parametrize("name", OPTIMA)
def test_known_optima_are_reached(name: str) -> None:
    task = make_task(name, None)
    assert task.optimum == task.scale.optimum
    assert task.loss(OPTIMA[name]) == pytest.approx(task.optimum, abs=1e-8)


@pytest.mark.parametrize("name", [name for name in WITHOUT_DATA if "mixed" in name])
def test_planted_optima_are_zero(name: str) -> None:
    task = make_task(name, None)
    assert isinstance(task, Mixed)
    assert task.loss(task.minimiser) == task.optimum == 0


def test_the_large_space_is_of_238_parameters_and_its_optimum_is_there() -> None:
    task = make_task("convnet", None)
    assert task.space.n_params == 238
    assert task.loss(task.minimiser) == task.optimum == 0
    away = {**task.minimiser, "warp_osize": "48" if task.minimiser["warp_osize"] != "48" else "16"}
    assert task.loss(away) > 0


@pytest.mark.parametrize("name", TRAPS)
def test_the_best_branch_of_a_trap_looks_worse_than_the_trap(name: str) -> None:
    task = make_task(name, None)
    assert isinstance(task, Traps)
    assert task.loss(task.minimiser) == task.optimum == 0
    losses: dict[str, list[float]] = {algorithm: [] for algorithm in task.algorithms}
    for settings in random_settings(task, 1000):
        losses[settings["algorithm"]].append(task.loss(settings))
    best, trap, *others = (losses[algorithm] for algorithm in task.algorithms)
    assert np.median(best) > 1.5 * np.median(trap)
    assert min(trap) < min(min(other) for other in others)
    assert settings_of(task.space.default)["algorithm"] != task.algorithms[0]
    for parameter in task.space.parameters:
        if parameter.name in task.minimiser and not parameter.is_unordered:
            ends = [{parameter.name: value_at(parameter, end)} for end in (0.0, 0.999)]
            assert max(task.loss(task.minimiser | end) for end in ends) > 0


def test_traps_differ_in_size_in_depth_and_in_where_the_default_is() -> None:
    tasks = [make_task(name, None) for name in TRAPS]
    assert len({task.space.parameters[task.space.index["algorithm"]].choices for task in tasks}) > 2
    assert all(any("algorithm" not in c.text for c in task.space.conditions) for task in tasks)
    defaults = [settings_of(task.space.default)["algorithm"] for task in tasks]
    traps = [task.algorithms[1] for task in tasks if isinstance(task, Traps)]
    assert {default == trap for default, trap in zip(defaults, traps, strict=True)} == {True, False}


@pytest.mark.parametrize("name", BASINS)
def test_the_best_basin_is_narrower_than_the_one_across(name: str) -> None:
    task = make_task(name, None)
    assert isinstance(task, Basins)
    assert task.loss(task.minimiser) == task.optimum == 0
    steps = 0.15 * np.random.default_rng(8).standard_normal((200, task.space.n_params))

    def median_loss_around(centre: NDArray[np.float64]) -> float:
        points = centre + steps
        return float(np.median([task.loss(dict(zip(task.space.names, p, strict=True))) for p in points]))

    best, across = task.centres[:2]
    assert np.linalg.norm(best - across) > 0.4
    assert median_loss_around(best) > median_loss_around(across)


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_no_configuration_is_better_than_the_optimum(name: str) -> None:
    task = make_task(name, None)
    assert min(task.losses(random_settings(task, 200))) > task.scale.optimum
    assert task.scale.regret(task.scale.optimum) == 0
    assert task.scale.regret(task.scale.rs25) == 1


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_the_walk_agrees_with_the_space(name: str) -> None:
    task = make_task(name, None)
    for settings in random_settings(task, 100):
        walked: Settings = {}
        for parameter in task.walk.parameters:
            if task.walk.is_active(parameter, walked):
                walked[parameter.name] = settings[parameter.name]
        assert walked == settings


def test_conditional_tasks_have_every_activity() -> None:
    for name in ("cond", "cond2", "mixed20c", "convnet"):
        task = make_task(name, None)
        assert task.walk.is_conditional
        sizes = {len(settings) for settings in random_settings(task, 300)}
        assert len(sizes) > 2
        assert min(sizes) < len(task.space.names)


def test_settings_have_proper_types() -> None:
    task = make_task("mixed10", None)
    types = {name: type(value) for name, value in random_settings(task, 1)[0].items()}
    assert {types["r0"], types["s0"]} == {float}
    assert {types["i0"], types["k0"]} == {int}
    assert {types["c0"], types["o0"]} == {str}


def test_positions_are_exact_at_the_ends_and_values_are_legal() -> None:
    for parameter in make_task("mixed10", None).space.parameters:
        ends = [value_at(parameter, 0.0), value_at(parameter, 1 - 1e-12)]
        assert [position(parameter, value) for value in ends] == pytest.approx([0, 1])
        assert parameter.native(str(value_at(parameter, 0.37))) is not None


def test_noise_depends_on_settings_and_seed_only() -> None:
    task = make_task("noisy6", None)
    one, other = random_settings(task, 2)
    assert task.observed(one, 1.0, seed=3) == make_task("noisy6", None).observed(dict(one), 1.0, seed=3)
    assert task.observed(one, 1.0, seed=3) != task.observed(one, 1.0, seed=4)
    assert task.observed(one, 1.0, seed=3) != task.observed(other, 1.0, seed=3)
    errors = np.array([task.observed(one, 1.0, seed) - 1.0 for seed in range(2000)])
    assert abs(errors.mean()) < 4 * task.noise / math.sqrt(2000)
    assert errors.std() == pytest.approx(task.noise, rel=0.08)
    quiet = make_task("hartmann6", None)
    assert quiet.observed(one, 1.0, seed=3) == 1.0


def test_every_task_has_a_scale() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert len(set(names)) == len(names)
    assert set(names) == set(known_scales())
    assert all(scale.rs25 > scale.optimum for scale in known_scales().values())


def test_tasks_without_their_data_are_left_out() -> None:
    choice = choose_tasks(["branin", "lcbench", "synthetic"], None)
    assert choice.names == GROUPS["synthetic"]
    assert choice.left_out == GROUPS["lcbench"]
    assert data_folder(Path("/nowhere")) is None
    with pytest.raises(KeyError):
        make_task("lcbench_3945", None)
    with pytest.raises(ValueError, match="no task or group 'brain'"):
        choose_tasks(["brain"], None)


def test_tasks_with_their_data_are_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "lcbench").mkdir()
    (tmp_path / "lcbench" / "model.onnx").touch()
    choice = choose_tasks(["lcbench", "rpart"], tmp_path)
    assert choice.names == GROUPS["lcbench"]
    assert choice.left_out == GROUPS["rpart"]
    assert make_task("lcbench_3945", tmp_path).space.n_params == 7


class Bowl(Task):
    def __init__(self) -> None:
        super().__init__("bowl", "x real [0, 1] [0.5]\ny real [0, 1] [0.5]\n")

    def loss(self, settings: Settings) -> float:
        return float((settings["x"] - 0.3) ** 2 + (settings["y"] - 0.8) ** 2)


def test_an_estimate_finds_the_optimum_and_the_median_best_of_25() -> None:
    found = estimate(Bowl(), n_random=2000)
    assert found.scale.optimum == pytest.approx(0, abs=1e-5)
    assert found.n_agreeing == 20
    rng = np.random.default_rng(9)
    best = ((rng.random((4000, 25, 2)) - [0.3, 0.8]) ** 2).sum(axis=2).min(axis=1)
    assert found.scale.rs25 == pytest.approx(np.median(best), rel=0.25)


def test_an_estimate_takes_a_known_optimum() -> None:
    task = make_task("branin", None)
    found = estimate(task, n_random=500)
    assert found.scale.optimum == task.optimum
    assert found.n_agreeing is None
