"""Conditional spaces: a choice of algorithm with parameters of its own below each."""

from __future__ import annotations

import math
from typing import ClassVar

from benchmarks.tasks.positions import position
from benchmarks.tasks.settings import Settings
from benchmarks.tasks.task import Task

__all__ = ["Classifier", "Pipeline"]


class _Branching(Task):
    """A task whose terms are written in positions within the ranges."""

    optimum = 0.0

    def _at(self, settings: Settings, name: str) -> float:
        """The position of a setting, from 0 to 1."""
        return self._where(name, settings[name])

    def _where(self, name: str, value: float | str) -> float:
        return position(self.space.parameters[self.space.index[name]], value)


CLASSIFIER = """
algo categorical {linear, knn, forest, svm, net} [linear]
scale real [0.001, 1000] [1] log
pre integer [1, 50] [5]

l_alpha real [1e-06, 10] [0.01] log
l_mix real [0, 1] [0.5]
l_alpha | algo in {linear}
l_mix | algo in {linear}

n_k integer [1, 200] [5] log
n_metric categorical {l1, l2, cos} [l2]
n_k | algo in {knn}
n_metric | algo in {knn}

f_trees integer [10, 1000] [50] log
f_frac real [0.05, 1] [0.5]
f_depth integer [1, 30] [10]
f_boot ordinal {off, half, full} [off]
f_trees | algo in {forest}
f_frac | algo in {forest}
f_depth | algo in {forest}
f_boot | algo in {forest}

s_c real [0.001, 1000] [1] log
s_kernel categorical {lin, rbf, poly} [lin]
s_gamma real [1e-05, 10] [0.01] log
s_degree integer [2, 6] [3]
s_c | algo in {svm}
s_kernel | algo in {svm}
s_gamma | s_kernel in {rbf, poly}
s_degree | s_kernel in {poly}

t_lr real [1e-05, 1] [0.01] log
t_decay real [1e-07, 0.1] [0.0001] log
t_width integer [8, 1024] [64] log
t_layers integer [1, 8] [2]
t_drop real [0, 0.9] [0.2]
t_act categorical {relu, tanh, gelu, elu} [tanh]
t_eluscale real [0.1, 10] [1] log
t_lr | algo in {net}
t_decay | algo in {net}
t_width | algo in {net}
t_layers | algo in {net}
t_drop | algo in {net}
t_act | algo in {net}
t_eluscale | t_act in {elu}
"""


class Classifier(_Branching):
    """Five algorithms, with a second level below two of them.

    The best branch, `net`, is narrow; the others have wide basins whose floors are above 0, so that early
    success lies elsewhere.
    """

    _SHARED: ClassVar = {"net": 0.62, "svm": 0.62}  # where `scale` is best
    _PRE, _WIDTH, _LAYERS = 17, 300, 4

    def __init__(self) -> None:
        super().__init__("cond", CLASSIFIER)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        algorithm = settings["algo"]
        shared = 0.25 * (self._at(settings, "scale") - self._SHARED.get(algorithm, 0.35)) ** 2
        shared += 0.15 * (self._at(settings, "pre") - self._where("pre", self._PRE)) ** 2
        branches = {
            "linear": self._linear,
            "knn": self._knn,
            "forest": self._forest,
            "svm": self._svm,
            "net": self._net,
        }
        return shared + branches[algorithm](settings)

    def _linear(self, settings: Settings) -> float:
        alpha, mix = self._at(settings, "l_alpha"), self._at(settings, "l_mix")
        return 0.36 + 0.3 * (alpha - 0.4) ** 2 + 0.1 * (mix - 0.8) ** 2

    def _knn(self, settings: Settings) -> float:
        metric = {"l1": 0.03, "l2": 0.05, "cos": 0.0}[settings["n_metric"]]
        return 0.30 + 0.4 * (self._at(settings, "n_k") - 0.3) ** 2 + metric

    def _forest(self, settings: Settings) -> float:
        trees, share = self._at(settings, "f_trees"), self._at(settings, "f_frac")
        depth, bootstrap = self._at(settings, "f_depth"), self._at(settings, "f_boot")
        total = 0.16 + 0.1 * (1 - trees) ** 2 + 0.4 * (share - 0.55) ** 2
        return total + 0.5 * (depth - 0.8) ** 2 * (1 + trees) + 0.05 * (1 - bootstrap)

    def _svm(self, settings: Settings) -> float:
        c, kernel = self._at(settings, "s_c"), settings["s_kernel"]
        if kernel == "lin":
            return 0.32 + 0.3 * (c - 0.5) ** 2
        ridge = c + self._at(settings, "s_gamma") - 1.05
        total = 0.10 + 2.5 * ridge**2 + 0.3 * (c - 0.7) ** 2
        if kernel == "poly":
            total += 0.06 + 0.1 * self._at(settings, "s_degree")
        return total

    def _net(self, settings: Settings) -> float:
        rate, decay = self._at(settings, "t_lr") - 0.55, self._at(settings, "t_decay") - 0.45
        width = self._at(settings, "t_width") - self._where("t_width", self._WIDTH)
        layers = self._at(settings, "t_layers") - self._where("t_layers", self._LAYERS)
        away = 6.0 * (rate + 0.4 * width) ** 2 + 0.8 * decay**2
        away += 1.2 * (width + 0.5 * layers) ** 2 + 0.5 * layers**2
        away += 0.9 * (self._at(settings, "t_drop") - 0.35) ** 2
        away += {"relu": 0.02, "tanh": 0.12, "gelu": 0.0, "elu": 0.01}[settings["t_act"]]
        if settings["t_act"] == "elu":
            away += 0.3 * (self._at(settings, "t_eluscale") - 0.5) ** 2
        return 0.9 * (1 - math.exp(-away / 0.45))


PIPELINE = """
solver categorical {simplex, barrier, tabu, anneal} [simplex]
presolve categorical {off, light, full} [off]
effort integer [1, 100] [10] log
threads ordinal {one, two, four, eight} [one]

p_rounds integer [1, 30] [3]
p_limit real [0.0001, 1] [0.1] log
p_rounds | presolve in {light, full}
p_limit | presolve in {full}

x_pricing categorical {devex, steep, partial} [partial]
x_refactor integer [10, 1000] [100] log
x_pricing | solver in {simplex}
x_refactor | solver in {simplex}

b_order categorical {amd, nested} [amd]
b_tol real [1e-10, 0.01] [1e-06] log
b_corrections integer [0, 8] [2]
b_order | solver in {barrier}
b_tol | solver in {barrier}
b_corrections | solver in {barrier}

m_tenure integer [1, 200] [10] log
m_restart real [0, 1] [0.1]
m_accept categorical {best, first, threshold} [best]
m_margin real [0.001, 10] [1] log
m_tenure | solver in {tabu}
m_restart | solver in {tabu, anneal}
m_accept | solver in {tabu, anneal}
m_margin | m_accept in {threshold}

a_start real [0.01, 1000] [1] log
a_cool real [0.8, 0.999] [0.9]
a_start | solver in {anneal}
a_cool | solver in {anneal}
"""


class Pipeline(_Branching):
    """Two choices that each have parameters below them, and branches that share some.

    Annealing is best, but only with a threshold, full presolving and a slow enough cooling for its start;
    tabu search is nearly as good and far easier to set.
    """

    _PRESOLVE: ClassVar = {"off": 0.20, "light": 0.06, "full": 0.0}
    _EFFORT, _ROUNDS = 40, 12

    def __init__(self) -> None:
        super().__init__("cond2", PIPELINE)

    def loss(self, settings: Settings) -> float:
        """See Task."""
        solver = settings["solver"]
        branches = {
            "simplex": self._simplex,
            "barrier": self._barrier,
            "tabu": self._tabu,
            "anneal": self._anneal,
        }
        total = branches[solver](settings) + self._presolve(settings)
        total += 0.3 * (self._at(settings, "effort") - self._where("effort", self._EFFORT)) ** 2
        idle = 0.5 if solver in {"simplex", "tabu"} else 1.0  # of little use to these
        return total + 0.08 * idle * (1 - self._at(settings, "threads"))

    def _presolve(self, settings: Settings) -> float:
        kind = settings["presolve"]
        total = self._PRESOLVE[kind]
        if kind != "off":
            rounds = self._at(settings, "p_rounds") - self._where("p_rounds", self._ROUNDS)
            total += 0.15 * rounds**2
        if kind == "full":
            total += 0.4 * (self._at(settings, "p_limit") - 0.25) ** 2
        return total

    def _simplex(self, settings: Settings) -> float:
        pricing = {"devex": 0.0, "steep": 0.02, "partial": 0.06}[settings["x_pricing"]]
        return 0.28 + pricing + 0.2 * (self._at(settings, "x_refactor") - 0.5) ** 2

    def _barrier(self, settings: Settings) -> float:
        order = {"amd": 0.0, "nested": 0.03}[settings["b_order"]]
        slope = self._at(settings, "b_tol") + 0.5 * self._at(settings, "b_corrections") - 0.7
        return 0.20 + order + 0.8 * slope**2 + 0.1 * (self._at(settings, "b_tol") - 0.5) ** 2

    def _tabu(self, settings: Settings) -> float:
        tenure = self._at(settings, "m_tenure") - 0.45
        return 0.09 + 0.3 * tenure**2 + 0.5 * self._acceptance(settings)

    def _anneal(self, settings: Settings) -> float:
        start, cool = self._at(settings, "a_start") - 0.7, self._at(settings, "a_cool") - 0.9
        away = 4.0 * (cool - 0.5 * start) ** 2 + 1.5 * start**2 + self._acceptance(settings)
        return 0.6 * (1 - math.exp(-away / 0.15))

    def _acceptance(self, settings: Settings) -> float:
        kind = settings["m_accept"]
        total = {"best": 0.10, "first": 0.06, "threshold": 0.0}[kind]
        total += 0.4 * (self._at(settings, "m_restart") - 0.15) ** 2
        if kind == "threshold":
            total += 0.3 * (self._at(settings, "m_margin") - 0.6) ** 2
        return total
