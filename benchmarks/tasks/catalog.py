"""All tasks by name, and the groups they come in.

Groups whose names end in `heldout` hold others of the same kinds as those that are for working on the
optimizer, looked at only to see whether a choice holds beyond the tasks it was made on: `synthetic`, `bounds`
(where bounds matter), `branches` and `basins` (where the best one looks worse at first), `lcbench`, `rpart`.
`large` has hundreds of parameters, for the optimizers' own time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.tasks.basins import Basins
from benchmarks.tasks.boosting import Boosting
from benchmarks.tasks.branches import Classifier, Pipeline
from benchmarks.tasks.gated import GatedMixed
from benchmarks.tasks.large import Convnet
from benchmarks.tasks.mixed import Mixed, MixedShape
from benchmarks.tasks.smooth import Ackley, Branin, Hartmann6, Rosenbrock
from benchmarks.tasks.task import Task
from benchmarks.tasks.traps import Traps
from benchmarks.tasks.yahpo import LCBENCH, RPART, Scenario, Yahpo

__all__ = ["GROUPS", "TaskChoice", "choose_tasks", "data_folder", "make_task"]

_TEN = MixedShape(reals=3, log_reals=1, integers=1, log_integers=2, categoricals=2, ordinals=1)
_THIRTY = MixedShape(
    reals=8, log_reals=4, integers=2, log_integers=6, categoricals=6, ordinals=4, is_squashed=True
)

_SYNTHETIC: dict[str, Callable[[], Task]] = {
    "branin": Branin,
    "hartmann6": Hartmann6,
    "mixed10": lambda: Mixed("mixed10", _TEN, 110),
    "mixed30": lambda: Mixed("mixed30", _THIRTY, 130),
    "cond": Classifier,
    "noisy6": lambda: Hartmann6("noisy6", noise=0.2),
}
_HELD_OUT: dict[str, Callable[[], Task]] = {
    "ackley5": Ackley,
    "rosenbrock4": Rosenbrock,
    "mixed10b": lambda: Mixed("mixed10b", _TEN, 211),
    "mixed10c": lambda: Mixed("mixed10c", MixedShape(1, 2, 2, 1, 3, 1, is_squashed=True), 212),
    "mixed20c": lambda: GatedMixed("mixed20c", MixedShape(5, 3, 2, 3, 4, 3), 8, 220),
    "mixed30b": lambda: Mixed("mixed30b", _THIRTY, 230),
    "cond2": Pipeline,
    "noisymixed8": lambda: Mixed("noisymixed8", MixedShape(3, 1, 1, 1, 1, 1), 208, noise=0.3),
}
_BOUNDS: dict[str, Callable[[], Task]] = {
    f"boost{number}": partial(Boosting, f"boost{number}", 400 + number) for number in range(1, 9)
}
_BRANCHES: dict[str, Callable[[], Task]] = {
    f"trap{number}": partial(Traps, f"trap{number}", 500 + number) for number in range(1, 9)
}
_BASINS: dict[str, Callable[[], Task]] = {
    name: partial(Basins, name, n, seed)
    for name, n, seed in (
        ("basins4", 4, 704),
        ("basins6", 6, 706),
        ("basins8", 8, 708),
        ("basins5", 5, 715),
        ("basins6b", 6, 716),
        ("basins7", 7, 717),
    )
}
_LARGE: dict[str, Callable[[], Task]] = {"convnet": Convnet}
_LCBENCH = ("3945", "7593", "34539", "168868", "168329")
_LCBENCH_HELD_OUT = ("126026", "146212", "167168", "168908", "189906")
_RPART = ("3", "31", "1464", "40981")

GROUPS: dict[str, tuple[str, ...]] = {
    "synthetic": tuple(_SYNTHETIC),
    "lcbench": tuple(f"lcbench_{instance}" for instance in _LCBENCH),
    "rpart": tuple(f"rbv2_rpart_{instance}" for instance in _RPART),
    "bounds": tuple(_BOUNDS)[:4],
    "branches": tuple(_BRANCHES)[:4],
    "basins": tuple(_BASINS)[:3],
    "heldout": tuple(_HELD_OUT),
    "bounds_heldout": tuple(_BOUNDS)[4:],
    "branches_heldout": tuple(_BRANCHES)[4:],
    "basins_heldout": tuple(_BASINS)[3:],
    "large": tuple(_LARGE),
    "lcbench_heldout": tuple(f"lcbench_{instance}" for instance in _LCBENCH_HELD_OUT),
}
"""The names of the tasks in each group."""


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """Tasks to run, and those that were asked for but need data that is not there."""

    names: tuple[str, ...]
    left_out: tuple[str, ...]


def data_folder(given: Path | None) -> Path | None:
    """Where the networks are: as given, else `../shared/data/yahpo` beside the project; None: nowhere."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "yahpo"
    folder = beside if given is None else given
    return folder if folder.is_dir() else None


def choose_tasks(
    words: Iterable[str], data: Path | None, groups: Mapping[str, tuple[str, ...]] = GROUPS
) -> TaskChoice:
    """The tasks that names, group names and `all` stand for; ValueError for another word."""
    known = [name for names in groups.values() for name in names]
    chosen: dict[str, None] = {}
    for word in words:
        if word != "all" and word not in groups and word not in known:
            raise ValueError(f"no task or group {word!r}; there are: all, {', '.join([*groups, *known])}")
        chosen |= dict.fromkeys(known if word == "all" else groups.get(word, (word,)))
    left_out = [name for name in chosen if _network_of(name) and not _has_network(name, data)]
    return TaskChoice(tuple(name for name in chosen if name not in left_out), tuple(left_out))


def make_task(name: str, data: Path | None) -> Task:
    """The task of this name; KeyError when there is none, or the data for it is missing."""
    for tasks in (_SYNTHETIC, _BOUNDS, _BRANCHES, _BASINS, _HELD_OUT, _LARGE):
        if name in tasks:
            return tasks[name]()
    scenario = _network_of(name)
    if scenario is None or data is None:
        raise KeyError(name)
    return Yahpo(scenario, name.removeprefix(f"{scenario.name}_"), data)


def _network_of(name: str) -> Scenario | None:
    return next((scenario for scenario in (LCBENCH, RPART) if name.startswith(f"{scenario.name}_")), None)


def _has_network(name: str, data: Path | None) -> bool:
    scenario = _network_of(name)
    return data is not None and scenario is not None and (data / scenario.name / "model.onnx").is_file()
