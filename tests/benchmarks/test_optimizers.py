"""The optimizers behind their protocol: what they ask is legal, their time is theirs alone."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, cast

import pytest

from bbopt.acquisition import AcquisitionName
from bbopt.engines import Engine
from bbopt.runs import RunRequest, RunResult
from benchmarks.optimizers import OPTIMIZERS, TimedSearch, Trial, make_optimizer, parse_name
from benchmarks.optimizers.bbopt_smbo import SlottedOptimizer, smbo_engine, with_fields
from benchmarks.tasks import Settings, make_task

NEEDS = {
    "bbopt_tpe": ("optuna",),
    "optuna_tpe": ("optuna",),
    "optuna_gp": ("optuna", "torch"),
    "hyperopt_tpe": ("hyperopt",),
    "smac3_hpo": ("smac",),
    "smac3_bb": ("smac",),
    "hebo": ("hebo",),
    "ax": ("ax",),
    "vizier": ("vizier", "jax"),
}
N_EVALUATIONS = 6
BUDGET = 40
"""Of which SMAC3 spends the evaluations above on its initial design, which is quick."""

SLOW = [pytest.mark.slow, pytest.mark.timeout(900)]
NAMES = [
    pytest.param(name, marks=SLOW) if name.startswith(("smac3", "hebo", "ax", "vizier")) else name
    for name in OPTIMIZERS
]


@pytest.fixture
def others_warnings() -> Iterator[None]:
    """The peers' own warnings are not ours to fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("others_warnings")
def test_what_is_asked_is_legal_and_follows_from_the_seed(name: str) -> None:
    for module in NEEDS.get(name, ()):
        pytest.importorskip(module)
    task = make_task("cond", None)

    def asked(seed: int) -> list[Settings]:
        optimizer = make_optimizer(name, task, seed, BUDGET)
        found = []
        for _ in range(N_EVALUATIONS):
            trial = optimizer.ask()
            assert trial is not None
            optimizer.tell(task.loss(trial.settings))
            found.append(trial.settings)
        return found

    first = asked(1)
    for settings in first:
        configuration = task.space.configuration({key: str(value) for key, value in settings.items()})
        assert set(configuration.active) == set(settings)
    assert first == asked(1)
    assert first != asked(2)


def test_names_are_taken_apart() -> None:
    name = parse_name("bbopt:surrogate=gp,forest.n_trees=30#before")
    assert name.base == "bbopt"
    assert name.fields == (("surrogate", "gp"), ("forest.n_trees", "30"))
    assert parse_name("random#x").fields == ()


@pytest.mark.parametrize("text", ["bbob", "random:x=1", "bbopt:x", "bbopt:x="])
def test_bad_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no optimizer|only bbopt|name=value"):
        parse_name(text)


@dataclass(frozen=True)
class Inner:
    n: int = 1
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    rule: AcquisitionName = AcquisitionName.EI
    is_on: bool = False
    limit: int | None = 3
    word: str = "a"
    kind: Literal["x", "y"] = "x"


def test_fields_are_set_by_name_with_their_types() -> None:
    fields = {
        "inner.n": "7",
        "inner.share": "0.25",
        "rule": "LCB",
        "is_on": "true",
        "limit": "none",
        "word": "b",
        "kind": "y",
    }
    assert with_fields(Outer(), fields) == Outer(Inner(7, 0.25), AcquisitionName.LCB, True, None, "b", "y")
    assert with_fields(Outer(), {"limit": "5"}).limit == 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nothing", "1"),
        ("inner.m", "1"),
        ("inner", "1"),
        ("rule", "X"),
        ("inner.n", "x"),
        ("is_on", "maybe"),
        ("kind", "z"),
    ],
)
def test_bad_fields_are_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"has no|can't be given|is none of|invalid literal|neither"):
        with_fields(Outer(), {name: text})


def test_a_variant_of_bbopt_searches_otherwise() -> None:
    task = make_task("branin", None)
    found = []
    for name in ("bbopt", "bbopt#label", "bbopt:acquisition=SIMPLE"):
        search = TimedSearch(name, task, seed=0, budget=16)
        for _ in range(16):
            search.step()
        found.append(search.losses)
    assert found[0] == found[1] != found[2]


class Watched:
    """bbopt's engine on Branin's function, with the proposals that were asked for and told, in order."""

    def __init__(self) -> None:
        self._engine = smbo_engine(make_task("branin", None), seed=0, budget=20)
        self.asked: list[int] = []
        self.told: list[int] = []

    def ask(self) -> RunRequest | None:
        request = self._engine.ask()
        if request is not None:
            self.asked.append(request.origin.proposal)
        return request

    def tell(self, request: RunRequest, result: RunResult) -> None:
        self.told.append(request.origin.proposal)
        self._engine.tell(request, result)


@pytest.mark.parametrize("n_slots", [1, 3])
def test_every_slot_has_a_run_whenever_a_run_has_ended(n_slots: int) -> None:
    engine, task = Watched(), make_task("branin", None)
    optimizer = SlottedOptimizer(cast(Engine, engine), is_noisy=False, n_slots=n_slots, seed=5)
    for number in range(12):
        trial = optimizer.ask()
        assert trial is not None
        assert len(engine.asked) == number + n_slots
        optimizer.tell(task.loss(trial.settings))
    assert set(engine.told) <= set(engine.asked)
    assert (engine.told == engine.asked[:12]) == (n_slots == 1)  # run times differ


def test_slots_are_a_variant_of_bbopt() -> None:
    task = make_task("branin", None)
    found = []
    for name in ("bbopt", "bbopt:slots=1", "bbopt:slots=4", "bbopt:slots=4,acquisition=SIMPLE"):
        search = TimedSearch(name, task, seed=0, budget=16)
        for _ in range(16):
            search.step()
        found.append(search.losses)
    assert found[0] == found[1] != found[2] != found[3]


def test_the_incumbent_is_the_best_so_far_without_noise() -> None:
    search = TimedSearch("random", make_task("branin", None), seed=0, budget=20)
    for _ in range(20):
        search.step()
    assert search.incumbents == list(itertools.accumulate(search.losses, min))
    assert search.observed == search.losses


def test_bbopt_races_where_there_is_noise_and_every_run_counts() -> None:
    search = TimedSearch("bbopt", make_task("noisy6", None), seed=0, budget=12)
    for _ in range(12):
        search.step()
    assert len(search) == len(search.losses) == len(search.own_s) == 12
    assert len(set(search.losses)) < 12  # the incumbent was run again
    assert search.observed != search.losses
    assert len(set(search.observed)) == 12
    assert set(search.incumbents) <= set(search.losses)


class Scripted:
    """Asks for the listed values of x1; every call takes a second of the fake clock."""

    def __init__(self, clock: list[float], values: list[float]) -> None:
        self._clock, self._values = clock, values

    def ask(self) -> Trial | None:
        self._clock[0] += 1
        return Trial({"x1": self._values.pop(0), "x2": 0.0}) if self._values else None

    def tell(self, loss: float) -> None:
        self._clock[0] += 1

    def incumbent(self) -> Settings | None:
        self._clock[0] += 1000
        return {"x1": 0.0, "x2": 0.0}


def test_own_time_leaves_the_task_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    task = make_task("branin", None)
    monkeypatch.setattr("benchmarks.optimizers.timed_search.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr("benchmarks.optimizers.timed_search.time.process_time", lambda: clock[0] / 2)
    script = Scripted(clock, [1.0, 2.0])
    monkeypatch.setattr("benchmarks.optimizers.timed_search.make_optimizer", lambda *_: script)
    loss = task.loss

    def slow_loss(settings: Settings) -> float:
        clock[0] += 100
        return loss(settings)

    monkeypatch.setattr(task, "loss", slow_loss)
    search = TimedSearch("random", task, seed=0, budget=3)
    while not search.has_ended:
        search.step()
    assert search.own_s == [2.0, 2.0]
    assert search.own_cpu_s == [1.0, 1.0]
    assert search.incumbents == [loss({"x1": 0.0, "x2": 0.0})] * 2
